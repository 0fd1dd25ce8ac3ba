/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A call that may have to wait, for a disk or for a server of files, and perhaps for ever: made by
 * a thread of its own, so that whoever needs it waits for as long as he wants to.
 */
#ifndef TOOLS_HOST_ASIDE_H
#define TOOLS_HOST_ASIDE_H

#include <stdbool.h>

struct aside;

/*
 * Has work(owner) called. drop(owner) releases owner, with what the work may have got: it is called
 * by that thread, should nobody wait any more when the work is done. Returns 0 or a negative errno,
 * and then nothing is called; aside_end ends it.
 */
int aside_start(void (*work)(void *owner), void (*drop)(void *owner), void *owner,
                struct aside **aside);

/* A descriptor that is readable once the work is done. */
int aside_fd(const struct aside *aside);

/* Waits for that, but no longer than so many milliseconds. Returns true if it is done. */
bool aside_wait(const struct aside *aside, int milliseconds);

/*
 * Returns true if the work is done, and owner is the caller's again; else nobody waits for it from
 * now on, and owner is not to be touched any more.
 */
bool aside_end(struct aside *aside);

#endif
