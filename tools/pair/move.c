/* SPDX-License-Identifier: GPL-2.0-or-later */
/* `etherroot pair move`: the other server serves it from now on. The cluster does it; this asks. */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>

#include "tools/host/clock.h"
#include "tools/host/steps.h"
#include "tools/pair/away.h"
#include "tools/pair/signals.h"
#include "tools/pair/tell.h"
#include "tools/pair/verbs.h"

enum {
	MOVE_SECONDS = 60, /* until the other one serves; then it is taken back */
	MOVE_MOST = 3600,
	RETURN_SECONDS =
	        30,    /* more than the other one takes to give up, and for this one to take */
	LOOK_MS = 100, /* DRBD 8.4 tells nobody when the other one is promoted */
};

enum { TIMEOUT };

static const struct cli_command command = {
        .name = "pair move",
        .synopsis = "[--timeout SECONDS] EXPORT",
        .summary = "Has the other server serve an export; clients notice a short pause.",
        .options = (const struct cli_option[]){[TIMEOUT] = {"timeout", 0, "SECONDS",
                                                            "how long it is asked for\n"
                                                            "(default: 60)"},
                                               {0}},
};

struct move {
	const struct pairing *pairing;
	const struct pairing_export *export;
	size_t server; /* this one */
	size_t from;   /* where it is */
	char name[AOE_ADDRESS_TEXT];
	unsigned long seconds; /* until it is taken back */
};

static void look(const struct move *move, struct mirror *mirror)
{
	struct mirrors mirrors;
	const struct mirror *found;

	mirrors_read(&mirrors);
	found = mirrors_find(&mirrors, move->export->minor);
	*mirror = found ? *found : (struct mirror){0};
}

static bool has_arrived(const struct move *move)
{
	struct mirror mirror;

	look(move, &mirror);
	return !strcmp(mirror.role[move->from == move->server], "Primary");
}

static bool wait_for_arrival(const struct move *move)
{
	const int64_t deadline = clock_now() + (int64_t)move->seconds * CLOCK_SECOND;

	while (!has_arrived(move)) {
		if (clock_now() >= deadline || signals_have_come())
			return false;
		poll(NULL, 0, LOOK_MS);
	}
	return true;
}

/* keepalived knows of no other state than that it runs. */
static int check_cluster(const struct move *move, struct why *why)
{
	const size_t to = !move->from;
	struct cluster cluster;

	if (move->pairing->cluster != PAIRING_PACEMAKER)
		return 0;
	cluster_read(move->pairing, &cluster);
	if (cluster.runs && !cluster.maintenance && cluster.servers[to].online &&
	    !cluster.servers[to].standby)
		return 0;
	return why_set(why, -EHOSTUNREACH, "%s: not moved: %s: 'crm_mon -1' says more", move->name,
	               cluster.maintenance ? "the cluster is in maintenance mode"
	               : cluster.runs      ? "the other server is not online, or on standby"
	                                   : "the cluster does not run here");
}

/* The one that is to serve it has everything, and is in a state to take it. */
static int check(struct move *move, struct why *why)
{
	struct mirror mirror;
	struct tell_facts facts = {.pairing = move->pairing,
	                           .export = move->export,
	                           .server = move->server,
	                           .mirror = &mirror,
	                           .service = ""};
	int where;

	if (move->pairing->cluster == PAIRING_NOBODY)
		return why_set(why, -EINVAL,
		               "%s: not moved: this pair has no cluster: 'etherroot pair leave "
		               "%s' where it is served, and then 'etherroot pair take %s' on the "
		               "other server",
		               move->name, move->name, move->name);
	look(move, &mirror);
	where = tell_where(&facts);
	if (where < 0)
		return why_set(why, -ESRCH, "%s: %s: 'etherroot pair status' says more", move->name,
		               where == TELL_BOTH ? "it is promoted on both servers"
		                                  : "nobody serves it");
	move->from = (size_t)where;
	if (tell_mirror(&mirror) == TELL_WHOLE)
		return check_cluster(move, why);
	return why_set(why, -ESTALE,
	               "%s: not moved: its mirror is not whole (%s), and %s may not have "
	               "everything: 'etherroot pair status' says more",
	               move->name, tell_mirror_name(tell_mirror(&mirror)),
	               move->pairing->servers[!move->from].name);
}

static int explain_stay(const struct move *move, struct why *why)
{
	if (signals_have_come())
		return why_set(why, -EINTR,
		               "%s: ended by a signal; it is not asked for any more: 'etherroot "
		               "pair status' says who serves",
		               move->name);
	return why_set(why, -ETIMEDOUT,
	               "%s: %s was not promoted within %lu s; it is not asked for any more: "
	               "'etherroot pair status' says who serves",
	               move->name, move->pairing->servers[!move->from].name, move->seconds);
}

/* ---- Pacemaker: a constraint, which ends by itself should this process be killed ---- */

