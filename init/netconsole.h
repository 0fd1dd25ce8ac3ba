/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where the kernel's messages go over the LAN: rd.netconsole=. Pure. */
#ifndef INIT_NETCONSOLE_H
#define INIT_NETCONSOLE_H

#include "init/address.h"

/* Room for netconsole_parameter's result. */
enum { NETCONSOLE_PARAMETER = 256 };

/*
 * Whether `text` is the module's own "[+][PORT]@[IP]/[NIC],[PORT]@IP/[MAC]"
 * (Documentation/networking/netconsole.rst), or the part behind the comma alone, where "@" and "/"
 * may be missing too. Returns 0, or -EINVAL with *error filled.
 */
int netconsole_check(const char *text, struct parse_error *error);

/*
 * The module's parameter for a text that is right. What it leaves out is made up: the NIC, and the
 * address that it has from now on, out of 169.254.0.0/16 (RFC 3927) by its MAC.
 */
char *netconsole_parameter(const char *text, const char *nic, struct mac mac,
                           char buffer[NETCONSOLE_PARAMETER]);

#endif
