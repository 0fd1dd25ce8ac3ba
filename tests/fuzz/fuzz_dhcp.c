/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whatever a LAN answers to the question for a DHCP server: taken as an offer, or not. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "tests/fuzz/fuzz.h"
#include "tools/server/dhcp.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct mac mac = {{0x52, 0x54, 0, 0, 0, 1}},
	                        other = {{0x52, 0x54, 0, 0, 0, 2}};
	uint8_t *packet = need(size ? size : 1), question[DHCP_DISCOVER];
	struct dhcp_offer offer;
	int rc;

	memcpy(packet, data, size);
	rc = dhcp_read_offer(packet, size, mac, 0x01020304, &offer);
	ALWAYS(rc == 0 || rc == -EBADMSG);
	/* An answer is one to one question, and a question is none. */
	ALWAYS(rc || dhcp_read_offer(packet, size, mac, 0x01020305, &offer));
	ALWAYS(rc || dhcp_read_offer(packet, size, other, 0x01020304, &offer));
	dhcp_write_discover(mac, 0x01020304, question);
	ALWAYS(dhcp_read_offer(question, sizeof(question), mac, 0x01020304, &offer));
	free(packet);
	return 0;
}
