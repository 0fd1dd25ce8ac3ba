/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One io_uring for all: what is submitted in a turn of the loop goes to the kernel in one call, and
 * an eventfd tells what is done. What the kernel cannot start without waiting it hands to threads
 * of its own, of which there must be enough that a disk that hangs does not hold all.
 */
#include <errno.h>
#include <fcntl.h>
#include <liburing.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "tools/host/aside.h"
#include "tools/serve/store/threads.h"
#include "tools/serve/store/uring.h"

enum {
	ENTRIES = 512,          /* that are handed over in one call */
	COMPLETIONS = 8192,     /* room for what is done; the kernel keeps more by itself */
	WORKERS = 8 * IO_DEPTH, /* threads of the kernel's: eight disks may hang */
	SOON = 8,               /* tasks with which the disk begins, whatever else may come */
};

struct device {
	struct io_device device;
	struct io_turns turns;
	struct device *next; /* of those that may have something to hand over */
	bool listed;
};

struct uring {
	struct io io;
	struct io_uring ring;
	struct device *ready;
	unsigned int fresh; /* tasks that were submitted since the latest were handed over */
};

static void make_ready(struct uring *uring, struct device *device)
{
	if (device->listed)
		return;
	device->listed = true;
	device->next = uring->ready;
	uring->ready = device;
}

static bool has_room(struct uring *uring)
{
	if (io_uring_sq_space_left(&uring->ring))
		return true;
	io_uring_submit(&uring->ring);
	return io_uring_sq_space_left(&uring->ring);
}

/* ---- closing ---- */

/*
 * A file that is closed by the kernel's own threads keeps its lock for a while after that was told.
 * So a thread of ours closes it, and what is waited for is its end.
 */
static void close_file(void *fd)
{
	io_close_file((int)(intptr_t)fd);
}

static void closed(void *fd)
{
	(void)fd;
}

/* NULL: there is no thread to be had, and it is closed here and now. */
static struct aside *start_closing(int fd)
{
	struct aside *aside;

	if (!aside_start(close_file, closed, (void *)(intptr_t)fd, &aside))
		return aside;
	io_close_file(fd);
	return NULL;
}

static void end_closing(struct io_task *task)
{
	if (task->data)
		aside_end(task->data);
	task->data = NULL;
	task->result = 0;
}

/* ---- tasks ---- */

static void wait_for_closing(struct io_uring_sqe *entry, const struct aside *aside)
{
	if (aside)
		io_uring_prep_poll_add(entry, aside_fd(aside), POLLIN);
	else
		io_uring_prep_nop(entry);
}

static void fill_in(struct io_uring_sqe *entry, struct io_task *task)
{
	switch (task->operation) {
	case IO_READ:
		io_uring_prep_read(entry, task->fd, task->data, (unsigned int)task->length,
		                   task->offset);
		break;
	case IO_WRITE:
		io_uring_prep_write(entry, task->fd, task->data, (unsigned int)task->length,
		                    task->offset);
		break;
	case IO_SYNC:
		io_uring_prep_fsync(entry, task->fd, IORING_FSYNC_DATASYNC);
		break;
	case IO_SIZE:
		io_uring_prep_statx(entry, task->fd, "", AT_EMPTY_PATH, STATX_SIZE | STATX_TYPE,
		                    task->data);
		break;
	case IO_CLOSE:
		wait_for_closing(entry, task->data);
		break;
	case IO_CALL:
		abort(); /* is the pool's */
	}
	io_uring_sqe_set_data(entry, task);
}

/* Where the kernel puts what it finds; without memory for that the task fails. */
static void make_room(struct io_task *task)
{
	if (task->operation == IO_SIZE)
		task->data = calloc(1, sizeof(struct statx));
	if (task->operation == IO_CLOSE)
		task->data = start_closing(task->fd);
}

static void begin(struct uring *uring, struct device *device)
{
	struct io_task *task;

	while (has_room(uring) && (task = io_turns_take(&device->turns, 1))) {
		make_room(task);
		fill_in(io_uring_get_sqe(&uring->ring), task);
	}
	/* Without room, which the kernel gives when something is done, it is tried again then. */
	if (!has_room(uring))
		make_ready(uring, device);
}

static void hand_over(struct uring *uring)
{
	struct device *ready = uring->ready;

	uring->fresh = 0;
	/* What the kernel did not take, for want of memory, is there still. */
	if (!ready && !io_uring_sq_ready(&uring->ring))
		return;
	uring->ready = NULL;
	while (ready) {
		struct device *device = ready;

		ready = device->next;
		device->listed = false;
		begin(uring, device);
	}
	io_uring_submit(&uring->ring);
}

static void submit(struct io_user *user, struct io_task *task)
{
	struct device *device = (struct device *)(void *)user->device;
	struct uring *uring = (struct uring *)(void *)device->device.io;

	io_turns_add(&device->turns, task);
	make_ready(uring, device);
	if (++uring->fresh == SOON)
		hand_over(uring);
}

