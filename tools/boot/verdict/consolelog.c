/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/boot/verdict/consolelog.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "tools/host/args.h"

int console_log_open(struct console_log *log, const char *path, const char *directory)
{
	*log = (struct console_log){.path = path ? args_text("%s", path)
	                                         : args_text("%s.console", directory),
	                            .keep = path};
	log->file = fopen(log->path, "we");
	return log->file ? 0 : -errno;
}

void console_log_keep(struct console_log *log)
{
	log->keep = true;
}

void console_log_close(struct console_log *log)
{
	if (log->file)
		fclose(log->file);
	if (log->file && !log->keep)
		unlink(log->path);
	free(log->path);
	*log = (struct console_log){.file = NULL};
}
