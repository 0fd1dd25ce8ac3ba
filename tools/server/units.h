/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The services that do what the inventory says. */
#ifndef TOOLS_SERVER_UNITS_H
#define TOOLS_SERVER_UNITS_H

#include <stdbool.h>

#include "tools/server/edits.h"

#define UNITS_SERVE   "etherroot-serve.service"
#define UNITS_DNSMASQ "etherroot-dnsmasq.service"
#define UNITS_HTTP    "etherroot-http.service"
#define UNITS_TRIAL   "etherroot-trial.service"
#define UNITS_PUBLISH "etherroot-publish.timer"

/* Where dnsmasq's unit keeps whom it gave which address. */
#define UNITS_LEASES "/var/lib/etherroot-dnsmasq/leases"

/* True if the site is this machine, and systemd runs it; else why not is in *reason. */
bool units_run(const struct site *site, const char **reason);

/* Makes the target's user, and has systemd read its units anew. Returns 0 or a negative errno with
 * why. */
int units_prepare(struct why *why);

/*
 * Starts what the inventory wants, stops what it does not, and tells those whose files were edited.
 * Returns 0 or a negative errno with why.
 */
int units_follow(const struct site *site, const struct edits *edits, struct why *why);

bool units_is_active(const char *unit);

#endif
