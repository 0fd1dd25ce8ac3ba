/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A netlink message about a link: nothing is read beyond it, and what it gives is a usable NIC. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "init/nic.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct cmdline any = {.nic_count = 0};
	static const struct cmdline named = {.nics = {{.name = "eth0"}}, .nic_count = 1};
	struct nic nic;
	int rc = nic_parse(data, size, &nic);

	ALWAYS(rc == 0 || rc == -EINVAL);
	if (rc)
		return 0;
	ALWAYS(nic.index > 0 && *nic.name && memchr(nic.name, '\0', sizeof(nic.name)));
	ALWAYS(nic.up || !nic.carrier);
	ALWAYS(nic_is_chosen(&nic, &any) == nic.ethernet);
	ALWAYS(nic_is_chosen(&nic, &named) == (nic.ethernet && !strcmp(nic.name, "eth0")));
	return 0;
}
