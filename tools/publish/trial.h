/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A generation on trial: how often it was started, as trial.sh has written it down, and whether its
 * machine came up. That is seen by the target: a machine that still uses its disk some time after
 * it was started runs, whatever system is on that disk.
 */
#ifndef TOOLS_PUBLISH_TRIAL_H
#define TOOLS_PUBLISH_TRIAL_H

#include <stdbool.h>
#include <stdint.h>

#include "tools/aoe/address.h"

/* From a site's root on. */
#define TRIAL_FOLDER "/var/lib/etherroot-trial"

enum {
	TRIAL_STARTS = 2, /* as trial.sh has it: the next start is one of the generation before */
	TRIAL_UP = 120,   /* seconds: a crash, or a search for the disk, does not take as long */
};

struct trial {
	unsigned int starts; /* more than TRIAL_STARTS: the machine has been sent back */
	bool failed;  /* the last one: the firmware could not do it, and took the one before */
	int64_t time; /* of the last one, as trial_now has it */
};

enum trial_verdict { TRIAL_OPEN, TRIAL_CAME_UP, TRIAL_FELL };

/* Seconds since this server was started, which no clock that is set changes. */
int64_t trial_now(void);

/*
 * Lines "s|f SECONDS BOOT-ID", one for each start; of another boot id than this one it was before
 * this server's, at 0. One without a time is never long ago. Pure.
 */
struct trial trial_parse(const char *text, const char *boot_id);

/* Reads it; what cannot be read is no start. */
struct trial trial_read(const char *folder, const char *machine, const char *generation);

/* Removes what is known of a machine's other generations; keep may be NULL. */
void trial_prune(const char *folder, const char *machine, const char *keep);

/* used: when the machine last used its disk, as trial_now has it; 0: nothing is known. Pure. */
enum trial_verdict trial_judge(const struct trial *trial, int64_t used);

/*
 * How many milliseconds ago a client last used an export, as `etherroot status --json` has it, or
 * -1. Pure.
 */
int64_t trial_find_use(const char *json, struct aoe_address export, struct mac client);

#endif
