/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The administrator's questions over the control socket, and what is done about them. */
#ifndef TOOLS_SERVE_ADMINISTER_H
#define TOOLS_SERVE_ADMINISTER_H

#include "tools/serve/engine/engine.h"
#include "tools/serve/lan/lans.h"
#include "tools/serve/watch/control.h"

/* Those that are answered later. */
struct administer_waiting {
	uint64_t id; /* 0: none */
	struct ask ask;
	uint64_t since; /* milliseconds of CLOCK_MONOTONIC */
	bool reloaded;  /* what it has added may have to ask for its address still */
};

struct administer {
	struct control *control; /* NULL: there is none */
	struct engine *engine;
	struct exports *exports;
	const struct lans *lans;
	void (*reload)(void *owner); /* begins one, whose end is told by administer_reloaded */
	/* True if that has taken effect, but not for all, which hangs: why says so. */
	bool (*reload_is_held_up)(void *owner, struct why *why);
	/* Has an export stay withdrawn that a reload closes, to open it again. Returns false if
	 * that has none with the address. */
	bool (*withdraw_closed)(void *owner, struct aoe_address address);
	void *owner;
	struct administer_waiting waiting[CONTROL_CLIENTS];
};

/*
 * Listens at path. If path is NULL, it does where the service has its own folder, and else not at
 * all. What is not NULL in administer is the caller's, and is filled in before. Returns 0 or a
 * negative errno, and then the reason was said; administer_end releases it, before the engine.
 */
int administer_start(struct administer *administer, const char *path, const struct say *say);
void administer_end(struct administer *administer);

/* Who else answers for the address of an export was asked, and was found out or not. */
void administer_asked(struct administer *administer);

/* A reload has ended, and none follows it: all is served, or error says why not. */
void administer_reloaded(struct administer *administer, const char *error);

#endif
