/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * serve's configuration file, twice: before and after a reload. A file is refused at a place of its
 * text, with nothing left of it; one that is taken means the same when it is written out again. The
 * steps from the one to the other cover each export and LAN once, and from one to itself are none.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "tests/fuzz/fuzz.h"
#include "tools/cli/buffer.h"
#include "tools/serve/config/changes.h"
#include "tools/serve/config/directives.h"

/* Reads memory of exactly that size. Returns true if it was taken. */
static bool read_plan(const void *text, size_t length, struct plan *plan)
{
	struct place place = {0};
	struct why why = {""};
	int rc;

	*plan = (struct plan){0};
	rc = directives_parse(text, length, plan, &place, &why);
	if (!rc)
		return true;
	ALWAYS(rc == -EINVAL && *why.text && is_printable(why.text));
	ALWAYS(is_place(text, length, &place));
	ALWAYS(!plan->exports && !plan->lans && !plan->export_count && !plan->lan_count);
	return false;
}

static void add_quoted(struct buffer *out, const void *bytes, size_t length)
{
	const char *text = bytes;

	ALWAYS(!buffer_append(out, "\"", 1));
	for (size_t i = 0; i < length; i++) {
		ALWAYS((text[i] != '"' && text[i] != '\\') || !buffer_append(out, "\\", 1));
		ALWAYS(!buffer_append(out, &text[i], 1));
	}
	ALWAYS(!buffer_append(out, "\"", 1));
}

static void write_snapshot(const struct snapshot_options *snapshot, struct buffer *out)
{
	ALWAYS(!buffer_printf(out, " snapshot-size=%llu snapshot-layers=%u",
	                      (unsigned long long)snapshot->sectors, snapshot->layers));
	if (!snapshot->folder)
		return;
	ALWAYS(!buffer_printf(out, " snapshot-dir="));
	add_quoted(out, snapshot->folder, strlen(snapshot->folder));
}

static void write_export(const struct export_options *options, struct buffer *out)
{
	char text[MAC_TEXT];

	ALWAYS(!buffer_printf(out, "export %s ", aoe_address_format(options->address, text)));
	add_quoted(out, options->file.path, strlen(options->file.path));
	ALWAYS(!buffer_printf(out, "%s%s%s%s config=", options->file.read_only ? " ro" : "",
	                      options->file.direct ? " direct" : "",
	                      options->writeback ? " cache=writeback" : "",
	                      options->file.lock ? " lock=yes" : " lock=no"));
	add_quoted(out, options->config, options->config_length);
	for (size_t i = 0; i < options->mac_count; i++)
		ALWAYS(!buffer_printf(out, "%s%s",
		                      i ? "+" : " mac=", mac_format(options->macs[i], text)));
	ALWAYS(!options->file.offset ||
	       !buffer_printf(out, " offset=%llu", (unsigned long long)options->file.offset));
	ALWAYS(!options->file.length ||
	       !buffer_printf(out, " length=%llu", (unsigned long long)options->file.length));
	ALWAYS(!options->has_vmac ||
	       !buffer_printf(out, " vmac=%s", mac_format(options->vmac, text)));
	ALWAYS(!buffer_printf(out, " duplicate=%s", options->duplicate ? "allow" : "refuse"));
	ALWAYS(!options->writer || !buffer_printf(out, " writer=one:%u", options->writer));
	if (options->snapshot.on)
		write_snapshot(&options->snapshot, out);
	ALWAYS(!options->faults.count || !buffer_printf(out, " fault=%s", options->faults.text));
	ALWAYS(!buffer_append(out, "\n", 1));
}

static void write_plan(const struct plan *plan, struct buffer *out)
{
	char text[MAC_TEXT];

	for (size_t i = 0; i < plan->lan_count; i++) {
		ALWAYS(!buffer_printf(out, plan->lans[i].qemu ? "qemu " : "interface "));
		add_quoted(out, plan->lans[i].name, strlen(plan->lans[i].name));
		ALWAYS(!buffer_append(out, "\n", 1));
	}
	ALWAYS(!plan->has_mac || !buffer_printf(out, "mac %s\n", mac_format(plan->mac, text)));
	ALWAYS(!plan->buffers || !buffer_printf(out, "buffers %u\n", plan->buffers));
	for (size_t i = 0; i < plan->export_count; i++)
		write_export(&plan->exports[i], out);
}

