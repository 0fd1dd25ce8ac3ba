/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * `etherroot pair resync`: brings the other half up to date, as its timer asks, and lets go of it
 * again. `etherroot pair note`: DRBD's word on the other server that it is so.
 */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>

#include "tools/host/clock.h"
#include "tools/host/steps.h"
#include "tools/pair/tell.h"
#include "tools/pair/verbs.h"

enum {
	PATIENCE_SECONDS = 60, /* for the other one to answer, and for it to get on */
	PATIENCE_MOST = 86400,
	LOOK_MS = 100, /* DRBD 8.4 tells nobody */
};

enum { TIMEOUT };

static const struct cli_command resync_command = {
        .name = "pair resync",
        .synopsis = "[--timeout SECONDS] [EXPORT]",
        .summary = "Brings the other server's half up to date, and lets go of it again.",
        .options = (const struct cli_option[]){[TIMEOUT] = {"timeout", 0, "SECONDS",
                                                            "how long nothing may happen\n"
                                                            "(default: 60)"},
                                               {0}},
        .more = "A timer runs it on both servers; one that does not serve has nothing to do.",
};

static const struct cli_command note_command = {
        .name = "pair note",
        .synopsis = "EXPORT whole|split",
        .summary = "Notes what DRBD has seen; DRBD calls it.",
        .options = (const struct cli_option[]){{0}},
};

struct resync {
	const struct pairing *pairing;
	const struct pairing_export *export;
	const char *other;
	char name[AOE_ADDRESS_TEXT];
	int64_t patience; /* microseconds */
	struct mirror mirror;
};

static int drbdadm(const struct resync *resync, const char *verb, struct why *why)
{
	struct args args = {0};

	args_add(&args, "drbdadm");
	args_add(&args, "%s", verb);
	args_add(&args, "%s", resync->name);
	return steps_run(&args, STEPS_QUICK, why);
}

/* ---- what there is to see ---- */

static int look(struct resync *resync, struct why *why)
{
	struct mirrors mirrors;
	const struct mirror *found;

	mirrors_read(&mirrors);
	found = mirrors_find(&mirrors, resync->export->minor);
	if (!found)
		return why_set(why, -ENODEV, "%s: its mirror is not up: 'drbdadm up %s'",
		               resync->name, resync->name);
	resync->mirror = *found;
	if (!strcmp(found->role[0], "Primary"))
		return 0;
	return why_set(why, -ENOTCONN, "%s: not served by this server", resync->name);
}

static bool is_alone(const struct resync *resync)
{
	return !strcmp(resync->mirror.connection, "StandAlone");
}

static int explain_split(const struct resync *resync, struct why *why)
{
	return why_set(why, -EPROTO,
	               "%s: %s and this server do not have their data from each other: both have "
	               "written: 'SPLIT BRAIN' in etherroot-pair(7)",
	               resync->name, resync->other);
}

/* DRBD, which refuses a split, is alone again. */
static int wait_for_other(struct resync *resync, struct why *why)
{
	const int64_t deadline = clock_now() + resync->patience;
	int rc;

	for (;;) {
		rc = look(resync, why);
		if (rc || mirror_is_connected(&resync->mirror))
			return rc;
		if (is_alone(resync))
			return explain_split(resync, why);
		if (clock_now() >= deadline)
			return why_set(why, -ETIMEDOUT,
			               "%s: %s has not answered for %lld s: is it on, and its "
			               "half up ('drbdadm up %s')?",
			               resync->name, resync->other,
			               (long long)(resync->patience / CLOCK_SECOND), resync->name);
		poll(NULL, 0, LOOK_MS);
	}
}

static int explain_standstill(const struct resync *resync, struct why *why)
{
	return why_set(why, -ETIMEDOUT,
	               "%s: nothing has happened for %lld s (%s): %s is not up to date, and its "
	               "data may be of no use until it is",
	               resync->name, (long long)(resync->patience / CLOCK_SECOND),
	               resync->mirror.connection, resync->other);
}

/* For as long as there is less and less that differs; it may take hours. */
static int wait_until_whole(struct resync *resync, struct why *why)
{
	int64_t deadline = clock_now() + resync->patience;
	struct mirror last = resync->mirror;
	int rc;

	while (tell_mirror(&resync->mirror) != TELL_WHOLE) {
		if (is_alone(resync))
			return explain_split(resync, why);
		if (clock_now() >= deadline)
			return explain_standstill(resync, why);
		poll(NULL, 0, LOOK_MS);
		rc = look(resync, why);
		if (rc)
			return rc;
		if (resync->mirror.differing != last.differing ||
		    strcmp(resync->mirror.connection, last.connection) != 0)
			deadline = clock_now() + resync->patience;
		last = resync->mirror;
	}
	return 0;
}

/* ---- doing it ---- */

/*
 * Whatever came of it: what is not connected is not written to while nobody looks. A tool of DRBD
 * gives up after five seconds, which a busy server takes, and what it has asked for is done later.
 */
static int let_go(struct resync *resync, struct why *why)
{
	const int64_t deadline = clock_now() + resync->patience;

	for (;;) {
		struct why reason = {""};
		int asked = drbdadm(resync, "disconnect", &reason), rc = look(resync, why);

		if (rc || is_alone(resync))
			return rc;
		if (clock_now() >= deadline)
			return why_set(why, -EBUSY, "%s: still %s: %s", resync->name,
			               resync->mirror.connection,
			               asked ? reason.text : "it was disconnected in vain");
		poll(NULL, 0, LOOK_MS);
	}
}

