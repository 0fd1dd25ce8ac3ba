/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/server/disks.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tools/host/child.h"
#include "tools/host/clock.h"

enum {
	PATIENCE = 5,  /* seconds that disks may take */
	AT_ONCE = 128, /* processes: each has a descriptor here */
};

/* What one process does. */
struct task {
	const struct owner *owner;
	char *path;
	bool write;
	struct disk_look *look; /* in memory that all processes share */
};

/* Of what cannot be read nothing is said. */
static void read_sector(const struct task *task)
{
	char sector[INSTALLING_TEXT];
	int fd = open(task->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	ssize_t n = fd < 0 ? -1 : read(fd, sector, sizeof(sector));

	if (n > 0)
		task->look->installing = installing_parse(sector, (size_t)n, task->look->text);
	if (fd >= 0)
		close(fd);
}

static int try_open(const struct task *task)
{
	struct stat status;
	int rc = stat(task->path, &status) ? -errno : 0;

	if (owner_become(task->owner))
		return rc;
	return open(task->path,
	            (task->write ? O_RDWR : O_RDONLY) | O_CLOEXEC | O_NONBLOCK | O_NOCTTY) < 0
	               ? -errno
	               : 0;
}

static int look(void *context)
{
	const struct task *task = context;

	read_sector(task);
	task->look->rc = try_open(task);
	return 0;
}

/* ---- all of them ---- */

/* One deadline for all, from when the last of them has begun. */
static void look_at(struct task *tasks, size_t count)
{
	struct child children[AT_ONCE];
	int64_t deadline;

	for (size_t i = 0; i < count; i++) {
		tasks[i].look->rc = -ETIMEDOUT;
		if (child_call(&children[i], look, &tasks[i]))
			tasks[i].look->rc = 0; /* nothing is known of it, and nothing is said */
	}
	deadline = clock_now() + PATIENCE * CLOCK_SECOND;
	for (size_t i = 0; i < count; i++)
		if (children[i].pid && child_wait(&children[i], deadline, -1) < 0)
			child_leave(&children[i]);
}

/* The installer comes behind the machines. */
static struct task task_of(const struct site *site, const struct owner *owner, size_t disk,
                           struct disk_look *looks)
{
	const struct inventory *inventory = &site->inventory;
	const struct inventory_machine *machine =
	        disk < inventory->machine_count ? &inventory->machines[disk] : NULL;

	return (struct task){
	        .owner = owner,
	        .path = site_path(site, machine ? machine->disk : inventory->installer.disk),
	        .write = machine && !machine->shared,
	        .look = &looks[disk]};
}

static void look_at_all(const struct site *site, const struct owner *owner, size_t disks,
                        struct disk_look *looks)
{
	struct task tasks[AT_ONCE];

	for (size_t first = 0; first < disks; first += AT_ONCE) {
		size_t count = disks - first < AT_ONCE ? disks - first : AT_ONCE;

		for (size_t i = 0; i < count; i++)
			tasks[i] = task_of(site, owner, first + i, looks);
		look_at(tasks, count);
		for (size_t i = 0; i < count; i++)
			free(tasks[i].path);
	}
}

struct disk_look *disks_look(const struct site *site, const struct owner *owner)
{
	size_t disks = site->inventory.machine_count + (site->inventory.installer.disk != NULL);
	size_t size = (disks + 1) * sizeof(struct disk_look);
	struct disk_look *looks = malloc(size);
	struct disk_look *shared =
	        mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	if (shared != MAP_FAILED && looks) {
		look_at_all(site, owner, disks, shared);
		memcpy(looks, shared, size);
	} else {
		free(looks);
		looks = NULL;
	}
	if (shared != MAP_FAILED)
		munmap(shared, size);
	return looks;
}

const char *disks_tell(const struct inventory_machine *machine, const struct disk_look *look)
{
	if (look->installing == INSTALLING_BEGUN)
		return look->text;
	/* Of others, a disk that begins with a file system begins with nothing, too. */
	return machine->install && look->installing == INSTALLING_EMPTY ? "not begun" : NULL;
}
