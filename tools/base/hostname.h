/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Names of machines. Pure. */
#ifndef TOOLS_BASE_HOSTNAME_H
#define TOOLS_BASE_HOSTNAME_H

#include <stdbool.h>

/* Letters, digits and hyphens, in labels by dots (RFC 1123), as long as Linux takes them. */
bool hostname_is_valid(const char *text);

#endif
