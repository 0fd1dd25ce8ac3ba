/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A write to blocks that the layer does not have yet brings whole ones: what it leaves out of them
 * is read from the base first. They count as the layer's when they are in its file. In a file that
 * is kept, the map says so when they are stable there, and the sync that acknowledges them waits
 * for both.
 */
#include "tools/serve/store/cow.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

/* A read or a write on its way. */
struct transfer {
	struct io_task task;      /* on the layer's file */
	struct store_request gap; /* on the base */
	struct cow *cow;
	struct store_request *request;
	struct transfer *next; /* of those that wait for the file */
	size_t done;           /* of a read: bytes */
	/* Of a write: what goes to the file, the request's data or, with gaps filled, the bounce's.
	 */
	uint64_t from, to; /* bytes of the image */
	uint8_t *bounce;
	uint64_t missing;   /* blocks that are new to the layer */
	unsigned int epoch; /* the layer's when it was started */
};

/* What makes new blocks stable; there is one at a time. */
struct saving {
	struct io_task task;
	struct store_request *request;
	struct blockmap_page *pages;
	size_t count;
	bool stable; /* the blocks are, whatever became of the pages */
};

struct cow {
	struct store store;
	struct cow_options options;
	/* Of the file's device, once their device is set: for reads, and for all else. */
	struct io_user reads, pool;
	int fd;        /* -1: there is no file */
	uint64_t data; /* where in the file the image begins */
	struct blockmap map;
	uint64_t coming;    /* blocks that are being written for the first time */
	unsigned int epoch; /* grows with every sync that failed... */
	int error;          /* ...as the latest did */
	struct transfer *waiting, **waiting_end;
	struct io_task opening;
	struct saving saving;
	bool discard;
	bool cannot_try; /* the file system does not read without waiting */
};

static struct cow *cow_of(struct store *store)
{
	return (struct cow *)(void *)store;
}

static void finish(struct store_request *request, int error)
{
	request->error = error;
	request->done(request);
}

static void end(struct transfer *transfer, int error)
{
	struct store_request *request = transfer->request;

	free(transfer->bounce);
	free(transfer);
	finish(request, error);
}

static struct transfer *transfer_of(struct io_task *task)
{
	return (struct transfer *)(void *)task;
}

/* The blocks that a piece of the image lies in. */
struct blocks {
	uint64_t first, count;
};

static struct blocks blocks_of(uint64_t offset, uint64_t length)
{
	uint64_t first = offset / BLOCKMAP_BLOCK;

	return (struct blocks){first, (offset + length - 1) / BLOCKMAP_BLOCK - first + 1};
}

/* Bytes from offset on, of length, that all come from one place; *present: from the layer. */
static size_t run_of(const struct cow *cow, uint64_t offset, size_t length, bool *present)
{
	struct blocks blocks = blocks_of(offset, length);
	uint64_t run = blockmap_run(&cow->map, blocks.first, blocks.count, present);
	uint64_t end_of_run = (blocks.first + run) * BLOCKMAP_BLOCK;

	return end_of_run - offset < length ? (size_t)(end_of_run - offset) : length;
}

/* Has length bytes at offset of the image transferred between the file and data. */
static void submit(struct transfer *transfer, enum io_operation operation, void *data,
                   uint64_t offset, size_t length, void (*done)(struct io_task *task))
{
	struct cow *cow = transfer->cow;

	transfer->task = (struct io_task){.operation = operation,
	                                  .quick = operation == IO_WRITE,
	                                  .fd = cow->fd,
	                                  .data = data,
	                                  .length = length,
	                                  .offset = cow->data + offset,
	                                  .done = done};
	io_submit(operation == IO_READ ? &cow->reads : &cow->pool, &transfer->task);
}

/*
 * Reads from the base. Returns 0, a negative errno, or -EINPROGRESS: done is called, of
 * transfer->gap.
 */
static int read_base(struct transfer *transfer, void *data, uint64_t offset, size_t length,
                     void (*done)(struct store_request *gap))
{
	struct store *base = transfer->cow->options.base;
	int rc = store_try_read(base, data, length, offset);

	if (rc != -EAGAIN)
		return rc;
	transfer->gap = (struct store_request){.operation = STORE_READ,
	                                       .offset = offset,
	                                       .data = data,
	                                       .length = length,
	                                       .done = done,
	                                       .owner = transfer};
	store_start(base, &transfer->gap);
	return -EINPROGRESS;
}

/* ---- reading ---- */

static void read_on(struct transfer *transfer);

static void read_from_layer(struct io_task *task)
{
	struct transfer *transfer = transfer_of(task);

	/* A signal came to whoever did it. */
	if (task->result == -EINTR) {
		io_submit(task->user, task);
		return;
	}
	if (task->result <= 0) {
		end(transfer, task->result ? (int)task->result : -EIO);
		return;
	}
	transfer->done += (size_t)task->result;
	read_on(transfer);
}

