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

void io_turns_add(struct io_turns *turns, struct io_task *task)
{
	struct io_user *user = task->user;

	io_list_add(&user->queue, task);
	if (user->listed)
		return;
	user->listed = true;
	append(turns, user);
}

struct io_task *io_turns_take(struct io_turns *turns)
{
	struct io_user **at = &turns->first, *user;
	struct io_task *task;

	while ((user = *at) && user->running >= IO_DEPTH - turns->running)
		at = &user->next;
	if (!user)
		return NULL;
	*at = user->next;
	if (!user->next)
		turns->end = at;
	task = io_list_take(&user->queue);
	user->running++;
	turns->running++;
	user->listed = user->queue.first;
	if (user->listed)
		append(turns, user);
	return task;
}

void io_turns_done(struct io_turns *turns, struct io_task *task)
{
	task->user->running--;
	turns->running--;
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

static ssize_t call(struct io_task *task)
{
	switch (task->operation) {
	case IO_READ:
		return pread(task->fd, task->data, task->length, (off_t)task->offset);
	case IO_WRITE:
		return pwrite(task->fd, task->data, task->length, (off_t)task->offset);
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
	do
		task->result = call(task);
	while (task->result < 0 && errno == EINTR);
	if (task->result < 0)
		task->result = -errno;
}
