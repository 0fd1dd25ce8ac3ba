/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/pair/verbs.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "tools/host/configuration.h"

int verbs_load(struct pairing *pairing, size_t *server, struct why *why)
{
	char name[256] = "";
	int rc = configuration_load(PAIRING_PATH, PAIRING_MIB, pairing_parse, pairing, why), index;

	if (rc)
		return rc;
	gethostname(name, sizeof(name) - 1);
	index = pairing_server_index(pairing, name);
	if (index < 0) {
		rc = why_set(why, -EINVAL,
		             "%s: no server of it is called %s, as this one is ('uname -n')",
		             PAIRING_PATH, name);
		pairing_release(pairing);
		return rc;
	}
	*server = (size_t)index;
	return 0;
}

int verbs_take_export(const struct cli_command *command, const struct cli_parser *parser, bool *go,
                      struct aoe_address *address)
{
	const char *name = parser->argv[parser->index];

	*go = false;
	if (parser->argc - parser->index != 1)
		return cli_usage(command, "name one export, like e0.1");
	if (aoe_address_parse(name, NULL, address))
		return cli_usage(command, "%s: not an export like e0.1", name);
	*go = true;
	return CLI_OK;
}

const struct pairing_export *verbs_find(const struct pairing *pairing, struct aoe_address address,
                                        struct why *why)
{
	const struct pairing_export *export = pairing_find(pairing, address);
	char name[AOE_ADDRESS_TEXT];

	if (!export)
		why_set(why, -ENOENT, "%s: no export of this pair: " PAIRING_PATH " has them",
		        aoe_address_format(address, name));
	return export;
}
