/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the tests of a target that reads its configuration file again have in common. */
#ifndef TESTS_PROTOCOL_RELOADING_H
#define TESTS_PROTOCOL_RELOADING_H

#include "tests/protocol/scene.h"

enum { SECTORS = 2048 }; /* of each of the two files, a and b */

extern const struct aoe_address first, second;

/* The lines of a configuration file, with the scene's folder in place of each @. */
char *with_files(struct scene *scene, const char *format);

/* The two files, and a target under the sanitizers that serves what text says. */
void serve(struct scene *scene, const char *text);

/* SIGHUP, and waits until the reload has ended and the target has said this, before or after. */
void reload(struct scene *scene, const char *message);

/* Writes to an export, and reads it back. */
void check_works(struct scene *scene, struct aoe_address address, unsigned int seed);

/* Nobody answers for that address, as long as the other is alive. */
void check_gone(struct scene *scene, struct aoe_address address, struct aoe_address alive);

/*
 * Has strace do that to the next target's system calls on that file of the folder. Returns false if
 * it cannot: the test is to be skipped.
 */
bool can_tamper(struct scene *scene, const char *how, const char *file);

#endif
