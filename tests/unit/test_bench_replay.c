/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Recordings: what is read from a pcap file, and when a session asks for it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <string.h>

#include "tools/aoe/aoe.h"
#include "tools/bench/replay.h"
#include "tools/bench/session.h"

#define MICROSECOND UINT64_C(1000)
#define MILLISECOND (1000 * MICROSECOND)
#define SECOND      (1000 * MILLISECOND)

enum { ROOM = 65536, SERVER = 1, ME = 2, OTHER = 3 };

/* ---- pcap files ---- */

struct file {
	uint8_t bytes[ROOM];
	size_t size;
	bool swapped;
};

static void put(struct file *file, uint32_t value)
{
	if (file->swapped)
		value = __builtin_bswap32(value);
	memcpy(file->bytes + file->size, &value, sizeof(value));
	file->size += sizeof(value);
}

static void begin(struct file *file, uint32_t magic, bool swapped, uint32_t link)
{
	*file = (struct file){.swapped = swapped};
	put(file, magic);
	put(file, 2 | 4U << 16);
	put(file, 0);
	put(file, 0);
	put(file, 64);
	put(file, link);
}

static void begin_usual(struct file *file)
{
	begin(file, 0xa1b2c3d4, false, 1);
}

static struct mac station(uint8_t number)
{
	return (struct mac){{2, 0, 0, 0, 0, number}};
}

/* What is said on the wire, `time` in microseconds. */
static void say(struct file *file, uint64_t time, const struct aoe_header *header,
                const struct aoe_ata *ata)
{
	put(file, (uint32_t)(time / 1000000));
	put(file, (uint32_t)(time % 1000000));
	put(file, AOE_ATA_DATA);
	put(file, 8192);
	aoe_header_make(file->bytes + file->size, header);
	aoe_ata_make(file->bytes + file->size, ata);
	file->size += AOE_ATA_DATA;
}

static void ask(struct file *file, uint64_t time, uint8_t who, uint32_t tag, uint8_t command,
                uint64_t lba, uint8_t sectors)
{
	const struct aoe_header header = {.destination = station(SERVER),
	                                  .source = station(who),
	                                  .version = AOE_VERSION,
	                                  .address = {7, 1},
	                                  .tag = tag};
	const struct aoe_ata ata = {
	        .flags = AOE_ATA_LBA48, .count = sectors, .command = command, .lba = lba};

	say(file, time, &header, &ata);
}

static void answer(struct file *file, uint64_t time, uint8_t who, uint32_t tag)
{
	const struct aoe_header header = {.destination = station(who),
	                                  .source = station(SERVER),
	                                  .version = AOE_VERSION,
	                                  .flags = AOE_RESPONSE,
	                                  .address = {7, 1},
	                                  .tag = tag};
	const struct aoe_ata ata = {.command = ATA_STATUS_READY};

	say(file, time, &header, &ata);
}

static int parse(const struct file *file, struct replay *replay, struct why *why)
{
	return replay_parse(file->bytes, file->size, replay, why);
}

static void read_well(const struct file *file, struct replay *replay)
{
	struct why why = {""};

	if (parse(file, replay, &why))
		fail_msg("%s", why.text);
}

static void check_step(const struct replay *replay, size_t index, uint64_t lba, uint32_t after,
                       uint64_t pause)
{
	assert_true(index < replay->count);
	assert_int_equal(replay->steps[index].lba, lba);
	assert_int_equal(replay->steps[index].after, after);
	assert_int_equal(replay->steps[index].pause, pause);
}

static void a_step_follows_on_the_last_answer(void **state)
{
	struct file file;
	struct replay replay;

	(void)state;
	begin_usual(&file);
	ask(&file, 1000000, ME, 10, ATA_READ_EXT, 0, 8);
	ask(&file, 1000300, ME, 11, ATA_READ_EXT, 100, 16);
	answer(&file, 1000500, ME, 11);
	answer(&file, 1000600, ME, 10);
	ask(&file, 3000600, ME, 12, ATA_WRITE_EXT, 50, 1);
	answer(&file, 3000700, ME, 12);
	read_well(&file, &replay);
	assert_int_equal(replay.count, 3);
	assert_int_equal(replay.writes, 1);
	assert_int_equal(replay.sectors, 116);
	assert_int_equal(replay.most, 2);
	check_step(&replay, 0, 0, REPLAY_START, 0);
	check_step(&replay, 1, 100, REPLAY_START, 300 * MICROSECOND);
	check_step(&replay, 2, 50, 0, 2 * SECOND);
	assert_int_equal(replay.steps[1].sectors, 16);
	assert_false(replay.steps[1].write);
	assert_true(replay.steps[2].write);
	replay_release(&replay);
}

