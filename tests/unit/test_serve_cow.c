/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A layer over a base, beside a plain model of what it promises: reads see what was written, a
 * power cut takes nothing that was acknowledged and invents nothing, and the base stays as it is.
 * Writes and syncs go through here on their way to the file: what the disk has is kept apart from
 * what the page cache has, some syncs fail, and lose what they were to write, as Linux does.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "tools/serve/store/cow.h"

enum {
	SECTOR = 512,
	/* Three sectors of the map, the last with a few blocks, and a block that is not whole. */
	IMAGE = (2 * BLOCKMAP_SECTOR_BLOCKS + 9) * BLOCKMAP_BLOCK + 3 * SECTOR,
	SECTORS = IMAGE / SECTOR,
	REQUESTS = 12,
	LONGEST = 20, /* sectors of one request */
	SEEDS = 24,
	STEPS = 400,
	JOURNAL = 1 << 14,
	NAME_ROOM = 256,
};

/* ---- the disk ---- */

static struct {
	int disk; /* what is stable; -1: nobody looks */
	struct {
		uint64_t offset;
		uint8_t data[SECTOR];
	} journal[JOURNAL]; /* what is not */
	size_t count;
	int failing; /* per cent of the syncs */
	int cutting; /* per cent of the writes to the map: the power goes, right then */
	int pages;   /* of the map, for which there is room; -1: for all */
	bool dark;   /* it is gone: nothing reaches the disk, nor is any sync well */
} disk = {.disk = -1, .pages = -1};

static uint64_t random_state;

static uint64_t random_below(uint64_t limit)
{
	random_state = random_state * 6364136223846793005 + 1442695040888963407;
	return (random_state >> 33) % limit;
}

static void reach_disk(size_t entry)
{
	assert_int_equal(syscall(SYS_pwrite64, disk.disk, disk.journal[entry].data, SECTOR,
	                         disk.journal[entry].offset),
	                 SECTOR);
}

/* Of what was not synced any part may have reached the disk. */
static void go_dark(void)
{
	for (size_t i = 0; !disk.dark && i < disk.count; i++)
		if (random_below(2))
			reach_disk(i);
	disk.dark = true;
	disk.count = 0;
}

static bool is_map(off_t offset)
{
	return offset && (uint64_t)offset < layerfile_data_at(IMAGE);
}

/* Pages of the map are holes at first, for which the file system may have no room. */
static bool is_full(off_t offset)
{
	return is_map(offset) && disk.pages >= 0 && !disk.pages--;
}

ssize_t pwrite(int fd, const void *data, size_t length, off_t offset)
{
	if (is_full(offset)) {
		disk.pages = 0;
		errno = ENOSPC;
		return -1;
	}
	for (size_t i = 0; disk.disk >= 0 && !disk.dark && i < length; i += SECTOR) {
		assert_true(disk.count < JOURNAL);
		disk.journal[disk.count].offset = (uint64_t)offset + i;
		memcpy(disk.journal[disk.count++].data, (const uint8_t *)data + i, SECTOR);
	}
	if (is_map(offset) && disk.cutting && random_below(100) < (uint64_t)disk.cutting)
		go_dark();
	return syscall(SYS_pwrite64, fd, data, length, offset);
}

static unsigned int reads; /* from any file */

ssize_t pread(int fd, void *data, size_t length, off_t offset)
{
	reads++;
	return syscall(SYS_pread64, fd, data, length, offset);
}

static int sync_all(void)
{
	size_t count = disk.count;

	disk.count = 0;
	if (disk.disk < 0)
		return 0;
	if (disk.dark || (disk.failing && random_below(100) < (uint64_t)disk.failing)) {
		errno = EIO;
		return -1;
	}
	for (size_t i = 0; i < count; i++)
		reach_disk(i);
	return 0;
}

int fdatasync(int fd)
{
	(void)fd;
	return sync_all();
}

