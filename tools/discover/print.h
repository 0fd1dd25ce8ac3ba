/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What was found, for people and for programs. Pure. */
#ifndef TOOLS_DISCOVER_PRINT_H
#define TOOLS_DISCOVER_PRINT_H

#include "tools/cli/buffer.h"
#include "tools/survey/survey.h"

/* After survey_finish. Everything that came from the LAN is escaped. Return 0 or -ENOMEM. */
int survey_print_table(const struct survey *survey, struct buffer *out);
int survey_print_json(const struct survey *survey, struct buffer *out);

#endif
