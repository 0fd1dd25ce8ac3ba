/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The configuration file's text, etherroot-serve.conf(5), as a plan. Pure. */
#ifndef TOOLS_SERVE_CONFIG_DIRECTIVES_H
#define TOOLS_SERVE_CONFIG_DIRECTIVES_H

#include "tools/serve/config/plan.h"

/*
 * Reads length bytes of text into plan, which is empty. Returns 0, and the plan is to be released;
 * or -EINVAL or -ENOMEM, and the plan is empty, why says what is wrong, and place says where.
 */
int directives_parse(const char *text, size_t length, struct plan *plan, struct place *place,
                     struct why *why);

/*
 * Reads what follows the word "export" on its line. Returns 0, and options is to be released, or a
 * negative errno with words->why.
 */
int directives_read_export(struct words *words, struct export_options *options);

#endif
