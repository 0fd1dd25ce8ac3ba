/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/serve/config/changes.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static bool is_same_text(const char *a, const char *b)
{
	return a && b ? !strcmp(a, b) : a == b;
}

enum change changes_of_export(const struct export_options *before,
                              const struct export_options *after)
{
	const struct file_store_options *x = &before->file, *y = &after->file;

	if (strcmp(x->path, y->path) != 0 || x->offset != y->offset ||
	    x->read_only != y->read_only || x->direct != y->direct || x->lock != y->lock ||
	    before->writeback != after->writeback || before->has_vmac != after->has_vmac ||
	    (after->has_vmac && !mac_equal(before->vmac, after->vmac)))
		return CHANGE_REOPEN;
	if (before->snapshot.on != after->snapshot.on ||
	    !is_same_text(before->snapshot.folder, after->snapshot.folder))
		return CHANGE_REOPEN;
	/* Past the page cache, blocks at the end may be shared with what follows, or not any more;
	 * and layers lie over an image of that length. */
	if (x->length != y->length && (y->direct || after->snapshot.on))
		return CHANGE_REOPEN;
	if (before->snapshot.sectors != after->snapshot.sectors ||
	    before->snapshot.layers != after->snapshot.layers)
		return CHANGE_VIEW;
	if (before->duplicate != after->duplicate || before->writer != after->writer ||
	    x->length != y->length || before->mac_count != after->mac_count ||
	    before->config_length != after->config_length ||
	    strcmp(before->faults.text, after->faults.text) != 0 ||
	    memcmp(before->config, after->config, after->config_length) != 0)
		return CHANGE_VIEW;
	for (size_t i = 0; i < after->mac_count; i++)
		if (!mac_equal(before->macs[i], after->macs[i]))
			return CHANGE_VIEW;
	return CHANGE_KEEP;
}

/* Both are sorted: one step through the two. */
static struct export_change next_export(const struct plan *before, size_t *b,
                                        const struct plan *after, size_t *a)
{
	const struct export_options *x = *b < before->export_count ? &before->exports[*b] : NULL;
	const struct export_options *y = *a < after->export_count ? &after->exports[*a] : NULL;
	int order = !x ? 1 : !y ? -1 : aoe_address_compare(x->address, y->address);

	*b += order <= 0;
	*a += order >= 0;
	if (order < 0)
		return (struct export_change){CHANGE_REMOVE, x, NULL};
	if (order > 0)
		return (struct export_change){CHANGE_ADD, NULL, y};
	return (struct export_change){changes_of_export(x, y), x, y};
}

static struct lan_change next_lan(const struct plan *before, size_t *b, const struct plan *after,
                                  size_t *a)
{
	const struct plan_lan *x = *b < before->lan_count ? &before->lans[*b] : NULL;
	const struct plan_lan *y = *a < after->lan_count ? &after->lans[*a] : NULL;
	int order = !x ? 1 : !y ? -1 : plan_lan_compare(x, y);

	*b += order <= 0;
	*a += order >= 0;
	if (order < 0)
		return (struct lan_change){CHANGE_REMOVE, x, NULL};
	if (order > 0)
		return (struct lan_change){CHANGE_ADD, NULL, y};
	return (struct lan_change){CHANGE_KEEP, x, y};
}

int changes_find(const struct plan *before, const struct plan *after, struct changes *changes)
{
	const size_t exports = before->export_count + after->export_count;
	const size_t lans = before->lan_count + after->lan_count;
	size_t b = 0, a = 0;

	*changes = (struct changes){
	        .exports = calloc(exports + 1, sizeof(*changes->exports)),
	        .lans = calloc(lans + 1, sizeof(*changes->lans)),
	};
	if (!changes->exports || !changes->lans) {
		changes_release(changes);
		return -ENOMEM;
	}
	while (b < before->export_count || a < after->export_count)
		changes->exports[changes->export_count++] = next_export(before, &b, after, &a);
	b = a = 0;
	while (b < before->lan_count || a < after->lan_count)
		changes->lans[changes->lan_count++] = next_lan(before, &b, after, &a);
	return 0;
}

void changes_release(struct changes *changes)
{
	free(changes->exports);
	free(changes->lans);
	*changes = (struct changes){0};
}
