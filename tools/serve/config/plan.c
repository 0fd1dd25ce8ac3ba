/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/serve/config/plan.h"

#include <errno.h>
#include <stdlib.h>

/* Room for one more element of an array that has count of them. */
static int grow(void **array, size_t count, size_t size)
{
	void *larger = reallocarray(*array, count + 1, size);

	if (!larger)
		return -ENOMEM;
	*array = larger;
	return 0;
}

int plan_add_export(struct plan *plan, const struct export_options *options)
{
	void *array = plan->exports;

	if (grow(&array, plan->export_count, sizeof(*plan->exports)))
		return -ENOMEM;
	plan->exports = array;
	plan->exports[plan->export_count++] = *options;
	return 0;
}

int plan_add_lan(struct plan *plan, const char *name, bool qemu)
{
	void *array = plan->lans;

	if (grow(&array, plan->lan_count, sizeof(*plan->lans)))
		return -ENOMEM;
	plan->lans = array;
	plan->lans[plan->lan_count++] = (struct plan_lan){.name = name, .qemu = qemu};
	return 0;
}

static int compare_options(const void *a, const void *b)
{
	const struct export_options *x = a, *y = b;

	return aoe_address_compare(x->address, y->address);
}

int plan_check(struct plan *plan, struct why *why)
{
	if (plan->export_count)
		qsort(plan->exports, plan->export_count, sizeof(*plan->exports), compare_options);
	for (size_t i = 1; i < plan->export_count; i++) {
		const struct export_options *a = &plan->exports[i - 1], *b = &plan->exports[i];
		char name[AOE_ADDRESS_TEXT];

		if (!compare_options(a, b))
			return why_set(why, -EINVAL,
			               "%s: named twice, for %s and %s: give one of them another "
			               "shelf or slot",
			               aoe_address_format(a->address, name), a->file.path,
			               b->file.path);
	}
	return 0;
}

void plan_release(struct plan *plan)
{
	for (size_t i = 0; i < plan->export_count; i++)
		export_options_release(&plan->exports[i]);
	free(plan->lans);
	free(plan->exports);
	*plan = PLAN_EMPTY;
}
