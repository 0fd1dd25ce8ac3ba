/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Messages to a descriptor whose reader may be slow, or stand still: a pipe that is full, a
 * terminal that was stopped. They are queued in memory and written by a thread of their own, in
 * order and each with one write(2). What finds no room is counted, and told where it is missing.
 */
#ifndef TOOLS_SERVE_WATCH_LOG_H
#define TOOLS_SERVE_WATCH_LOG_H

#include <stdbool.h>

#include "tools/serve/watch/say.h"

enum {
	LOG_ROOM =
	        1 << 20,   /* bytes that are queued: what thousands of exports are described with */
	LOG_END_MS = 2000, /* that the end waits for the reader */
};

struct log;

/*
 * Each message begins with name, which stays the caller's; with journal also with its priority.
 * Returns 0 or a negative errno; log_end releases it.
 */
int log_create(int fd, const char *name, bool journal, struct log **log);

/* For say->print: queues a message. Never waits. */
void log_print(void *log, enum say_priority priority, const char *text);

/*
 * Writes what is queued, and waits for that, but no longer than LOG_END_MS in which this process
 * runs. If the reader stands still even then, what is left is kept until the process ends. log may
 * be NULL.
 */
void log_end(struct log *log);

#endif
