/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One call at a time that may have to wait for a disk: made beside the loop, up to a deadline. */
#ifndef TOOLS_SERVE_BESIDE_H
#define TOOLS_SERVE_BESIDE_H

#include "tools/serve/engine/engine.h"

struct aside;

struct beside {
	struct engine *engine;
	struct aside *aside; /* NULL: none is under way */
	int timer;           /* a timerfd, while one is */
	void *what;
	void (*drop)(void *what);
	void (*ended)(void *owner, void *what);
	void *owner;
};

/*
 * Takes over what, and makes the call work(what). ended is called in the loop: with what, which is
 * the owner's then, when the call is done; or with NULL after so many milliseconds, and then
 * drop(what) is called whenever it is done. engine and owner are filled in before. Returns 0, or a
 * negative errno, and then ended is not called, and what is dropped.
 */
int beside_start(struct beside *beside, void (*work)(void *what), void (*drop)(void *what),
                 void *what, unsigned int milliseconds, void (*ended)(void *owner, void *what));

/* Nobody waits for it any more; ended is not called. */
void beside_stop(struct beside *beside);

#endif
