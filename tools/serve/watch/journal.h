/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whether messages go to systemd's journal, which takes each with its priority (sd-daemon(3)). */
#ifndef TOOLS_SERVE_WATCH_JOURNAL_H
#define TOOLS_SERVE_WATCH_JOURNAL_H

#include <stdbool.h>

/*
 * True if fd is what the environment's JOURNAL_STREAM, "DEVICE:INODE" or NULL, says the journal
 * reads: a message there may begin with its priority, "<4>".
 */
bool journal_reads(const char *stream, int fd);

#endif
