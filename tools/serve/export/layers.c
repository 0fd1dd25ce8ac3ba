/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/serve/export/layers.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tools/serve/store/cow.h"

enum { HASH = 256 }; /* lists by MAC; a power of two */

struct layers {
	struct io *io;
	struct store *store; /* the parent's, without faults */
	struct export *all;
	struct export *by_mac[HASH];
	size_t count;
	uint64_t limit; /* bytes that each may hold */
	int folder;
	dev_t device;
	ino_t inode; /* of the folder */
	struct layerfile_base base;
	struct limit refused; /* of the message about it */
};

static const char *path_of(const struct export *parent)
{
	const char *temporary = getenv("TMPDIR");

	if (parent->options.snapshot.folder)
		return parent->options.snapshot.folder;
	return temporary && *temporary ? temporary : "/var/tmp";
}

/* Its manufacturer's half says little. */
static struct export **list_of(struct layers *layers, struct mac mac)
{
	return &layers->by_mac[(mac.octet[3] * 31U + mac.octet[4] * 7U + mac.octet[5]) % HASH];
}

struct export *layers_find(const struct export *parent, struct mac mac)
{
	struct export *layer = *list_of(parent->layers, mac);

	while (layer && !mac_equal(layer->mac, mac))
		layer = layer->next_same;
	return layer;
}

struct export *layers_next(const struct export *parent, const struct export *layer)
{
	if (layer)
		return layer->next_layer;
	return parent->layers ? parent->layers->all : NULL;
}

/* ---- names ---- */

static void make_name(const struct export *parent, struct mac mac, char name[COW_NAME])
{
	char address[AOE_ADDRESS_TEXT], text[MAC_TEXT];

	snprintf(name, COW_NAME, "%s-%s.layer", aoe_address_format(parent->view.address, address),
	         mac_format(mac, text));
}

/* True if a file of that name is a layer of that export. */
static bool parse_name(const struct export *parent, const char *name, struct mac *mac)
{
	const char *text = strchr(name, '-');
	char canonical[COW_NAME];

	if (!text || mac_parse(text + 1, &text, mac))
		return false;
	make_name(parent, *mac, canonical);
	return !strcmp(name, canonical);
}

/* ---- one of them ---- */

static void set_view(struct export *layer)
{
	const bool silent = layer->view.silent;

	layer->view = layer->parent->view;
	layer->view.silent = silent;
	layer->withdrawn = layer->parent->withdrawn;
}

static int set_options(struct export *layer)
{
	const struct export_options *options = &layer->parent->options;
	char mac[MAC_TEXT];

	layer->options = export_options_default();
	layer->options.writeback = options->writeback && options->snapshot.folder;
	layer->options.faults = options->faults;
	/* As messages name it. */
	if (asprintf(&layer->options.file.path, "%s: layer of %s", options->file.path,
	             mac_format(layer->mac, mac)) >= 0)
		return 0;
	layer->options.file.path = NULL;
	return -ENOMEM;
}

static int open_store(struct export *layer, bool is_there)
{
	const struct export *parent = layer->parent;
	const struct layers *layers = parent->layers;
	struct cow_options options = {
	        .base = layers->store,
	        .facts = layers->base,
	        .limit = &layers->limit,
	        .directory = layers->folder,
	        .device = layers->device,
	};
	int rc;

	if (parent->options.snapshot.folder)
		make_name(parent, layer->mac, options.name);
	rc = is_there ? cow_open(&options, &layer->own) : cow_create(&options, &layer->own);
	layer->store = layer->own;
	return rc;
}

static void enter(struct layers *layers, struct export *layer)
{
	struct export **same = list_of(layers, layer->mac);

	layer->next_same = *same;
	*same = layer;
	layer->next_layer = layers->all;
	layers->all = layer;
	layers->count++;
}

static int add(struct export *parent, struct mac mac, bool is_there, struct export **layer)
{
	struct export *added;
	int rc;

	if (parent->layers->count >= parent->options.snapshot.layers)
		return -EUSERS;
	added = calloc(1, sizeof(*added));
	if (!added)
		return -ENOMEM;
	added->parent = parent;
	added->mac = mac;
	added->file_block = BLOCKMAP_BLOCK;
	set_view(added);
	rc = set_options(added);
	if (!rc)
		rc = open_store(added, is_there);
	if (rc) {
		export_free(added);
		return rc;
	}
	enter(parent->layers, added);
	*layer = added;
	return 0;
}

void layers_remove(struct export *layer)
{
	struct layers *layers = layer->parent->layers;
	struct export **at = list_of(layers, layer->mac);

	while (*at != layer)
		at = &(*at)->next_same;
	*at = layer->next_same;
	at = &layers->all;
	while (*at != layer)
		at = &(*at)->next_layer;
	*at = layer->next_layer;
	layers->count--;
}

int layers_add(struct export *parent, struct mac mac, struct export **layer)
{
	int rc = add(parent, mac, false, layer);

	if (!rc && cow_join((*layer)->own, parent->layers->io)) {
		layers_remove(*layer);
		export_free(*layer);
		rc = -ENOMEM;
	}
	return rc;
}

void layers_discard(struct export *layer)
{
	cow_discard(layer->own);
}

/* ---- all of them ---- */

