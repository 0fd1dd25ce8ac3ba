/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/serve/summary.h"

#include "tools/serve/export/claim.h"

enum { NAMED = 4 }; /* exports that are all named; of more, how many and the first and last */

/* Nobody is to leave them on by mistake. */
static int add_faults(const struct exports *exports, struct buffer *text)
{
	size_t count = 0;

	for (size_t i = 0; i < exports->count; i++)
		count += exports->list[i]->options.faults.count > 0;
	return count ? buffer_printf(text, "; FAULTS ARE ON for %zu of them", count) : 0;
}

static int add_taken(const struct exports *exports, struct buffer *text)
{
	size_t count = 0;

	for (size_t i = 0; i < exports->count; i++)
		count += claim_find_taken(exports->list[i]->claims) != NULL;
	return count ? buffer_printf(text, "; %zu of them taken by others", count) : 0;
}

static int add_exports(const struct exports *exports, struct buffer *text)
{
	char first[AOE_ADDRESS_TEXT], last[AOE_ADDRESS_TEXT];
	int rc = 0;

	if (!exports->count)
		return buffer_printf(text, "no export yet");
	if (exports->count > NAMED)
		return buffer_printf(
		        text, "%zu exports, %s to %s,", exports->count,
		        aoe_address_format(exports->list[0]->view.address, first),
		        aoe_address_format(exports->list[exports->count - 1]->view.address, last));
	for (size_t i = 0; !rc && i < exports->count; i++)
		rc = buffer_printf(text, "%s%s", i ? ", " : "",
		                   aoe_address_format(exports->list[i]->view.address, first));
	return rc;
}

static int add_lan(const struct lan *lan, unsigned int buffers, struct buffer *text)
{
	char mac[MAC_TEXT];

	if (lan->state != LAN_UP)
		return buffer_printf(text, "%s (link down)", lan->name);
	return buffer_printf(text, "%s (MTU %zu, MAC %s, %u buffers)", lan->name, lan->mtu,
	                     mac_format(lan->mac, mac), buffers ? buffers : lan->buffers);
}

int summary_write(const struct exports *exports, const struct lans *lans, unsigned int buffers,
                  struct buffer *text)
{
	int rc = buffer_printf(text, "serving ");

	if (!rc)
		rc = add_exports(exports, text);
	for (size_t i = 0; !rc && i < lans->count; i++) {
		rc = buffer_printf(text, i ? ", " : " on ");
		if (!rc)
			rc = add_lan(lans->list[i].lan, buffers, text);
	}
	if (!rc)
		rc = add_taken(exports, text);
	if (!rc)
		rc = add_faults(exports, text);
	return rc ? rc : buffer_append(text, "", 1);
}
