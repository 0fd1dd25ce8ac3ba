/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The guest's kernel command line, in the two pieces that `etherroot ipxe` wants. Pure. */
#ifndef TOOLS_BOOT_CMDLINE_H
#define TOOLS_BOOT_CMDLINE_H

#include <stdbool.h>

#include "tools/aoe/address.h"

/*
 * root=: "aoe:e0.0p1" (partition 0 is the whole disk), or the last root= in append. append may be
 * NULL. The caller frees.
 */
char *cmdline_root(struct aoe_address address, unsigned partition, const char *append);

/*
 * Everything else: "no_timer_check rd.mtu=9000 rw console=ttyS0 APPEND" without append's root=;
 * what append says itself of ro or rw and console= replaces the default. `jumbo` says whether the
 * LAN takes frames of 9000 bytes; without it there is no rd.mtu=. The caller frees.
 */
char *cmdline_rest(bool read_only, bool jumbo, const char *append);

#endif