static void either_byte_order_and_nanoseconds(void **state)
{
	struct file file;
	struct replay replay;

	(void)state;
	begin(&file, 0xa1b23c4d, true, 1 | 4U << 28);
	ask(&file, 1000000, ME, 10, ATA_READ, 5, 8);
	ask(&file, 1000300, ME, 11, ATA_WRITE, 6, 8);
	read_well(&file, &replay);
	assert_int_equal(replay.count, 2);
	assert_int_equal(replay.writes, 1);
	check_step(&replay, 1, 6, REPLAY_START, 300);
	replay_release(&replay);
}

static void what_is_asked_again_counts_once(void **state)
{
	struct file file;
	struct replay replay;

	(void)state;
	begin_usual(&file);
	ask(&file, 0, ME, 10, ATA_READ_EXT, 0, 8);
	ask(&file, 200, ME, 11, ATA_READ_EXT, 0, 8);
	answer(&file, 300, ME, 10); /* too late: nobody waits for it now */
	answer(&file, 400, ME, 11);
	ask(&file, 500, ME, 12, ATA_READ_EXT, 0, 8);
	read_well(&file, &replay);
	assert_int_equal(replay.count, 2);
	assert_int_equal(replay.most, 1);
	check_step(&replay, 1, 0, 0, 100 * MICROSECOND);
	replay_release(&replay);
}

static void others_do_not_count(void **state)
{
	const struct aoe_header elsewhere = {.destination = station(SERVER),
	                                     .source = station(ME),
	                                     .version = AOE_VERSION,
	                                     .address = {7, 2}};
	const struct aoe_ata reading = {.count = 1, .command = ATA_READ_EXT};
	struct file file;
	struct replay replay;

	(void)state;
	begin_usual(&file);
	answer(&file, 0, OTHER, 10);
	ask(&file, 1, OTHER, 9, ATA_IDENTIFY, 0, 1);
	ask(&file, 2, OTHER, 9, ATA_READ_EXT, 0, 0);
	ask(&file, 3, ME, 10, ATA_READ_EXT, 0, 8);
	ask(&file, 4, OTHER, 11, ATA_READ_EXT, 1000, 8);
	answer(&file, 5, OTHER, 10);
	say(&file, 6, &elsewhere, &reading);
	ask(&file, 7, ME, 12, ATA_READ_EXT, 20, 8);
	read_well(&file, &replay);
	assert_int_equal(replay.count, 2);
	assert_int_equal(replay.sectors, 28);
	check_step(&replay, 1, 20, REPLAY_START, 4 * MICROSECOND);
	replay_release(&replay);
}

static void clocks_may_be_set(void **state)
{
	struct file file;
	struct replay replay;

	(void)state;
	begin_usual(&file);
	ask(&file, 9000000, ME, 10, ATA_READ_EXT, 0, 8);
	ask(&file, 1000000, ME, 11, ATA_READ_EXT, 8, 8);
	ask(&file, UINT64_C(4000000000000000), ME, 12, ATA_READ_EXT, 16, 8);
	read_well(&file, &replay);
	check_step(&replay, 1, 8, REPLAY_START, 0);
	check_step(&replay, 2, 16, REPLAY_START, REPLAY_PAUSE_MAX * SECOND);
	replay_release(&replay);
}

static void a_file_that_was_cut_is_good_up_to_there(void **state)
{
	struct why why = {""};
	struct file file;
	struct replay replay;
	size_t whole;

	(void)state;
	begin_usual(&file);
	ask(&file, 0, ME, 10, ATA_READ_EXT, 0, 8);
	whole = file.size;
	ask(&file, 1, ME, 11, ATA_READ_EXT, 8, 8);
	for (; file.size > whole; file.size--) {
		read_well(&file, &replay);
		assert_int_equal(replay.count, file.size == whole + 16 + AOE_ATA_DATA ? 2 : 1);
		replay_release(&replay);
	}
	/* One record less is none. */
	for (file.size = whole - 1;; file.size--) {
		assert_int_equal(parse(&file, &replay, &why), -EINVAL);
		assert_null(replay.steps);
		if (!file.size)
			break;
	}
}

