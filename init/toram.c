/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "init/toram.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/loop.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "init/deadline.h"
#include "init/job.h"
#include "init/sysfs.h"
#include "tools/base/bytes.h"
#include "tools/base/text.h"

/* Where the copy's file is made. */
#define MEMORY "/toram"

enum {
	PIECE = 1 << 20, /* bytes, that are copied at a time... */
	PAGE = 4096,     /* ...but for those pages that are all zeros */
	/* How often it is looked at how far the copy is, and after what time it stands still. */
	COUNT_EVERY = 1000,
	SILENT_AFTER = 4000, /* milliseconds */
};

/* What its process has done, in memory that it shares with the boot. */
struct copied {
	uint64_t size, done; /* bytes, of the device */
	int rc;
	char path[DISK_PATH]; /* of the copy's device */
	struct failure failure;
};

struct toram {
	struct modules modules;
	struct wait *wait;
	const char *source;
	const char *type; /* of its file system; or NULL */
	struct copied *copied;
	struct job job;
	uint64_t done, progress; /* what was last seen of copied->done, and when that was more */
	struct wait_goal goal;
};

uint64_t toram_used(const uint8_t *head, const char *type)
{
	/* fs/ext4/ext4.h, struct ext4_super_block, and INCOMPAT_64BIT. */
	enum { EXT = 1024, BLOCKS = 4, FREE = 12, LOG_SIZE = 24, INCOMPAT = 0x60 };
	enum { BLOCKS_HIGH = 0x150, FREE_HIGH = 0x158, WIDE = 0x80 };
	const uint8_t *ext = head + EXT;
	uint64_t blocks = le32(ext + BLOCKS), unused = le32(ext + FREE);

	if (!strcmp(type, "squashfs")) /* fs/squashfs/squashfs_fs.h, bytes_used */
		return le64(head + 40);
	if (!text_begins(type, "ext") || le32(ext + LOG_SIZE) > 6)
		return 0;
	if (le32(ext + INCOMPAT) & WIDE) {
		blocks |= (uint64_t)le32(ext + BLOCKS_HIGH) << 32;
		unused |= (uint64_t)le32(ext + FREE_HIGH) << 32;
	}
	return unused > blocks || blocks >> 44 ? 0
	                                       : (blocks - unused) << (10 + le32(ext + LOG_SIZE));
}

/* How many bytes a copy may take: an eighth of what is free is left to the OS. */
static uint64_t memory_for_copy(void)
{
	static const char name[] = "\nMemAvailable:";
	char text[1024];
	const char *at = text;
	uint64_t kib = 0;

	sysfs_read_all("/proc/meminfo", text, sizeof(text));
	while ((at = strchr(at, '\n')) && !text_begins(at, name))
		at++;
	if (at) {
		at += sizeof(name) - 1;
		at += strspn(at, " ");
		text_read_number(&at, UINT64_MAX >> 10, &kib);
	}
	return kib * 1024 / 8 * 7;
}

static bool is_zero(const uint8_t *bytes, size_t length)
{
	return !*bytes && !memcmp(bytes, bytes + 1, length - 1);
}

/* Writes the pages of a piece that are not all zeros. */
static int write_piece(int to, const uint8_t *bytes, size_t length, uint64_t at)
{
	for (size_t offset = 0; offset < length; offset += PAGE) {
		size_t size = length - offset < PAGE ? length - offset : PAGE;
		ssize_t n;

		if (is_zero(bytes + offset, size))
			continue;
		n = pwrite(to, bytes + offset, size, (off_t)(at + offset));
		if (n != (ssize_t)size)
			return n < 0 ? -errno : -ENOSPC;
	}
	return 0;
}

static int copy(int from, int to, struct copied *copied)
{
	static uint8_t bytes[PIECE];
	ssize_t n = 0;
	int rc = ftruncate(to, (off_t)copied->size) ? -errno : 0;

	while (!rc && (n = pread(from, bytes, PIECE, (off_t)copied->done)) > 0) {
		rc = write_piece(to, bytes, (size_t)n, copied->done);
		/* Or memory would have it twice. */
		posix_fadvise(from, (off_t)copied->done, n, POSIX_FADV_DONTNEED);
		copied->done += (uint64_t)n;
	}
	return rc ? rc : n < 0 ? -errno : 0;
}

/* Makes a block device of a file. Returns 0 or a negative errno. */
static int make_device(const struct modules *modules, int file, char path[DISK_PATH])
{
	char number[TEXT_NUMBER];
	int control, device, rc;

	modules_load(modules, "loop");
	control = open("/dev/loop-control", O_RDWR | O_CLOEXEC);
	rc = control < 0 ? -errno : ioctl(control, LOOP_CTL_GET_FREE);
	if (rc < 0)
		return control < 0 ? rc : -errno;
	text_join(path, DISK_PATH, "/dev/loop", text_decimal(number, (uint64_t)rc), NULL);
	device = open(path, O_RDWR | O_CLOEXEC);
	return device < 0 || ioctl(device, LOOP_SET_FD, file) ? -errno : 0;
}

static char *mebibytes(char number[TEXT_NUMBER], uint64_t bytes)
{
	return text_decimal(number, bytes >> 20);
}

