/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The answers file of `etherroot install`: what a machine is to become, a directive a line. Pure.
 */
#ifndef IMAGES_ANSWERS_H
#define IMAGES_ANSWERS_H

#include <stddef.h>

#include "images/settings.h"
#include "tools/cli/why.h"
#include "tools/cli/words.h"

/*
 * Reads length bytes of text into settings, which are empty; of SETTING_USER's value each line is
 * "NAME WORD": a word that the file says of this user, or none after the blank at the first.
 * Returns 0, -ENOMEM or -EINVAL with why, and place where in the text; then settings are empty
 * again.
 */
int answers_parse(const char *text, size_t length, struct settings *settings, struct place *place,
                  struct why *why);

#endif