static void flush(struct io *io)
{
	io_flush(io->pool);
	hand_over((struct uring *)(void *)io);
}

/* Of a block device the kernel knows the size at once. */
static void find_size(struct io_task *task)
{
	struct statx *status = task->data;

	if (!task->result && S_ISBLK(status->stx_mode))
		io_perform(task);
	else
		task->size = status ? status->stx_size : 0;
	free(status);
	task->data = NULL;
}

static void finish(struct uring *uring, struct io_task *task)
{
	struct device *device = (struct device *)(void *)task->user->device;

	io_turns_done(&device->turns, task);
	make_ready(uring, device);
	if (task->operation == IO_SIZE)
		find_size(task);
	if (task->operation == IO_CLOSE)
		end_closing(task);
	task->done(task);
}

static bool dispatch(struct io *io)
{
	struct uring *uring = (struct uring *)(void *)io;
	struct io_uring_cqe *completion;
	/* It reads the descriptor, so before the look at what is done: nothing is missed. */
	bool more = io_dispatch(io->pool);

	for (unsigned int told = 0; told < IO_TELL; told++) {
		struct io_task *task;

		if (io_uring_peek_cqe(&uring->ring, &completion))
			return more;
		task = io_uring_cqe_get_data(completion);
		task->result = completion->res;
		io_uring_cqe_seen(&uring->ring, completion);
		finish(uring, task);
	}
	return true;
}

static struct io_device *device_create(struct io *io)
{
	struct device *device = calloc(1, sizeof(*device));

	(void)io;
	if (!device)
		return NULL;
	io_turns_init(&device->turns);
	return &device->device;
}

static void device_free(struct io_device *io_device)
{
	struct device *device = (struct device *)(void *)io_device;
	struct uring *uring = (struct uring *)(void *)io_device->io;
	struct device **at = &uring->ready;

	while (*at && *at != device)
		at = &(*at)->next;
	if (*at)
		*at = device->next;
	free(device);
}

static void uring_free(struct io *io)
{
	struct uring *uring = (struct uring *)(void *)io;

	io_uring_queue_exit(&uring->ring);
	io_free(io->pool);
	free(uring);
}

static const struct io_operations operations = {"uring", device_create, device_free, submit,
                                                flush,   dispatch,      uring_free};

/*
 * What fill_in makes, and nothing else, for good: the kernel does not ask a filter of system calls
 * about what is in the ring.
 */
static int restrict_ring(struct io_uring *ring)
{
	static const uint8_t made[] = {IORING_OP_READ,  IORING_OP_WRITE,    IORING_OP_FSYNC,
	                               IORING_OP_STATX, IORING_OP_POLL_ADD, IORING_OP_NOP};
	struct io_uring_restriction list[sizeof(made)];

	for (size_t i = 0; i < sizeof(made); i++)
		list[i] = (struct io_uring_restriction){.opcode = IORING_RESTRICTION_SQE_OP,
		                                        .sqe_op = made[i]};
	/* Debian 12's liburing declares functions for these two, and does not export them. */
	if (syscall(__NR_io_uring_register, ring->ring_fd, IORING_REGISTER_RESTRICTIONS, list,
	            sizeof(made)) ||
	    syscall(__NR_io_uring_register, ring->ring_fd, IORING_REGISTER_ENABLE_RINGS, NULL, 0))
		return -errno;
	return 0;
}

static int open_ring(struct uring *uring)
{
	struct io_uring_params parameters = {.flags = IORING_SETUP_CQSIZE | IORING_SETUP_CLAMP |
	                                              IORING_SETUP_R_DISABLED,
	                                     .cq_entries = COMPLETIONS};
	unsigned int workers[2] = {WORKERS, 0};
	int rc = io_uring_queue_init_params(ENTRIES, &uring->ring, &parameters);

	if (rc)
		return rc;
	rc = io_uring_register_eventfd(&uring->ring, uring->io.fd);
	/* Since Linux 5.15; before that there were as many as the limit of processes allows. */
	if (!rc)
		io_uring_register_iowq_max_workers(&uring->ring, workers);
	if (!rc)
		rc = restrict_ring(&uring->ring);
	if (rc)
		io_uring_queue_exit(&uring->ring);
	return rc;
}

int io_create_uring(struct io **io)
{
	struct uring *uring = calloc(1, sizeof(*uring));
	int rc;

	if (!uring)
		return -ENOMEM;
	uring->io.operations = &operations;
	rc = io_create_threads(&uring->io.pool);
	if (!rc) {
		uring->io.fd = uring->io.pool->fd;
		rc = open_ring(uring);
	}
	if (rc) {
		io_free(uring->io.pool);
		free(uring);
		return rc;
	}
	*io = &uring->io;
	return 0;
}
