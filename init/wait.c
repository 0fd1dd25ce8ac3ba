/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "init/wait.h"

#include <errno.h>
#include <poll.h>
#include <string.h>

#include "init/deadline.h"
#include "init/disk.h"
#include "init/hardware.h"

/*
 * How often the LAN is asked: a lost answer costs one interval, where the aoe module's own first
 * retransmission would cost 16 s. How often the user is told what is missing.
 */
enum { ASK_EVERY = 250, TELL_EVERY = 10000 /* milliseconds */ };

/*
 * How long the LAN is listened to after the first carrier, even past rd.timeout=: where drivers
 * took all of that time, "nobody answers" would be said of a LAN that nobody had time to answer on.
 */
enum { LISTEN_AT_LEAST = 1000 /* milliseconds */ };

int wait_open(struct wait *wait, const struct cmdline *cmdline, const struct modules *modules,
              struct nics *nics, struct failure *failure)
{
	uint64_t now = deadline_now();
	int rc;

	*wait = (struct wait){
	        .modules = modules,
	        .nics = nics,
	        .give_up =
	                cmdline->timeout ? now + (uint64_t)cmdline->timeout * 1000 : DEADLINE_NEVER,
	        .next_question = DEADLINE_NEVER,
	        .next_telling = now + TELL_EVERY,
	};
	rc = wait->uevents = uevent_open();
	if (rc >= 0)
		rc = nics_open(nics, cmdline);
	if (rc < 0)
		failure_set(failure, FAIL_SYSTEM, "netlink", "opening a socket: ", report_errno(rc),
		            NULL);
	return rc < 0 ? rc : 0;
}

static void announce(const struct wait_goal *goal, const char *devname)
{
	if (goal->announced)
		goal->announced(goal->context, devname);
}

/* Takes in which devices have come, and loads drivers for them. */
static void take_uevents(struct wait *wait, const struct wait_goal *goal)
{
	struct uevent event;
	int rc;

	while ((rc = uevent_receive(wait->uevents, wait->buffer, &event))) {
		if (rc == -ENOBUFS) {
			hardware_load_drivers(wait->modules);
			nics_ask(wait->nics);
			announce(goal, NULL);
		} else if (strcmp(event.action, "add") != 0 &&
		           strcmp(event.action, "change") != 0) {
			continue;
		} else if (!strcmp(event.subsystem, "block")) {
			announce(goal, event.devname);
		} else if (*event.modalias) {
			modules_load_alias(wait->modules, event.modalias);
		}
	}
}

/* A carrier has come: the LAN is asked at once. */
static void take_carrier(struct wait *wait)
{
	uint64_t listen_until = deadline_now() + LISTEN_AT_LEAST;

	wait->next_question = 0;
	if (!wait->had_carrier && wait->give_up < listen_until)
		wait->give_up = listen_until;
	wait->had_carrier = true;
}

/* Asks the LAN for targets when it is time to. */
static void ask(struct wait *wait)
{
	if (!nics_carrier(wait->nics)) {
		wait->next_question = DEADLINE_NEVER; /* the carrier's event asks */
		return;
	}
	if (deadline_now() < wait->next_question)
		return;
	/* Until the aoe module is there its own first broadcast is the question. */
	if (!disk_discover())
		wait->questions++;
	wait->next_question = deadline_now() + ASK_EVERY;
}

/* Says what is missing when it is time to; -ETIMEDOUT when it was time enough. */
static int tell(struct wait *wait, const struct wait_goal *goal, struct failure *failure)
{
	if (deadline_now() >= wait->give_up) {
		goal->missing(goal->context, failure);
		return -ETIMEDOUT;
	}
	if (deadline_now() >= wait->next_telling) {
		goal->missing(goal->context, failure);
		report_waiting(failure);
		wait->next_telling = deadline_now() + TELL_EVERY;
	}
	return 0;
}

static uint64_t sooner(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

/* Sleeps until something happens or something is due. */
static void sleep_on(const struct wait *wait, const struct wait_goal *goal)
{
	struct pollfd events[] = {
	        {.fd = wait->uevents, .events = POLLIN},
	        {.fd = wait->nics->fd, .events = POLLIN},
	};
	uint64_t until = sooner(sooner(wait->next_question, wait->next_telling),
	                        sooner(wait->give_up, goal->next_look));

	poll(events, sizeof(events) / sizeof(events[0]), deadline_poll(until));
}

int wait_for(struct wait *wait, struct wait_goal *goal, struct failure *failure)
{
	for (;;) {
		int rc;

		take_uevents(wait, goal);
		if (nics_update(wait->nics))
			take_carrier(wait);
		ask(wait);
		rc = goal->look(goal->context, failure);
		if (rc == -EAGAIN)
			rc = tell(wait, goal, failure);
		else
			return rc;
		if (rc)
			return rc;
		sleep_on(wait, goal);
	}
}
