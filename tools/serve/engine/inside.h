/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The engine from inside: the loop (engine.c), the LANs in it (members.c) and the exports that come
 * and go (residents.c). What others may ask of it is in engine.h.
 */
#ifndef TOOLS_SERVE_ENGINE_INSIDE_H
#define TOOLS_SERVE_ENGINE_INSIDE_H

#include "tools/serve/engine/clock.h"
#include "tools/serve/engine/engine.h"
#include "tools/serve/engine/request.h"
#include "tools/serve/lan/port.h"

struct watch;

/* Who is told of something. */
struct hook {
	void (*tell)(void *owner); /* NULL: nobody */
	void *owner;
};

/* A LAN in the loop. */
struct member {
	struct engine *engine;
	struct port *port;
	struct member *next;
	bool readable; /* there may be frames that were not received yet */
};

struct engine {
	const struct say *say;
	struct requests requests;
	struct io *io;
	struct member *members;
	struct captures captures;
	struct watch *watches;
	bool watch_ended; /* one of the watches is to be freed */
	bool stopped;
	bool frames_left;        /* received, and not taken yet */
	bool tasks_left;         /* done, and not told yet */
	unsigned int turns_busy; /* in a row, in which something came */
	unsigned int turns_due;  /* in a row, in which answers were still to be heard */
	struct clock_watch clock;
	uint64_t last_growth; /* milliseconds: when the files' sizes were asked for */
	uint64_t last_look;   /* milliseconds: when those that wait were looked after */
	uint64_t expected; /* milliseconds: when the turn begins, unless the machine stands still */
	bool movable;      /* there is an export that another server may take over, or was */
	bool link_changed; /* since it was told */
	struct hook link, closed, quiet, asked;
	int epoll;
};

/* ---- the LANs: members.c ---- */

/* Sends what is to go out. */
void members_send(struct engine *engine);

/* There may be frames on each of them. */
void members_look(struct engine *engine);

/*
 * Begins what has arrived, in the order of its arrival over all LANs, as much as a turn takes.
 * Returns true if some is left for the next one.
 */
bool members_take(struct engine *engine);

/* Looks whether the clock by which frames arrive was set. */
void members_watch_clock(struct engine *engine);

/* Frames for the address that an export moves with are received; what cannot be so is said. */
void members_accept_mac(struct engine *engine, const struct export *export);

/* Says what was lost on them. */
void members_report(struct engine *engine);

/* Whoever serves the exports on them by now is asked before anything more is answered. */
void members_ask(struct engine *engine);

/* Waits for no more frames. */
void members_unwatch(struct engine *engine);

void members_free(struct engine *engine);

#endif
