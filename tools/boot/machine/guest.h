/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A machine while it lives: QEMU's process, its console and its control socket, in one event loop.
 */
#ifndef TOOLS_BOOT_MACHINE_GUEST_H
#define TOOLS_BOOT_MACHINE_GUEST_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "tools/boot/machine/console.h"
#include "tools/boot/machine/terminal.h"
#include "tools/boot/verdict/verdict.h"
#include "tools/host/args.h"
#include "tools/host/child.h"

enum guest_end {
	GUEST_RUNS,        /* nothing has ended it yet */
	GUEST_SEEN,        /* everything that was expected was seen */
	GUEST_POWERED_OFF, /* the guest powered itself off */
	GUEST_REBOOTED,    /* the guest rebooted, on a machine that does not */
	GUEST_TROUBLE,     /* a panic or the like: see trouble */
	GUEST_TIMEOUT,     /* the deadline passed */
	GUEST_NO_QEMU,     /* QEMU ended by itself: see status */
	GUEST_NO_TARGET,   /* the target ended under the guest */
	GUEST_QUIT,        /* the user left by the escape key */
	GUEST_INTERRUPTED, /* a signal is there to be read */
};

struct guest {
	/* The caller's part, set between guest_init and guest_start; borrowed. */
	struct expect *expect;     /* what is waited for; an empty one waits for nothing */
	FILE *log;                 /* gets the console's text line by line; or NULL */
	int target;                /* the target's pidfd, or -1 */
	int signals;               /* a signalfd: what arrives there ends the run; or -1 */
	struct terminal *terminal; /* the user's, in raw mode; or NULL */
	unsigned reboots;          /* that the guest may do; its machine then does them */
	/* Called for each stage as it is reached; or NULL. */
	void (*on_stage)(void *context, const struct stages *stages, size_t index);
	void *context;

	/* What the caller may read. */
	struct stages stages;
	int64_t power_on;    /* clock_now() when the machine began to run; 0: it never did */
	const char *trouble; /* what GUEST_TROUBLE was */
	int status;          /* QEMU's wait status once it has ended */
	struct tail tail;    /* the console's last whole lines */

	/* The loop's own. */
	struct child qemu;
	int to_console, from_console, qmp;
	struct console console;
	char typed[4096]; /* bytes that the console has yet to take */
	size_t typed_length;
	char control[4096]; /* a line from QMP, as far as it has come */
	size_t control_length;
	size_t replies;       /* QMP replies still to come */
	char refusal[64];     /* what a QMP error reply said */
	char shutdown[64];    /* the reason in QEMU's SHUTDOWN event */
	int64_t received;     /* when the console sent last */
	int64_t read_again;   /* bytes are collected until then */
	int64_t settles;      /* when a growing line counts as a prompt */
	int64_t trouble_ends; /* how long a trouble's last words are waited for, if none come */
	int64_t trouble_max;  /* and if they go on and on */
	int64_t press;        /* when the power button is pressed next */
};

void guest_init(struct guest *guest);

/*
 * Starts QEMU (its messages into err, a descriptor) and lets the machine run. theirs is the end of
 * the QMP socket that QEMU's arguments name, ours the other; both are taken over. carrier: whether
 * the network cable is plugged in. Returns 0 or a negative errno: -ECHILD QEMU ended at once (why
 * is in err), -EINTR a signal came, -EPROTO QMP refused (refusal), -ENOENT no such program.
 */
int guest_start(struct guest *guest, const struct args *qemu, int theirs, int ours, int err,
                bool carrier, int64_t deadline);

/* Runs until something ends it, at the latest the deadline. QEMU may still run afterwards. */
enum guest_end guest_run(struct guest *guest, int64_t deadline);

/* Presses the power button until the guest has powered itself off; GUEST_POWERED_OFF is success. */
enum guest_end guest_power_off(struct guest *guest, int64_t deadline);

/* Takes the power away if QEMU still runs, hands over the console's last line, frees everything. */
void guest_destroy(struct guest *guest);

#endif
