/* SPDX-License-Identifier: GPL-2.0-or-later */
/* `etherroot pair take` and `leave`: one server's part of a change, as keepalived or a person asks.
 */
#include <errno.h>
#include <poll.h>
#include <string.h>

#include "tools/host/clock.h"
#include "tools/host/steps.h"
#include "tools/pair/away.h"
#include "tools/pair/mirror.h"
#include "tools/pair/service.h"
#include "tools/pair/signals.h"
#include "tools/pair/stale.h"
#include "tools/pair/turn.h"
#include "tools/pair/verbs.h"

enum {
	TRIES_SECONDS = 60, /* for the other server to end what it has begun, and to let go */
	TRIES_MOST = 3600,
	YIELD_SECONDS = 10, /* for the other server to be asked, and to promote its half */
	TRY_MS = 100,       /* DRBD 8.4 tells nobody when the other one has let go */
};

enum { TIMEOUT, ACCEPT, OFF };

#define TIMEOUT_OPTION                                                                             \
	{                                                                                          \
		"timeout", 0, "SECONDS", "how long it is tried (default: 60)"                      \
	}

static const struct cli_command take_command = {
        .name = "pair take",
        .synopsis = "[OPTION]... EXPORT",
        .summary = "Promotes this server's half and serves it.",
        .options = (const struct cli_option[]){[TIMEOUT] = TIMEOUT_OPTION,
                                               [ACCEPT] = {"accept-data-of", 0, "TIME",
                                                           "take data that are of that time, as\n"
                                                           "'etherroot pair status' tells it"},
                                               [OFF] = {"off", 0, "NAME",
                                                        "with it: that server is off for certain"},
                                               {0}},
};

static const struct cli_command leave_command = {
        .name = "pair leave",
        .synopsis = "[--timeout SECONDS] EXPORT",
        .summary = "Serves it no more, and lets the other server have it.",
        .options = (const struct cli_option[]){[TIMEOUT] = TIMEOUT_OPTION, {0}},
};

struct change {
	const struct cli_command *command;
	bool serve; /* take; else leave */
	unsigned long seconds;
	struct stale stale;
	struct pairing pairing;
	const struct pairing_export *export;
	size_t server; /* this one */
	char name[AOE_ADDRESS_TEXT];
	struct turn turn;
};

static bool has_timer(const struct change *change)
{
	return change->pairing.cluster == PAIRING_NOBODY;
}

static int drbdadm(const char *verb, const char *name, struct why *why)
{
	struct args args = {0};

	args_add(&args, "drbdadm");
	args_add(&args, "%s", verb);
	args_add(&args, "%s", name);
	return steps_run(&args, STEPS_QUICK, why);
}

/* False if DRBD does not have it. */
static bool look(const struct change *change, struct mirror *mirror)
{
	struct mirrors mirrors;
	const struct mirror *found;

	mirrors_read(&mirrors);
	found = mirrors_find(&mirrors, change->export->minor);
	if (found)
		*mirror = *found;
	return found != NULL;
}

/*
 * A half that is "Consistent" was cut off before it could learn whether the other one has newer
 * data: fencing that one, which DRBD would do now, makes these no newer.
 */
static int check_data(const struct change *change, struct why *why)
{
	struct mirror mirror;

	if (has_timer(change))
		return stale_check(&change->pairing, change->export, change->server, why);
	if (!look(change, &mirror))
		return why_set(why, -ENODEV, "%s: its mirror is not up: 'drbdadm up %s'",
		               change->name, change->name);
	if (!strcmp(mirror.disk[0], "UpToDate"))
		return 0;
	return why_set(why, -ESTALE,
	               "%s: not taken: the data here are %s, and may be older than the other "
	               "server's: 'ONE SERVER COMES BACK ALONE' in etherroot-pair(7)",
	               change->name, mirror.disk[0]);
}

/* One try. -EAGAIN: another may succeed, when DRBD is up, the halves know each other, or the other
 * lets go. */
static int try_once(const struct change *change, struct why *why)
{
	int rc = change->serve ? check_data(change, why) : 0;

	if (!rc)
		rc = drbdadm(change->serve ? "primary" : "secondary", change->name, why);
	return rc == -ENODEV || rc == -ESTALE || rc == -EIO ? -EAGAIN : rc;
}

/*
 * Again and again, while it is still wanted: after both servers lost their power keepalived asks
 * before DRBD is up and knows whose data are newer. What is waited for is told once. Returns 0,
 * -ECANCELED if it is not wanted any more, or a negative errno with why.
 */
static int insist(const struct change *change, struct why *why)
{
	const int64_t deadline = clock_now() + (int64_t)change->seconds * CLOCK_SECOND;
	bool told = false;

	while (turn_is(&change->turn, change->serve)) {
		int rc = try_once(change, why);

		if (rc != -EAGAIN || clock_now() >= deadline)
			return rc;
		if (!told)
			cli_error(change->command, "%s: trying for %lu seconds: %s", change->name,
			          change->seconds, why->text);
		told = true;
		poll(NULL, 0, TRY_MS);
	}
	return -ECANCELED;
}

