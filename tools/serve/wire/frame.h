/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Memory for frames: LAN_FRAME_MAX bytes, in which the data behind an ATA header lie at the start
 * of a page. So a disk can be read and written past the page cache without another copy (O_DIRECT).
 */
#ifndef TOOLS_SERVE_WIRE_FRAME_H
#define TOOLS_SERVE_WIRE_FRAME_H

#include <stdint.h>

/* NULL without memory; frame_free releases it. */
uint8_t *frame_create(void);

/* frame may be NULL. */
void frame_free(uint8_t *frame);

#endif