int fsync(int fd)
{
	(void)fd;
	return sync_all();
}

/* ---- what does the transfers: one after the other, in any order ---- */

static struct {
	struct io io;
	struct io_task *tasks[256];
	size_t count;
} fake;

static void submit(struct io_user *user, struct io_task *task)
{
	(void)user;
	assert_true(fake.count < sizeof(fake.tasks) / sizeof(fake.tasks[0]));
	fake.tasks[fake.count++] = task;
}

static struct io_device *device_create(struct io *io)
{
	(void)io;
	return calloc(1, sizeof(struct io_device));
}

static void device_free(struct io_device *device)
{
	free(device);
}

static const struct io_operations fake_operations = {.name = "fake",
                                                     .device_create = device_create,
                                                     .device_free = device_free,
                                                     .submit = submit};

static unsigned int signals; /* reads that one interrupts, as io_uring tells it */

static void perform_one(void)
{
	size_t at = random_below(fake.count);
	struct io_task *task = fake.tasks[at];

	fake.tasks[at] = fake.tasks[--fake.count];
	if (signals && task->operation == IO_READ) {
		signals--;
		task->result = -EINTR;
	} else {
		io_perform(task);
	}
	task->done(task);
}

/* ---- the base ---- */

/* Of every sector: who wrote it (0: the base), and which it is. */
static void make_sector(uint8_t *data, uint64_t writer, uint64_t sector)
{
	for (size_t i = 0; i < SECTOR; i += 16) {
		memcpy(data + i, &writer, 8);
		memcpy(data + i + 8, &sector, 8);
	}
}

static void fill_from_base(void *data, size_t length, uint64_t offset)
{
	for (size_t i = 0; i < length; i += SECTOR)
		make_sector((uint8_t *)data + i, 0, (offset + i) / SECTOR);
}

static int base_try_read(struct store *store, void *data, size_t length, uint64_t offset)
{
	assert_true(length && offset + length <= store->size);
	if (random_below(2))
		return -EAGAIN;
	fill_from_base(data, length, offset);
	return 0;
}

static void base_done(struct io_task *task)
{
	struct store_request *request =
	        (struct store_request *)(void *)((char *)task -
	                                         offsetof(struct store_request, task));

	request->error = random_below(50) ? 0 : -EIO;
	if (!request->error)
		fill_from_base(request->data, request->length, request->offset);
	request->done(request);
}

static ssize_t nothing(struct io_task *task)
{
	(void)task;
	return 0;
}

static void base_start(struct store *store, struct store_request *request)
{
	assert_int_equal(request->operation, STORE_READ);
	assert_true(request->length && request->offset + request->length <= store->size);
	request->task = (struct io_task){.operation = IO_CALL, .call = nothing, .done = base_done};
	submit(NULL, &request->task);
}

static const struct store_operations base_operations = {base_try_read, base_start, NULL, NULL};
static struct store base = {.operations = &base_operations, .size = IMAGE};

/* ---- the model ---- */

struct request {
	struct store_request store; /* the first member */
	bool busy, done;            /* under way; or a write that waits for its sync */
	uint64_t writer;
	unsigned int epoch;
	uint64_t sector, count;
	uint8_t data[LONGEST * SECTOR];
};

static struct {
	struct store *layer;
	char folder[NAME_ROOM];
	int directory;
	uint64_t limit;
	bool kept;
	struct request requests[REQUESTS];
	struct store_request sync;
	bool syncing, synced[REQUESTS];
	unsigned int epoch;
	uint64_t writers;
	/* Of each sector: the latest write that is acknowledged, and the latest that is done. */
	uint64_t acknowledged[SECTORS], done[SECTORS];
	bool uncertain[SECTORS]; /* a sync failed: what is done may be undone */
} m;

