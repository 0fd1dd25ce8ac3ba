/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Programs that are run on the way: other subcommands, and the system's own. */
#ifndef TOOLS_HOST_STEPS_H
#define TOOLS_HOST_STEPS_H

#include "tools/cli/buffer.h"
#include "tools/cli/why.h"
#include "tools/host/args.h"

enum { STEPS_QUICK = 120, STEPS_LONG = 4 * 3600 }; /* seconds */

/*
 * Runs a program to its end, its output on standard error, and frees its arguments. A signal that
 * ends this process ends it in order. Returns 0; or a negative errno with why: -EINTR after a
 * signal, -EIO if it failed, which it has explained itself.
 */
int steps_run(struct args *args, int seconds, struct why *why);

/* The same, which a signal that is held back does not end: for what is taken back after one. */
int steps_finish(struct args *args, int seconds, struct why *why);

/* As steps_run, without its errors, and what it writes, at most `most` bytes, is added to text. */
int steps_read(struct args *args, size_t most, struct buffer *text, struct why *why);

#endif
