/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the target's loop does as time passes. A LAN and a storage that only record what is asked of
 * them stand in for the real ones, and the clocks say what the test wants.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "tools/serve/engine/engine.h"

enum { QUEUE = 200, SECTORS = 2048, STARTED = 16, PATIENCE = 100 /* turns */ };

static const uint64_t second = 1000000000;

/* What happened, as words: "r5" sector 5 read, "w5" written, "s" synced, with "!" in vain, "a17"
 * answer to tag 17, "!" announced, "x" closed. */
struct stage {
	char history[8192], said[8192];
	struct {
		uint8_t data[1024];
		size_t length;
		uint64_t received;
	} queue[QUEUE];
	size_t queued, taken;
	struct lan lan;
	struct store store;
	bool later; /* requests are done when finish_oldest is called */
	struct store_request *started[STARTED];
	size_t started_count;
	int error; /* of the requests of that operation */
	enum store_operation failing;
	struct export *export;
	struct exports exports;
	struct engine *engine;
	int turns; /* an eventfd that is always readable */
	unsigned int turn, waited;
	void (*play)(struct stage *stage, unsigned int turn);
	uint64_t measured;      /* sectors that were asked for with the latest STORE_MEASURE */
	int64_t set_back;       /* nanoseconds that the wall clock loses when replies are sent */
	int64_t set_back_first; /* the same before frames that wait are received, and arrived */
};

static const struct aoe_address disk = {1, 2}, nobody = {9, 9};
static const struct mac target_address = {{2, 0, 0, 0, 0, 0xaa}};
static const struct mac initiator = {{2, 0, 0, 0, 0, 1}};

/* ---- the clocks ---- */

/* Nanoseconds by which they are ahead of the real ones. */
static int64_t wall_ahead, others_ahead;

/* In place of the C library's. */
int clock_gettime(clockid_t clock, struct timespec *t)
{
	int rc = (int)syscall(SYS_clock_gettime, clock, t);
	int64_t ahead = others_ahead + (clock == CLOCK_REALTIME ? wall_ahead : 0);
	int64_t time = (int64_t)t->tv_sec * (int64_t)second + t->tv_nsec + ahead;

	t->tv_sec = (time_t)(time / (int64_t)second);
	t->tv_nsec = (long)(time % (int64_t)second);
	return rc;
}

static void milliseconds_pass(int64_t milliseconds)
{
	others_ahead += milliseconds * 1000000;
}

static uint64_t wall_clock(void)
{
	struct timespec t;

	clock_gettime(CLOCK_REALTIME, &t);
	return (uint64_t)t.tv_sec * second + (uint64_t)t.tv_nsec;
}

/* ---- the LAN ---- */

__attribute__((format(printf, 2, 3))) static void note(struct stage *stage, const char *format, ...)
{
	size_t used = strlen(stage->history);
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(stage->history + used, sizeof(stage->history) - used, format, arguments);
	va_end(arguments);
}

static size_t stage_receive(struct lan *lan, struct lan_frame *frames, size_t count)
{
	struct stage *stage = (struct stage *)(void *)((char *)lan - offsetof(struct stage, lan));
	size_t n = 0;

	if (stage->set_back_first && stage->taken < stage->queued) {
		wall_ahead -= stage->set_back_first;
		stage->set_back_first = 0;
		stage->queue[stage->taken].received = wall_clock();
	}
	for (; n < count && stage->taken < stage->queued; n++, stage->taken++) {
		memcpy(frames[n].data, stage->queue[stage->taken].data,
		       stage->queue[stage->taken].length);
		frames[n].length = stage->queue[stage->taken].length;
		frames[n].received = stage->queue[stage->taken].received;
		frames[n].peer = 1;
	}
	return n;
}

static void stage_send(struct lan *lan, const struct lan_frame *frames, size_t count)
{
	struct stage *stage = (struct stage *)(void *)((char *)lan - offsetof(struct stage, lan));

	wall_ahead -= stage->set_back;
	stage->set_back = 0;
	for (size_t i = 0; i < count; i++) {
		struct aoe_header header;

		assert_int_equal(aoe_header_parse(frames[i].data, frames[i].length, &header), 0);
		if (mac_equal(header.destination, mac_broadcast))
			note(stage, "! ");
		else
			note(stage, "a%u ", header.tag);
	}
}

static const struct lan_operations lan_operations = {.receive = stage_receive, .send = stage_send};