static const struct cow_options *options(void)
{
	static struct cow_options o;
	struct stat status;

	assert_int_equal(fstat(m.directory, &status), 0);
	o = (struct cow_options){.base = &base,
	                         .facts = {IMAGE, 0, 7},
	                         .limit = &m.limit,
	                         .directory = m.directory,
	                         .device = status.st_dev};
	if (m.kept)
		strcpy(o.name, "layer");
	return &o;
}

static int create_layer(const struct cow_options *o, struct store **layer)
{
	int rc = cow_create(o, layer);

	return rc ? rc : cow_join(*layer, &fake.io);
}

static int open_layer(const struct cow_options *o, struct store **layer)
{
	int rc = cow_open(o, layer);

	return rc ? rc : cow_join(*layer, &fake.io);
}

/* What a sector says must be what it may say. */
static void check_sector(const uint8_t *data, uint64_t sector)
{
	uint8_t wanted[SECTOR];
	uint64_t writer;

	memcpy(&writer, data, 8);
	make_sector(wanted, writer, sector);
	assert_memory_equal(data, wanted, SECTOR);
	assert_true(writer >= m.acknowledged[sector] && writer <= m.writers);
	if (!m.uncertain[sector])
		assert_int_equal(writer, m.done[sector]);
}

static void read_done(struct request *request)
{
	request->busy = false;
	if (request->store.error) {
		assert_int_equal(request->store.error, -EIO);
		return;
	}
	for (uint64_t i = 0; i < request->count; i++)
		check_sector(request->data + i * SECTOR, request->sector + i);
}

static void write_done(struct request *request)
{
	bool taken = !request->store.error && request->epoch == m.epoch;

	request->busy = false;
	request->done = taken;
	for (uint64_t i = 0; i < request->count; i++) {
		uint64_t sector = request->sector + i;

		if (taken)
			m.done[sector] = request->writer;
		/* What failed half way may have reached blocks that were there before. */
		m.uncertain[sector] = !taken;
	}
}

static void request_done(struct store_request *store)
{
	struct request *request = (struct request *)(void *)store;

	if (store->operation == STORE_READ)
		read_done(request);
	else
		write_done(request);
}

static void sync_failed(void)
{
	m.epoch++;
	for (size_t i = 0; i < REQUESTS; i++)
		m.requests[i].done = false;
	for (size_t i = 0; i < SECTORS; i++)
		m.uncertain[i] |= m.done[i] != m.acknowledged[i];
}

static void sync_done(struct store_request *sync)
{
	m.syncing = false;
	if (sync->error) {
		sync_failed();
		return;
	}
	for (size_t i = 0; i < REQUESTS; i++) {
		struct request *request = &m.requests[i];

		if (!m.synced[i] || !request->done)
			continue;
		for (uint64_t k = 0; k < request->count; k++)
			if (request->writer > m.acknowledged[request->sector + k])
				m.acknowledged[request->sector + k] = request->writer;
		request->done = false;
	}
}

static void start_sync(void)
{
	if (m.syncing)
		return;
	m.syncing = true;
	for (size_t i = 0; i < REQUESTS; i++)
		m.synced[i] = m.requests[i].done;
	m.sync = (struct store_request){.operation = STORE_SYNC, .done = sync_done};
	store_start(m.layer, &m.sync);
}

/* A piece near one of the edges. */
static void choose(struct request *request)
{
	static const uint64_t edges[] = {0, BLOCKMAP_SECTOR_BLOCKS * 8, BLOCKMAP_SECTOR_BLOCKS * 16,
	                                 SECTORS - LONGEST};
	uint64_t at = edges[random_below(4)] + random_below(3 * LONGEST);

	request->sector = at > LONGEST ? at - LONGEST : at;
	if (request->sector >= SECTORS)
		request->sector = SECTORS - 1;
	request->count = 1 + random_below(LONGEST);
	if (request->count > SECTORS - request->sector)
		request->count = SECTORS - request->sector;
}

