/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the words of the file may be, and whether all of it fits together. Pure. */
#ifndef TOOLS_INVENTORY_CHECK_H
#define TOOLS_INVENTORY_CHECK_H

#include "tools/inventory/inventory.h"

/* Letters, digits and ._- as an interface's name. */
bool inventory_valid_interface(const char *name);

/* These return 0 or -EINVAL. */
int inventory_parse_address(const char *text, struct in_addr *address, unsigned int *prefix);
int inventory_parse_unknown(const char *text, enum inventory_unknown *unknown);

/*
 * Returns 0; or -EINVAL for what is there twice, or does not lie in the network: why says what, and
 * place is that of the second. Or -ENOMEM.
 */
int inventory_check(const struct inventory *inventory, struct place *place, struct why *why);

#endif
