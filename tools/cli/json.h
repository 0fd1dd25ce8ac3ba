/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TOOLS_CLI_JSON_H
#define TOOLS_CLI_JSON_H

#include "tools/cli/buffer.h"

/*
 * Adds length bytes as a JSON string, each byte that is no plain ASCII as the code point of its
 * value. Returns 0 or -ENOMEM.
 */
int json_string(struct buffer *out, const void *bytes, size_t length);

#endif