static bool is_free(const struct request *request)
{
	uint64_t first = request->sector / 8, last = (request->sector + request->count - 1) / 8;

	for (size_t i = 0; i < REQUESTS; i++) {
		const struct request *r = &m.requests[i];

		if (r->busy && r->sector / 8 <= last && first <= (r->sector + r->count - 1) / 8)
			return false;
	}
	return true;
}

static void start_request(struct request *request, bool write)
{
	choose(request);
	if (!is_free(request))
		return;
	request->busy = true;
	request->epoch = m.epoch;
	request->store = (struct store_request){.operation = write ? STORE_WRITE : STORE_READ,
	                                        .offset = request->sector * SECTOR,
	                                        .length = request->count * SECTOR,
	                                        .data = request->data,
	                                        .done = request_done};
	if (write) {
		request->writer = ++m.writers;
		for (uint64_t i = 0; i < request->count; i++)
			make_sector(request->data + i * SECTOR, request->writer,
			            request->sector + i);
	} else if (random_below(2) && !store_try_read(m.layer, request->data, request->store.length,
	                                              request->store.offset)) {
		read_done(request);
		return;
	}
	store_start(m.layer, &request->store);
}

static void finish_all(void)
{
	while (fake.count)
		perform_one();
}

static void step(void)
{
	struct request *request = &m.requests[random_below(REQUESTS)];

	if (fake.count && random_below(2))
		perform_one();
	else if (!random_below(6))
		start_sync();
	else if (!request->busy && !request->done)
		start_request(request, random_below(3));
}

static void read_everything(void)
{
	uint8_t data[8 * SECTOR];

	for (uint64_t at = 0; at < IMAGE; at += sizeof(data)) {
		size_t length = IMAGE - at < sizeof(data) ? IMAGE - at : sizeof(data);
		int tries = 100;

		while (store_try_read(m.layer, data, length, at) && --tries)
			;
		assert_true(tries);
		for (size_t i = 0; i < length; i += SECTOR)
			check_sector(data + i, (at + i) / SECTOR);
	}
}

/* ---- the power ---- */

static void new_disk(void)
{
	disk.disk = openat(m.directory, ".", O_TMPFILE | O_RDWR, 0600);
	assert_true(disk.disk >= 0);
	assert_int_equal(ftruncate(disk.disk, (off_t)(layerfile_data_at(IMAGE) + IMAGE)), 0);
	disk.count = 0;
}

static void forget(struct store_request *request)
{
	(void)request;
}

/* What is under way is gone. */
static void cut_power(void)
{
	struct store_request leaving = {.done = forget};
	char path[64];
	bool there;

	finish_all();
	go_dark();
	store_leave(m.layer, &leaving);
	finish_all();
	store_close(m.layer);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", disk.disk);
	there = !unlinkat(m.directory, "layer", 0);
	if (there)
		assert_int_equal(linkat(AT_FDCWD, path, m.directory, "layer", AT_SYMLINK_FOLLOW),
		                 0);
	memset(m.requests, 0, sizeof(m.requests));
	m.syncing = false;
	for (size_t i = 0; i < SECTORS; i++)
		m.uncertain[i] |= m.done[i] != m.acknowledged[i];
	disk.dark = false;
	assert_int_equal(
	        there ? open_layer(options(), &m.layer) : create_layer(options(), &m.layer), 0);
	/* The disk and the file are the same now: what is written from here on is apart again. */
	if (there) {
		int old = disk.disk;
		int copy = openat(m.directory, ".", O_TMPFILE | O_RDWR, 0600);
		uint8_t page[4096];
		off_t at = 0, size = lseek(old, 0, SEEK_END);

		assert_int_equal(ftruncate(copy, size), 0);
		while ((at = lseek(old, at, SEEK_DATA)) >= 0 && at < size) {
			ssize_t n = pread(old, page, sizeof(page), at);

			assert_true(n > 0);
			assert_int_equal(syscall(SYS_pwrite64, copy, page, n, at), n);
			at += n;
		}
		close(old);
		disk.disk = copy;
	}
}

