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

/* The same, written out. */
static void write_out(const struct ask *ask, struct buffer *out)
{
	static const char *const forms[] = {"table", "json", "prometheus"};
	char name[AOE_ADDRESS_TEXT];

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
		ALWAYS(!buffer_printf(out, "resume %s", name));
		break;
	case ASK_FAULT:
		ALWAYS(!buffer_printf(out, "fault %s %s", name, ask->faults));
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
	}
	buffer_free(&out);
	free(line);
	return 0;
}