/* The same goes for this. */
static int connect_to_other(struct resync *resync, struct why *why)
{
	int rc = is_alone(resync) ? drbdadm(resync, "connect", why) : 0;
	struct why ignored;

	if (rc && !look(resync, &ignored) && !is_alone(resync))
		return 0;
	return rc;
}

static int meet(struct resync *resync, struct why *why)
{
	int rc = connect_to_other(resync, why);

	if (!rc)
		rc = wait_for_other(resync, why);
	/* From here on its data are neither old nor new. */
	if (!rc && tell_mirror(&resync->mirror) != TELL_WHOLE)
		rc = notes_add(resync->export->address, NOTES_BEGUN, why);
	if (!rc)
		rc = wait_until_whole(resync, why);
	return rc ? rc : notes_add(resync->export->address, NOTES_WHOLE, why);
}

static int bring(struct resync *resync, struct why *why)
{
	struct why ignored;
	struct notes notes;
	char text[NOTES_TIME];
	int rc = look(resync, why);

	if (rc == -ENOTCONN) {
		printf("%s\n", why->text);
		return 0;
	}
	if (rc)
		return rc;
	rc = meet(resync, why);
	/* If it is left here the other server is to take it, which has to be up to date for that.
	 */
	if (rc && rc != -ENOTCONN)
		let_go(resync, &ignored);
	if (rc)
		return rc;
	rc = let_go(resync, why);
	notes_read(resync->export->address, &notes);
	if (!rc)
		printf("%s: %s has the data of %s\n", resync->name, resync->other,
		       notes_time(notes.whole, text));
	return rc;
}

/* Each, whatever became of those before. */
static int bring_all(const struct pairing *pairing, size_t server,
                     const struct pairing_export *only, unsigned long seconds)
{
	struct why why;
	int status = CLI_OK;

	for (size_t i = 0; i < pairing->export_count; i++) {
		struct resync resync = {.pairing = pairing,
		                        .export = &pairing->exports[i],
		                        .other = pairing->servers[!server].name,
		                        .patience = (int64_t)seconds * CLOCK_SECOND};

		if (only && only != resync.export)
			continue;
		aoe_address_format(resync.export->address, resync.name);
		if (!bring(&resync, &why))
			continue;
		cli_error(&resync_command, "%s", why.text);
		status = CLI_FAILED;
	}
	return status;
}

static int run(const struct pairing *pairing, size_t server, const struct aoe_address *address,
               unsigned long seconds)
{
	const struct pairing_export *only = NULL;
	struct why why;

	if (address)
		only = verbs_find(pairing, *address, &why);
	if (!address || only) {
		if (pairing->cluster == PAIRING_NOBODY)
			return bring_all(pairing, server, only, seconds);
		why_set(&why, -EINVAL, "this pair has a cluster, and its mirrors are never apart");
	}
	cli_error(&resync_command, "%s", why.text);
	return CLI_FAILED;
}

static int read_seconds(struct cli_parser *parser, unsigned long *seconds)
{
	int status = CLI_OK, option;

	*seconds = PATIENCE_SECONDS;
	while ((option = cli_next(parser)) >= 0)
		if (status == CLI_OK && cli_number(parser->value, 1, PATIENCE_MOST, seconds))
			status = cli_usage(&resync_command, "--timeout %s: seconds, from 1 to %d",
			                   parser->value, PATIENCE_MOST);
	return option == CLI_STOP ? CLI_STOP : status;
}

int pair_resync(int argc, char **argv)
{
	struct cli_parser parser;
	struct aoe_address address;
	struct pairing pairing;
	struct why why;
	unsigned long seconds;
	size_t server;
	bool all, go = true;
	int status;

	cli_start(&parser, &resync_command, argc, argv);
	status = read_seconds(&parser, &seconds);
	if (status)
		return status == CLI_STOP ? parser.status : status;
	all = parser.index == argc;
	if (!all)
		status = verbs_take_export(&resync_command, &parser, &go, &address);
	if (!go)
		return status;
	if (verbs_load(&pairing, &server, &why)) {
		cli_error(&resync_command, "%s", why.text);
		return CLI_FAILED;
	}
	status = run(&pairing, server, all ? NULL : &address, seconds);
	pairing_release(&pairing);
	return status;
}

/* ---- DRBD's word ---- */

int pair_note(int argc, char **argv)
{
	struct cli_parser parser;
	struct aoe_address address;
	struct why why;
	enum note note = NOTES_WHOLE;

	cli_start(&parser, &note_command, argc, argv);
	if (cli_next(&parser) == CLI_STOP)
		return parser.status;
	if (argc - parser.index != 2 || aoe_address_parse(argv[parser.index], NULL, &address))
		return cli_usage(&note_command, "name one export, like e0.1, and what is noted");
	if (!strcmp(argv[parser.index + 1], "split"))
		note = NOTES_SPLIT;
	else if (strcmp(argv[parser.index + 1], "whole") != 0)
		return cli_usage(&note_command, "%s: it is whole or split", argv[parser.index + 1]);
	if (!notes_add(address, note, &why))
		return CLI_OK;
	cli_error(&note_command, "%s", why.text);
	return CLI_FAILED;
}
