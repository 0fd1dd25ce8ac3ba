/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/boot/target.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <unistd.h>

#include "tools/host/clock.h"
#include "tools/host/self.h"

enum { MAX_AGE = 3600000 }; /* milliseconds: the most that --max-age takes */

/* The target writes a byte when it answers; its end without one is the pipe's end of file. */
static int wait_until_ready(int fd, int signals, int64_t deadline)
{
	struct pollfd fds[] = {{fd, POLLIN, 0}, {signals, POLLIN, 0}};
	char byte;

	for (;;) {
		int n = poll(fds, 2, clock_poll(deadline));

		if (!n)
			return -ETIMEDOUT;
		if (n < 0 && errno != EINTR)
			return -errno;
		if (n > 0 && fds[1].revents)
			return -EINTR;
		if (n > 0 && fds[0].revents)
			return read(fd, &byte, 1) == 1 ? 0 : -ECHILD;
	}
}

/* Room for all of it to be written; for a guest, and for what it may be to its own guests. */
static void add_snapshot(struct args *args, const struct boot_target *target, const char *path)
{
	enum { LAYERS = 8, LEAST = 8 };

	args_add(args, "%u.%u=%s,snapshot,snapshot-layers=%d,snapshot-size=%llu%s",
	         target->address.shelf, target->address.slot, path, LAYERS,
	         (unsigned long long)target->sectors + LEAST, target->shared ? ",lock=no" : "");
}

static void add_export(struct args *args, const struct boot_target *target)
{
	char *path = args_quoted(target->path);

	if (target->snapshot)
		add_snapshot(args, target, path);
	else
		args_add(args, "%u.%u=%s%s", target->address.shelf, target->address.slot, path,
		         target->read_only ? ",ro" : "");
	free(path);
}

int boot_target_start(struct child *child, const struct boot_target *target, int err, int signals,
                      int64_t deadline)
{
	struct child_io io = CHILD_IO;
	struct args args = {0};
	int ready[2], rc;

	if (pipe2(ready, O_CLOEXEC) < 0)
		return -errno;
	io.err = err;
	io.keep[0] = ready[1];
	self_args(&args, "serve");
	args_add(&args, "--ready-fd");
	args_add(&args, "%d", ready[1]);
	args_add(&args, "--qemu");
	args_add(&args, "%s", target->socket);
	/* Nobody is there yet but who starts it. */
	args_add(&args, "--listen");
	args_add(&args, "0");
	/*
	 * The guest has this machine's processors too: what waits, waits with it, and nobody else
	 * could have done it. Dropped on a busy machine, it would be repeated after minutes, since
	 * Linux's initiator learns from each late answer to wait longer.
	 */
	args_add(&args, "--max-age");
	args_add(&args, "%d", MAX_AGE);
	add_export(&args, target);
	for (size_t i = 0; i < target->exports->n; i++)
		args_add(&args, "%s", target->exports->v[i]);
	rc = child_start(child, args.v, &io);
	close(ready[1]);
	if (!rc)
		rc = wait_until_ready(ready[0], signals, deadline);
	close(ready[0]);
	args_free(&args);
	return rc;
}
