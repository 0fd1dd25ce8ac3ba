/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The interfaces that the aoe module speaks on (its parameter aoe_iflist): those that this boot
 * uses, and in the end those that its disks were found on. A user's own aoe.aoe_iflist= stands.
 */
#ifndef INIT_IFLIST_H
#define INIT_IFLIST_H

#include "init/nic.h"

enum { IFLIST_SIZE = 1024 }; /* IFLISTSZ of drivers/block/aoe/aoenet.c */

/* Lists the interfaces that are ready for AoE, separated by blanks; "-" if none is. Pure. */
char *iflist_make(char list[IFLIST_SIZE], const struct nics *nics);

/* Whether the command line has one of the user's own. Pure. */
bool iflist_is_given(const struct cmdline *cmdline);

/* Has the module, which is loaded, use the interfaces that are ready now. */
void iflist_follow(const struct nics *nics);

/* Has it stay with those that the disks were found on. */
void iflist_pin(const struct cmdline *cmdline);

#endif
