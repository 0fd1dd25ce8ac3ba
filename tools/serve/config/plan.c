/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/serve/config/plan.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

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

int plan_add_lan(struct plan *plan, const char *name, bool qemu, struct place place)
{
	struct plan_lan lan = {.name = strdup(name), .qemu = qemu, .place = place};
	void *array = plan->lans;

	if (!lan.name || grow(&array, plan->lan_count, sizeof(*plan->lans))) {
		free(lan.name);
		return -ENOMEM;
	}
	plan->lans = array;
	plan->lans[plan->lan_count++] = lan;
	return 0;
}

int plan_copy(struct plan *copy, const struct plan *plan)
{
	*copy = (struct plan){.mac = plan->mac, .has_mac = plan->has_mac, .buffers = plan->buffers};
	for (size_t i = 0; i < plan->export_count; i++) {
		struct export_options options;

		if (export_options_copy(&options, &plan->exports[i]))
			return -ENOMEM;
		if (plan_add_export(copy, &options)) {
			export_options_release(&options);
			return -ENOMEM;
		}
	}
	for (size_t i = 0; i < plan->lan_count; i++) {
		const struct plan_lan *lan = &plan->lans[i];

		if (plan_add_lan(copy, lan->name, lan->qemu, lan->place))
			return -ENOMEM;
	}
	return 0;
}

int plan_merge(struct plan *plan, struct plan *more)
{
	struct export_options *exports = reallocarray(
	        plan->exports, plan->export_count + more->export_count + 1, sizeof(*exports));
	struct plan_lan *lans;

	if (!exports)
		return -ENOMEM;
	plan->exports = exports;
	lans = reallocarray(plan->lans, plan->lan_count + more->lan_count + 1, sizeof(*lans));
	if (!lans)
		return -ENOMEM;
	plan->lans = lans;
	while (more->export_count)
		exports[plan->export_count++] = more->exports[--more->export_count];
	while (more->lan_count)
		lans[plan->lan_count++] = more->lans[--more->lan_count];
	if (!plan->has_mac)
		plan->mac = more->mac;
	plan->has_mac |= more->has_mac;
	if (!plan->buffers)
		plan->buffers = more->buffers;
	plan_release(more);
	return 0;
}

static int compare_places(struct place a, struct place b)
{
	if (a.line != b.line)
		return a.line < b.line ? -1 : 1;
	return a.column < b.column ? -1 : a.column > b.column;
}

static int compare_exports(const void *a, const void *b)
{
	const struct export_options *x = a, *y = b;
	int order = aoe_address_compare(x->address, y->address);

	return order ? order : compare_places(x->place, y->place);
}

static int compare_lans(const void *a, const void *b)
{
	const struct plan_lan *x = a, *y = b;
	int order = plan_lan_compare(x, y);

	return order ? order : compare_places(x->place, y->place);
}

int plan_lan_compare(const struct plan_lan *a, const struct plan_lan *b)
{
	return a->qemu == b->qemu ? strcmp(a->name, b->name) : a->qemu - b->qemu;
}

static int check_exports(const struct plan *plan, struct place *place, struct why *why)
{
	for (size_t i = 1; i < plan->export_count; i++) {
		const struct export_options *a = &plan->exports[i - 1], *b = &plan->exports[i];
		char name[AOE_ADDRESS_TEXT];

		if (aoe_address_compare(a->address, b->address))
			continue;
		*place = b->place;
		return why_set(why, -EINVAL,
		               "%s: named twice, for %s and %s: give one of them another shelf or "
		               "slot",
		               aoe_address_format(a->address, name), a->file.path, b->file.path);
	}
	return 0;
}

static int check_lans(const struct plan *plan, struct place *place, struct why *why)
{
	for (size_t i = 1; i < plan->lan_count; i++) {
		const struct plan_lan *a = &plan->lans[i - 1], *b = &plan->lans[i];

		if (plan_lan_compare(a, b))
			continue;
		*place = b->place;
		return why_set(why, -EINVAL, "%s: named twice: once is enough", b->name);
	}
	return 0;
}

int plan_check(struct plan *plan, struct place *place, struct why *why)
{
	int rc;

	if (plan->export_count)
		qsort(plan->exports, plan->export_count, sizeof(*plan->exports), compare_exports);
	if (plan->lan_count)
		qsort(plan->lans, plan->lan_count, sizeof(*plan->lans), compare_lans);
	rc = check_exports(plan, place, why);
	return rc ? rc : check_lans(plan, place, why);
}

void plan_release(struct plan *plan)
{
	for (size_t i = 0; i < plan->export_count; i++)
		export_options_release(&plan->exports[i]);
	for (size_t i = 0; i < plan->lan_count; i++)
		free(plan->lans[i].name);
	free(plan->lans);
	free(plan->exports);
	*plan = (struct plan){0};
}
