/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/serve/export/exports.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "tools/host/aside.h"
#include "tools/serve/export/claim.h"
#include "tools/serve/export/layers.h"
#include "tools/serve/export/opening.h"

struct export *exports_find_twin(const struct exports *exports,
                                 const struct file_store_facts *facts)
{
	for (size_t i = 0; i < exports->count; i++)
		if (file_store_is_same(&exports->list[i]->facts, facts))
			return exports->list[i];
	for (struct export *e = exports->retired; e; e = e->next)
		if (file_store_is_same(&e->facts, facts))
			return e;
	return NULL;
}

static struct ground ground_of(struct export_file file)
{
	struct ground ground = file.facts->ground;

	ground.start += file.options->file.offset * AOE_SECTOR;
	return ground;
}

bool exports_overlap(struct export_file a, struct export_file b)
{
	const struct ground x = ground_of(a), y = ground_of(b);

	return !file_store_is_same(a.facts, b.facts) &&
	       ground_overlaps(&x, a.facts->length, &y, b.facts->length);
}

bool exports_writes(const struct export_options *options)
{
	return !options->file.read_only && !options->snapshot.on;
}

static void warn(const struct export *export, const struct export *other, const struct say *say)
{
	char name[AOE_ADDRESS_TEXT], others[AOE_ADDRESS_TEXT];

	if (!(exports_writes(&export->options) || exports_writes(&other->options)) ||
	    !exports_overlap(export_file(export), export_file(other)))
		return;
	say_print(say, SAY_WARNING,
	          "%s: %s has some of the same bytes as %s: %s, and another page cache: what is "
	          "written to one is not seen in the other, and may be overwritten by it",
	          aoe_address_format(export->view.address, name), export->options.file.path,
	          aoe_address_format(other->view.address, others), other->options.file.path);
}

void exports_warn(const struct exports *exports, const struct export *export, const struct say *say)
{
	for (size_t i = 0; i < exports->count; i++)
		warn(export, exports->list[i], say);
}

/*
 * Parts of one file are ordered as one, by the largest block that one of them writes as a whole:
 * two of them may share such a block.
 */
static void number_file(struct exports *exports, struct export *export)
{
	const struct export *twin = exports_find_twin(exports, &export->facts);

	export->file = twin ? twin->file : exports->files++;
	if (twin && twin->file_block > export->file_block)
		export->file_block = twin->file_block;
	for (size_t i = 0; twin && i < exports->count; i++)
		if (exports->list[i]->file == export->file)
			exports->list[i]->file_block = export->file_block;
}

int exports_reserve(struct exports *exports, size_t more)
{
	void *list =
	        reallocarray(exports->list, exports->count + more + 1, sizeof(struct export *));

	if (!list)
		return -ENOMEM;
	exports->list = list;
	return 0;
}