static void read_from_base(struct store_request *gap)
{
	struct transfer *transfer = gap->owner;

	if (gap->error) {
		end(transfer, gap->error);
		return;
	}
	transfer->done += gap->length;
	read_on(transfer);
}

/* One run after the other. */
static void read_on(struct transfer *transfer)
{
	const struct store_request *request = transfer->request;
	int rc = 0;

	while (!rc && transfer->done < request->length) {
		uint64_t offset = request->offset + transfer->done;
		uint8_t *data = (uint8_t *)request->data + transfer->done;
		bool present;
		size_t length =
		        run_of(transfer->cow, offset, request->length - transfer->done, &present);

		if (present) {
			submit(transfer, IO_READ, data, offset, length, read_from_layer);
			return;
		}
		rc = read_base(transfer, data, offset, length, read_from_base);
		if (rc == -EINPROGRESS)
			return;
		transfer->done += rc ? 0 : length;
	}
	end(transfer, rc);
}

/* From the page cache, as far as the file system can tell what is there. */
static int try_read_layer(struct cow *cow, void *data, size_t length, uint64_t offset)
{
	struct iovec vector = {data, length};
	ssize_t n;

	if (cow->cannot_try)
		return -EAGAIN;
	n = preadv2(cow->fd, &vector, 1, (off_t)(cow->data + offset), RWF_NOWAIT);
	cow->cannot_try = n < 0 && errno == EOPNOTSUPP;
	return n == (ssize_t)length ? 0 : -EAGAIN;
}

static int try_read(struct store *store, void *data, size_t length, uint64_t offset)
{
	struct cow *cow = cow_of(store);
	size_t done = 0;
	int rc = 0;

	while (!rc && done < length) {
		uint8_t *at = (uint8_t *)data + done;
		bool present;
		size_t run = run_of(cow, offset + done, length - done, &present);

		rc = present ? try_read_layer(cow, at, run, offset + done)
		             : store_try_read(cow->options.base, at, run, offset + done);
		done += run;
	}
	return rc;
}

/* ---- writing ---- */

static void end_write(struct transfer *transfer, int error)
{
	struct cow *cow = transfer->cow;
	struct blocks blocks = blocks_of(transfer->from, transfer->to - transfer->from);

	cow->coming -= transfer->missing;
	/* A sync that failed may have lost it, or what was around it. */
	if (!error && transfer->epoch != cow->epoch)
		error = cow->error;
	if (!error)
		blockmap_add(&cow->map, blocks.first, blocks.count);
	end(transfer, error);
}

static void written(struct io_task *task)
{
	struct transfer *transfer = transfer_of(task);

	if (task->result <= 0) {
		end_write(transfer, task->result ? (int)task->result : -EIO);
		return;
	}
	task->data = (uint8_t *)task->data + task->result;
	task->offset += (uint64_t)task->result;
	task->length -= (size_t)task->result;
	if (task->length)
		io_submit(task->user, task);
	else
		end_write(transfer, 0);
}

static void write_out(struct transfer *transfer)
{
	submit(transfer, IO_WRITE,
	       transfer->bounce ? (void *)transfer->bounce : transfer->request->data,
	       transfer->from, (size_t)(transfer->to - transfer->from), written);
}

static void fill_behind(struct transfer *transfer);

static void filled_before(struct store_request *gap)
{
	if (gap->error)
		end_write(gap->owner, gap->error);
	else
		fill_behind(gap->owner);
}

static void filled_behind(struct store_request *gap)
{
	if (gap->error)
		end_write(gap->owner, gap->error);
	else
		write_out(gap->owner);
}

/* What the base has before the request in its first block. */
static void fill_before(struct transfer *transfer)
{
	size_t length = (size_t)(transfer->request->offset - transfer->from);
	int rc = length ? read_base(transfer, transfer->bounce, transfer->from, length,
	                            filled_before)
	                : 0;

	if (!rc)
		fill_behind(transfer);
	else if (rc != -EINPROGRESS)
		end_write(transfer, rc);
}

/* And after it in its last. */
static void fill_behind(struct transfer *transfer)
{
	const struct store_request *request = transfer->request;
	uint64_t from = request->offset + request->length;
	size_t length = (size_t)(transfer->to - from);
	int rc = length ? read_base(transfer, transfer->bounce + (from - transfer->from), from,
	                            length, filled_behind)
	                : 0;

	if (!rc)
		write_out(transfer);
	else if (rc != -EINPROGRESS)
		end_write(transfer, rc);
}