/* A request arrives now. */
static void arrives_for(struct stage *stage, struct aoe_address address, uint32_t tag,
                        enum ata_command command, uint64_t lba)
{
	const struct aoe_header header = {.destination = target_address,
	                                  .source = initiator,
	                                  .version = AOE_VERSION,
	                                  .address = address,
	                                  .command = AOE_ATA,
	                                  .tag = tag};
	const struct aoe_ata ata = {
	        .count = command == ATA_FLUSH ? 0 : 1, .command = (uint8_t)command, .lba = lba};
	uint8_t *frame = stage->queue[stage->queued].data;

	assert_true(stage->queued < QUEUE);
	memset(frame, (int)tag, sizeof(stage->queue[0].data));
	aoe_header_make(frame, &header);
	stage->queue[stage->queued].received = wall_clock();
	stage->queue[stage->queued++].length = aoe_pad(
	        frame, aoe_ata_make(frame, &ata) + (command == ATA_WRITE_EXT ? AOE_SECTOR : 0));
}

static void arrives(struct stage *stage, uint32_t tag, enum ata_command command, uint64_t lba)
{
	arrives_for(stage, disk, tag, command, lba);
}

/* ---- the storage ---- */

static void finish_request(struct stage *stage, struct store_request *request)
{
	static const char letters[] = {'r', 'w', 's', 'm'};

	request->error = stage->error && stage->failing == request->operation ? stage->error : 0;
	note(stage, "%c", letters[request->operation]);
	if (request->operation != STORE_SYNC)
		note(stage, "%u", (unsigned int)(request->offset / AOE_SECTOR));
	note(stage, "%s ", request->error ? "!" : "");
	request->done(request);
}

static void stage_start(struct store *store, struct store_request *request)
{
	struct stage *stage =
	        (struct stage *)(void *)((char *)store - offsetof(struct stage, store));

	if (!stage->later) {
		finish_request(stage, request);
		return;
	}
	assert_true(stage->started_count < STARTED);
	stage->started[stage->started_count++] = request;
}

static void finish_oldest(struct stage *stage)
{
	struct store_request *request = stage->started[0];

	assert_true(stage->started_count > 0);
	stage->started_count--;
	memmove(stage->started, stage->started + 1,
	        stage->started_count * sizeof(struct store_request *));
	finish_request(stage, request);
}

static void finish_reads(struct stage *stage)
{
	size_t left = 0;

	for (size_t i = 0; i < stage->started_count; i++)
		if (stage->started[i]->operation == STORE_READ)
			finish_request(stage, stage->started[i]);
		else
			stage->started[left++] = stage->started[i];
	stage->started_count = left;
}

static void stage_close(struct store *store)
{
	struct stage *stage =
	        (struct stage *)(void *)((char *)store - offsetof(struct stage, store));

	note(stage, "x ");
}

static const struct store_operations store_operations = {.start = stage_start,
                                                         .close = stage_close};

/* ---- the test ---- */

static void print(void *owner, enum say_priority priority, const char *text)
{
	struct stage *stage = owner;
	size_t used = strlen(stage->said);

	(void)priority;
	snprintf(stage->said + used, sizeof(stage->said) - used, "%s\n", text);
}

static void take_turn(void *owner)
{
	struct stage *stage = owner;

	stage->play(stage, stage->turn++);
}

static int setup(void **state)
{
	static struct say say = {.print = print};
	struct stage *stage = calloc(1, sizeof(*stage));

	if (!stage)
		return -1;
	*state = stage;
	say.owner = stage;
	stage->lan = (struct lan){.operations = &lan_operations,
	                          .name = "stage",
	                          .fd = eventfd(1, EFD_CLOEXEC),
	                          .mac = target_address,
	                          .mtu = 1500,
	                          .buffers = 8};
	stage->store =
	        (struct store){.operations = &store_operations, .size = SECTORS * AOE_SECTOR};
	stage->export = calloc(1, sizeof(*stage->export));
	if (!stage->export || exports_reserve(&stage->exports, 1))
		return -1;
	*stage->export = (struct export){
	        .store = &stage->store,
	        .file_block = AOE_SECTOR,
	        .options.file = {.path = strdup("/srv/disk"), .lock = true, .length = SECTORS},
	        .view = {.address = disk, .sectors = SECTORS},
	};
	exports_add(&stage->exports, stage->export);
	stage->turns = eventfd(1, EFD_CLOEXEC);
	if (stage->turns < 0 || engine_create(&say, &stage->exports, NULL, &stage->engine))
		return -1;
	return engine_watch(stage->engine, stage->turns, take_turn, stage) ||
	       engine_add_lan(stage->engine, &stage->lan, 0);
}

