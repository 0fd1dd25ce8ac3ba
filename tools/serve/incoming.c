/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/serve/incoming.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "tools/serve/export/layers.h"

void incoming_init(struct incoming *incoming, const struct served *served, const struct plan *next)
{
	*incoming = (struct incoming){
	        .served = served, .next = next, .lans_before = served->lans->count};
}

static struct export *find(const struct incoming *incoming, const struct export_options *options)
{
	return exports_find(incoming->served->exports, options->address);
}

/* True if an export that has this file is to be closed, or is being closed. */
static bool is_leaving(const struct incoming *incoming, const struct file_store_facts *file)
{
	const struct changes *changes = &incoming->changes;

	for (const struct export *e = incoming->served->exports->retired; e; e = e->next)
		if (file_store_is_same(&e->facts, file))
			return true;
	for (size_t i = 0; i < changes->export_count; i++) {
		const struct export_change *c = &changes->exports[i];
		const struct export *e = c->before ? find(incoming, c->before) : NULL;

		if (e && (c->change == CHANGE_REMOVE || c->change == CHANGE_REOPEN) &&
		    file_store_is_same(&e->facts, file))
			return true;
	}
	return false;
}

bool incoming_is_to_wait(const struct incoming *incoming, const struct opened *opened)
{
	return (opened->error == -ETXTBSY || opened->error == -EBUSY) &&
	       is_leaving(incoming, &opened->in_the_way);
}

/* One that could not be opened again after an earlier reload is not there. */
static enum change change_of(const struct incoming *incoming, const struct export_change *change)
{
	if ((change->change == CHANGE_KEEP || change->change == CHANGE_VIEW ||
	     change->change == CHANGE_REOPEN) &&
	    !find(incoming, change->before))
		return CHANGE_ADD;
	return change->change;
}

bool incoming_is_to_open(enum change change)
{
	return change == CHANGE_ADD || change == CHANGE_REOPEN;
}

/*
 * What initiators wrote would be thrown away under them, although the file still names the export:
 * who means that says so by removing it first.
 */
static int check_layers(const struct incoming *incoming, const struct export_change *change)
{
	const struct export *export =
	        change->change == CHANGE_REOPEN ? find(incoming, change->before) : NULL;
	size_t count = export ? layers_facts(export).count : 0;
	char name[AOE_ADDRESS_TEXT];

	if (!count || change->before->snapshot.folder)
		return 0;
	say_print(
	        incoming->served->say, SAY_ERROR,
	        "%s: %s: to change that would throw away %zu layer%s of initiators: drop them, or "
	        "remove the export and add it again",
	        aoe_address_format(change->before->address, name), change->before->file.path, count,
	        count == 1 ? "" : "s");
	return -EBUSY;
}

int incoming_check_layers(const struct incoming *incoming)
{
	const struct changes *changes = &incoming->changes;
	int rc = 0;

	for (size_t i = 0; !rc && i < changes->export_count; i++)
		rc = check_layers(incoming, &changes->exports[i]);
	return rc;
}

int incoming_open_lans(const struct incoming *incoming)
{
	const struct served *served = incoming->served;
	int rc = 0;

	for (size_t i = 0; !rc && i < incoming->changes.lan_count; i++)
		if (incoming->changes.lans[i].change == CHANGE_ADD)
			rc = lans_add(served->lans, incoming->next, incoming->changes.lans[i].after,
			              served->say);
	return rc;
}

int incoming_prepare(struct incoming *incoming)
{
	const struct served *served = incoming->served;
	struct changes *changes = &incoming->changes;
	int rc;

	incoming_init(incoming, served, incoming->next);
	rc = changes_find(served->plan, incoming->next, changes);
	if (!rc) {
		incoming->arrivals = calloc(changes->export_count + 1, sizeof(struct arrival));
		rc = incoming->arrivals ? exports_reserve(served->exports, changes->export_count)
		                        : -ENOMEM;
	}
	if (rc)
		say_print(served->say, SAY_ERROR, "%s", strerror(-rc));
	for (size_t i = 0; !rc && i < changes->export_count; i++)
		changes->exports[i].change = change_of(incoming, &changes->exports[i]);
	return rc;
}

void incoming_release(struct incoming *incoming)
{
	struct lans *lans = incoming->served->lans;

	for (size_t i = 0; incoming->arrivals && i < incoming->changes.export_count; i++)
		if (incoming->arrivals[i].export)
			engine_discard_export(incoming->served->engine,
			                      incoming->arrivals[i].export);
	while (lans->count > incoming->lans_before)
		lans_remove(lans, lans->list[lans->count - 1].lan);
	free(incoming->arrivals);
	changes_release(&incoming->changes);
	incoming_init(incoming, incoming->served, incoming->next);
}

/* True if that other one, which will be served too, keeps this one from its file for good. */
static bool is_excluded(const struct incoming *incoming, const struct opened *opened,
                        struct export_file file, size_t other, struct why *why)
{
	const struct export_change *change = &incoming->changes.exports[other];
	const struct export *kept;

	if (change->change == CHANGE_REMOVE)
		return false;
	if (incoming_is_to_open(change->change))
		return other < incoming->at &&
		       opening_exclude_new(file,
		                           (struct export_file){change->after,
		                                                &incoming->arrivals[other].facts},
		                           why);
	/* What was opened got past those that are served. */
	kept = opened->error ? find(incoming, change->before) : NULL;
	return kept && opening_exclude_new(file, export_file(kept), why);
}

int incoming_exclude(const struct incoming *incoming, const struct export_options *options,
                     struct opened *opened)
{
	const struct export_file file = {options, &opened->facts};
	const bool known = !opened->error || opened->error == -ETXTBSY || opened->error == -EBUSY;

	for (size_t i = 0; known && i < incoming->changes.export_count; i++)
		if (is_excluded(incoming, opened, file, i, &opened->why))
			return opened->error = -EEXIST;
	return 0;
}
