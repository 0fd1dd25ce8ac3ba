/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/serve/store/io.h"

#include <errno.h>
#include <linux/fs.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

void io_free(struct io *io)
{
	if (io)
		io->operations->free(io);
}

static struct io_device *find_device(struct io *io, dev_t id)
{
	struct io_device *device = io->devices;

	while (device && device->id != id)
		device = device->next;
	if (device)
		return device;
	device = io->operations->device_create(io);
	if (!device)
		return NULL;
	device->io = io;
	device->id = id;
	device->users = 0;
	device->next = io->devices;
	io->devices = device;
	return device;
}

int io_join(struct io *io, dev_t id, struct io_user *user)
{
	*user = (struct io_user){.device = find_device(io, id)};
	if (!user->device)
		return -ENOMEM;
	io_list_init(&user->queue);
	user->device->users++;
	return 0;
}

void io_leave(struct io_user *user)
{
	struct io_device *device = user->device;
	struct io_device **at = &device->io->devices;

	if (--device->users)
		return;
	while (*at != device)
		at = &(*at)->next;
	*at = device->next;
	device->io->operations->device_free(device);
}

/* ---- whose turn it is ---- */

void io_turns_init(struct io_turns *turns)
{
	*turns = (struct io_turns){.end = &turns->first};
}

static void append(struct io_turns *turns, struct io_user *user)
{
	user->next = NULL;
	*turns->end = user;
	turns->end = &user->next;
}

static void list_user(struct io_turns *turns, struct io_user *user)
{
	if (user->listed || !user->queue.first)
		return;
	user->listed = true;
	append(turns, user);
}

void io_turns_add(struct io_turns *turns, struct io_task *task)
{
	struct io_user *user = task->user;

	io_list_add(&user->queue, task);
	list_user(turns, user);
}

static bool may_begin(const struct io_turns *turns, const struct io_user *user)
{
	return user->running < IO_DEPTH - turns->running &&
	       !(user->writing && user->queue.first->operation == IO_SYNC);
}

bool io_turns_any(const struct io_turns *turns)
{
	const struct io_user *user = turns->first;

	while (user && !may_begin(turns, user))
		user = user->next;
	return user;
}

/* The user whose turn it is, who leaves the list; NULL: there is none. */
static struct io_user *take_user(struct io_turns *turns)
{
	struct io_user **at = &turns->first, *user;

	while ((user = *at) && !may_begin(turns, user))
		at = &user->next;
	if (!user)
		return NULL;
	*at = user->next;
	if (!user->next)
		turns->end = at;
	user->listed = false;
	return user;
}

static struct io_task *take_task(struct io_turns *turns, struct io_user *user)
{
	struct io_task *task = io_list_take(&user->queue);

	task->next = NULL;
	user->writing += task->quick;
	user->running++;
	turns->running++;
	return task;
}

struct io_task *io_turns_take(struct io_turns *turns, unsigned int most)
{
	struct io_user *user = take_user(turns);
	struct io_task *first, *last;

	if (!user)
		return NULL;
	first = last = take_task(turns, user);
	while (first->quick && --most && user->queue.first && user->queue.first->quick &&
	       may_begin(turns, user)) {
		last->next = take_task(turns, user);
		last = last->next;
	}
	list_user(turns, user);
	return first;
}

void io_turns_done(struct io_turns *turns, struct io_task *task)
{
	task->user->writing -= task->quick;
	task->user->running--;
	turns->running--;
}

void io_turns_return(struct io_turns *turns, struct io_task *tasks)
{
	struct io_user *user = tasks->user;
	struct io_task *last = tasks;

	io_turns_done(turns, tasks);
	for (; last->next; last = last->next)
		io_turns_done(turns, last->next);
	last->next = user->queue.first;
	if (!user->queue.first)
		user->queue.end = &last->next;
	user->queue.first = tasks;
	list_user(turns, user);
}

/* ---- a task ---- */

/*
 * What was written is stable, or was not acknowledged: an error makes no difference. Unlocked on
 * its own, since io_uring may hold the file for a moment after a transfer was said to be done.
 */
void io_close_file(int fd)
{
	flock(fd, LOCK_UN);
	close(fd);
}

static int find_size(int fd, uint64_t *size)
{
	struct stat status;

	if (fstat(fd, &status))
		return -1;
	if (S_ISBLK(status.st_mode))
		return ioctl(fd, BLKGETSIZE64, size);
	*size = (uint64_t)status.st_size;
	return 0;
}

/* Of a transfer the rest, of which so many bytes are done. */
static ssize_t call(struct io_task *task, size_t done)
{
	uint8_t *data = task->data;

	switch (task->operation) {
	case IO_READ:
		return pread(task->fd, data + done, task->length - done,
		             (off_t)(task->offset + done));
	case IO_WRITE:
		return pwrite(task->fd, data + done, task->length - done,
		              (off_t)(task->offset + done));
	case IO_SYNC:
		return fdatasync(task->fd);
	case IO_CLOSE:
		io_close_file(task->fd);
		return 0;
	default:
		return find_size(task->fd, &task->size);
	}
}

void io_perform(struct io_task *task)
{
	size_t done = 0;
	ssize_t n;

	if (task->operation == IO_CALL) {
		task->result = task->call(task);
		return;
	}
	do {
		n = call(task, done);
		done += n > 0 ? (size_t)n : 0;
	} while (n < 0 ? errno == EINTR : n && done < task->length);
	if (n < 0)
		task->result = -errno;
	else
		task->result = n ? (ssize_t)done : 0; /* 0: the file ends there */
}
