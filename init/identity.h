/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Who this machine is, where many boot off one root: its name, and its id (machine-id(5)). */
#ifndef INIT_IDENTITY_H
#define INIT_IDENTITY_H

#include <stdbool.h>

#include "init/cmdline.h"

/* Room for a machine's id: 32 digits and '\0'. */
enum { IDENTITY_TEXT = 33 };

/*
 * Makes an id, of the form of a random UUID (RFC 9562, version 4), from what only one machine has:
 * the same each time, and another one than other programs make from it. Pure.
 */
void identity_make(const char *source, char id[IDENTITY_TEXT]);

/* Whether the firmware's UUID is this machine's alone, and not what a vendor has left in all. Pure.
 */
bool identity_is_own(const char *product_uuid);

/*
 * Gives the mounted root its machine's id, if it has none, and rd.hostname=: with an overlay in its
 * files; else nothing is written to it, and the id is mounted over the empty file. `disk`
 * ("e0.0p1") is what the root is on. What does not work is told; blocks.
 */
void identity_give(const struct cmdline *cmdline, const char *disk);

#endif
