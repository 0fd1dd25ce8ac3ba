/* SPDX-License-Identifier: GPL-2.0-or-later */
/* `etherroot server` and `etherroot machine`: their verbs. */
#include "tools/server/server.h"

#include "tools/server/verb.h"

int server_main(int argc, char **argv)
{
	static const struct verb verbs[] = {
	        {&server_init_command, server_init},
	        {&server_apply_command, server_apply},
	        {&server_status_command, server_status},
	        {&server_installer_command, server_installer},
	        {&server_kea_command, server_kea},
	};

	return verb_run("server", "Sets up a boot server from one inventory, and looks after it.",
	                verbs, sizeof(verbs) / sizeof(verbs[0]), argc, argv);
}

int machine_main(int argc, char **argv)
{
	static const struct verb verbs[] = {
	        {&machine_add_command, machine_add},
	        {&machine_list_command, machine_list},
	        {&machine_show_command, machine_show},
	        {&machine_rename_command, machine_rename},
	        {&machine_remove_command, machine_remove},
	};

	return verb_run("machine", "The machines of a boot server.", verbs,
	                sizeof(verbs) / sizeof(verbs[0]), argc, argv);
}
