/* SPDX-License-Identifier: GPL-2.0-or-later */
/* An answers file, from its path. */
#ifndef IMAGES_LOAD_H
#define IMAGES_LOAD_H

#include "images/answers.h"

/*
 * Reads the file into settings, as answers_parse does. Returns 0 or a negative errno with why,
 * which names the file and the place in it.
 */
int answers_load(const char *path, struct settings *settings, struct why *why);

#endif
