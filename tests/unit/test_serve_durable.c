/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * When a write is said to be stable, a sync that was begun after it was done has ended well, and no
 * sync has failed in between. Thousands of writes and their syncs, against a disk that is slow,
 * does parts, and fails now and then: pwrite and fdatasync stand here in place of the C library's.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "tools/serve/store/commit.h"
#include "tools/serve/store/ways.h"

enum {
	DEADLINE = 300, /* seconds; far beyond what this takes */
	FILES = 2,
	BLOCKS = 40, /* that are written at the same time, of each file */
	BLOCK = 4096,
	WRITES = 4000, /* of each file that have to become stable */
	SYNCS = 1 << 16,
	SLOW = 2000,     /* microseconds: long enough to be taken for a disk that waits */
	UNTOLD = 1,      /* no error is greater than 0 */
	FAIL_ONE_IN = 8, /* syncs */
};

/* ---- the disk, and what happened there ---- */

struct sync {
	uint64_t begun, ended;
	bool failed;
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct disk {
	int fd;
	ino_t inode;
	uint64_t done[BLOCKS]; /* when the latest write of that block was */
	struct sync syncs[SYNCS];
	unsigned int sync_count, failures;
} disks[FILES];
static uint64_t now; /* grows with everything that happens; the lock's, as the disks' rest */

static struct disk *disk_of(int fd)
{
	struct stat status;

	if (fstat(fd, &status))
		return NULL;
	for (int i = 0; i < FILES; i++)
		if (disks[i].inode && disks[i].inode == status.st_ino)
			return &disks[i];
	return NULL;
}

static uint64_t tick(void)
{
	uint64_t time;

	pthread_mutex_lock(&lock);
	time = ++now;
	pthread_mutex_unlock(&lock);
	return time;
}

/* Of every so many calls one is that slow; others give way or go on at once. */
static unsigned int dawdle(void)
{
	static _Thread_local unsigned int seed;
	unsigned int number;

	if (!seed)
		seed = (unsigned int)gettid();
	number = (unsigned int)rand_r(&seed);
	if (number % 400 == 0)
		usleep(SLOW);
	else if (number % 8 == 0)
		usleep(number % 64);
	return number / 400;
}

ssize_t pwrite(int fd, const void *data, size_t length, off_t offset)
{
	struct disk *disk = disk_of(fd);
	unsigned int number = disk ? dawdle() : 0;
	size_t part = disk && length > 512 && number % 16 == 0 ? 512 : length;
	ssize_t n = syscall(SYS_pwrite64, fd, data, part, offset);

	if (!disk || (offset + n) % BLOCK)
		return n;
	pthread_mutex_lock(&lock);
	disk->done[offset / BLOCK] = ++now;
	pthread_mutex_unlock(&lock);
	return n;
}

int fdatasync(int fd)
{
	struct disk *disk = disk_of(fd);
	struct sync sync = {.begun = tick()};

	sync.failed = dawdle() % FAIL_ONE_IN == 0;
	pthread_mutex_lock(&lock);
	sync.ended = ++now;
	assert_true(disk->sync_count < SYNCS);
	disk->syncs[disk->sync_count++] = sync;
	disk->failures += sync.failed;
	pthread_mutex_unlock(&lock);
	errno = EIO;
	return sync.failed ? -1 : 0;
}

/* Whether a write that was done then is stable by now: what fails first has failed for good. */
static bool is_stable(const struct disk *disk, uint64_t done)
{
	for (unsigned int i = 0; i < disk->sync_count; i++) {
		const struct sync *sync = &disk->syncs[i];

		if (sync->failed && sync->ended > done)
			return false;
		if (!sync->failed && sync->begun > done)
			return true;
	}
	return false;
}

/* ---- who writes ---- */

struct write {
	struct commit_entry entry; /* the first member */
	struct file *file;
	struct store_request request;
	unsigned int epoch;
	bool under_way;
	uint8_t *data;
};

struct file {
	struct disk *disk;
	struct store *store;
	struct commit commit;
	struct write writes[BLOCKS];
	unsigned int stable, failed, begun;
};

static void told(struct commit_entry *entry, int error)
{
	struct write *write = (struct write *)(void *)entry;
	struct file *file = write->file;

	assert_true(write->under_way);
	write->under_way = false;
	if (error) {
		assert_int_equal(error, -EIO);
		file->failed++;
		return;
	}
	pthread_mutex_lock(&lock);
	assert_true(is_stable(file->disk, file->disk->done[write - file->writes]));
	pthread_mutex_unlock(&lock);
	file->stable++;
}

static void written(struct store_request *request)
{
	struct write *write = request->owner;

	assert_int_equal(request->error, 0);
	commit_written(&write->file->commit, &write->entry, write->epoch);
}

static void begin(struct file *file, struct write *write)
{
	write->under_way = true;
	write->epoch = file->commit.epoch;
	write->request = (struct store_request){.operation = STORE_WRITE,
	                                        .offset = (uint64_t)(write - file->writes) * BLOCK,
	                                        .data = write->data,
	                                        .length = BLOCK,
	                                        .done = written,
	                                        .owner = write};
	memset(write->data, (int)++file->begun, BLOCK);
	commit_begin(&file->commit, &write->entry);
	store_start(file->store, &write->request);
}

static void open_file(struct file *file, struct disk *disk, struct io *io,
                      struct commit_queue *queue)
{
	struct file_store_options options = {.path = NULL};
	struct file_store_facts facts;
	struct stat status;
	char path[64];