static int say_too_large(struct failure *failure, const char *source, uint64_t bytes,
                         uint64_t limit)
{
	char needed[TEXT_NUMBER], there[TEXT_NUMBER];

	failure_set(failure, FAIL_NOMEMORY, source, "of its ", mebibytes(needed, bytes),
	            " MiB no more than ", mebibytes(there, limit), " go into memory", NULL);
	return -ENOMEM;
}

/* Whether what the file system uses can be held; if it does not tell, that is seen by trying. */
static int check_memory(const struct toram *toram, int from, uint64_t limit)
{
	uint8_t head[TORAM_HEAD];
	uint64_t used = 0;

	if (toram->type && pread(from, head, sizeof(head), 0) == sizeof(head))
		used = toram_used(head, toram->type);
	return used > limit ? say_too_large(&toram->copied->failure, toram->source, used, limit)
	                    : 0;
}

/*
 * A file in memory, of up to so many bytes. It is nowhere but behind its descriptor: where a try
 * fails or is ended, its memory is free for the next one.
 */
static int make_file(uint64_t limit)
{
	char options[64], number[TEXT_NUMBER];
	int rc;

	text_join(options, sizeof(options), "mode=700,size=", text_decimal(number, limit), NULL);
	mkdir(MEMORY, 0700);
	if (mount("tmpfs", MEMORY, "tmpfs", 0, options))
		return -errno;
	rc = open(MEMORY "/root", O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	rc = rc < 0 ? -errno : rc;
	umount2(MEMORY, MNT_DETACH);
	return rc;
}

static int copy_to_memory(const struct toram *toram, int from, uint64_t limit)
{
	struct copied *copied = toram->copied;
	int to = make_file(limit);
	int rc = to < 0 ? to : copy(from, to, copied);

	if (rc == -ENOSPC)
		return say_too_large(&copied->failure, toram->source, copied->size, limit);
	return rc ? rc : make_device(&toram->modules, to, copied->path);
}

static _Noreturn void run(const struct toram *toram)
{
	struct copied *copied = toram->copied;
	int from = open(toram->source, O_RDONLY | O_CLOEXEC);
	uint64_t limit = memory_for_copy();
	int rc = from < 0 ? -errno : 0;

	copied->size = (uint64_t)lseek(from, 0, SEEK_END);
	rc = rc ? rc : check_memory(toram, from, limit);
	rc = rc ? rc : copy_to_memory(toram, from, limit);
	if (rc && rc != -ENOMEM)
		failure_set(&copied->failure, FAIL_SYSTEM, toram->source,
		            "copying it to memory: ", report_errno(rc),
		            access("/dev/loop-control", F_OK) && copied->done == copied->size
		                    ? ": the image needs the module loop (initrd --module loop)"
		                    : "",
		            NULL);
	copied->rc = rc;
	_exit(0);
}

static int look(void *context, struct failure *failure)
{
	struct toram *toram = context;

	if (!job_runs(&toram->job)) {
		*failure = toram->copied->failure;
		return toram->copied->rc;
	}
	if (toram->done != toram->copied->done)
		toram->progress = deadline_now();
	toram->done = toram->copied->done;
	toram->goal.next_look = deadline_now() + COUNT_EVERY;
	return -EAGAIN;
}

static void missing(void *context, struct failure *failure)
{
	struct toram *toram = context;
	char done[TEXT_NUMBER], size[TEXT_NUMBER];
	struct snapshot now;

	if (deadline_now() - toram->progress < SILENT_AFTER) {
		failure_set(failure, FAIL_NOTREADY, toram->source, "it is being copied to memory, ",
		            mebibytes(done, toram->done), " of ",
		            mebibytes(size, toram->copied->size), " MiB", NULL);
		return;
	}
	now = wait_snapshot(toram->wait);
	diagnose_use(&now, disk_name_of(toram->source), false, failure);
}

void toram_let_disks_go(void)
{
	sysfs_write("/dev/etherd/flush", "all"); /* drivers/block/aoe/aoedev.c */
	syscall(SYS_delete_module, "aoe", O_NONBLOCK);
}

int toram_run(const struct modules *modules, struct wait *wait, struct device *device,
              struct failure *failure)
{
	struct toram toram = {
	        .modules = *modules,
	        .wait = wait,
	        .source = device->path,
	        .type = device->superblock.type,
	        .copied = job_share(sizeof(*toram.copied)),
	        .progress = deadline_now(),
	};
	char size[TEXT_NUMBER];
	int rc = toram.copied ? 0 : -ENOMEM;

	toram.goal = (struct wait_goal){&toram, look, missing, NULL, DEADLINE_NEVER};
	if (!rc) {
		toram.copied->rc = -EIO; /* for a process that is killed, as for want of memory */
		failure_set(&toram.copied->failure, FAIL_SYSTEM, device->path,
		            "the process that copies it was killed", NULL);
		rc = job_start(&toram.job, wait->epoll);
		if (!rc)
			run(&toram);
	}
	if (rc < 0) {
		failure_set(failure, FAIL_SYSTEM, device->path,
		            "copying it to memory: ", report_errno(rc), NULL);
		return rc;
	}
	rc = wait_for(wait, &toram.goal, failure);
	job_end(&toram.job);
	if (rc)
		return rc;
	report_stage("toram", device->path, " is ", toram.copied->path, ", ",
	             mebibytes(size, toram.copied->size), " MiB", NULL);
	text_join(device->path, sizeof(device->path), toram.copied->path, NULL);
	return 0;
}
