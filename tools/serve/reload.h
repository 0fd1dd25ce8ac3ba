/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A reload: from what is served to what the command line and its configuration file say now.
 * Exports that did not change go on as if nothing had happened, with what is under way. Either all
 * of it is done, or, if anything is wrong, nothing.
 */
#ifndef TOOLS_SERVE_RELOAD_H
#define TOOLS_SERVE_RELOAD_H

#include "tools/serve/config/command.h"
#include "tools/serve/engine/engine.h"
#include "tools/serve/lan/lans.h"

/* What is served, and by whom: all of it belongs to the caller, and stays where it is. */
struct served {
	const struct command_line *line;
	const struct say *say;
	struct io *io;
	struct plan *plan; /* the one that is in force */
	struct exports *exports;
	struct lans *lans;
	struct engine *engine;
	/* Called when a reload has ended, and when what had to wait for another export is there. */
	void (*reloaded)(void *owner);
	/* Called when one has ended and none follows: all of it is served, or error says why not.
	 */
	void (*ended)(void *owner, const char *error);
	void *owner;
};

struct reload;

/* Returns 0 or a negative errno; reload_free releases it, before the engine. */
int reload_create(const struct served *served, struct reload **reload);
void reload_free(struct reload *reload);

/*
 * Begins a reload, which the loop goes on with: the file is read, and what is new is opened, beside
 * it; a disk that takes too long for that is said, and ends it. One that is asked for while another
 * is under way follows it.
 */
void reload_start(struct reload *reload);

/* True if what it has taken is not served for an export that hangs is not closed: why says so. */
bool reload_is_held_up(const struct reload *reload, struct why *why);

/*
 * Has an export stay withdrawn that is closed, and will be opened again. Returns false if there is
 * none with that address.
 */
bool reload_withdraw(struct reload *reload, struct aoe_address address);

/* The target is about to end: none has an effect any more. */
void reload_stop(struct reload *reload);

#endif
