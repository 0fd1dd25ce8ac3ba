/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Where transfers run that may have to wait for a disk: beside the loop, which starts them and is
 * told when they are done. By a pool of threads for each device (threads.c), or by io_uring
 * (uring.c). What goes through the page cache to a file is for the pool in any case: io_uring would
 * hand each write to a thread of its own, where a thread of the pool does many and their sync.
 */
#ifndef TOOLS_SERVE_STORE_IO_H
#define TOOLS_SERVE_STORE_IO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

enum {
	/* Tasks of one device that are being done at the same time; more wait for their turn. */
	IO_DEPTH = 64,
	/*
	 * Tasks that io_dispatch tells of: what comes of these is to be sent, and what is asked
	 * then is to be begun, while the disk would be idle.
	 */
	IO_TELL = 8,
};

enum io_operation {
	IO_READ,
	IO_WRITE,
	IO_SYNC,  /* fdatasync(2) */
	IO_SIZE,  /* how many bytes the file or block device has: in size */
	IO_CLOSE, /* close(2); the result is 0 */
	/* Only by the pool: call, which may make several system calls, and wait for each. */
	IO_CALL,
};

/* One system call, or a few. Belongs to the caller, who keeps it as it is until done was called. */
struct io_task {
	enum io_operation operation;
	bool quick; /* is likely to be done without waiting: a write to the page cache */
	int fd;
	void *data;
	size_t length;
	uint64_t offset;
	uint64_t size;
	/* It runs in a thread, and touches nothing that the loop may touch meanwhile. */
	ssize_t (*call)(struct io_task *task); /* returns the result */
	ssize_t result;                        /* as the system call's, or a negative errno */
	void (*done)(struct io_task *task);    /* called exactly once, out of io_dispatch */
	struct io_task *next;                  /* for the implementation, as what follows */
	struct io_user *user;
};

struct io_task_list {
	struct io_task *first, **end;
};

/* What tasks of one disk share: one that hangs or is slow is no other's trouble. */
struct io_device {
	struct io *io;
	dev_t id;
	unsigned int users;
	struct io_device *next;
};

/*
 * One of those who have tasks for a device: a file that hangs is not another's trouble either. They
 * take turns, and none has more under way than the device has places left. A sync of a user begins
 * when all its quick writes that were submitted before are done, and is told after them.
 */
struct io_user {
	struct io_device *device;
	struct io_task_list queue;
	unsigned int running;
	unsigned int writing; /* quick writes that are being done */
	bool listed;          /* has tasks in its queue */
	struct io_user *next; /* of those that have */
};

struct io {
	const struct io_operations *operations;
	int fd; /* readable when io_dispatch has something to do, unless it said so itself */
	struct io *pool; /* for what goes through the page cache; may be this one. With this one it
	                    is flushed, dispatched and freed */
	struct io_device *devices;
};

/* What an implementation does. Nobody else calls these. */
struct io_operations {
	const char *name;
	struct io_device *(*device_create)(struct io *io);
	void (*device_free)(struct io_device *device);
	void (*submit)(struct io_user *user, struct io_task *task);
	void (*flush)(struct io *io);
	bool (*dispatch)(struct io *io);
	void (*free)(struct io *io);
};

/* No task is under way, and no device in use. io may be NULL. */
void io_free(struct io *io);

/* Joins the users of the device with that number. Returns 0 or -ENOMEM; io_leave ends it. */
int io_join(struct io *io, dev_t id, struct io_user *user);
void io_leave(struct io_user *user);

/* Has a task done, after the next io_flush at the latest. */
static inline void io_submit(struct io_user *user, struct io_task *task)
{
	task->user = user;
	user->device->io->operations->submit(user, task);
}

/* Lets what was submitted begin; to be called before waiting. */
static inline void io_flush(struct io *io)
{
	io->operations->flush(io);
}

/* Calls done for tasks that are done, of IO_TELL at most. Returns true if there may be more. */
static inline bool io_dispatch(struct io *io)
{
	return io->operations->dispatch(io);
}

/* ---- for the implementations ---- */

static inline void io_list_init(struct io_task_list *list)
{
	list->first = NULL;
	list->end = &list->first;
}

static inline void io_list_add(struct io_task_list *list, struct io_task *task)
{
	task->next = NULL;
	*list->end = task;
	list->end = &task->next;
}

static inline struct io_task *io_list_take(struct io_task_list *list)
{
	struct io_task *task = list->first;

	list->first = task->next;
	if (!list->first)
		list->end = &list->first;
	return task;
}

/* The users of one device that have tasks, and how many tasks are being done. */
struct io_turns {
	struct io_user *first, **end;
	unsigned int running;
};

void io_turns_init(struct io_turns *turns);

/* Puts a task into its user's queue. */
void io_turns_add(struct io_turns *turns, struct io_task *task);

/* There is one that may be done now. */
bool io_turns_any(const struct io_turns *turns);

/*
 * The next task whose turn it is, which counts as being done now; NULL if there is none. If it is
 * quick, those of the same user that are quick and follow it too, linked by next: `most` in all.
 */
struct io_task *io_turns_take(struct io_turns *turns, unsigned int most);

/* It is done. */
void io_turns_done(struct io_turns *turns, struct io_task *task);

/* Those that were taken together, from this one on, are not begun: they are the next again. */
void io_turns_return(struct io_turns *turns, struct io_task *tasks);

/* Unlocks and closes a file. */
void io_close_file(int fd);

/* Does all of the task here and now, in the calling thread; sets its result. */
void io_perform(struct io_task *task);

#endif