static void begin_world(uint64_t seed, bool kept, int failing)
{
	random_state = seed;
	fake.io = (struct io){.operations = &fake_operations, .pool = &fake.io};
	fake.count = 0;
	memset(&m.requests, 0, sizeof(m.requests));
	memset(m.done, 0, sizeof(m.done));
	memset(m.acknowledged, 0, sizeof(m.acknowledged));
	memset(m.uncertain, 0, sizeof(m.uncertain));
	m.kept = kept;
	m.limit = UINT64_MAX;
	m.syncing = false;
	m.writers = 0;
	m.epoch = 0;
	disk.failing = failing;
	disk.dark = false;
	unlinkat(m.directory, "layer", 0);
	new_disk();
	assert_int_equal(create_layer(options(), &m.layer), 0);
}

static void end_world(void)
{
	finish_all();
	store_close(m.layer);
	close(disk.disk);
	disk.disk = -1;
	disk.cutting = disk.failing = 0;
	disk.pages = -1;
}

static int setup(void **state)
{
	const char *temporary = getenv("TMPDIR");

	(void)state;
	snprintf(m.folder, sizeof(m.folder), "%s/etherroot-cow.XXXXXX",
	         temporary ? temporary : "/var/tmp");
	if (!mkdtemp(m.folder))
		return -1;
	m.directory = open(m.folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return m.directory < 0;
}

static int teardown(void **state)
{
	(void)state;
	unlinkat(m.directory, "layer", 0);
	close(m.directory);
	return rmdir(m.folder);
}

static void power_cuts_take_nothing_that_was_acknowledged(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed <= SEEDS; seed++) {
		begin_world(seed, true, seed % 3 ? 0 : 20);
		disk.cutting = 3;
		for (int cuts = 0; cuts < 3; cuts++) {
			for (int i = 0; i < STEPS; i++)
				step();
			finish_all();
			read_everything();
			cut_power();
			read_everything();
			/* What it says now is what it goes on from. */
			memset(m.uncertain, 1, sizeof(m.uncertain));
		}
		end_world();
	}
}

static void a_layer_without_a_name_leaves_nothing_behind(void **state)
{
	DIR *folder;
	size_t names = 0;

	(void)state;
	begin_world(1, false, 0);
	for (int i = 0; i < STEPS; i++)
		step();
	finish_all();
	read_everything();
	assert_true(cow_used(m.layer) > 0);
	folder = opendir(m.folder);
	assert_non_null(folder);
	for (struct dirent *e = readdir(folder); e; e = readdir(folder))
		names += *e->d_name != '.';
	closedir(folder);
	assert_int_equal(names, 0);
	end_world();
}

/* One request to its end; returns its error. */
static int ask(enum store_operation operation, uint64_t sector, uint64_t count)
{
	struct request *request = &m.requests[0];

	*request = (struct request){.sector = sector, .count = count, .writer = ++m.writers};
	request->store = (struct store_request){.operation = operation,
	                                        .offset = sector * SECTOR,
	                                        .length = count * SECTOR,
	                                        .data = request->data,
	                                        .done = forget};
	for (uint64_t i = 0; operation == STORE_WRITE && i < count; i++)
		make_sector(request->data + i * SECTOR, request->writer, sector + i);
	store_start(m.layer, &request->store);
	finish_all();
	return request->store.error;
}