static int crm_resource(const struct move *move, bool away, struct why *why)
{
	struct args args = {0};

	args_add(&args, "crm_resource");
	args_add(&args, "%s", away ? "--move" : "--clear");
	args_add(&args, "--resource=drbd-%s-clone", move->name);
	if (away) {
		args_add(&args, "--promoted");
		args_add(&args, "--node=%s", move->pairing->servers[!move->from].name);
		args_add(&args, "--lifetime=PT5M");
	}
	return away ? steps_run(&args, STEPS_QUICK, why) : steps_finish(&args, STEPS_QUICK, why);
}

/* Until the target has started there: the promotion comes before that. */
static int wait_for_cluster(const struct move *move, struct why *why)
{
	struct args args = {0};

	args_add(&args, "crm_resource");
	args_add(&args, "--wait");
	args_add(&args, "--timeout=%lus", move->seconds);
	return steps_run(&args, 2 * (int)move->seconds, why);
}

static int move_by_pacemaker(const struct move *move, struct why *why)
{
	struct why ignored;
	int rc;

	signals_hold();
	rc = crm_resource(move, true, why);
	if (rc) {
		crm_resource(move, false, &ignored);
		return rc;
	}
	if (!wait_for_arrival(move))
		rc = explain_stay(move, why);
	if (!rc)
		rc = wait_for_cluster(move, why);
	if (rc) {
		crm_resource(move, false, &ignored);
		return rc;
	}
	return crm_resource(move, false, why);
}

/* ---- keepalived: the one that serves is told that it is at fault, and the other is heard ---- */

/*
 * Whoever was asked and cannot serve asks this one again, after as long (`take`).
 */
static bool wait_for_return(const struct move *move)
{
	const int64_t deadline =
	        clock_now() + (int64_t)move->seconds * CLOCK_SECOND + RETURN_SECONDS * CLOCK_SECOND;
	struct mirror mirror;

	for (;;) {
		look(move, &mirror);
		if (!strcmp(mirror.role[0], "Primary"))
			return true;
		if (clock_now() >= deadline || signals_have_come())
			return false;
		poll(NULL, 0, LOOK_MS);
	}
}

static int explain_return(const struct move *move, struct why *why)
{
	const char *other = move->pairing->servers[!move->from].name;

	if (signals_have_come())
		return explain_stay(move, why);
	if (wait_for_return(move))
		return why_set(why, -ETIMEDOUT,
		               "%s: %s was not promoted within %lu s, and it is with %s again: "
		               "'journalctl -u keepalived' on %s says why",
		               move->name, other, move->seconds,
		               move->pairing->servers[move->from].name, other);
	return why_set(why, -ETIMEDOUT,
	               "%s: %s was not promoted within %lu s, nor is it with this server again: "
	               "'etherroot pair status' says who serves",
	               move->name, other, move->seconds);
}

static int move_by_keepalived(const struct move *move, struct why *why)
{
	struct why ignored;
	int rc;

	if (move->from != move->server)
		return why_set(why, -EINVAL, "%s: %s serves it: run this there", move->name,
		               move->pairing->servers[move->from].name);
	signals_hold();
	rc = away_set(move->export->address, true, why);
	if (rc)
		return rc;
	if (wait_for_arrival(move))
		return away_set(move->export->address, false, why);
	away_set(move->export->address, false, &ignored);
	return explain_return(move, why);
}

static int run(struct move *move, struct why *why)
{
	const int64_t begin = clock_now();
	const char *to;
	int rc = check(move, why);

	if (rc)
		return rc;
	to = move->pairing->servers[!move->from].name;
	printf("%s: waiting until %s serves it\n", move->name, to);
	fflush(stdout);
	rc = move->pairing->cluster == PAIRING_PACEMAKER ? move_by_pacemaker(move, why)
	                                                 : move_by_keepalived(move, why);
	if (!rc)
		printf("%s: with %s, after %.1f s\n", move->name, to,
		       (double)(clock_now() - begin) / CLOCK_SECOND);
	return rc;
}

static int read_command_line(struct move *move, int argc, char **argv, bool *go,
                             struct aoe_address *address)
{
	struct cli_parser parser;
	int option, status = CLI_OK;

	cli_start(&parser, &command, argc, argv);
	while ((option = cli_next(&parser)) >= 0)
		if (status == CLI_OK && cli_number(parser.value, 1, MOVE_MOST, &move->seconds))
			status = cli_usage(&command, "--timeout %s: seconds, from 1 to %d",
			                   parser.value, MOVE_MOST);
	if (option == CLI_STOP)
		return parser.status;
	return status != CLI_OK ? status : verbs_take_export(&command, &parser, go, address);
}

int pair_move(int argc, char **argv)
{
	struct aoe_address address;
	struct pairing pairing;
	struct move move = {.pairing = &pairing, .seconds = MOVE_SECONDS};
	struct why why;
	bool go = false;
	int status = read_command_line(&move, argc, argv, &go, &address), rc;

	if (!go)
		return status;
	rc = verbs_load(&pairing, &move.server, &why);
	if (!rc) {
		aoe_address_format(address, move.name);
		move.export = verbs_find(&pairing, address, &why);
		rc = move.export ? run(&move, &why) : -ENOENT;
		pairing_release(&pairing);
	}
	if (rc)
		cli_error(&command, "%s", why.text);
	return rc ? CLI_FAILED : CLI_OK;
}
