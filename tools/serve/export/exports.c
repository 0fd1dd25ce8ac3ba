/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/serve/export/exports.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

bool exports_is_same_file(const struct export *a, const struct export *b)
{
	return a->facts.device == b->facts.device && a->facts.inode == b->facts.inode &&
	       a->facts.block_device == b->facts.block_device;
}

/* The first export, among those that are open, that has the same file; retired ones too. */
static struct export *find_twin(const struct exports *exports, const struct export *export)
{
	for (size_t i = 0; i < exports->count; i++)
		if (exports_is_same_file(exports->list[i], export))
			return exports->list[i];
	for (struct export *e = exports->retired; e; e = e->next)
		if (exports_is_same_file(e, export))
			return e;
	return NULL;
}

static int explain(const struct exports *exports, const struct export *export, int error,
                   struct why *why)
{
	const struct export *twin = error == -ETXTBSY ? find_twin(exports, export) : NULL;
	const char *path = export->options.file.path;
	char name[AOE_ADDRESS_TEXT], other[AOE_ADDRESS_TEXT];

	aoe_address_format(export->view.address, name);
	if (twin)
		return why_set(why, error,
		               "%s: %s: exported as %s already: export both with ,ro, or with "
		               ",lock=no if their users coordinate",
		               name, path, aoe_address_format(twin->view.address, other));
	if (export->facts.container)
		return why_set(why, error,
		               "%s: %s: %s, not a raw disk image: %s; or if that is what stands on "
		               "the disk, export it with ,format=raw",
		               name, path, export->facts.container->what,
		               export->facts.container->remedy);
	return why_set(why, error, "%s: %s: %s", name, path, file_store_explain(error));
}

/*
 * Parts of one file are ordered as one, by the largest block that one of them writes as a whole:
 * two of them may share such a block.
 */
static void number_file(struct exports *exports, struct export *export)
{
	const struct export *twin = find_twin(exports, export);

	export->file = twin ? twin->file : exports->files++;
	if (twin && twin->file_block > export->file_block)
		export->file_block = twin->file_block;
	for (size_t i = 0; twin && i < exports->count; i++)
		if (exports->list[i]->file == export->file)
			exports->list[i]->file_block = export->file_block;
}

int exports_open_one(const struct exports *exports, const struct export_options *options,
                     struct io *io, struct export **export, struct why *why)
{
	struct export *opened = calloc(1, sizeof(*opened));
	struct export_options copy;
	int rc;

	if (!opened || export_options_copy(&copy, options)) {
		free(opened);
		return why_memory(why);
	}
	rc = export_open(opened, &copy, io);
	if (rc) {
		explain(exports, opened, rc, why);
		export_close(opened);
		free(opened);
		return rc;
	}
	*export = opened;
	return 0;
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

void exports_retire(struct exports *exports, struct export *export)
{
	size_t at = position(exports, export->view.address);

	exports->count--;
	memmove(exports->list + at, exports->list + at + 1,
	        (exports->count - at) * sizeof(struct export *));
	export->retired = true;
	export->next = exports->retired;
	exports->retired = export;
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

int exports_open(struct exports *exports, const struct plan *plan, struct io *io,
                 const struct say *say)
{
	struct why why;
	int rc;

	*exports = (struct exports){0};
	rc = exports_reserve(exports, plan->export_count);
	if (rc)
		why_memory(&why);
	for (size_t i = 0; !rc && i < plan->export_count; i++) {
		struct export *export;

		rc = exports_open_one(exports, &plan->exports[i], io, &export, &why);
		if (!rc)
			exports_add(exports, export);
		else
			rc = leave_out(plan, rc, say, &why);
	}
	if (rc)
		say_print(say, SAY_ERROR, "%s", why.text);
	else if (plan->export_count && !exports->count)
		rc = -ENOEXEC;
	return rc;
}

void exports_close(struct exports *exports)
{
	while (exports->count)
		exports_retire(exports, exports->list[exports->count - 1]);
	while (exports->retired) {
		struct export *export = exports->retired;

		exports->retired = export->next;
		export_close(export);
		free(export);
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

void exports_describe(const struct exports *exports, const struct say *say)
{
	for (size_t i = 0; i < exports->count; i++)
		export_describe(exports->list[i], say);
}
