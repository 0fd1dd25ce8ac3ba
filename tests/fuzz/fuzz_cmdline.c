/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The kernel command line as the init reads it. A mistake is told at a place of the word that it is
 * in; what is taken is within its limits; a module's parameters fit the room that they are given.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "init/cmdline.h"
#include "init/netconsole.h"
#include "tests/fuzz/fuzz.h"

enum { LINE = 4096 }; /* COMMAND_LINE_SIZE of x86 is 2048 */

/* True if the string lies within the line. */
static bool is_inside(const char *line, size_t length, const char *string)
{
	return string >= line && string <= line + length &&
	       strlen(string) <= (size_t)(line + length - string);
}

static void check_error(const char *line, size_t length, const struct cmdline_error *error)
{
	ALWAYS(error->problem && is_inside(line, length, error->word));
	ALWAYS(error->position <= strlen(error->word));
}

static void check_values(const char *line, size_t length, const struct cmdline *cmdline)
{
	ALWAYS(cmdline->word_count <= CMDLINE_WORDS && cmdline->nic_count <= CMDLINE_NICS);
	ALWAYS(cmdline->fstype_count <= CMDLINE_FSTYPES);
	for (unsigned i = 0; i < cmdline->word_count; i++)
		ALWAYS(is_inside(line, length, cmdline->words[i]));
	for (unsigned i = 0; i < cmdline->fstype_count; i++)
		ALWAYS(is_inside(line, length, cmdline->fstypes[i]));
	for (unsigned i = 0; i < cmdline->nic_count; i++) {
		const struct nic_choice *nic = &cmdline->nics[i];

		ALWAYS(!nic->name || (*nic->name && is_inside(line, length, nic->name)));
	}
	if (cmdline->overlay.wanted) {
		const char *size = cmdline->overlay.size;

		ALWAYS(!*size || (is_inside(line, length, size) && !strpbrk(size, " ,=")));
	}
	if (cmdline->root_hash)
		ALWAYS(is_inside(line, length, cmdline->root_hash) &&
		       strlen(cmdline->root_hash) % 2 == 0);
	if (cmdline->hostname)
		ALWAYS(is_inside(line, length, cmdline->hostname) && *cmdline->hostname &&
		       strlen(cmdline->hostname) <= 64);
	ALWAYS(cmdline->upper_count <= UPPER_MOST);
	for (unsigned i = 0; i < cmdline->upper_count; i++) {
		const struct upper *upper = &cmdline->uppers[i];

		ALWAYS(*upper->name && memchr(upper->name, '\0', NIC_NAME));
		ALWAYS(!strchr(upper->name, '/') && upper->vlan <= 4094);
		ALWAYS(upper->lower_count && upper->lower_count <= UPPER_LOWERS);
		ALWAYS(!upper->vlan || upper->lower_count == 1);
		ALWAYS(!*upper->options || is_inside(line, length, upper->options));
	}
	ALWAYS(!cmdline->mtu || (cmdline->mtu >= 68 && cmdline->mtu <= 65535));
	ALWAYS(cmdline->break_count <= CMDLINE_BREAKS);
	ALWAYS(!cmdline->hook || *cmdline->hook == '/');
	ALWAYS(!cmdline->init || *cmdline->init == '/');
	ALWAYS(cmdline->root.kind != ROOT_AOE || cmdline->root.partition <= PARTITION_MOST);
}

/* What was taken for a netconsole gives one parameter, and nothing that is none of a word. */
static void check_netconsole(const struct cmdline *cmdline)
{
	char buffer[NETCONSOLE_PARAMETER];
	const struct mac mac = {{2}};

	if (!cmdline->netconsole)
		return;
	netconsole_parameter(cmdline->netconsole, "eth0", mac, buffer);
	ALWAYS(!strncmp(buffer, "netconsole=", 11) && strchr(buffer, ','));
}

/* Room of every size from 1 on; 0 bytes hold no string. */
static void check_parameters(const struct cmdline *cmdline, const char *module, size_t size)
{
	char *buffer = need(size);
	int rc = cmdline_module_parameters(cmdline, module, buffer, size);

	ALWAYS((rc == 0 || rc == -E2BIG) && memchr(buffer, '\0', size));
	ALWAYS(strlen(buffer) < size);
	cmdline_blacklists(cmdline, module);
	free(buffer);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const modules[] = {"aoe", "e1000-e", "x"};
	struct input input = {data, size};
	size_t room = 1 + take_below(&input, 64), length;
	const char *module = modules[take_below(&input, 3)];
	char *bytes = (char *)take_bytes(&input, LINE, &length), *line = need(length + 1);
	struct cmdline cmdline;
	struct cmdline_error error;

	memcpy(line, bytes, length);
	line[length] = '\0';
	free(bytes);
	length = strlen(line);
	if (cmdline_parse(line, &cmdline, &error))
		check_error(line, length, &error);
	check_values(line, length, &cmdline);
	check_netconsole(&cmdline);
	check_parameters(&cmdline, module, room);
	free(line);
	return 0;
}
