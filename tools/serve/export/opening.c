/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/serve/export/opening.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "tools/serve/export/layers.h"

struct opening {
	struct export *export;
	int error;
	bool layers;    /* it is about them, and... */
	struct why why; /* ...this says what */
};

struct opening *opening_create(const struct export_options *options)
{
	struct opening *opening = calloc(1, sizeof(*opening));

	if (!opening)
		return NULL;
	opening->export = export_create(options);
	if (opening->export)
		return opening;
	free(opening);
	return NULL;
}

/* Here, where it may have to wait for the disk too. */
static void close_again(struct export *export)
{
	layers_close(export);
	store_close(export->store);
	export->store = NULL;
}

void opening_run(void *owner)
{
	struct opening *opening = owner;

	opening->error = export_open(opening->export);
	if (opening->error)
		return;
	opening->error = layers_open(opening->export, &opening->why);
	opening->layers = opening->error;
	if (opening->error)
		close_again(opening->export);
}

void opening_drop(void *owner)
{
	struct opening *opening = owner;

	export_free(opening->export);
	free(opening);
}

static void explain(const struct exports *exports, const struct opening *opening, int error,
                    struct why *why)
{
	const struct export *export = opening->export;
	const struct export *twin =
	        error == -ETXTBSY ? exports_find_twin(exports, &export->facts) : NULL;
	const char *path = export->options.file.path;
	char name[AOE_ADDRESS_TEXT], other[AOE_ADDRESS_TEXT];

	aoe_address_format(export->view.address, name);
	if (opening->layers)
		why_set(why, error, "%s: %s: %s", name, path, opening->why.text);
	else if (twin)
		why_set(why, error,
		        "%s: %s: exported as %s already: export both with ,ro, or with ,lock=no if "
		        "their users coordinate",
		        name, path, aoe_address_format(twin->view.address, other));
	else if (export->facts.container)
		why_set(why, error,
		        "%s: %s: %s, not a raw disk image: %s; or if that is what stands on the "
		        "disk, export it with ,format=raw",
		        name, path, export->facts.container->what, export->facts.container->remedy);
	else
		why_set(why, error, "%s: %s: %s", name, path, file_store_explain(error));
}

int opening_exclude(struct export_file file, struct export_file other, struct why *why)
{
	const struct file_store_options *own = &file.options->file,
	                                *others_own = &other.options->file;
	char name[AOE_ADDRESS_TEXT], others[AOE_ADDRESS_TEXT];

	if (!exports_writes(file.options) || !exports_writes(other.options) ||
	    !(own->lock || others_own->lock) || !exports_overlap(file, other))
		return 0;
	return why_set(why, -EBUSY,
	               "%s: %s: some of the same bytes are exported as %s already, from %s: each "
	               "would overwrite what is written to the other: leave one out, or export "
	               "one with ,ro",
	               aoe_address_format(file.options->address, name), own->path,
	               aoe_address_format(other.options->address, others), others_own->path);
}

int opening_exclude_new(struct export_file file, struct export_file other, struct why *why)
{
	const struct file_store_options *own = &file.options->file,
	                                *others_own = &other.options->file;
	char name[AOE_ADDRESS_TEXT], others[AOE_ADDRESS_TEXT];

	if (!file_store_is_same(file.facts, other.facts))
		return opening_exclude(file, other, why);
	if (!own->lock || !others_own->lock ||
	    !(exports_writes(file.options) || exports_writes(other.options)))
		return 0;
	return why_set(why, -EBUSY,
	               "%s: %s: the same file as that of %s, %s: leave one out, or export both "
	               "with ,ro, or with ,lock=no if their users coordinate",
	               aoe_address_format(file.options->address, name), own->path,
	               aoe_address_format(other.options->address, others), others_own->path);
}

/* Those that are served no more may still write. Their layers are in files of their own. */
static const struct export *find_overlap(const struct exports *exports, const struct export *export,
                                         struct why *why)
{
	for (size_t i = 0; i < exports->count; i++)
		if (opening_exclude(export_file(export), export_file(exports->list[i]), why))
			return exports->list[i];
	for (const struct export *e = exports->retired; e; e = e->next)
		if (!e->parent && opening_exclude(export_file(export), export_file(e), why))
			return e;
	return NULL;
}

static int check_overlap(const struct exports *exports, struct opened *opened)
{
	const struct export *other = find_overlap(exports, opened->export, &opened->why);

	if (!other)
		return 0;
	opened->in_the_way = other->facts;
	return -EBUSY;
}

int opening_finish(struct opening *opening, const struct exports *exports, struct io *io,
                   struct opened *opened)
{
	struct export *export = opening->export;
	int rc = opening->error;

	*opened = (struct opened){.facts = export->facts, .in_the_way = export->facts};
	if (!rc)
		rc = file_store_join(export->store, io, &export->facts);
	if (!rc)
		rc = layers_join(export, io);
	if (rc) {
		explain(exports, opening, rc, &opened->why);
		opening_drop(opening);
	} else {
		opened->export = export;
		rc = check_overlap(exports, opened);
		free(opening);
	}
	opened->error = rc;
	return rc;
}

int opening_failed(const struct export_options *options, int error, struct opened *opened)
{
	char name[AOE_ADDRESS_TEXT];

	*opened = (struct opened){.error = error};
	return why_set(&opened->why, error, "%s: %s: %s",
	               aoe_address_format(options->address, name), options->file.path,
	               error == -ETIMEDOUT ? "opening it takes too long: its disk or file server "
	                                     "does not answer"
	                                   : strerror(-error));
}
