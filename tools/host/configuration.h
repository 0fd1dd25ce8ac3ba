/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A configuration file, from its path: what is wrong is told with the file and the place in it. */
#ifndef TOOLS_HOST_CONFIGURATION_H
#define TOOLS_HOST_CONFIGURATION_H

#include <stddef.h>

#include "tools/cli/why.h"
#include "tools/cli/words.h"

/* Parses length bytes of text. Returns 0, or a negative errno with why, and place where it ended. */
typedef int configuration_parser(const char *text, size_t length, void *into, struct place *place,
                                 struct why *why);

/* Parses what the file at path has. Returns what parse does; why names the file and the place. */
int configuration_parse(const char *path, const char *text, size_t length,
                        configuration_parser *parse, void *into, struct why *why);

/*
 * Reads the file at path, of at most mib MiB, and parses it; the text is gone then. Returns what
 * regular_read or parse does, with why.
 */
int configuration_load(const char *path, size_t mib, configuration_parser *parse, void *into,
                       struct why *why);

#endif
