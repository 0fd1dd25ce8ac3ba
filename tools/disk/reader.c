/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/disk/reader.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tools/host/child.h"
#include "tools/host/clock.h"

/* Taking out all modules of a kernel takes a second; only a dead disk takes longer than this. */
#define DEADLINE (300 * CLOCK_SECOND)

/* A machine at rest writes every few seconds; one that is busy leaves a kernel's files alone. */
enum { TRIES = 10 };

/* The most that is given back: the names in two directories. */
enum { OUTPUT_LIMIT = 128 << 20 };

struct reading {
	const struct reader *reader;
	reader_fn *function;
	void *context;
	int output; /* a file in memory: the function's output, or why it failed */
};

/* Once. -EAGAIN: somebody wrote to it meanwhile. */
static int try(const struct reading *reading, struct buffer *output, struct why *why)
{
	struct ext4 *ext4;
	int rc = ext4_open(&ext4, reading->reader->fd, reading->reader->offset, why);
	struct why unsettled = {""};
	int settled;

	if (rc)
		return rc;
	rc = reading->function(ext4, reading->context, output, why);
	settled = ext4_settled(ext4, &unsettled);
	ext4_close(ext4);
	if (!settled || (rc && settled != -EAGAIN))
		return rc;
	*why = unsettled;
	return settled;
}

/* In the other process. Its exit status is the errno. */
static int read_it(void *context)
{
	const struct reading *reading = context;
	struct buffer output = {0};
	struct why why = {""};
	int rc = -EAGAIN;

	for (unsigned i = 0; rc == -EAGAIN && i < TRIES; i++) {
		output.size = 0;
		rc = try(reading, &output, &why);
	}
	if (rc == -EAGAIN)
		rc = why_set(&why, -EBUSY,
		             "a machine writes to it without a pause: nothing that was read in %d "
		             "tries belongs together: try again when it is at rest, or give a "
		             "snapshot of it",
		             TRIES);
	if (rc)
		output.size = 0;
	if (rc && buffer_append(&output, why.text, strlen(why.text)))
		return ENOMEM;
	if (write(reading->output, output.data, output.size) != (ssize_t)output.size)
		return EIO;
	return -rc;
}

/* How it ended: 0 or a negative errno. */
static int judge(int status, struct why *why)
{
	if (status == -EINTR)
		return status;
	if (status == -ETIMEDOUT)
		return why_set(why, status, "reading it takes more than %lld s",
		               DEADLINE / CLOCK_SECOND);
	if (status < 0)
		return why_set(why, status, "reading it: %s", strerror(-status));
	if (WIFSIGNALED(status))
		return why_set(why, -EUCLEAN, "what read it was ended by signal %d",
		               WTERMSIG(status));
	return -WEXITSTATUS(status);
}

static int wait_for(struct child *child, int signals)
{
	int status = child_wait(child, clock_now() + DEADLINE, signals);

	if (status < 0)
		child_stop(child, clock_now() + CLOCK_SECOND);
	return status;
}

int reader_run(const struct reader *reader, reader_fn *function, void *context,
               struct buffer *output, struct why *why)
{
	struct reading reading = {reader, function, context,
	                          memfd_create("etherroot-reader", MFD_CLOEXEC)};
	struct buffer given = {0};
	struct child child;
	int rc = reading.output < 0 ? -errno : child_call(&child, read_it, &reading);

	*why = (struct why){""};
	rc = judge(rc ? rc : wait_for(&child, reader->signals), why);
	if (reading.output < 0)
		return rc;
	lseek(reading.output, 0, SEEK_SET);
	if (!*why->text && rc != -EINTR && buffer_read(&given, reading.output, OUTPUT_LIMIT))
		rc = why_memory(why);
	close(reading.output);
	if (rc && given.size)
		why_set(why, rc, "%.*s", (int)given.size, (const char *)given.data);
	else if (rc && rc != -EINTR && !*why->text)
		why_set(why, rc, "%s", strerror(-rc));
	else if (!rc && output && buffer_append(output, given.data, given.size))
		rc = why_memory(why);
	buffer_free(&given);
	return rc;
}