static int open_one_kept(struct export *parent, const char *name, struct mac mac, struct why *why)
{
	const char *folder = parent->options.snapshot.folder;
	struct export *layer;
	int rc = add(parent, mac, true, &layer);

	if (rc == -EUSERS)
		return why_set(why, rc,
		               "%s: more layers are kept there than snapshot-layers=%u allows: "
		               "raise that, or remove some",
		               folder, parent->options.snapshot.layers);
	return rc ? why_set(why, rc, "%s/%s: %s", folder, name, layerfile_explain(rc)) : 0;
}

static int open_kept(struct export *parent, struct why *why)
{
	DIR *folder = opendir(parent->options.snapshot.folder);
	struct dirent *entry;
	struct mac mac;
	int rc = 0;

	if (!folder)
		return why_set(why, -errno, "%s: %s", parent->options.snapshot.folder,
		               strerror(errno));
	/* One that was left out would be read as if nothing had been written to it. */
	while (!rc && (errno = 0, entry = readdir(folder)))
		if (parse_name(parent, entry->d_name, &mac))
			rc = open_one_kept(parent, entry->d_name, mac, why);
	if (!rc && errno)
		rc = why_set(why, -errno, "%s: %s", parent->options.snapshot.folder,
		             strerror(errno));
	closedir(folder);
	return rc;
}

/* Whether files can be made there at all is told now, not to the first initiator that writes. */
static int open_folder(struct layers *layers, const char *path, struct why *why)
{
	struct stat status;
	int rc;

	layers->folder = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (layers->folder < 0 || fstat(layers->folder, &status))
		rc = -errno;
	else
		rc = layerfile_create(layers->folder, NULL, &layers->base);
	if (rc < 0)
		return why_set(why, rc, "%s: no layers there: %s", path, layerfile_explain(rc));
	close(rc);
	layers->device = status.st_dev;
	layers->inode = status.st_ino;
	return 0;
}

int layers_open(struct export *export, struct why *why)
{
	struct layers *layers;
	int rc;

	if (!export->options.snapshot.on)
		return 0;
	if (export->store->size > LAYERFILE_IMAGE_MAX)
		return why_set(why, -EFBIG, "too large for layers, which are for up to 15 TiB");
	layers = calloc(1, sizeof(*layers));
	if (!layers)
		return why_memory(why);
	export->layers = layers;
	layers->store = export->store;
	layers->base = (struct layerfile_base){export->store->size,
	                                       export->options.file.offset * AOE_SECTOR,
	                                       export->facts.changed};
	layers_follow(export);
	rc = open_folder(layers, path_of(export), why);
	if (!rc && export->options.snapshot.folder)
		rc = open_kept(export, why);
	return rc;
}

int layers_join(struct export *export, struct io *io)
{
	int rc = 0;

	if (!export->layers)
		return 0;
	export->layers->io = io;
	for (struct export *l = export->layers->all; !rc && l; l = l->next_layer)
		rc = cow_join(l->own, io);
	return rc;
}

void layers_close(struct export *parent)
{
	struct layers *layers = parent->layers;

	if (!layers)
		return;
	while (layers->all) {
		struct export *layer = layers->all;

		layers_remove(layer);
		export_free(layer);
	}
	if (layers->folder >= 0)
		close(layers->folder);
	free(layers);
	parent->layers = NULL;
}

void layers_follow(struct export *parent)
{
	if (!parent->layers)
		return;
	parent->layers->limit = parent->options.snapshot.sectors * AOE_SECTOR;
	for (struct export *layer = parent->layers->all; layer; layer = layer->next_layer)
		set_view(layer);
}

bool layers_meet(const struct export *opened, const struct export *other)
{
	const struct layers *x = opened->layers, *y = other->layers;

	return x && y && opened != other && opened->options.snapshot.folder &&
	       other->options.snapshot.folder && y->all && x->device == y->device &&
	       x->inode == y->inode &&
	       !aoe_address_compare(opened->view.address, other->view.address);
}

void layers_refused(struct export *parent, struct mac mac, int error, const struct say *say,
                    uint64_t now)
{
	unsigned long count;
	char name[AOE_ADDRESS_TEXT], text[MAC_TEXT];

	if (!limit_pass(&parent->layers->refused, now, 1, &count))
		return;
	aoe_address_format(parent->view.address, name);
	mac_format(mac, text);
	if (error == -EUSERS)
		say_print(say, SAY_ERROR,
		          "%s: %s: no layer for %s: %zu are in use: %lu write%s of initiators "
		          "without one stay%s unanswered, and they repeat them: raise "
		          "snapshot-layers, drop a layer (etherroot ctl drop), or say with mac= "
		          "who may use it",
		          name, parent->options.file.path, text, parent->layers->count, count,
		          count == 1 ? "" : "s", count == 1 ? "s" : "");
	else
		say_print(say, SAY_ERROR, "%s: %s: no layer for %s: %s", name,
		          parent->options.file.path, text, strerror(-error));
}

uint64_t layers_used(const struct export *layer)
{
	return cow_used(layer->own);
}

struct layers_facts layers_facts(const struct export *parent)
{
	struct layers_facts facts = {0};

	for (const struct export *l = layers_next(parent, NULL); l; l = layers_next(parent, l)) {
		facts.count++;
		facts.bytes += layers_used(l);
	}
	return facts;
}

size_t layers_held(const struct export *export)
{
	size_t held = export->held;

	for (const struct export *l = layers_next(export, NULL); l; l = layers_next(export, l))
		held += l->held;
	return held;
}
