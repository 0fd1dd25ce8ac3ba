/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/serve/store/io.h"

#include <errno.h>
#include <linux/fs.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

int io_create(const char *name, struct io **io)
{
	if (name && !strcmp(name, "threads"))
		return io_create_threads(io);
	if (name)
		return -EINVAL;
	return io_create_threads(io);
}

void io_free(struct io *io)
{
	if (io)
		io->operations->free(io);
}

struct io_device *io_device_get(struct io *io, dev_t id)
{
	struct io_device *device = io->devices;

	while (device && device->id != id)
		device = device->next;
	if (!device) {
		device = io->operations->device_create(io);
		if (!device)
			return NULL;
		device->io = io;
		device->id = id;
		device->users = 0;
		device->next = io->devices;
		io->devices = device;
	}
	device->users++;
	return device;
}

void io_device_put(struct io_device *device)
{
	struct io_device **at = &device->io->devices;

	if (--device->users)
		return;
	while (*at != device)
		at = &(*at)->next;
	*at = device->next;
	device->io->operations->device_free(device);
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