static void a_full_layer_takes_no_new_block(void **state)
{
	(void)state;
	begin_world(1, true, 0);
	m.limit = 3 * BLOCKMAP_BLOCK + 1;
	assert_int_equal(ask(STORE_WRITE, 0, 1), 0);
	assert_int_equal(ask(STORE_WRITE, 17, 8), 0);
	assert_int_equal(cow_used(m.layer), 3 * BLOCKMAP_BLOCK);
	/* It has two blocks of these three, and changes neither. */
	assert_int_equal(ask(STORE_WRITE, 16, 17), -EXFULL);
	assert_int_equal(ask(STORE_READ, 16, 1), 0);
	assert_int_equal(ask(STORE_WRITE, 100, 1), -EXFULL);
	assert_int_equal(cow_used(m.layer), 3 * BLOCKMAP_BLOCK);
	/* What it has can be written again; and with more room it goes on. */
	assert_int_equal(ask(STORE_WRITE, 16, 16), 0);
	m.limit += BLOCKMAP_BLOCK;
	assert_int_equal(ask(STORE_WRITE, 100, 1), 0);
	assert_int_equal(ask(STORE_WRITE, 200, 1), -EXFULL);
	/* With less than it holds it is full. */
	m.limit = 1;
	assert_int_equal(ask(STORE_WRITE, 200, 1), -EXFULL);
	assert_int_equal(ask(STORE_WRITE, 100, 1), 0);
	end_world();
}

static int open_again(const struct cow_options *o)
{
	int rc;

	finish_all();
	store_close(m.layer);
	rc = open_layer(o, &m.layer);
	if (rc) {
		assert_int_equal(create_layer(o, &m.layer), 0);
	}
	return rc;
}

/* Who wrote that sector, as it is read. */
static uint64_t writer_of(uint64_t sector)
{
	uint64_t writer;

	assert_int_equal(ask(STORE_READ, sector, 1), 0);
	memcpy(&writer, m.requests[0].data, sizeof(writer));
	return writer;
}

/*
 * Two blocks that two pages of the map tell of, with room for one: nobody is told that they are
 * stable. What is read then is not taken back, nor does it come later by itself.
 */
static void a_map_that_is_saved_in_part_is_no_surprise(void **state)
{
	const uint64_t sectors[2] = {0, BLOCKMAP_SECTOR_BLOCKS * 8};
	uint64_t written[2];

	(void)state;
	begin_world(1, true, 0);
	for (int i = 0; i < 2; i++) {
		assert_int_equal(ask(STORE_WRITE, sectors[i], 1), 0);
		written[i] = m.writers;
	}
	disk.pages = 1;
	assert_int_equal(ask(STORE_SYNC, 0, 0), -ENOSPC);
	for (int i = 0; i < 2; i++)
		assert_int_equal(writer_of(sectors[i]), written[i]);
	/* With room again the next sync finds what the map does not say yet. */
	disk.pages = -1;
	assert_int_equal(ask(STORE_SYNC, 0, 0), 0);
	assert_int_equal(open_again(options()), 0);
	for (int i = 0; i < 2; i++)
		assert_int_equal(writer_of(sectors[i]), written[i]);
	assert_int_equal(cow_used(m.layer), 2 * BLOCKMAP_BLOCK);
	end_world();
}

