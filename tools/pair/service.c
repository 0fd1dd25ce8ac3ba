/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/pair/service.h"

#include <stdio.h>
#include <string.h>

#include "tools/host/self.h"
#include "tools/host/steps.h"

#define AGENT "/usr/lib/ocf/resource.d/etherroot/export"

enum { TEXT_MOST = 1 << 20 };

void service_state(struct aoe_address address, char state[SERVICE_STATE])
{
	char name[AOE_ADDRESS_TEXT];
	struct buffer text = {0};
	struct args args = {0};
	struct why why;
	const char *at;

	*state = '\0';
	self_args(&args, "status");
	args_add(&args, "--json");
	args_add(&args, "--control");
	args_add(&args, "/run/etherroot-export/%s/serve.sock", aoe_address_format(address, name));
	if (!steps_read(&args, TEXT_MOST, &text, &why) && !buffer_append(&text, "", 1)) {
		/* In a string of JSON the quote would have a backslash before it. */
		at = strstr((const char *)text.data, "\"state\": \"");
		if (at)
			sscanf(at + strlen("\"state\": \""), "%15[a-z]", state);
	}
	buffer_free(&text);
}

int service_do(const struct pairing *pairing, const struct pairing_export *export,
               const char *action, struct why *why)
{
	char mac[MAC_TEXT];
	struct args args = {0};

	args_add(&args, "env");
	args_add(&args, "OCF_ROOT=/usr/lib/ocf");
	args_add(&args, "OCF_RESKEY_device=/dev/drbd%u", export->minor);
	args_add(&args, "OCF_RESKEY_nic=%s", pairing->interface);
	args_add(&args, "OCF_RESKEY_shelf=%u", export->address.shelf);
	args_add(&args, "OCF_RESKEY_slot=%u", export->address.slot);
	args_add(&args, "OCF_RESKEY_vmac=%s", mac_format(export->vmac, mac));
	args_add(&args, AGENT);
	args_add(&args, "%s", action);
	return steps_run(&args, STEPS_QUICK, why);
}