static void other_files_are_refused_by_name(void **state)
{
	struct why why = {""};
	struct file file;
	struct replay replay;

	(void)state;
	begin(&file, 0x0a0d0d0a, false, 1);
	assert_int_equal(parse(&file, &replay, &why), -EINVAL);
	assert_string_equal(why.text, "this is a pcapng file: make a pcap file of it with "
	                              "editcap -F pcap");
	begin(&file, 0x7f454c46, false, 1);
	assert_int_equal(parse(&file, &replay, &why), -EINVAL);
	assert_string_equal(why.text, "this is no pcap file");
	begin(&file, 0xa1b2c3d4, false, 113);
	assert_int_equal(parse(&file, &replay, &why), -EINVAL);
	assert_string_equal(why.text, "its frames are not Ethernet's");
	begin_usual(&file);
	assert_int_equal(parse(&file, &replay, &why), -EINVAL);
	assert_string_equal(why.text, "it has no reads or writes of an AoE disk");
}

/* More than are kept count without an answer: the oldest are forgotten. */
static void many_without_an_answer(void **state)
{
	static struct file file;
	struct replay replay;

	(void)state;
	begin_usual(&file);
	for (uint32_t i = 0; file.size + 100 < ROOM; i++)
		ask(&file, i, ME, i, ATA_READ_EXT, 8 * i, 8);
	read_well(&file, &replay);
	assert_in_range(replay.count, 1025, ROOM / AOE_ATA_DATA);
	assert_int_equal(replay.most, 1024);
	replay_release(&replay);
}

/* ---- sessions ---- */

static const struct mac client = {{2}};

static void a_session_waits_for_answers_and_pauses(void **state)
{
	struct replay_step steps[] = {
	        {.lba = 0, .sectors = 16, .after = REPLAY_START},
	        {.lba = 100, .sectors = 2, .after = REPLAY_START, .pause = 50},
	        {.lba = 7, .sectors = 1, .after = 0, .pause = 200, .write = true},
	};
	struct replay replay = {.steps = steps, .count = 3, .writes = 1, .most = 2};
	struct bench_options options = {.block = 4096, .replay = &replay, .pauses = 100};
	struct bench_target target = {.buffers = 64, .sectors_per_frame = 16, .blocks = 8};
	struct operation *first, *second, *third;
	struct session session;

	(void)state;
	assert_int_equal(session_init(&session, &target, &options, client, 0, 1), 0);
	first = session_begin(&session, false, 1000);
	assert_non_null(first);
	assert_int_equal(first->sectors, 16);
	assert_null(session_begin(&session, false, 1049));
	assert_int_equal(session.wake, 1050);
	second = session_begin(&session, false, 1050);
	assert_non_null(second);
	assert_int_equal(second->lba, 100);
	session_end(&session, second, 1200, true);
	/* The third follows on the first, not on whatever was answered. */
	assert_null(session_begin(&session, false, 5000));
	assert_int_equal(session.wake, UINT64_MAX);
	session_end(&session, first, 6000, true);
	assert_null(session_begin(&session, false, 6199));
	assert_false(session_replayed(&session));
	third = session_begin(&session, false, 6200);
	assert_non_null(third);
	assert_true(third->write);
	assert_true(session_replayed(&session));
	session_end(&session, third, 6300, true);
	assert_null(session_begin(&session, false, 9000));
	assert_int_equal(target.figures.sectors[BENCH_READ], 18);
	assert_int_equal(target.figures.sectors[BENCH_WRITE], 1);
	session_release(&session);
}

static void pauses_can_be_left_out(void **state)
{
	struct replay_step steps[] = {
	        {.lba = 0, .sectors = 16, .after = REPLAY_START},
	        {.lba = 100, .sectors = 2, .after = REPLAY_START, .pause = 3600 * SECOND},
	};
	struct replay replay = {.steps = steps, .count = 2, .most = 2};
	struct bench_options options = {.block = 4096, .replay = &replay, .pauses = 50};
	struct bench_target target = {.buffers = 64, .sectors_per_frame = 2, .blocks = 8};
	struct session session;

	(void)state;
	assert_int_equal(session_init(&session, &target, &options, client, 0, 1), 0);
	assert_non_null(session_begin(&session, false, 1000));
	assert_null(session_begin(&session, false, 1000));
	assert_int_equal(session.wake, 1000 + 1800 * SECOND);
	options.pauses = 0;
	assert_non_null(session_begin(&session, false, 1000));
	session_release(&session);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(a_step_follows_on_the_last_answer),
	        cmocka_unit_test(either_byte_order_and_nanoseconds),
	        cmocka_unit_test(what_is_asked_again_counts_once),
	        cmocka_unit_test(others_do_not_count),
	        cmocka_unit_test(clocks_may_be_set),
	        cmocka_unit_test(a_file_that_was_cut_is_good_up_to_there),
	        cmocka_unit_test(other_files_are_refused_by_name),
	        cmocka_unit_test(many_without_an_answer),
	        cmocka_unit_test(a_session_waits_for_answers_and_pauses),
	        cmocka_unit_test(pauses_can_be_left_out),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