/* Up to the edges of the first and the last block, if these are new. */
static void set_range(struct transfer *transfer)
{
	const struct cow *cow = transfer->cow;
	const struct store_request *request = transfer->request;
	struct blocks blocks = blocks_of(request->offset, request->length);
	uint64_t last = blocks.first + blocks.count - 1, end_of_last = (last + 1) * BLOCKMAP_BLOCK;

	transfer->from = request->offset;
	transfer->to = request->offset + request->length;
	if (blockmap_missing(&cow->map, blocks.first, 1))
		transfer->from = blocks.first * BLOCKMAP_BLOCK;
	if (blockmap_missing(&cow->map, last, 1))
		transfer->to = end_of_last < cow->store.size ? end_of_last : cow->store.size;
}

/* Room in the layer, and memory, for the blocks that are new. */
static int make_room(struct transfer *transfer)
{
	struct cow *cow = transfer->cow;
	const struct store_request *request = transfer->request;
	struct blocks blocks = blocks_of(request->offset, request->length);
	uint64_t missing = blockmap_missing(&cow->map, blocks.first, blocks.count);
	uint64_t room = *cow->options.limit / BLOCKMAP_BLOCK, used = cow->map.present + cow->coming;

	if (missing && (used > room || missing > room - used))
		return -EXFULL;
	if (blockmap_reserve(&cow->map, blocks.first, blocks.count))
		return -ENOMEM;
	if (transfer->to - transfer->from != request->length) {
		transfer->bounce = malloc((size_t)(transfer->to - transfer->from));
		if (!transfer->bounce)
			return -ENOMEM;
		memcpy(transfer->bounce + (request->offset - transfer->from), request->data,
		       request->length);
	}
	transfer->missing = missing;
	cow->coming += missing;
	return 0;
}

static void start_write(struct transfer *transfer)
{
	int rc;

	transfer->epoch = transfer->cow->epoch;
	set_range(transfer);
	rc = make_room(transfer);
	if (rc)
		end(transfer, rc);
	else if (transfer->bounce)
		fill_before(transfer);
	else
		write_out(transfer);
}

/* ---- the file ---- */

static ssize_t make_file(struct io_task *task)
{
	const struct cow_options *options = task->data;

	return layerfile_create(options->directory, *options->name ? options->name : NULL,
	                        &options->facts);
}

static void opened(struct io_task *task)
{
	struct cow *cow = (struct cow *)(void *)((char *)task - offsetof(struct cow, opening));
	struct transfer *transfer = cow->waiting;
	/* Who is told may begin another write, which has the file made anew, by the same task. */
	const int fd = (int)task->result;

	cow->waiting = NULL;
	if (fd >= 0)
		cow->fd = fd;
	while (transfer) {
		struct transfer *next = transfer->next;

		if (fd < 0)
			end(transfer, fd);
		else
			start_write(transfer);
		transfer = next;
	}
}

/* The first write has it made, and those that come meanwhile wait too. */
static void wait_for_file(struct transfer *transfer)
{
	struct cow *cow = transfer->cow;
	bool first = !cow->waiting;

	if (first)
		cow->waiting_end = &cow->waiting;
	*cow->waiting_end = transfer;
	cow->waiting_end = &transfer->next;
	if (!first)
		return;
	cow->opening = (struct io_task){
	        .operation = IO_CALL, .call = make_file, .data = &cow->options, .done = opened};
	io_submit(&cow->pool, &cow->opening);
}

/* ---- syncs ---- */

/*
 * What was written since the last one that went well may be lost, each block as a whole; but not
 * those that are stable, and that the file's map may tell of, though nobody is told that it does:
 * taken back now, they would come again when the layer is opened next.
 */
static void fail_sync(struct cow *cow, int error)
{
	const struct saving *saving = &cow->saving;

	cow->epoch++;
	cow->error = error;
	blockmap_revert(&cow->map);
	for (size_t i = 0; saving->stable && i < saving->count; i++)
		blockmap_restore(&cow->map, &saving->pages[i]);
}

static void synced(struct io_task *task)
{
	struct cow *cow = (struct cow *)(void *)((char *)task - offsetof(struct cow, saving.task));
	struct saving *saving = &cow->saving;
	int error = task->result < 0 ? (int)task->result : 0;

	for (size_t i = 0; !error && i < saving->count; i++)
		blockmap_saved(&cow->map, &saving->pages[i]);
	if (error)
		fail_sync(cow, error);
	free(saving->pages);
	saving->pages = NULL;
	finish(saving->request, error);
}

static ssize_t save(struct io_task *task)
{
	struct saving *saving = task->data;

	return layerfile_save(task->fd, saving->pages, saving->count, &saving->stable);
}

