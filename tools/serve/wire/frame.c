/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/serve/wire/frame.h"

#include <stdlib.h>

#include "tools/aoe/aoe.h"
#include "tools/lan/lan.h"

enum {
	PAGE = 4096,                  /* bytes: no disk in use asks for a larger alignment */
	BEFORE = PAGE - AOE_ATA_DATA, /* in front of the frame, unused */
};

uint8_t *frame_create(void)
{
	void *memory;

	if (posix_memalign(&memory, PAGE, BEFORE + LAN_FRAME_MAX))
		return NULL;
	return (uint8_t *)memory + BEFORE;
}

void frame_free(uint8_t *frame)
{
	if (frame)
		free(frame - BEFORE);
}
