/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/serve/watch/log.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum {
	LINE_MAX_SIZE = SAY_MAX + 256, /* with what it begins with */
	END_WAITS = 20,                /* that LOG_END_MS is divided into */
};

struct log {
	int fd;
	const char *name;
	bool journal;
	pthread_t writer;
	pthread_mutex_t lock;  /* of what follows; nobody waits for anything while he holds it */
	pthread_cond_t filled; /* there is something to write, or the end */
	pthread_cond_t ended;  /* the writer has */
	char *queue;           /* lines that the writer has not taken yet: LOG_ROOM bytes */
	size_t length;
	unsigned long lost; /* messages that came after those in the queue */
	bool ending, done;
	bool abandoned; /* log_end has not waited: all is the writer's */
	char *taken;    /* the writer's own: LOG_ROOM bytes */
};

/* ---- the queue ---- */

static size_t compose(const struct log *log, enum say_priority priority, const char *text,
                      char line[LINE_MAX_SIZE])
{
	char prefix[8] = "";
	int length;

	if (log->journal)
		snprintf(prefix, sizeof(prefix), "<%d>", (int)priority);
	length = snprintf(line, LINE_MAX_SIZE, "%s%s: %s\n", prefix, log->name, text);
	if (length < LINE_MAX_SIZE)
		return (size_t)length;
	line[LINE_MAX_SIZE - 2] = '\n';
	return LINE_MAX_SIZE - 1;
}

/* Those that come after one that was lost are lost too, so that the gap is in one place. */
static void add(struct log *log, const char *line, size_t length)
{
	if (log->lost || length > LOG_ROOM - log->length) {
		log->lost++;
		return;
	}
	memcpy(log->queue + log->length, line, length);
	log->length += length;
}

void log_print(void *owner, enum say_priority priority, const char *text)
{
	struct log *log = owner;
	char line[LINE_MAX_SIZE];
	size_t length = compose(log, priority, text, line);

	pthread_mutex_lock(&log->lock);
	add(log, line, length);
	pthread_cond_signal(&log->filled);
	pthread_mutex_unlock(&log->lock);
}

/* ---- the writer ---- */

static void release(struct log *log)
{
	pthread_mutex_destroy(&log->lock);
	pthread_cond_destroy(&log->filled);
	pthread_cond_destroy(&log->ended);
	free(log->queue);
	free(log->taken);
	free(log);
}

/* The place where they are missing is the beginning of an empty queue. */
static void tell_lost(struct log *log)
{
	char text[64], line[LINE_MAX_SIZE];
	unsigned long lost = log->lost;

	log->lost = 0;
	snprintf(text, sizeof(text), "%lu message%s lost: nobody read the log", lost,
	         lost == 1 ? " was" : "s were");
	add(log, line, compose(log, SAY_WARNING, text, line));
}

/* Waits for lines. Returns how many bytes log->taken has; 0 at the end. */
static size_t take(struct log *log)
{
	char *empty = log->taken;
	size_t length;

	pthread_mutex_lock(&log->lock);
	while (!log->length && !log->ending)
		pthread_cond_wait(&log->filled, &log->lock);
	log->taken = log->queue;
	log->queue = empty;
	length = log->length;
	log->length = 0;
	if (log->lost)
		tell_lost(log);
	pthread_mutex_unlock(&log->lock);
	return length;
}

/* A reader that is gone, or an error, costs the line and nothing else. */
static void write_line(int fd, const char *line, size_t length)
{
	while (length) {
		ssize_t n = write(fd, line, length);

		if (n < 0 && errno == EAGAIN)
			poll(&(struct pollfd){.fd = fd, .events = POLLOUT}, 1, -1);
		else if (n < 0 && errno != EINTR)
			return;
		if (n > 0) {
			line += n;
			length -= (size_t)n;
		}
	}
}

static void *write_lines(void *owner)
{
	struct log *log = owner;
	bool abandoned;
	size_t length;

	while ((length = take(log))) {
		const char *line = log->taken;

		while (length) {
			const char *newline = memchr(line, '\n', length);
			size_t size = newline ? (size_t)(newline + 1 - line) : length;

			write_line(log->fd, line, size);
			line += size;
			length -= size;
		}
	}
	pthread_mutex_lock(&log->lock);
	log->done = true;
	abandoned = log->abandoned;
	pthread_cond_signal(&log->ended);
	pthread_mutex_unlock(&log->lock);
	if (abandoned)
		release(log);
	return NULL;
}

/* ---- beginning and end ---- */

/* Signals are the loop's. */
static int start_writer(struct log *log)
{
	sigset_t all, before;
	int rc;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	rc = -pthread_create(&log->writer, NULL, write_lines, log);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return rc;
}

int log_create(int fd, const char *name, bool journal, struct log **log)
{
	struct log *l = calloc(1, sizeof(*l));
	pthread_condattr_t monotonic;
	int rc = -ENOMEM;

	if (!l)
		return rc;
	*l = (struct log){.fd = fd, .name = name, .journal = journal};
	l->queue = malloc(LOG_ROOM);
	l->taken = malloc(LOG_ROOM);
	pthread_condattr_init(&monotonic);
	pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
	pthread_mutex_init(&l->lock, NULL);
	pthread_cond_init(&l->filled, NULL);
	pthread_cond_init(&l->ended, &monotonic);
	pthread_condattr_destroy(&monotonic);
	if (l->queue && l->taken)
		rc = start_writer(l);
	if (rc) {
		release(l);
		return rc;
	}
	*log = l;
	return 0;
}

/* The lock is held. */
static void wait_for_writer(struct log *log, unsigned int milliseconds)
{
	struct timespec until;
	int rc = 0;

	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_nsec += (long)milliseconds * 1000000;
	until.tv_sec += until.tv_nsec / 1000000000;
	until.tv_nsec %= 1000000000;
	while (!log->done && !rc)
		rc = pthread_cond_timedwait(&log->ended, &log->lock, &until);
}

void log_end(struct log *log)
{
	pthread_t writer;
	bool done;

	if (!log)
		return;
	pthread_mutex_lock(&log->lock);
	log->ending = true;
	pthread_cond_signal(&log->filled);
	/* When this process stands still itself, that takes one of the waits and not all. */
	for (int i = 0; i < END_WAITS; i++)
		wait_for_writer(log, LOG_END_MS / END_WAITS);
	done = log->done;
	log->abandoned = !done;
	writer = log->writer;
	pthread_mutex_unlock(&log->lock);
	/* A writer that is in the middle of a write still uses it. */
	if (!done) {
		pthread_detach(writer);
		return;
	}
	pthread_join(writer, NULL);
	release(log);
}
