/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a DHCP server wrote down of cards that anyone can invent: as leases, and as a journal. */
#include <stdlib.h>
#include <string.h>

#include "tests/fuzz/fuzz.h"
#include "tools/server/seen.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct seen seen = {0};
	char *text = need(size ? size : 1);

	memcpy(text, data, size);
	ALWAYS(!seen_take_leases(&seen, text, size));
	ALWAYS(!seen_take_journal(&seen, text, size));
	ALWAYS(seen.count <= SEEN_MAX);
	for (size_t i = 0; i < seen.count; i++) {
		ALWAYS(seen.cards[i].time >= 0);
		ALWAYS(seen_find(&seen, seen.cards[i].mac) == &seen.cards[i]);
	}
	seen_release(&seen);
	free(text);
	return 0;
}