static int promote(const struct change *change, struct why *why)
{
	if (change->stale.word)
		return stale_promote(&change->pairing, change->export, change->server,
		                     &change->stale, why);
	return insist(change, why);
}

static int take(const struct change *change, struct why *why)
{
	struct why ignored;
	int rc = promote(change, why);

	if (rc)
		return rc;
	rc = service_do(&change->pairing, change->export, "start", why);
	if (rc)
		drbdadm("secondary", change->name, &ignored);
	return rc;
}

/* The other half gets what is missing there, so that it can be taken. */
static int meet(const struct change *change, struct why *why)
{
	struct mirror mirror;

	if (!has_timer(change) || !look(change, &mirror) ||
	    strcmp(mirror.connection, "StandAlone") != 0)
		return 0;
	return drbdadm("connect", change->name, why);
}

static int leave(const struct change *change, struct why *why)
{
	int rc = service_do(&change->pairing, change->export, "stop", why);

	if (!rc)
		rc = insist(change, why);
	return rc ? rc : meet(change, why);
}

static int do_in_turn(struct change *change, struct why *why)
{
	int rc = turn_begin(&change->turn, change->export->address, change->serve, why);

	if (rc)
		return rc;
	rc = -ECANCELED;
	if (turn_is(&change->turn, change->serve))
		rc = change->serve ? take(change, why) : leave(change, why);
	turn_end(&change->turn);
	return rc == -ECANCELED ? 0 : rc;
}

/*
 * keepalived asks once, and the other server waits: it is told that this one is at fault, so that
 * the other one is asked, and then this one again should that one be no better.
 */
static void yield(const struct change *change)
{
	const int64_t deadline = clock_now() + YIELD_SECONDS * CLOCK_SECOND;
	struct mirror mirror;
	struct why why;

	signals_hold();
	if (away_set(change->export->address, true, &why))
		cli_error(change->command, "%s", why.text);
	while (clock_now() < deadline &&
	       !(look(change, &mirror) && !strcmp(mirror.role[1], "Primary")))
		poll(NULL, 0, TRY_MS);
	if (away_set(change->export->address, false, &why))
		cli_error(change->command, "%s", why.text);
}

static int run(struct change *change, struct aoe_address address, struct why *why)
{
	int rc;

	change->export = verbs_find(&change->pairing, address, why);
	if (!change->export)
		return -ENOENT;
	aoe_address_format(address, change->name);
	if (change->stale.word && !has_timer(change))
		return why_set(why, -EINVAL,
		               "%s: --accept-data-of is for a pair that a timer brings up to date",
		               change->name);
	if (change->stale.off &&
	    strcmp(change->stale.off, change->pairing.servers[!change->server].name) != 0)
		return why_set(why, -EINVAL, "--off %.60s: the other server is %s",
		               change->stale.off, change->pairing.servers[!change->server].name);
	rc = do_in_turn(change, why);
	if (rc && change->serve && change->pairing.cluster == PAIRING_KEEPALIVED) {
		cli_error(change->command, "%s: the other server is asked for a while: %s",
		          change->name, why->text);
		yield(change);
	}
	return rc;
}

static int take_option(struct change *change, int option, const char *value)
{
	if (option == ACCEPT)
		change->stale.word = value;
	else if (option == OFF)
		change->stale.off = value;
	else if (cli_number(value, 0, TRIES_MOST, &change->seconds))
		return cli_usage(change->command, "--timeout %s: seconds, up to %d", value,
		                 TRIES_MOST);
	return CLI_OK;
}

static int read_command_line(struct change *change, int argc, char **argv, bool *go,
                             struct aoe_address *address)
{
	struct cli_parser parser;
	int option, status = CLI_OK;

	cli_start(&parser, change->command, argc, argv);
	while ((option = cli_next(&parser)) >= 0)
		if (status == CLI_OK)
			status = take_option(change, option, parser.value);
	if (option == CLI_STOP)
		return parser.status;
	if (status == CLI_OK && change->stale.off && !change->stale.word)
		return cli_usage(change->command, "--off goes with --accept-data-of");
	return status != CLI_OK ? status : verbs_take_export(change->command, &parser, go, address);
}

static int make_change(struct change *change, int argc, char **argv)
{
	struct aoe_address address;
	struct why why;
	bool go = false;
	int status = read_command_line(change, argc, argv, &go, &address), rc;

	if (!go)
		return status;
	rc = verbs_load(&change->pairing, &change->server, &why);
	if (!rc) {
		rc = run(change, address, &why);
		pairing_release(&change->pairing);
	}
	if (rc)
		cli_error(change->command, "%s", why.text);
	return rc ? CLI_FAILED : CLI_OK;
}

int pair_take(int argc, char **argv)
{
	struct change take = {.command = &take_command, .serve = true, .seconds = TRIES_SECONDS};

	return make_change(&take, argc, argv);
}

int pair_leave(int argc, char **argv)
{
	struct change leave = {.command = &leave_command, .seconds = TRIES_SECONDS};

	return make_change(&leave, argc, argv);
}
