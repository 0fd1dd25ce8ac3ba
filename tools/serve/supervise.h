/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The service manager that started the target, if one did: told of its life, out of its loop. */
#ifndef TOOLS_SERVE_SUPERVISE_H
#define TOOLS_SERVE_SUPERVISE_H

#include "tools/serve/engine/engine.h"
#include "tools/serve/watch/notify.h"
#include "tools/serve/watch/say.h"

struct supervise {
	struct notify notify;
	int timer; /* for the watchdog; -1: there is none */
};

/* Is nobody's, until supervise_start. */
#define SUPERVISE_NONE ((struct supervise){.notify.socket = -1, .timer = -1})

/*
 * Finds the manager by the environment; from now on its watchdog is fed as long as the loop turns.
 * Returns 0 or a negative errno, and then the reason was said; supervise_end releases it.
 */
int supervise_start(struct supervise *supervise, struct engine *engine, const struct say *say);
void supervise_end(struct supervise *supervise);

/* What it does now: it serves what status says; it reloads; it ends. */
void supervise_ready(const struct supervise *supervise, const char *status);
void supervise_reloading(const struct supervise *supervise);
void supervise_stopping(const struct supervise *supervise);

#endif