static void only_what_fits_is_opened(void **state)
{
	struct cow_options o;
	char path[NAME_ROOM + 16];
	int fd;

	(void)state;
	begin_world(1, true, 0);
	assert_int_equal(ask(STORE_WRITE, SECTORS - 1, 1), 0);
	assert_int_equal(ask(STORE_SYNC, 0, 0), 0);
	o = *options();
	/* In use by itself. */
	{
		struct store *second;

		assert_int_equal(open_layer(&o, &second), -ETXTBSY);
	}
	assert_int_equal(open_again(&o), 0);
	assert_int_equal(cow_used(m.layer), BLOCKMAP_BLOCK);
	o.facts.changed++;
	assert_int_equal(open_again(&o), -ESTALE);
	o = *options();
	o.facts.start += 512;
	assert_int_equal(open_again(&o), -ESTALE);
	o = *options();
	o.facts.size -= 512;
	assert_int_equal(open_again(&o), -ESTALE);
	o = *options();
	assert_int_equal(open_again(&o), 0);
	/* A bit for a block that the image does not have. */
	store_close(m.layer);
	snprintf(path, sizeof(path), "%s/layer", m.folder);
	fd = open(path, O_RDWR | O_CLOEXEC);
	assert_int_equal(syscall(SYS_pwrite64, fd, "\x80", 1, layerfile_map_at(2) + 511), 1);
	assert_int_equal(open_layer(&o, &m.layer), -EBADMSG);
	/* Shorter than it says. */
	assert_int_equal(syscall(SYS_pwrite64, fd, "", 1, layerfile_map_at(2) + 511), 1);
	assert_int_equal(ftruncate(fd, 8192), 0);
	assert_int_equal(open_layer(&o, &m.layer), -EBADMSG);
	assert_int_equal(ftruncate(fd, 100), 0);
	assert_int_equal(open_layer(&o, &m.layer), -EBADMSG);
	close(fd);
	/* What is no file at all. */
	assert_int_equal(unlink(path), 0);
	assert_int_equal(mkfifo(path, 0600), 0);
	assert_int_equal(open_layer(&o, &m.layer), -EBADMSG);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(symlink("/dev/null", path), 0);
	assert_int_equal(open_layer(&o, &m.layer), -EBADMSG);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(open_layer(&o, &m.layer), -ENOENT);
	assert_int_equal(create_layer(&o, &m.layer), 0);
	end_world();
}

/* The map of an image of 15 TiB has half a GiB, of which so much is read as was written. */
static void opening_costs_what_is_in_it(void **state)
{
	static const uint64_t blocks[] = {0, BLOCKMAP_SECTOR_BLOCKS - 1, BLOCKMAP_SECTOR_BLOCKS,
	                                  3ULL << 30, LAYERFILE_IMAGE_MAX / BLOCKMAP_BLOCK - 1};
	enum { COUNT = sizeof(blocks) / sizeof(blocks[0]) };
	const struct layerfile_base facts = {.size = LAYERFILE_IMAGE_MAX};
	struct blockmap_page pages[COUNT];
	struct blockmap map;
	bool stable, present;
	int fd;

	(void)state;
	fd = layerfile_create(m.directory, "layer", &facts);
	if (fd == -EFBIG)
		skip();
	assert_true(fd >= 0);
	assert_int_equal(blockmap_init(&map, layerfile_blocks(facts.size), true), 0);
	for (size_t i = 0; i < COUNT; i++) {
		assert_int_equal(blockmap_reserve(&map, blocks[i], 1), 0);
		blockmap_add(&map, blocks[i], 1);
	}
	assert_true(map.unsaved_count <= COUNT);
	blockmap_copy_unsaved(&map, pages);
	assert_int_equal(layerfile_save(fd, pages, map.unsaved_count, &stable), 0);
	close(fd);
	blockmap_release(&map);
	assert_int_equal(blockmap_init(&map, layerfile_blocks(facts.size), true), 0);
	reads = 0;
	fd = layerfile_open(m.directory, "layer", &facts, &map);
	assert_true(fd >= 0);
	/* A file system may keep more than a page together. */
	assert_in_range(reads, 2, 10000);
	assert_int_equal(map.present, COUNT);
	for (size_t i = 0; i < COUNT; i++) {
		blockmap_run(&map, blocks[i], 1, &present);
		assert_true(present);
	}
	close(fd);
	blockmap_release(&map);
	assert_int_equal(unlinkat(m.directory, "layer", 0), 0);
}

/* Begins to write a sector; `done` is called of the request. */
static void begin_write(size_t number, uint64_t sector, void (*done)(struct store_request *store))
{
	struct request *request = &m.requests[number];

	*request = (struct request){.sector = sector, .count = 1, .writer = ++m.writers};
	request->store = (struct store_request){.operation = STORE_WRITE,
	                                        .offset = sector * SECTOR,
	                                        .length = SECTOR,
	                                        .data = request->data,
	                                        .done = done};
	store_start(m.layer, &request->store);
}

static void begin_another(struct store_request *store)
{
	(void)store;
	begin_write(2, 300, forget);
}