static void start_sync(struct cow *cow, struct store_request *request)
{
	struct saving *saving = &cow->saving;

	/* Nothing of a file without a name survives what a sync would guard it against. */
	if (cow->fd < 0 || !*cow->options.name) {
		finish(request, 0);
		return;
	}
	*saving = (struct saving){.request = request, .count = cow->map.unsaved_count};
	saving->task = (struct io_task){.operation = IO_SYNC, .fd = cow->fd, .done = synced};
	if (saving->count) {
		saving->pages = calloc(saving->count, sizeof(*saving->pages));
		if (!saving->pages) {
			fail_sync(cow, -ENOMEM);
			finish(request, -ENOMEM);
			return;
		}
		blockmap_copy_unsaved(&cow->map, saving->pages);
		saving->task.operation = IO_CALL;
		saving->task.call = save;
		saving->task.data = saving;
	}
	io_submit(&cow->pool, &saving->task);
}

/* ---- the store ---- */

static void start_transfer(struct cow *cow, struct store_request *request)
{
	struct transfer *transfer = calloc(1, sizeof(*transfer));

	if (!transfer) {
		finish(request, -ENOMEM);
		return;
	}
	transfer->cow = cow;
	transfer->request = request;
	if (request->operation == STORE_READ)
		read_on(transfer);
	else if (cow->fd < 0)
		wait_for_file(transfer);
	else
		start_write(transfer);
}

static void start(struct store *store, struct store_request *request)
{
	struct cow *cow = cow_of(store);

	request->store = store;
	request->size = store->size;
	if (request->operation == STORE_MEASURE)
		finish(request, 0);
	else if (request->operation == STORE_SYNC)
		start_sync(cow, request);
	else
		start_transfer(cow, request);
}

static void left(struct io_task *task)
{
	struct store_request *request =
	        (struct store_request *)(void *)((char *)task -
	                                         offsetof(struct store_request, task));

	/* There was no thread to be had: nothing was done. */
	if (task->result == -EAGAIN)
		io_close_file(task->fd);
	finish(request, task->result < 0 ? (int)task->result : 0);
}

/* Takes its name away too, if it is to go. */
static ssize_t end_file(struct io_task *task)
{
	const struct cow *cow = task->data;
	int rc = 0;

	if (cow->discard && *cow->options.name &&
	    (unlinkat(cow->options.directory, cow->options.name, 0) ||
	     fsync(cow->options.directory)))
		rc = -errno;
	io_close_file(task->fd);
	return rc;
}

static void leave(struct store *store, struct store_request *request)
{
	struct cow *cow = cow_of(store);

	request->store = store;
	if (cow->fd < 0) {
		finish(request, 0);
		return;
	}
	request->task = (struct io_task){
	        .operation = IO_CALL, .call = end_file, .fd = cow->fd, .data = cow, .done = left};
	cow->fd = -1;
	io_submit(&cow->pool, &request->task);
}

static void cow_close(struct store *store)
{
	struct cow *cow = cow_of(store);

	if (cow->pool.device)
		io_leave(&cow->pool);
	if (cow->reads.device)
		io_leave(&cow->reads);
	if (cow->fd >= 0)
		io_close_file(cow->fd);
	blockmap_release(&cow->map);
	free(cow);
}

static const struct store_operations operations = {try_read, start, leave, cow_close};

int cow_create(const struct cow_options *options, struct store **store)
{
	struct cow *cow = calloc(1, sizeof(*cow));

	if (!cow)
		return -ENOMEM;
	cow->store = (struct store){.operations = &operations, .size = options->base->size};
	cow->options = *options;
	cow->fd = -1;
	cow->data = layerfile_data_at(options->base->size);
	if (blockmap_init(&cow->map, layerfile_blocks(options->base->size), *options->name)) {
		cow_close(&cow->store);
		return -ENOMEM;
	}
	*store = &cow->store;
	return 0;
}

int cow_open(const struct cow_options *options, struct store **store)
{
	struct store *opened;
	struct cow *cow;
	int rc = cow_create(options, &opened);

	if (rc)
		return rc;
	cow = cow_of(opened);
	rc = layerfile_open(options->directory, options->name, &options->facts, &cow->map);
	if (rc < 0) {
		cow_close(opened);
		return rc;
	}
	cow->fd = rc;
	*store = opened;
	return 0;
}

int cow_join(struct store *store, struct io *io)
{
	struct cow *cow = cow_of(store);
	int rc = io_join(io, cow->options.device, &cow->reads);

	return rc ? rc : io_join(io->pool, cow->options.device, &cow->pool);
}

uint64_t cow_used(const struct store *store)
{
	const struct cow *cow = (const struct cow *)(const void *)store;

	return cow->map.present * BLOCKMAP_BLOCK;
}

void cow_discard(struct store *store)
{
	cow_of(store)->discard = true;
}
