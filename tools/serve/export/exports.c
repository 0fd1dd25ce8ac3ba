/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/serve/export/exports.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* The first export, among those that are open, that has the same file. */
static struct export *find_twin(const struct exports *exports, const struct export *export)
{
	for (size_t i = 0; i < exports->count; i++) {
		struct export *e = exports->list[i];

		if (e->facts.device == export->facts.device &&
		    e->facts.inode == export->facts.inode &&
		    e->facts.block_device == export->facts.block_device)
			return e;
	}
	return NULL;
}

static void explain(const struct exports *exports, const struct export *export, int error,
                    const struct say *say)
{
	const struct export *twin = error == -ETXTBSY ? find_twin(exports, export) : NULL;
	const char *path = export->options.file.path;
	char name[AOE_ADDRESS_TEXT], other[AOE_ADDRESS_TEXT];

	aoe_address_format(export->view.address, name);
	if (twin)
		say_print(
		        say, SAY_ERROR,
		        "%s: %s: exported as %s already: export both with ,ro, or with ,lock=no if "
		        "their users coordinate",
		        name, path, aoe_address_format(twin->view.address, other));
	else
		say_print(say, SAY_ERROR, "%s: %s: %s", name, path, file_store_explain(error));
}

/*
 * Parts of one file are ordered as one, by the largest block that one of them writes as a whole:
 * two of them may share such a block.
 */
static void number_files(struct exports *exports)
{
	for (size_t i = 0; i < exports->count; i++) {
		struct export *export = exports->list[i], *first = find_twin(exports, export);

		export->file = first == export ? i : first->file;
		if (export->file_block > first->file_block)
			first->file_block = export->file_block;
	}
	for (size_t i = 0; i < exports->count; i++)
		exports->list[i]->file_block = find_twin(exports, exports->list[i])->file_block;
}

static int open_one(struct exports *exports, const struct export_options *options, struct io *io,
                    const struct say *say)
{
	struct export *export = calloc(1, sizeof(*export));
	struct export_options copy;
	int rc;

	if (!export || export_options_copy(&copy, options)) {
		free(export);
		say_print(say, SAY_ERROR, "%s", strerror(ENOMEM));
		return -ENOMEM;
	}
	rc = export_open(export, &copy, io);
	if (rc) {
		explain(exports, export, rc, say);
		export_close(export);
		free(export);
		return rc;
	}
	exports->list[exports->count++] = export;
	return 0;
}

int exports_open(struct exports *exports, const struct plan *plan, struct io *io,
                 const struct say *say)
{
	int rc = 0;

	*exports =
	        (struct exports){.list = calloc(plan->export_count + 1, sizeof(struct export *))};
	if (!exports->list) {
		say_print(say, SAY_ERROR, "%s", strerror(ENOMEM));
		return -ENOMEM;
	}
	for (size_t i = 0; !rc && i < plan->export_count; i++)
		rc = open_one(exports, &plan->exports[i], io, say);
	if (!rc)
		number_files(exports);
	return rc;
}

void exports_close(struct exports *exports)
{
	for (size_t i = 0; i < exports->count; i++) {
		export_close(exports->list[i]);
		free(exports->list[i]);
	}
	free(exports->list);
	*exports = (struct exports){0};
}

static int compare_address(const void *key, const void *element)
{
	const struct aoe_address *address = key;
	struct export *const *export = element;

	return aoe_address_compare(*address, (*export)->view.address);
}

struct export *exports_find(const struct exports *exports, struct aoe_address address)
{
	struct export **found = bsearch(&address, exports->list, exports->count,
	                                sizeof(*exports->list), compare_address);

	return found ? *found : NULL;
}

void exports_describe(const struct exports *exports, const struct say *say)
{
	for (size_t i = 0; i < exports->count; i++)
		export_describe(exports->list[i], say);
}