static int teardown(void **state)
{
	struct stage *stage = *state;

	engine_free(stage->engine);
	exports_close(&stage->exports);
	close(stage->lan.fd);
	close(stage->turns);
	free(stage);
	wall_ahead = others_ahead = 0;
	return 0;
}

/* Has play called at the start of each turn, until it ends it with engine_stop. */
static void run(struct stage *stage, void (*play)(struct stage *stage, unsigned int turn))
{
	stage->play = play;
	assert_int_equal(engine_run(stage->engine), 0);
}

static void expect(struct stage *stage, const char *history)
{
	assert_string_equal(stage->history, history);
	stage->history[0] = '\0';
}

/* True if it has not happened yet: then this turn of the play comes once more. */
static bool is_to_come(struct stage *stage, const char *word)
{
	if (strstr(stage->history, word))
		return false;
	assert_true(stage->waited++ < PATIENCE);
	stage->turn--;
	return true;
}

/* ---- probes: an export that fails looks whether it works again ---- */

/*
 * The kernel tells of acknowledged data that it could not write once, and here to the sync after a
 * probe: they are as lost as if a FLUSH had been told.
 */
static void play_loss_told_to_a_probe(struct stage *stage, unsigned int turn)
{
	milliseconds_pass(1100);
	switch (turn) {
	case 0:
		arrives(stage, 1, ATA_WRITE_EXT, 5);
		break;
	case 1:
		expect(stage, "w5 a1 ");
		stage->error = -ENOSPC;
		stage->failing = STORE_WRITE;
		arrives(stage, 2, ATA_WRITE_EXT, 6);
		break;
	case 2:
		/* From now on a probe can write again, but its sync fails. */
		stage->error = -EIO;
		stage->failing = STORE_SYNC;
		break;
	case 4:
		if (is_to_come(stage, "r6 w6 s! "))
			break;
		stage->error = 0;
		assert_non_null(strstr(stage->said, "acknowledged writes are lost"));
		stage->history[0] = '\0';
		arrives(stage, 3, ATA_FLUSH, 0);
		break;
	case 6:
		if (is_to_come(stage, "s "))
			break;
		assert_null(strstr(stage->history, "a3 "));
		engine_stop(stage->engine);
		break;
	default:
		break;
	}
}

static void a_loss_that_a_probe_is_told_of_fails_the_next_flush(void **state)
{
	struct stage *stage = *state;

	stage->export->options.writeback = true;
	stage->play = play_loss_told_to_a_probe;
	assert_int_equal(engine_run(stage->engine), -EIO);
}

/* What waited in the queue when the probe began is no older than what anyone has written. */
static void play_write_beside_a_probe(struct stage *stage, unsigned int turn)
{
	static uint64_t before;

	switch (turn) {
	case 0:
		milliseconds_pass(1100);
		stage->error = -EIO;
		stage->failing = STORE_WRITE;
		arrives(stage, 1, ATA_WRITE_EXT, 6);
		break;
	case 1:
		milliseconds_pass(1100);
		stage->error = 0;
		stage->later = true;
		before = wall_clock();
		break;
	case 2:
		/* The probe's read is under way. */
		assert_int_equal(stage->started_count, 1);
		arrives(stage, 2, ATA_WRITE_EXT, 6);
		stage->queue[stage->queued - 1].received = before;
		stage->history[0] = '\0';
		break;
	case 10:
		engine_stop(stage->engine);
		break;
	default:
		while (stage->started_count)
			finish_oldest(stage);
		break;
	}
}

static void a_probe_supersedes_nobody(void **state)
{
	struct stage *stage = *state;

	run(stage, play_write_beside_a_probe);
	assert_non_null(strstr(stage->history, "a2 "));
}

/* ---- the wall clock ---- */

/* Frames that were received before it was set back, and are still in hand. */
static void play_clock_set_back(struct stage *stage, unsigned int turn)
{
	switch (turn) {
	case 0:
		/* Of an odd number that a turn takes some of a batch are left. */
		arrives_for(stage, nobody, 1, ATA_READ_EXT, 0);
		for (uint32_t i = 1; i < QUEUE - 2; i++)
			arrives(stage, i, ATA_WRITE_EXT, i);
		stage->set_back = 3600 * (int64_t)second;
		break;
	case 1:
		assert_null(strstr(stage->history, "a190 "));
		break;
	case 3:
		if (is_to_come(stage, "a197 "))
			break;
		stage->history[0] = '\0';
		arrives(stage, 1000, ATA_WRITE_EXT, 150);
		break;
	case 5:
		engine_stop(stage->engine);
		break;
	default:
		break;
	}
}

