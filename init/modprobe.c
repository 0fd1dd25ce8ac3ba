/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "init/modprobe.h"

#include <errno.h>
#include <string.h>

#include "init/cmdline.h"
#include "init/modules.h"
#include "init/report.h"
#include "init/sysfs.h"

int modprobe_main(char **argv)
{
	static char line[4096]; /* as in main.c: x86 has 2048 bytes (COMMAND_LINE_SIZE) */
	static struct cmdline cmdline;
	static struct modules modules;
	struct cmdline_error ignored; /* the init has told it */
	bool options = true;
	int status = 0;

	report_open_log();
	sysfs_read_all("/proc/cmdline", line, sizeof(line));
	cmdline_parse(line, &cmdline, &ignored);
	modules_open(&modules, &cmdline);
	for (char **name = argv + 1; *name; name++) {
		if (options && **name == '-') {
			options = strcmp(*name, "--") != 0;
			continue;
		}
		if (modules_load(&modules, *name) == -ENOENT &&
		    !modules_load_alias(&modules, *name))
			status = 1;
	}
	return status;
}