/* Whoever waited behind one that failed is begun at once, before the others are told. */
static void all_are_told_that_there_is_no_file(void **state)
{
	(void)state;
	begin_world(1, true, 0);
	assert_int_equal(symlinkat("nowhere", m.directory, "layer"), 0);
	begin_write(0, 100, begin_another);
	begin_write(1, 200, forget);
	finish_all();
	for (size_t i = 0; i < 3; i++)
		assert_int_equal(m.requests[i].store.error, -EEXIST);
	assert_int_equal(cow_used(m.layer), 0);
	end_world();
}

static void one_that_is_discarded_loses_its_name(void **state)
{
	struct store_request leaving = {.done = forget};

	(void)state;
	begin_world(1, true, 0);
	assert_int_equal(ask(STORE_WRITE, 5, 1), 0);
	assert_int_equal(faccessat(m.directory, "layer", F_OK, 0), 0);
	cow_discard(m.layer);
	assert_true(store_leave(m.layer, &leaving));
	finish_all();
	assert_int_equal(leaving.error, 0);
	assert_int_equal(faccessat(m.directory, "layer", F_OK, 0), -1);
	end_world();
}

static void a_signal_is_no_error(void **state)
{
	(void)state;
	begin_world(1, false, 0);
	assert_int_equal(ask(STORE_WRITE, 5, 1), 0);
	signals = 2;
	assert_int_equal(ask(STORE_READ, 5, 1), 0);
	assert_int_equal(signals, 0);
	end_world();
}

static void add_sectors(struct blockmap *map, uint64_t first, uint64_t count)
{
	for (uint64_t i = first; i < first + count; i++) {
		assert_int_equal(blockmap_reserve(map, i * BLOCKMAP_SECTOR_BLOCKS, 1), 0);
		blockmap_add(map, i * BLOCKMAP_SECTOR_BLOCKS, 1);
	}
}

/* An initiator writes all over the image, and again during the sync: the loop is not held up. */
static void what_is_saved_is_taken_over_at_once(void **state)
{
	enum { SECTORS_SAVED = 30000 };
	struct blockmap_page *pages = calloc(SECTORS_SAVED, sizeof(*pages));
	struct blockmap map;
	clock_t before;

	(void)state;
	assert_non_null(pages);
	assert_int_equal(blockmap_init(&map, 2ULL * SECTORS_SAVED * BLOCKMAP_SECTOR_BLOCKS, true),
	                 0);
	add_sectors(&map, 0, SECTORS_SAVED);
	blockmap_copy_unsaved(&map, pages);
	add_sectors(&map, SECTORS_SAVED, SECTORS_SAVED);
	before = clock();
	for (size_t i = 0; i < SECTORS_SAVED; i++)
		blockmap_saved(&map, &pages[i]);
	/* Of the processor's time, in which this takes a hundredth of it. */
	assert_true(clock() - before < CLOCKS_PER_SEC);
	assert_int_equal(map.unsaved_count, SECTORS_SAVED);
	blockmap_revert(&map);
	assert_int_equal(map.unsaved_count, 0);
	assert_int_equal(map.present, SECTORS_SAVED);
	blockmap_release(&map);
	free(pages);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(power_cuts_take_nothing_that_was_acknowledged),
	        cmocka_unit_test(a_layer_without_a_name_leaves_nothing_behind),
	        cmocka_unit_test(a_full_layer_takes_no_new_block),
	        cmocka_unit_test(a_map_that_is_saved_in_part_is_no_surprise),
	        cmocka_unit_test(only_what_fits_is_opened),
	        cmocka_unit_test(opening_costs_what_is_in_it),
	        cmocka_unit_test(all_are_told_that_there_is_no_file),
	        cmocka_unit_test(one_that_is_discarded_loses_its_name),
	        cmocka_unit_test(a_signal_is_no_error),
	        cmocka_unit_test(what_is_saved_is_taken_over_at_once),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