static void a_clock_that_is_set_back_holds_no_write_up(void **state)
{
	struct stage *stage = *state;

	run(stage, play_clock_set_back);
	expect(stage, "w150 s a1000 x ");
}

/* ---- standing still ---- */

/* That is not the disk's doing. */
static void play_standing_still(struct stage *stage, unsigned int turn)
{
	stage->later = true;
	switch (turn) {
	case 0:
		arrives(stage, 1, ATA_READ_EXT, 5);
		break;
	case 1:
		milliseconds_pass(60000);
		break;
	case 3:
		assert_null(strstr(stage->said, "the disk has not answered"));
		break;
	case 14:
		assert_non_null(strstr(stage->said, "the disk has not answered for "));
		finish_oldest(stage);
		engine_stop(stage->engine);
		break;
	default:
		milliseconds_pass(1000);
		break;
	}
}

static void a_target_that_stood_still_does_not_blame_the_disk(void **state)
{
	run(*state, play_standing_still);
}

/* A sync that hangs, while reads are answered and writes go to the page cache. */
static void play_writes_that_do_not_end(struct stage *stage, unsigned int turn)
{
	stage->later = true;
	milliseconds_pass(1000);
	if (turn == 0)
		arrives(stage, 1, ATA_WRITE_EXT, 5);
	else if (turn == 1)
		finish_oldest(stage);
	else if (turn < 10 && turn % 2)
		finish_reads(stage);
	else if (turn < 10)
		arrives(stage, turn, ATA_READ_EXT, 100 + turn);
	if (turn == 10) {
		assert_false(stage->export->hangs);
		assert_true(stage->export->view.silent);
		assert_non_null(
		        strstr(stage->said, "the disk answers, but has ended no write for "));
		stage->history[0] = '\0';
		arrives(stage, 20, ATA_WRITE_EXT, 6);
		arrives(stage, 21, ATA_READ_EXT, 6);
	}
	if (turn == 12) {
		/* What is stuck takes nothing on, and the rest goes on. */
		assert_int_equal(stage->started_count, 2);
		finish_reads(stage);
		finish_oldest(stage);
	}
	if (turn == 14) {
		assert_non_null(strstr(stage->said, "the disk writes again, after "));
		assert_false(stage->export->view.silent);
		engine_stop(stage->engine);
	}
}

static void writes_that_do_not_end_are_told_while_reads_are_answered(void **state)
{
	run(*state, play_writes_that_do_not_end);
}

/* The disk is not blamed for what the machine lacks. */
static void play_no_memory(struct stage *stage, unsigned int turn)
{
	if (turn == 0) {
		stage->failing = STORE_READ;
		stage->error = -ENOMEM;
		arrives(stage, 1, ATA_READ_EXT, 5);
	}
	if (turn == 2) {
		stage->error = 0;
		assert_non_null(strstr(stage->said, "reading sector 5: Cannot allocate memory: "));
		assert_non_null(strstr(stage->said, "this machine has no memory to spare"));
		assert_null(strstr(stage->said, "see to the disk"));
		engine_stop(stage->engine);
	}
}

static void what_the_machine_lacks_is_told(void **state)
{
	run(*state, play_no_memory);
}

/* Between the look at the clocks and the frames, which look older than those of before. */
static void play_clock_set_back_in_a_turn(struct stage *stage, unsigned int turn)
{
	if (turn == 0)
		arrives(stage, 1, ATA_WRITE_EXT, 5);
	if (turn == 1 && !is_to_come(stage, "a1 ")) {
		stage->set_back_first = 3600 * (int64_t)second;
		arrives(stage, 2, ATA_WRITE_EXT, 5);
	}
	/* If it is dropped, this comes first. */
	if (turn == 4)
		arrives(stage, 3, ATA_WRITE_EXT, 6);
	if (turn == 5 && !is_to_come(stage, "a3 "))
		engine_stop(stage->engine);
}

static void a_clock_that_is_set_back_in_a_turn_drops_no_write(void **state)
{
	struct stage *stage = *state;

	run(stage, play_clock_set_back_in_a_turn);
	assert_non_null(strstr(stage->history, "a2 "));
}

