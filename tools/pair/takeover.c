/* SPDX-License-Identifier: GPL-2.0-or-later */
/* `etherroot pair take` and `leave`: one server's part of a change, as keepalived asks for it. */
#include <errno.h>
#include <poll.h>
#include <string.h>

#include "tools/host/clock.h"
#include "tools/host/steps.h"
#include "tools/pair/mirror.h"
#include "tools/pair/service.h"
#include "tools/pair/turn.h"
#include "tools/pair/verbs.h"

enum {
	TRIES_SECONDS = 60, /* for the other server to end what it has begun, and to let go */
	TRY_MS = 100,       /* DRBD 8.4 tells nobody when the other one has let go */
};

static const struct cli_option no_options[] = {{0}};

static const struct cli_command take_command = {
        .name = "pair take",
        .synopsis = "EXPORT",
        .summary = "Promotes this server's half and serves it; keepalived calls it.",
        .options = no_options,
};

static const struct cli_command leave_command = {
        .name = "pair leave",
        .synopsis = "EXPORT",
        .summary = "Serves it no more, and lets the other server have it; keepalived calls it.",
        .options = no_options,
};

static int drbdadm(const char *verb, const char *name, struct why *why)
{
	struct args args = {0};

	args_add(&args, "drbdadm");
	args_add(&args, "%s", verb);
	args_add(&args, "%s", name);
	return steps_run(&args, STEPS_QUICK, why);
}

/*
 * A half that is "Consistent" was cut off before it could learn whether the other one has newer
 * data: fencing that one, which DRBD would do now, makes these no newer.
 */
static int check_data(const struct pairing_export *export, const char *name, struct why *why)
{
	struct mirrors mirrors;
	const struct mirror *mirror;

	mirrors_read(&mirrors);
	mirror = mirrors_find(&mirrors, export->minor);
	if (!mirror)
		return why_set(why, -ENODEV, "%s: its mirror is not up: 'drbdadm up %s'", name,
		               name);
	if (!strcmp(mirror->disk[0], "UpToDate"))
		return 0;
	return why_set(why, -ESTALE,
	               "%s: not taken: the data here are %s, and may be older than the other "
	               "server's: 'ONE SERVER COMES BACK ALONE' in etherroot-pair(7)",
	               name, mirror->disk[0]);
}

/* One try. -EAGAIN: another may succeed, when DRBD is up, the halves know each other, or the other
 * lets go. */
static int try_once(const struct pairing_export *export, bool serve, const char *name,
                    struct why *why)
{
	int rc = serve ? check_data(export, name, why) : 0;

	if (!rc)
		rc = drbdadm(serve ? "primary" : "secondary", name, why);
	return rc == -ENODEV || rc == -ESTALE || rc == -EIO ? -EAGAIN : rc;
}

/*
 * Again and again, while it is still wanted, since keepalived asks once: after both servers lost
 * their power it does before DRBD is up and knows whose data are newer. What is waited for is told
 * once. Returns 0, -ECANCELED if it is not wanted any more, or a negative errno with why.
 */
static int insist(const struct pairing_export *export, const struct turn *turn, bool serve,
                  struct why *why)
{
	const int64_t deadline = clock_now() + TRIES_SECONDS * CLOCK_SECOND;
	char name[AOE_ADDRESS_TEXT];
	bool told = false;

	aoe_address_format(export->address, name);
	while (turn_is(turn, serve)) {
		int rc = try_once(export, serve, name, why);

		if (rc != -EAGAIN || clock_now() >= deadline)
			return rc;
		if (!told)
			cli_error(serve ? &take_command : &leave_command,
			          "%s: trying for %d seconds: %s", name, TRIES_SECONDS, why->text);
		told = true;
		poll(NULL, 0, TRY_MS);
	}
	return -ECANCELED;
}

static int take(const struct pairing *pairing, const struct pairing_export *export,
                const struct turn *turn, struct why *why)
{
	char name[AOE_ADDRESS_TEXT];
	struct why ignored;
	int rc = insist(export, turn, true, why);

	if (rc)
		return rc == -ECANCELED ? 0 : rc;
	rc = service_do(pairing, export, "start", why);
	if (rc)
		drbdadm("secondary", aoe_address_format(export->address, name), &ignored);
	return rc;
}

static int leave(const struct pairing *pairing, const struct pairing_export *export,
                 const struct turn *turn, struct why *why)
{
	int rc = service_do(pairing, export, "stop", why);

	if (!rc)
		rc = insist(export, turn, false, why);
	return rc == -ECANCELED ? 0 : rc;
}

static int do_in_turn(const struct pairing *pairing, const struct pairing_export *export,
                      bool serve, struct why *why)
{
	struct turn turn;
	int rc = turn_begin(&turn, export->address, serve, why);

	if (rc)
		return rc;
	if (turn_is(&turn, serve))
		rc = serve ? take(pairing, export, &turn, why) : leave(pairing, export, &turn, why);
	turn_end(&turn);
	return rc;
}

static int run(const struct cli_command *command, bool serve, int argc, char **argv)
{
	const struct pairing_export *export;
	struct aoe_address address;
	struct pairing pairing;
	struct why why;
	size_t server;
	bool go;
	int status = verbs_read_export(command, argc, argv, &go, &address), rc;

	if (!go)
		return status;
	rc = verbs_load(&pairing, &server, &why);
	if (!rc) {
		export = verbs_find(&pairing, address, &why);
		rc = export ? do_in_turn(&pairing, export, serve, &why) : -ENOENT;
		pairing_release(&pairing);
	}
	if (rc)
		cli_error(command, "%s", why.text);
	return rc ? CLI_FAILED : CLI_OK;
}

int pair_take(int argc, char **argv)
{
	return run(&take_command, true, argc, argv);
}

int pair_leave(int argc, char **argv)
{
	return run(&leave_command, false, argc, argv);
}
