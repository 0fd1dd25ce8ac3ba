/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/pair/away.h"

#include <stdio.h>
#include <string.h>

#include "tools/cli/outfile.h"

int away_set(struct aoe_address address, bool away, struct why *why)
{
	char path[64], name[AOE_ADDRESS_TEXT];
	int rc;

	snprintf(path, sizeof(path), "/run/etherroot-%s.away", aoe_address_format(address, name));
	rc = outfile_save(path, away ? "1\n" : "0\n", 2);
	return rc ? why_set(why, rc, "%s: %s", path, strerror(-rc)) : 0;
}
