/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/server/units.h"

#include <unistd.h>

#include "tools/host/steps.h"

bool units_run(const struct site *site, const char **reason)
{
	*reason = "this is not the root of the machine";
	if (!site_is_here(site))
		return false;
	*reason = "systemd does not run here";
	return !access("/run/systemd/system", F_OK); /* sd_booted(3) */
}

static int systemctl(const char *verb, const char *option, const char *unit, struct why *why)
{
	struct args args = {0};

	args_add(&args, "systemctl");
	args_add(&args, "%s", verb);
	if (option)
		args_add(&args, "%s", option);
	if (unit)
		args_add(&args, "%s", unit);
	return steps_run(&args, STEPS_QUICK, why);
}

int units_prepare(struct why *why)
{
	struct args args = {0};
	int rc;

	args_add(&args, "systemd-sysusers");
	rc = steps_run(&args, STEPS_QUICK, why);
	return rc ? rc : systemctl("daemon-reload", NULL, NULL, why);
}

/* Runs it from now on; who runs already reads an edited file anew, or is restarted for it. */
static int keep(const char *unit, const char *anew, bool edited, struct why *why)
{
	int rc = systemctl("enable", edited ? NULL : "--now", unit, why);

	return rc || !edited ? rc : systemctl(anew, NULL, unit, why);
}

static int follow_port(const char *unit, uint16_t port, bool edited, struct why *why)
{
	return port ? keep(unit, "restart", edited, why) : systemctl("disable", "--now", unit, why);
}

int units_follow(const struct site *site, const struct edits *edits, struct why *why)
{
	int rc = keep(UNITS_SERVE, "reload-or-restart", edits_has(edits, OUTPUTS_SERVE), why);

	if (!rc)
		rc = keep(UNITS_DNSMASQ, "restart", edits_has(edits, OUTPUTS_DNSMASQ), why);
	if (!rc)
		rc = follow_port(UNITS_HTTP, site->inventory.http, edits_has(edits, OUTPUTS_HTTP),
		                 why);
	if (!rc)
		rc = follow_port(UNITS_TRIAL, site->inventory.trial,
		                 edits_has(edits, OUTPUTS_TRIAL), why);
	return rc ? rc : keep(UNITS_PUBLISH, NULL, false, why);
}

bool units_is_active(const char *unit)
{
	struct why why;

	return !systemctl("is-active", "--quiet", unit, &why);
}
