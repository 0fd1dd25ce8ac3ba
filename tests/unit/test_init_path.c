/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whether large frames get through: what is asked, and what is made of the answers. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "init/path.h"
#include "tools/aoe/aoe.h"

static const struct mac own = {{2, 0, 0, 0, 0, 1}}, server = {{2, 0, 0, 0, 0, 2}};
static uint8_t frame[PATH_FRAME];
static struct path path;

/* The answer to a frame, as any target makes it, with so many sectors behind it. */
static size_t answer(const uint8_t *question, unsigned sectors)
{
	struct aoe_header header;

	assert_int_equal(aoe_header_parse(question, AOE_HEADER_SIZE, &header), 0);
	header.destination = header.source;
	header.source = server;
	header.flags = AOE_RESPONSE;
	header.address = (struct aoe_address){3, 1};
	aoe_header_make(frame, &header);
	if (header.command == AOE_CONFIG) {
		const struct aoe_config config = {
		        .buffers = 16, .sectors = (uint8_t)sectors, .version = AOE_VERSION};

		return aoe_pad(frame, aoe_config_make(frame, &config));
	}
	return aoe_pad(frame, AOE_ATA_DATA + sectors * AOE_SECTOR);
}

static bool take(size_t length)
{
	return path_take(&path, 9000, frame, length);
}

/* A server that takes so many sectors in a frame has answered. */
static void find_server(unsigned sectors)
{
	path = (struct path){.address = {AOE_SHELF_ALL, AOE_SLOT_ALL}};
	assert_int_equal(path_make(frame, &path, PATH_SMALL, own), AOE_FRAME_MIN);
	assert_true(take(answer(frame, sectors)));
}

static size_t ask(enum path_question question)
{
	return path_make(frame, &path, question, own);
}

static void both_directions_are_tried(void **state)
{
	struct aoe_header header;
	struct aoe_ata ata;

	(void)state;
	find_server(16);
	assert_false(path.proven);
	assert_string_equal(path.name, "e3.1");
	assert_int_equal(ask(PATH_TO), AOE_ATA_DATA + 16 * AOE_SECTOR);
	assert_int_equal(aoe_ata_parse(frame, AOE_ATA_DATA, &ata), 0);
	assert_int_equal(ata.command, ATA_READ_EXT); /* and never a write */
	assert_int_equal(ata.count, 1);
	assert_true(take(answer(frame, 1)));
	assert_int_equal(ask(PATH_FROM), AOE_FRAME_MIN);
	assert_int_equal(aoe_ata_parse(frame, AOE_ATA_DATA, &ata), 0);
	assert_int_equal(ata.count, 16);
	assert_int_equal(aoe_header_parse(frame, AOE_HEADER_SIZE, &header), 0);
	assert_true(mac_equal(header.destination, server));
	assert_true(header.tag >> 31); /* the aoe module's own have not */
	assert_true(take(answer(frame, 16)));
	assert_false(path.proven);
	ask(PATH_SMALL);
	assert_true(take(answer(frame, 1)));
	assert_true(path.proven);
}

/* The module's own reckoning: both the interface and the server are to take it. */
static void the_largest_frame_is_the_least_of_both(void **state)
{
	(void)state;
	find_server(255);
	assert_int_equal(path.sectors, 17);
	find_server(8);
	assert_int_equal(path.sectors, 8);
	find_server(2);
	assert_true(path.proven); /* no frame will be large */
	find_server(0);
	assert_true(path.proven);
}

/* As one that has gone since, or a frame whose source was changed on the way. */
static void another_server_takes_the_place_of_a_silent_one(void **state)
{
	static const struct mac another = {{2, 0, 0, 0, 0, 3}};
	uint8_t again[AOE_FRAME_MIN], other[AOE_FRAME_MIN];
	struct aoe_header header;

	(void)state;
	find_server(16);
	memcpy(again, frame, sizeof(again));
	aoe_header_parse(frame, AOE_HEADER_SIZE, &header);
	header.source = another;
	aoe_header_make(frame, &header);
	memcpy(other, frame, sizeof(other));
	assert_false(take(AOE_FRAME_MIN)); /* the first one has had no time yet */
	path.tries = 100;
	memcpy(frame, again, sizeof(again));
	assert_false(take(AOE_FRAME_MIN)); /* that it is there is nothing new */
	path.answered = 1 << PATH_SMALL;
	memcpy(frame, other, sizeof(other));
	assert_false(take(AOE_FRAME_MIN));
	path.answered = 0;
	assert_true(take(AOE_FRAME_MIN));
	assert_true(mac_equal(path.server, another));
	assert_int_equal(path.tries, 0);
}

static void what_is_no_answer_proves_nothing(void **state)
{
	static const struct mac stranger = {{2, 0, 0, 0, 0, 3}};
	struct aoe_header header;
	size_t length;

	(void)state;
	find_server(16);
	ask(PATH_FROM);
	length = answer(frame, 16);
	assert_false(take(length - 1));
	assert_int_equal(path.answered, 0);
	for (size_t cut = 0; cut < AOE_HEADER_SIZE; cut++)
		assert_false(take(cut));
	memcpy(frame + AOE_AT_SOURCE, &stranger, sizeof(stranger));
	assert_false(take(length));
	ask(PATH_FROM);
	assert_false(take(length)); /* a question */
	answer(frame, 16);
	assert_int_equal(aoe_header_parse(frame, AOE_HEADER_SIZE, &header), 0);
	header.tag = 0x80000000 | PATH_QUESTIONS;
	aoe_header_make(frame, &header);
	assert_false(take(length));
	header.tag = 0x80000000;
	header.flags |= AOE_ERROR;
	aoe_header_make(frame, &header);
	assert_false(take(length));
	assert_int_equal(path.answered, 0);
	/* The first server is the one that is asked. */
	header = (struct aoe_header){
	        .source = stranger, .flags = AOE_RESPONSE, .command = AOE_CONFIG};
	aoe_header_make(frame, &header);
	aoe_config_make(frame, &(struct aoe_config){.sectors = 2});
	assert_false(take(AOE_FRAME_MIN));
	assert_int_equal(path.sectors, 16);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(both_directions_are_tried),
	        cmocka_unit_test(the_largest_frame_is_the_least_of_both),
	        cmocka_unit_test(another_server_takes_the_place_of_a_silent_one),
	        cmocka_unit_test(what_is_no_answer_proves_nothing),
	};

	return cmocka_run_group_tests_name("init: path", tests, NULL, NULL);
}
