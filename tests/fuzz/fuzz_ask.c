/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A question over the control socket. It is taken or refused in one line; what is taken is one of
 * those that there are, about an export that there may be.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "tests/fuzz/fuzz.h"
#include "tools/serve/watch/ask.h"

static void write_trace(const struct capture_filter *filter, struct buffer *out)
{
	char mac[MAC_TEXT], name[AOE_ADDRESS_TEXT];

	ALWAYS(!buffer_printf(out, "trace %llu", (unsigned long long)filter->count));
	if (filter->has_client)
		ALWAYS(!buffer_printf(out, " client %s", mac_format(filter->client, mac)));
	if (filter->has_export)
		ALWAYS(!buffer_printf(out, " export %s", aoe_address_format(filter->export, name)));
}

static void check_same_filter(const struct capture_filter *a, const struct capture_filter *b)
{
	ALWAYS(a->count == b->count);
	ALWAYS(a->has_client == b->has_client && a->has_export == b->has_export);
	ALWAYS(!a->has_client || mac_equal(a->client, b->client));
	ALWAYS(!a->has_export || !aoe_address_compare(a->export, b->export));
}

/* The same, written out. */
static void write_out(const struct ask *ask, struct buffer *out)
{
	static const char *const forms[] = {"table", "json", "prometheus"};
	char name[AOE_ADDRESS_TEXT], mac[MAC_TEXT];

	aoe_address_format(ask->address, name);
	switch (ask->kind) {
	case ASK_STATUS:
		ALWAYS(!buffer_printf(out, "status %s", forms[ask->form]));
		break;
	case ASK_RELOAD:
		ALWAYS(!buffer_printf(out, "reload"));
		break;
	case ASK_WITHDRAW:
		ALWAYS(!buffer_printf(out, "withdraw %s", name));
		break;
	case ASK_RESUME:
		ALWAYS(!buffer_printf(out, "resume %s%s", name, ask->force ? " force" : ""));
		break;
	case ASK_RELEASE:
		ALWAYS(!buffer_printf(out, "release %s", name));
		break;
	case ASK_FAULT:
		ALWAYS(!buffer_printf(out, "fault %s %s", name, ask->faults));
		break;
	case ASK_TRACE:
		write_trace(&ask->filter, out);
		break;
	case ASK_DROP:
		ALWAYS(!buffer_printf(out, "drop %s %s", name, mac_format(ask->mac, mac)));
		break;
	default:
		ALWAYS(!"a kind");
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input input = {data, size};
	struct ask ask, again;
	struct buffer out = {0};
	struct why why = {""};
	size_t length;
	char *line = (char *)take_bytes(&input, SIZE_MAX, &length);
	int rc = ask_parse(line, length, &ask, &why);

	ALWAYS(!rc || (rc == -EINVAL && *why.text && !strchr(why.text, '\n')));
	if (!rc) {
		ALWAYS(length < ASK_MAX && ask.form <= ASK_PROMETHEUS);
		write_out(&ask, &out);
		ALWAYS(!ask_parse((char *)out.data, out.size, &again, &why));
		ALWAYS(ask.kind == again.kind && ask.form == again.form);
		ALWAYS(!aoe_address_compare(ask.address, again.address));
		ALWAYS(!strcmp(ask.faults, again.faults));
		check_same_filter(&ask.filter, &again.filter);
		ALWAYS(mac_equal(ask.mac, again.mac));
	}
	buffer_free(&out);
	free(line);
	return 0;
}