/* Nobody asks for anything, and the file may have grown. */
static void play_growth(struct stage *stage, unsigned int turn)
{
	stage->later = true;
	stage->export->options.file.length = 0;
	if (turn == 1) {
		while (stage->started_count)
			finish_oldest(stage);
		milliseconds_pass(9000);
	}
	if (turn == 3) {
		assert_int_equal(stage->started_count, 0);
		milliseconds_pass(1100);
	}
	if (turn == 5) {
		assert_int_equal(stage->started_count, 1);
		assert_int_equal(stage->started[0]->operation, STORE_MEASURE);
		finish_oldest(stage);
		engine_stop(stage->engine);
	}
}

static void growth_is_looked_for_though_nobody_asks(void **state)
{
	run(*state, play_growth);
}

/* ---- the end ---- */

/* Until it hangs. */
static bool hangs_by(struct stage *stage, unsigned int turn)
{
	stage->later = true;
	milliseconds_pass(1000);
	if (!turn)
		arrives(stage, 1, ATA_READ_EXT, 5);
	if (turn < 9)
		return false;
	if (turn == 9) {
		assert_true(stage->export->hangs);
		stage->history[0] = '\0';
	}
	return true;
}

/* Initiators would send their requests here as soon as they hear of it. */
static void play_retired_one_comes_back(struct stage *stage, unsigned int turn)
{
	if (!hangs_by(stage, turn))
		return;
	if (turn == 9)
		engine_retire_export(stage->engine, stage->export);
	if (turn == 10)
		finish_oldest(stage);
	if (turn == 12)
		engine_stop(stage->engine);
}

static void one_that_was_retired_is_not_announced_when_it_answers_again(void **state)
{
	struct stage *stage = *state;

	run(stage, play_retired_one_comes_back);
	expect(stage, "r5 a1 x ");
}

static void play_one_comes_back_at_the_end(struct stage *stage, unsigned int turn)
{
	if (!hangs_by(stage, turn))
		return;
	if (turn == 9)
		engine_stop(stage->engine);
	if (turn == 10)
		finish_oldest(stage);
}

static void nothing_is_announced_at_the_end(void **state)
{
	struct stage *stage = *state;

	run(stage, play_one_comes_back_at_the_end);
	expect(stage, "r5 a1 x ");
}

/* What was asked for last counts, whatever is under way. */
static void play_two_lengths(struct stage *stage, unsigned int turn)
{
	stage->later = true;
	if (!turn)
		engine_measure(stage->engine, stage->export, 0);
	if (turn == 1)
		engine_measure(stage->engine, stage->export, 100);
	if (turn == 2)
		engine_measure(stage->engine, stage->export, 200);
	if (turn < 3)
		return;
	if (!stage->started_count) {
		engine_stop(stage->engine);
		return;
	}
	/* It cannot be asked how large it is, which makes no difference. */
	stage->error = -EIO;
	stage->failing = STORE_MEASURE;
	stage->measured = stage->started[0]->offset;
	finish_oldest(stage);
}

static void the_length_that_was_asked_for_last_counts(void **state)
{
	struct stage *stage = *state;

	run(stage, play_two_lengths);
	assert_int_equal(stage->measured, 200);
}

/* One that nobody reads or writes, whose size was asked for. */
static void play_end_while_it_is_measured(struct stage *stage, unsigned int turn)
{
	stage->later = true;
	milliseconds_pass(1000);
	if (!turn)
		engine_measure(stage->engine, stage->export, 0);
	if (turn == 1)
		engine_stop(stage->engine);
}

static void the_end_says_what_it_does_not_wait_for(void **state)
{
	struct stage *stage = *state;

	stage->play = play_end_while_it_is_measured;
	assert_int_equal(engine_run(stage->engine), -ETIMEDOUT);
	assert_string_equal(stage->said, "e1.2: /srv/disk: measuring it takes too long: its disk "
	                                 "or file server does not answer: no request is lost by "
	                                 "that\n");
	expect(stage, "");
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	        TEST(a_loss_that_a_probe_is_told_of_fails_the_next_flush),
	        TEST(a_probe_supersedes_nobody),
	        TEST(a_clock_that_is_set_back_holds_no_write_up),
	        TEST(a_target_that_stood_still_does_not_blame_the_disk),
	        TEST(writes_that_do_not_end_are_told_while_reads_are_answered),
	        TEST(what_the_machine_lacks_is_told),
	        TEST(a_clock_that_is_set_back_in_a_turn_drops_no_write),
	        TEST(growth_is_looked_for_though_nobody_asks),
	        TEST(one_that_was_retired_is_not_announced_when_it_answers_again),
	        TEST(nothing_is_announced_at_the_end),
	        TEST(the_end_says_what_it_does_not_wait_for),
	        TEST(the_length_that_was_asked_for_last_counts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