/* What has to be done to come from a plan to the same one. */
static void check_same(const struct plan *a, const struct plan *b)
{
	struct changes changes;

	ALWAYS(a->export_count == b->export_count && a->lan_count == b->lan_count);
	ALWAYS(a->has_mac == b->has_mac && a->buffers == b->buffers);
	ALWAYS(!a->has_mac || mac_equal(a->mac, b->mac));
	ALWAYS(!changes_find(a, b, &changes));
	ALWAYS(changes.export_count == a->export_count && changes.lan_count == a->lan_count);
	for (size_t i = 0; i < changes.export_count; i++)
		ALWAYS(changes.exports[i].change == CHANGE_KEEP);
	for (size_t i = 0; i < changes.lan_count; i++)
		ALWAYS(changes.lans[i].change == CHANGE_KEEP);
	changes_release(&changes);
}

static void check_taken(const struct plan *plan)
{
	struct buffer out = {0};
	struct plan again;

	for (size_t i = 0; i < plan->export_count; i++) {
		const struct export_options *options = &plan->exports[i];

		ALWAYS(options->file.path && *options->file.path &&
		       is_printable(options->file.path));
		ALWAYS(options->place.line && options->mac_count <= EXPORT_MACS_MAX);
		ALWAYS(options->config_length <= AOE_CONFIG_MAX);
		ALWAYS(options->file.offset >> 48 == 0 && options->file.length >> 48 == 0);
		ALWAYS(!i || aoe_address_compare(options[-1].address, options->address) < 0);
	}
	for (size_t i = 0; i < plan->lan_count; i++)
		ALWAYS(*plan->lans[i].name && plan->lans[i].place.line);
	write_plan(plan, &out);
	ALWAYS(read_plan(out.data, out.size, &again));
	check_same(plan, &again);
	plan_release(&again);
	buffer_free(&out);
}

static void check_changes(const struct plan *before, const struct plan *after)
{
	struct changes changes;
	size_t gone = 0, come = 0;

	ALWAYS(!changes_find(before, after, &changes));
	for (size_t i = 0; i < changes.export_count; i++) {
		const struct export_change *c = &changes.exports[i];

		ALWAYS((c->change == CHANGE_ADD) == !c->before);
		ALWAYS((c->change == CHANGE_REMOVE) == !c->after);
		ALWAYS(!c->before || !c->after ||
		       !aoe_address_compare(c->before->address, c->after->address));
		gone += c->before != NULL;
		come += c->after != NULL;
	}
	ALWAYS(gone == before->export_count && come == after->export_count);
	gone = come = 0;
	for (size_t i = 0; i < changes.lan_count; i++) {
		gone += changes.lans[i].before != NULL;
		come += changes.lans[i].after != NULL;
	}
	ALWAYS(gone == before->lan_count && come == after->lan_count);
	changes_release(&changes);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char between[] = "\n%%\n";
	const uint8_t *middle = size ? memmem(data, size, between, sizeof(between) - 1) : NULL;
	struct input input = {data, middle ? (size_t)(middle - data) : size};
	struct plan before, after;
	size_t length;
	uint8_t *text = take_bytes(&input, SIZE_MAX, &length);
	bool taken = read_plan(text, length, &before);

	free(text);
	if (taken)
		check_taken(&before);
	input = (struct input){middle ? middle + sizeof(between) - 1 : data, 0};
	input.left = (size_t)(data + size - input.at);
	text = take_bytes(&input, SIZE_MAX, &length);
	if (taken && read_plan(text, length, &after)) {
		check_changes(&before, &after);
		check_changes(&after, &before);
		plan_release(&after);
	}
	free(text);
	if (taken)
		plan_release(&before);
	return 0;
}
