/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the target's loop does as time passes: the clocks say what the test wants.
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

#include "tests/protocol/stage.h"

enum { FRAMES = 200, PATIENCE = 100 /* turns */ };

static const uint64_t second = 1000000000;

static const struct aoe_address nobody = {9, 9};

/* What is played, a part of it in each turn of the loop. */
static struct {
	int turns; /* an eventfd that is always readable */
	unsigned int turn, waited;
	void (*play)(struct stage *stage, unsigned int turn);
	uint64_t measured;      /* sectors that were asked for with the latest STORE_MEASURE */
	int64_t set_back;       /* nanoseconds that the wall clock loses when replies are sent */
	int64_t set_back_first; /* the same before frames that wait are received, and arrived */
} running;

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

static void receives(struct stage *stage)
{
	if (!running.set_back_first || stage->taken == stage->queued)
		return;
	wall_ahead -= running.set_back_first;
	running.set_back_first = 0;
	stage->queue[stage->taken].received = wall_clock();
}

static void sends_next(struct stage *stage)
{
	(void)stage;
	wall_ahead -= running.set_back;
	running.set_back = 0;
}

/* A request arrives now. */
static void arrives_for(struct stage *stage, struct aoe_address address, uint32_t tag,
                        enum ata_command command, uint64_t lba)
{
	stage_arrives(stage, address, tag, command, lba, tag);
	stage->queue[stage->queued - 1].received = wall_clock();
}

static void arrives(struct stage *stage, uint32_t tag, enum ata_command command, uint64_t lba)
{
	arrives_for(stage, stage_disk, tag, command, lba);
}

static void finish_reads(struct stage *stage)
{
	size_t left = 0;

	for (size_t i = 0; i < stage->started_count; i++)
		if (stage->started[i]->operation == STORE_READ)
			stage_finish(stage, stage->started[i]);
		else
			stage->started[left++] = stage->started[i];
	stage->started_count = left;
}

/* ---- the test ---- */

static void take_turn(void *owner)
{
	struct stage *stage = owner;

	running.play(stage, running.turn++);
}

static int set_up(void **state)
{
	struct stage *stage;

	if (stage_set_up(state))
		return -1;
	stage = *state;
	stage->receives = receives;
	stage->sends_next = sends_next;
	running.turns = eventfd(1, EFD_CLOEXEC);
	return running.turns < 0 || engine_watch(stage->engine, running.turns, take_turn, stage);
}

static int tear_down(void **state)
{
	stage_tear_down(state);
	close(running.turns);
	memset(&running, 0, sizeof(running));
	wall_ahead = others_ahead = 0;
	return 0;
}

/* Has play called at the start of each turn, until it ends it with engine_stop. */
static void run(struct stage *stage, void (*play)(struct stage *stage, unsigned int turn))
{
	running.play = play;
	assert_int_equal(engine_run(stage->engine), 0);
}

/* True if it has not happened yet: then this turn of the play comes once more. */
static bool is_to_come(struct stage *stage, const char *word)
{
	if (strstr(stage->history, word))
		return false;
	assert_true(running.waited++ < PATIENCE);
	running.turn--;
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
	running.play = play_loss_told_to_a_probe;
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
		for (uint32_t i = 1; i < FRAMES - 2; i++)
			arrives(stage, i, ATA_WRITE_EXT, i);
		running.set_back = 3600 * (int64_t)second;
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
		running.set_back_first = 3600 * (int64_t)second;
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
	running.measured = stage->started[0]->offset;
	finish_oldest(stage);
}

static void the_length_that_was_asked_for_last_counts(void **state)
{
	struct stage *stage = *state;

	run(stage, play_two_lengths);
	assert_int_equal(running.measured, 200);
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

	running.play = play_end_while_it_is_measured;
	assert_int_equal(engine_run(stage->engine), -ETIMEDOUT);
	assert_string_equal(stage->said, "e1.2: /srv/disk: measuring it takes too long: its disk "
	                                 "or file server does not answer: no request is lost by "
	                                 "that\n");
	expect(stage, "");
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

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
