/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Why a machine's kernel could not be published the last time, kept for `etherroot server status`.
 */
#ifndef TOOLS_PUBLISH_LASTERROR_H
#define TOOLS_PUBLISH_LASTERROR_H

#include "tools/cli/why.h"

enum { LASTERROR_MAX = 4096 }; /* bytes */

/* root is that of the site: "" is /. The caller frees; NULL: it could be. */
char *lasterror_read(const char *root, const char *machine);

/* Returns 0 or a negative errno with *why. */
int lasterror_keep(const char *root, const char *machine, const char *text, struct why *why);
void lasterror_forget(const char *root, const char *machine);

#endif