	*disk = (struct disk){.fd = memfd_create("disk", MFD_CLOEXEC)};
	assert_int_equal(ftruncate(disk->fd, (off_t)BLOCKS * BLOCK), 0);
	assert_int_equal(fstat(disk->fd, &status), 0);
	disk->inode = status.st_ino;
	snprintf(path, sizeof(path), "/proc/self/fd/%d", disk->fd);
	options.path = path;
	assert_int_equal(file_store_open(&options, &file->store, &facts), 0);
	assert_int_equal(file_store_join(file->store, io, &facts), 0);
	commit_init(&file->commit, file->store, queue, told);
	file->disk = disk;
	for (int i = 0; i < BLOCKS; i++) {
		file->writes[i].file = file;
		file->writes[i].data = malloc(BLOCK);
		assert_non_null(file->writes[i].data);
	}
}

static void close_file(struct file *file)
{
	for (int i = 0; i < BLOCKS; i++)
		free(file->writes[i].data);
	store_close(file->store);
	close(file->disk->fd);
}

static void begin_some(struct file *file)
{
	for (int i = 0; i < BLOCKS && file->stable < WRITES; i++)
		if (!file->writes[i].under_way && rand() % 3)
			begin(file, &file->writes[i]);
}

static bool is_busy(const struct file *file)
{
	for (int i = 0; i < BLOCKS; i++)
		if (file->writes[i].under_way)
			return true;
	return file->commit.under_way || file->commit.queued;
}

static void turn(struct io *io, struct commit_queue *queue)
{
	struct pollfd p = {.fd = io->fd, .events = POLLIN};

	if (rand() % 2)
		io_flush(io);
	commit_start_all(queue);
	io_flush(io);
	assert_true(poll(&p, 1, 20) >= 0);
	while (io_dispatch(io))
		;
}

static void check(const char *way)
{
	static struct file files[FILES];
	struct commit_queue queue = {0};
	time_t end = time(NULL) + DEADLINE;
	struct io *io;

	if (io_create(way, &io))
		skip();
	memset(files, 0, sizeof(files));
	for (int i = 0; i < FILES; i++)
		open_file(&files[i], &disks[i], io, &queue);
	while (files[0].stable < WRITES || files[1].stable < WRITES || is_busy(&files[0]) ||
	       is_busy(&files[1])) {
		assert_true(time(NULL) < end);
		begin_some(&files[rand() % FILES]);
		turn(io, &queue);
	}
	for (int i = 0; i < FILES; i++) {
		assert_int_equal(files[i].begun, files[i].stable + files[i].failed);
		assert_true(disks[i].failures && files[i].failed);
		/* One sync makes many stable. */
		assert_true(disks[i].sync_count < files[i].begun / 2);
		close_file(&files[i]);
	}
	io_free(io);
}

static void what_is_stable_was_synced_after_it_was_done(void **state)
{
	(void)state;
	check("threads");
}

static void with_io_uring_too(void **state)
{
	(void)state;
	check("uring");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(what_is_stable_was_synced_after_it_was_done),
	        cmocka_unit_test(with_io_uring_too),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
