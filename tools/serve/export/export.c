/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/serve/export/export.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tools/serve/export/claim.h"
#include "tools/serve/export/layers.h"

static const char *name_of(const struct export *export, char *text)
{
	return aoe_address_format(export->view.address, text);
}

static void make_identify(const struct export *export, uint8_t page[IDENTIFY_SIZE])
{
	struct identify identify = {.sectors = export->view.sectors,
	                            .write_cache = export->options.writeback,
	                            .firmware = ETHERROOT_VERSION,
	                            .model = "etherroot"};
	char name[AOE_ADDRESS_TEXT];

	/* The same on every server that can take this export over. */
	snprintf(identify.serial, sizeof(identify.serial), "etherroot-%s",
	         name_of(export, name) + 1);
	identify_make(&identify, page);
}

/* As its options have it. */
static void show_access(struct export *export)
{
	const struct export_options *own = &export->options;
	struct protocol_export *view = &export->view;

	view->config = own->config;
	view->config_length = own->config_length;
	view->macs = own->macs;
	view->mac_count = own->mac_count;
}

void export_set_access(struct export *export, const struct export_options *options)
{
	struct export_options *own = &export->options;

	memcpy(own->config, options->config, sizeof(own->config));
	own->config_length = options->config_length;
	memcpy(own->macs, options->macs, sizeof(own->macs));
	own->mac_count = options->mac_count;
	own->duplicate = options->duplicate;
	own->writer = options->writer;
	if (!own->writer)
		export->writer = (struct writer){0};
	own->snapshot.sectors = options->snapshot.sectors;
	own->snapshot.layers = options->snapshot.layers;
	show_access(export);
	layers_follow(export);
}

static void set_size(struct export *export)
{
	export->view.sectors = export->store->size / AOE_SECTOR;
	make_identify(export, export->view.identify);
}

struct export *export_create(const struct export_options *options)
{
	struct export *export = calloc(1, sizeof(*export));

	if (!export || export_options_copy(&export->options, options)) {
		free(export);
		return NULL;
	}
	export->view.address = options->address;
	export->view.mac = options->vmac;
	export->view.has_mac = options->has_vmac;
	return export;
}

int export_open(struct export *export)
{
	const struct export_options *options = &export->options;
	struct file_store_options file = options->file;
	int rc;

	file.read_only |= options->snapshot.on;
	rc = file_store_open(&file, &export->store, &export->facts);
	if (rc)
		return rc;
	export->file_start = options->file.offset * AOE_SECTOR;
	export->file_block = export->facts.block;
	export->view.read_only = options->file.read_only;
	show_access(export);
	set_size(export);
	return 0;
}

/* Nobody asked for less: the file was cut, perhaps by accident, and may be made whole again. */
static bool is_cut(const struct export *export, uint64_t length, uint64_t size)
{
	return length == export->options.file.length &&
	       size < export->file_start + export->store->size;
}

int export_resize(struct export *export, uint64_t length, uint64_t size, const struct say *say,
                  bool *changed)
{
	struct file_store_options options = export->options.file;
	const uint64_t before = export->view.sectors;
	char name[AOE_ADDRESS_TEXT];
	int rc;

	*changed = false;
	options.length = length;
	rc = is_cut(export, length, size)
	             ? -EFBIG
	             : file_store_resize(export->fault.below, &options, size, &export->facts);
	if (rc) {
		say_print(say, SAY_ERROR, "%s: %s: its size stays %llu sectors: %s",
		          name_of(export, name), options.path, (unsigned long long)before,
		          is_cut(export, length, size) ? "the file is shorter than that now"
		                                       : file_store_explain(rc));
		return rc;
	}
	export->options.file.length = length;
	fault_resized(&export->fault);
	set_size(export);
	*changed = export->view.sectors != before;
	if (*changed)
		say_print(say, SAY_NOTICE, "%s: %s: %llu sectors, %llu before",
		          name_of(export, name), options.path,
		          (unsigned long long)export->view.sectors, (unsigned long long)before);
	return 0;
}

void export_free(struct export *export)
{
	claim_drop_all(&export->claims);
	layers_close(export);
	store_close(export->store);
	free(export->stats);
	export_options_release(&export->options);
	free(export);
}

void export_set_faults(struct export *export, const struct fault_rules *rules)
{
	/* First, so that what goes on because of the new rules finds all in place. */
	export->options.faults = *rules;
	export->store = rules->count ? &export->fault.store : export->fault.below;
	export->commit.store = export->store;
	fault_set(&export->fault, rules);
	for (struct export *l = layers_next(export, NULL); l; l = layers_next(export, l))
		export_set_faults(l, rules);
}

struct stats *export_stats(struct export *export)
{
	if (export->parent)
		return export_stats(export->parent);
	if (!export->stats)
		export->stats = calloc(1, sizeof(*export->stats));
	return export->stats;
}

void export_describe_faults(const struct export *export, const struct say *say)
{
	const struct fault_rules *faults = &export->options.faults;
	char name[AOE_ADDRESS_TEXT];

	if (faults->count)
		say_print(say, SAY_WARNING,
		          "%s: FAULTS ARE ON: %s: what it serves fails on purpose, until fault= is "
		          "removed or etherroot ctl fault %s none",
		          name_of(export, name), faults->text, name);
}

void export_describe(const struct export *export, const struct say *say)
{
	const struct export_options *options = &export->options;
	const char *durability = "read-write, acknowledged writes are on stable storage";
	char name[AOE_ADDRESS_TEXT];

	if (options->snapshot.folder)
		durability = "a layer for each initiator, kept";
	else if (options->snapshot.on)
		durability = "a layer for each initiator, thrown away at the end";
	else if (options->file.read_only)
		durability = "read-only";
	else if (options->writeback)
		durability = "read-write, writes are acknowledged from memory";
	name_of(export, name);
	say_print(say, SAY_INFO, "%s: %s: %llu sector%s, %s", name, options->file.path,
	          (unsigned long long)export->view.sectors, export->view.sectors == 1 ? "" : "s",
	          durability);
	if (options->writeback && !options->file.read_only &&
	    (!options->snapshot.on || options->snapshot.folder))
		say_print(say, SAY_WARNING,
		          "%s: cache=writeback: a crash or power cut of this machine loses "
		          "acknowledged "
		          "writes and can ruin the file system on it",
		          name);
	export_describe_faults(export, say);
	if (export->facts.unused)
		say_print(say, SAY_WARNING,
		          "%s: the last %llu bytes are not a whole sector and are not exported",
		          name, (unsigned long long)export->facts.unused);
}
