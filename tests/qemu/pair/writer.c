/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * writer DEVICE WRITERS BLOCKS
 *
 * Writers that each write a part of BLOCKS blocks of a block device, over and over, past the page
 * cache, as fast as it takes them: each block numbered and checksummed (tools/bench/stamp.h), and
 * only written anew when it was acknowledged. It does what it is asked on standard input, a line
 * each:
 *
 *   stall    "writer: stalled N ms, M written": the longest time that no write was acknowledged
 * since this was asked last, and how many were check    lets the writers finish, reads all back,
 * and ends: "writer: N acknowledged, N errors, N lost, N damaged"
 */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tools/bench/ledger.h"
#include "tools/bench/stamp.h"
#include "tools/host/clock.h"

enum { WRITERS_MAX = 16, BLOCK = 4096, SECTORS = BLOCK / AOE_SECTOR };

static const struct aoe_address address;

struct writer {
	struct work *work;
	pthread_t thread;
	uint64_t first; /* block of the device */
	struct ledger ledger;
	uint64_t acknowledged, errors, lost, damaged;
};

struct work {
	int device;
	uint64_t blocks; /* of each writer */
	atomic_bool ending;
	pthread_mutex_t lock; /* of what follows */
	int64_t last;         /* when a write was acknowledged last */
	int64_t stall;        /* microseconds */
	uint64_t written;     /* since stall was asked for */
	struct writer writers[WRITERS_MAX];
	size_t count;
};

static void fail(const char *what)
{
	printf("writer: %s: %s\n", what, strerror(errno));
	exit(1);
}

static void note_acknowledged(struct work *work)
{
	int64_t now = clock_now();

	pthread_mutex_lock(&work->lock);
	if (now - work->last > work->stall)
		work->stall = now - work->last;
	work->last = now;
	work->written++;
	pthread_mutex_unlock(&work->lock);
}

static void write_block(struct writer *writer, uint64_t block, uint8_t *data)
{
	struct stamp stamp = {.run = writer->ledger.run, .address = address};
	bool written;

	stamp.generation = ledger_begin(&writer->ledger, block);
	for (uint64_t i = 0; i < SECTORS; i++) {
		stamp.lba = block * SECTORS + i;
		stamp_write(&stamp, data + i * AOE_SECTOR);
	}
	written = pwrite(writer->work->device, data, BLOCK,
	                 (off_t)((writer->first + block) * BLOCK)) == BLOCK;
	ledger_end(&writer->ledger, block, written);
	writer->acknowledged += written;
	writer->errors += !written;
	if (written)
		note_acknowledged(writer->work);
	else
		printf("writer: block %llu: %s\n", (unsigned long long)block, strerror(errno));
}

static void *block_buffer(void)
{
	void *data = aligned_alloc(BLOCK, BLOCK);

	if (!data)
		fail("memory");
	return data;
}

static void *write_all(void *argument)
{
	struct writer *writer = argument;
	uint8_t *data = block_buffer();

	for (uint64_t block = 0; !writer->work->ending; block = (block + 1) % writer->work->blocks)
		write_block(writer, block, data);
	free(data);
	return NULL;
}

static void judge(struct writer *writer, uint64_t block, const uint8_t *data)
{
	uint32_t found, floor = writer->ledger.entries[block].acknowledged;
	enum ledger_verdict worst = LEDGER_GOOD, verdict;

	for (uint64_t i = 0; i < SECTORS; i++) {
		verdict = ledger_judge(&writer->ledger, block * SECTORS + i, floor,
		                       data + i * AOE_SECTOR, &found);
		if (verdict != LEDGER_GOOD && verdict != LEDGER_UNKNOWN)
			worst = verdict;
	}
	writer->lost += worst == LEDGER_LOST;
	writer->damaged += worst != LEDGER_LOST && worst != LEDGER_GOOD;
}

static void check_writer(struct writer *writer)
{
	uint8_t *data = block_buffer();

	pthread_join(writer->thread, NULL);
	for (uint64_t block = 0; block < writer->work->blocks; block++) {
		if (pread(writer->work->device, data, BLOCK,
		          (off_t)((writer->first + block) * BLOCK)) == BLOCK)
			judge(writer, block, data);
		else
			writer->errors++;
	}
	free(data);
}

static void check(struct work *work)
{
	uint64_t acknowledged = 0, errors = 0, lost = 0, damaged = 0;

	work->ending = true;
	for (size_t i = 0; i < work->count; i++) {
		check_writer(&work->writers[i]);
		acknowledged += work->writers[i].acknowledged;
		errors += work->writers[i].errors;
		lost += work->writers[i].lost;
		damaged += work->writers[i].damaged;
	}
	printf("writer: %llu acknowledged, %llu errors, %llu lost, %llu damaged\n",
	       (unsigned long long)acknowledged, (unsigned long long)errors,
	       (unsigned long long)lost, (unsigned long long)damaged);
}

/* A stall that is not over counts as far as it is. */
static void tell_stall(struct work *work)
{
	int64_t now = clock_now();

	pthread_mutex_lock(&work->lock);
	if (now - work->last > work->stall)
		work->stall = now - work->last;
	printf("writer: stalled %lld ms, %llu written\n", (long long)work->stall / 1000,
	       (unsigned long long)work->written);
	work->stall = 0;
	work->written = 0;
	pthread_mutex_unlock(&work->lock);
}

static void start(struct work *work, size_t index)
{
	struct writer *writer = &work->writers[index];

	writer->work = work;
	writer->first = index * work->blocks;
	if (ledger_init(&writer->ledger, (uint64_t)clock_now(), address, work->blocks, SECTORS) ||
	    pthread_create(&writer->thread, NULL, write_all, writer))
		fail("writers");
}

int main(int argc, char **argv)
{
	static struct work work = {.lock = PTHREAD_MUTEX_INITIALIZER};
	char line[64];

	setvbuf(stdout, NULL, _IOLBF, 0);
	if (argc != 4 || (work.count = strtoul(argv[2], NULL, 10)) - 1 >= WRITERS_MAX ||
	    (work.blocks = strtoull(argv[3], NULL, 10) / work.count) == 0) {
		fprintf(stderr, "Usage: writer DEVICE WRITERS BLOCKS\n");
		return 2;
	}
	work.device = open(argv[1], O_RDWR | O_DIRECT | O_CLOEXEC);
	if (work.device < 0)
		fail(argv[1]);
	work.last = clock_now();
	for (size_t i = 0; i < work.count; i++)
		start(&work, i);
	while (fgets(line, sizeof(line), stdin)) {
		if (!strcmp(line, "stall\n"))
			tell_stall(&work);
		if (!strcmp(line, "check\n")) {
			check(&work);
			return 0;
		}
	}
	return 1;
}
