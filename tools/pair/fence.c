/* SPDX-License-Identifier: GPL-2.0-or-later */
/* `etherroot pair fence`: DRBD's question, where keepalived is the cluster, that the other is off.
 */
#include "tools/pair/fence.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tools/host/child.h"
#include "tools/host/clock.h"
#include "tools/pair/mirror.h"
#include "tools/pair/verbs.h"

enum {
	PEER_OFF = 7,         /* drbd.conf(5), fence-peer: the other one was switched off */
	NOT_KNOWN = 1,        /* ... none of its answers: all writes stay held */
	FENCE_SECONDS = 60,   /* a server's management has to answer by then */
	HEAD_START_MS = 3000, /* of the one that serves, if both live and do not see each other */
	SECOND_MS = 1000,     /* that the second one waits longer, so that not both fence at once */
};

static const struct cli_option no_options[] = {{0}};

static const struct cli_command command = {
        .name = "pair fence",
        .synopsis = "",
        .summary = "Switches the other server off, and answers as DRBD's fence-peer handler.",
        .options = no_options,
        .more = "The exit status is 7 if it is off now, else 1.",
};

/* What a fence agent reads: NAME=VALUE, a line each. Returns a descriptor or a negative errno. */
static int make_input(const struct pairing_server *server)
{
	static const char action[] = "action=off\n";
	int fd = memfd_create("parameters", MFD_CLOEXEC);
	ssize_t n;

	if (fd < 0)
		return -errno;
	n = write(fd, action, strlen(action));
	for (size_t i = 0; n >= 0 && i < server->parameters.size; i++) {
		char byte = (char)server->parameters.data[i];

		n = write(fd, byte ? &byte : "\n", 1);
	}
	if (n < 0) {
		int rc = -errno;

		close(fd);
		return rc;
	}
	lseek(fd, 0, SEEK_SET);
	return fd;
}

int fence_switch_off(const struct pairing_server *server, struct why *why)
{
	char *const argv[] = {server->fence, NULL};
	struct child_io io = CHILD_IO;
	int status;

	io.in = make_input(server);
	if (io.in < 0)
		return why_set(why, io.in, "memory: %s", strerror(-io.in));
	io.out = io.err = STDERR_FILENO;
	status = child_run(argv, &io, clock_now() + FENCE_SECONDS * CLOCK_SECOND, -1);
	close(io.in);
	if (status == -ETIMEDOUT)
		return why_set(why, status, "%s: no answer within %d s", server->fence,
		               FENCE_SECONDS);
	if (status < 0)
		return why_set(why, status, "%s: %s", server->fence, strerror(-status));
	if (status)
		return why_set(why, -EIO, "%s: failed", server->fence);
	return 0;
}

/* The half that DRBD asks for: it names its minor. Returns false if there is none. */
static bool find_asking(struct mirror *mirror)
{
	const char *minor = getenv("DRBD_MINOR");
	struct mirrors mirrors;
	const struct mirror *found;
	unsigned long number;

	mirrors_read(&mirrors);
	if (!minor || cli_number(minor, 0, PAIRING_MINOR_MAX, &number))
		return false;
	found = mirrors_find(&mirrors, (unsigned int)number);
	if (found)
		*mirror = *found;
	return found != NULL;
}

/*
 * Whoever has no good data of its own switches nobody off: the other one has better, and DRBD would
 * take the answer for a proof that these are the newest.
 */
static int check_asking(struct mirror *mirror, struct why *why)
{
	if (!find_asking(mirror))
		return why_set(why, -EINVAL,
		               "DRBD_MINOR: not set by DRBD, or not the number of a mirror here");
	if (strcmp(mirror->disk[0], "UpToDate") != 0)
		return why_set(why, -ESTALE, "the data here are %s", mirror->disk[0]);
	return 0;
}

/* A fence that is slow leaves the other server time to do the same: it needs more of a start. */
static int head_start(const struct pairing *pairing, size_t server)
{
	int delay = 1000 * (int)pairing->fence_delay;

	return HEAD_START_MS + delay + (int)server * (SECOND_MS + delay);
}

static int fence(const struct pairing *pairing, size_t server, struct why *why)
{
	struct mirror mirror;
	int rc = check_asking(&mirror, why);

	/* Whoever serves it may be faster; and much may have come to light meanwhile. */
	if (!rc && strcmp(mirror.role[0], "Primary") != 0) {
		poll(NULL, 0, head_start(pairing, server));
		rc = check_asking(&mirror, why);
		if (!rc && mirror_is_connected(&mirror))
			rc = why_set(why, -EISCONN, "it is seen again");
	}
	return rc ? rc : fence_switch_off(&pairing->servers[!server], why);
}

int pair_fence(int argc, char **argv)
{
	struct cli_parser parser;
	struct pairing pairing;
	struct why why;
	size_t server;
	int rc;

	cli_start(&parser, &command, argc, argv);
	if (cli_next(&parser) == CLI_STOP)
		return parser.status;
	if (parser.index < argc)
		return cli_usage(&command, "%s: nothing is expected here", argv[parser.index]);
	rc = verbs_load(&pairing, &server, &why);
	if (!rc) {
		rc = fence(&pairing, server, &why);
		if (rc)
			cli_error(&command, "%s is not known to be off: %s: writes stay held",
			          pairing.servers[!server].name, why.text);
		pairing_release(&pairing);
	} else {
		cli_error(&command, "%s", why.text);
	}
	return rc ? NOT_KNOWN : PEER_OFF;
}