/* Where an export with that address is, or would be. */
static size_t position(const struct exports *exports, struct aoe_address address)
{
	size_t low = 0, high = exports->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (aoe_address_compare(exports->list[middle]->view.address, address) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

void exports_add(struct exports *exports, struct export *export)
{
	size_t at = position(exports, export->view.address);

	number_file(exports, export);
	memmove(exports->list + at + 1, exports->list + at,
	        (exports->count - at) * sizeof(struct export *));
	exports->list[at] = export;
	exports->count++;
}

static void retire(struct exports *exports, struct export *export)
{
	claim_drop_all(&export->claims);
	export->retired = true;
	export->next = exports->retired;
	exports->retired = export;
}

void exports_retire_layer(struct exports *exports, struct export *layer)
{
	if (!layer->retired)
		retire(exports, layer);
}

static void retire_all(struct exports *exports, struct export *export)
{
	retire(exports, export);
	for (struct export *l = layers_next(export, NULL); l; l = layers_next(export, l))
		exports_retire_layer(exports, l);
}

void exports_retire(struct exports *exports, struct export *export)
{
	size_t at = position(exports, export->view.address);

	exports->count--;
	memmove(exports->list + at, exports->list + at + 1,
	        (exports->count - at) * sizeof(struct export *));
	retire_all(exports, export);
}

void exports_discard(struct exports *exports, struct export *export)
{
	number_file(exports, export); /* its twin may be opened before it is closed */
	retire_all(exports, export);
}

/*
 * One that begins like a container may have been made to by whoever uses it: that is not to keep
 * the others from being served. Returns 0 if it is left out, and that was said.
 */
static int leave_out(const struct plan *plan, int error, const struct say *say,
                     const struct why *why)
{
	if (error != -ENOEXEC || plan->export_count == 1)
		return error;
	say_print(say, SAY_ERROR, "%s: not exported: mend that, and reload", why->text);
	return 0;
}

/* Says which one it waits for as long as that takes, and returns when it is open or is not. */
static int open_one(const struct exports *exports, const struct export_options *options,
                    struct io *io, const struct say *say, struct opened *opened)
{
	struct opening *opening = opening_create(options);
	struct aside *aside;
	char name[AOE_ADDRESS_TEXT];
	int rc = opening ? aside_start(opening_run, opening_drop, opening, &aside) : -ENOMEM;

	if (rc) {
		if (opening)
			opening_drop(opening);
		return opening_failed(options, rc, opened);
	}
	for (unsigned int waited = OPENING_MS; !aside_wait(aside, OPENING_MS); waited += OPENING_MS)
		say_print(say, SAY_WARNING,
		          "%s: %s: waiting for its disk or file server to open it, for %u s now",
		          aoe_address_format(options->address, name), options->file.path,
		          waited / 1000);
	aside_end(aside);
	return opening_finish(opening, exports, io, opened);
}

int exports_open(struct exports *exports, const struct plan *plan, struct io *io,
                 const struct say *say)
{
	struct opened opened;
	int rc;

	*exports = (struct exports){0};
	rc = exports_reserve(exports, plan->export_count);
	if (rc)
		why_memory(&opened.why);
	for (size_t i = 0; !rc && i < plan->export_count; i++) {
		rc = open_one(exports, &plan->exports[i], io, say, &opened);
		if (!rc) {
			exports_add(exports, opened.export);
			continue;
		}
		if (opened.export)
			export_free(opened.export);
		rc = leave_out(plan, rc, say, &opened.why);
	}
	if (rc)
		say_print(say, SAY_ERROR, "%s", opened.why.text);
	else if (plan->export_count && !exports->count)
		rc = -ENOEXEC;
	return rc;
}

/* Of those that are retired, before what they lie over. */
static void close_layers(struct exports *exports)
{
	struct export **at = &exports->retired;

	while (*at) {
		struct export *export = *at;

		if (!export->parent) {
			at = &export->next;
			continue;
		}
		*at = export->next;
		layers_remove(export);
		export_free(export);
	}
}

void exports_close(struct exports *exports)
{
	while (exports->count)
		exports_retire(exports, exports->list[exports->count - 1]);
	close_layers(exports);
	while (exports->retired) {
		struct export *export = exports->retired;

		exports->retired = export->next;
		export_free(export);
	}
	free(exports->list);
	*exports = (struct exports){0};
}

struct export *exports_find(const struct exports *exports, struct aoe_address address)
{
	size_t at = position(exports, address);

	return at < exports->count && !aoe_address_compare(exports->list[at]->view.address, address)
	               ? exports->list[at]
	               : NULL;
}

static void add_work(struct exports_work *work, const struct export *export)
{
	work->held += export->held;
	work->syncing |= export->retired && export->options.writeback && !export->synced_last;
	work->stuck |= export_is_stuck(export);
	work->writeback |= export->options.writeback;
	work->lost |= export->lost;
}

struct exports_work exports_work(const struct exports *exports, struct aoe_address address)
{
	const struct export *export = exports_find(exports, address);
	struct exports_work work = {0};

	if (export)
		add_work(&work, export);
	for (const struct export *l = export ? layers_next(export, NULL) : NULL; l;
	     l = layers_next(export, l))
		add_work(&work, l);
	for (const struct export *e = exports->retired; e; e = e->next)
		if (!aoe_address_compare(e->view.address, address) &&
		    !(export && e->parent == export))
			add_work(&work, e);
	return work;
}

void exports_describe(const struct exports *exports, const struct say *say)
{
	for (size_t i = 0; i < exports->count; i++) {
		export_describe(exports->list[i], say);
		exports_warn(exports, exports->list[i], say);
	}
}
