/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The text of an export, SHELF.SLOT=PATH[,option...]. It is taken or refused in one line; what is
 * taken is within its limits, and means the same when it is written out again.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "tests/fuzz/fuzz.h"
#include "tools/cli/buffer.h"
#include "tools/serve/config/options.h"

/* Adds text with its commas doubled. */
static void add_doubled(struct buffer *out, const void *bytes, size_t length)
{
	const char *text = bytes;

	for (size_t i = 0; i < length; i++) {
		ALWAYS(!buffer_append(out, &text[i], 1));
		ALWAYS(text[i] != ',' || !buffer_append(out, ",", 1));
	}
}

static void write_out(const struct export_options *options, struct buffer *out)
{
	char text[MAC_TEXT];

	ALWAYS(!buffer_printf(out, "%s=", aoe_address_format(options->address, text)));
	add_doubled(out, options->file.path, strlen(options->file.path));
	ALWAYS(!buffer_printf(out, "%s%s%s%s%s", options->file.read_only ? ",ro" : "",
	                      options->file.direct ? ",direct" : "",
	                      options->writeback ? ",cache=writeback" : "",
	                      options->file.raw ? ",format=raw" : "",
	                      options->file.lock ? ",lock=yes" : ",lock=no"));
	ALWAYS(!buffer_append(out, ",config=", 8));
	add_doubled(out, options->config, options->config_length);
	for (size_t i = 0; i < options->mac_count; i++)
		ALWAYS(!buffer_printf(out, "%s%s",
		                      i ? "+" : ",mac=", mac_format(options->macs[i], text)));
	if (options->file.offset)
		ALWAYS(!buffer_printf(out, ",offset=%llu",
		                      (unsigned long long)options->file.offset));
	if (options->file.length)
		ALWAYS(!buffer_printf(out, ",length=%llu",
		                      (unsigned long long)options->file.length));
	if (options->faults.count)
		ALWAYS(!buffer_printf(out, ",fault=%s", options->faults.text));
	if (options->snapshot.on)
		ALWAYS(!buffer_printf(out, ",snapshot"));
	if (options->snapshot.on)
		ALWAYS(!buffer_printf(out, ",snapshot-size=%llu,snapshot-layers=%u",
		                      (unsigned long long)options->snapshot.sectors,
		                      options->snapshot.layers));
	if (options->snapshot.folder) {
		ALWAYS(!buffer_append(out, ",snapshot-dir=", 14));
		add_doubled(out, options->snapshot.folder, strlen(options->snapshot.folder));
	}
	ALWAYS(!buffer_append(out, "", 1));
}

static void check_same(const struct export_options *a, const struct export_options *b)
{
	ALWAYS(!aoe_address_compare(a->address, b->address));
	ALWAYS(!strcmp(a->file.path, b->file.path));
	ALWAYS(a->file.read_only == b->file.read_only && a->file.direct == b->file.direct);
	ALWAYS(a->file.lock == b->file.lock && a->file.raw == b->file.raw &&
	       a->writeback == b->writeback);
	ALWAYS(a->file.offset == b->file.offset && a->file.length == b->file.length);
	ALWAYS(a->snapshot.on == b->snapshot.on && a->snapshot.sectors == b->snapshot.sectors);
	ALWAYS(a->snapshot.layers == b->snapshot.layers);
	ALWAYS(!a->snapshot.folder == !b->snapshot.folder);
	ALWAYS(!a->snapshot.folder || !strcmp(a->snapshot.folder, b->snapshot.folder));
	ALWAYS(a->config_length == b->config_length &&
	       !memcmp(a->config, b->config, a->config_length));
	ALWAYS(a->mac_count == b->mac_count &&
	       !memcmp(a->macs, b->macs, a->mac_count * sizeof(a->macs[0])));
	ALWAYS(!strcmp(a->faults.text, b->faults.text));
}

static void check_taken(const struct export_options *options)
{
	struct export_options again;
	struct buffer out = {0};
	struct why why;

	ALWAYS(options->address.shelf <= AOE_SHELF_MAX && options->address.slot <= AOE_SLOT_MAX);
	ALWAYS(options->file.path && *options->file.path);
	ALWAYS(options->mac_count <= EXPORT_MACS_MAX && options->config_length <= AOE_CONFIG_MAX);
	ALWAYS(!options->snapshot.on || !options->file.read_only);
	ALWAYS(options->snapshot.on || !options->snapshot.folder);
	ALWAYS(options->snapshot.sectors >= SNAPSHOT_SECTORS_MIN &&
	       options->snapshot.sectors >> 48 == 0 && options->snapshot.layers &&
	       options->snapshot.layers <= SNAPSHOT_LAYERS_MAX);
	ALWAYS(options->file.offset >> 48 == 0 && options->file.length >> 48 == 0);
	write_out(options, &out);
	ALWAYS(!export_parse((const char *)out.data, &again, &why));
	check_same(options, &again);
	export_options_release(&again);
	buffer_free(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input input = {data, size};
	char *text = take_string(&input);
	struct export_options options;
	struct why why = {""};
	int rc = export_parse(text, &options, &why);

	ALWAYS(!rc || rc == -EINVAL);
	if (rc) {
		ALWAYS(*why.text && !options.file.path);
	} else {
		check_taken(&options);
		export_options_release(&options);
	}
	free(text);
	return 0;
}
