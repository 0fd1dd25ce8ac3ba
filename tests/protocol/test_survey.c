/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What discover makes of the answers, friendly and hostile, and how it prints them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tools/discover/print.h"

enum { TAG = 0x11223344 };

static const struct mac own = {{2, 0, 0, 0, 0, 1}};
static const char lan0[] = "lan0", lan1[] = "lan1";

static int setup(void **state)
{
	struct survey *survey = calloc(1, sizeof(*survey));

	if (!survey)
		return -1;
	survey->tag = TAG;
	*state = survey;
	return 0;
}

static int teardown(void **state)
{
	survey_release(*state);
	free(*state);
	return 0;
}

static struct mac server(uint8_t number)
{
	return (struct mac){{2, 0, 0, 0, 1, number}};
}

static void make_header(uint8_t *frame, struct aoe_address address, uint8_t number,
                        enum aoe_command command, uint32_t tag)
{
	const struct aoe_header header = {.destination = own,
	                                  .source = server(number),
	                                  .version = AOE_VERSION,
	                                  .flags = AOE_RESPONSE,
	                                  .address = address,
	                                  .command = (uint8_t)command,
	                                  .tag = tag};

	aoe_header_make(frame, &header);
}

static size_t make_config(uint8_t *frame, struct aoe_address address, uint8_t number,
                          const void *string, size_t length)
{
	const struct aoe_config config = {.buffers = 64,
	                                  .firmware = 1,
	                                  .sectors = 16,
	                                  .version = AOE_VERSION,
	                                  .string = string,
	                                  .string_length = length};

	make_header(frame, address, number, AOE_CONFIG, TAG);
	return aoe_config_make(frame, &config);
}

/* A server's answer arrives. */
static struct survey_entry *answers(struct survey *survey, struct aoe_address address,
                                    uint8_t number, const char *lan, const void *string,
                                    size_t length)
{
	uint8_t frame[1600];
	struct survey_entry *entry;
	size_t size = make_config(frame, address, number, string, length);

	assert_int_equal(survey_take(survey, frame, size, lan, own, &entry), 0);
	return entry;
}

static void identifies(struct survey *survey, struct aoe_address address, uint8_t number,
                       const char *model, uint64_t sectors)
{
	struct identify identify = {.sectors = sectors, .serial = "S1", .firmware = "1"};
	const struct aoe_ata ata = {.command = ATA_STATUS_READY, .count = 1};
	uint8_t frame[AOE_ATA_DATA + IDENTIFY_SIZE];
	struct survey_entry *entry;

	snprintf(identify.model, sizeof(identify.model), "%s", model);
	make_header(frame, address, number, AOE_ATA, TAG + 1);
	aoe_ata_make(frame, &ata);
	identify_make(&identify, frame + AOE_ATA_DATA);
	assert_int_equal(survey_take(survey, frame, sizeof(frame), lan0, own, &entry), 0);
	assert_null(entry);
}

static void questions_are_well_formed(void **state)
{
	const struct survey_entry entry = {.address = {3, 1}, .mac = server(7)};
	struct aoe_header header;
	struct aoe_config config;
	struct aoe_ata ata;
	uint8_t frame[100];

	assert_int_equal(survey_ask(*state, own, frame), AOE_FRAME_MIN);
	assert_int_equal(aoe_header_parse(frame, AOE_FRAME_MIN, &header), 0);
	assert_true(mac_equal(header.destination, mac_broadcast));
	assert_true(mac_equal(header.source, own));
	assert_int_equal(header.version, AOE_VERSION);
	assert_int_equal(header.flags, 0);
	assert_int_equal(header.address.shelf, AOE_SHELF_ALL);
	assert_int_equal(header.address.slot, AOE_SLOT_ALL);
	assert_int_equal(header.command, AOE_CONFIG);
	assert_int_equal(header.tag, TAG);
	assert_int_equal(aoe_config_parse(frame, AOE_FRAME_MIN, &config), 0);
	assert_int_equal(config.command, AOE_CONFIG_READ);
	assert_int_equal(config.string_length, 0);

	assert_int_equal(survey_ask_identify(*state, &entry, own, frame), AOE_FRAME_MIN);
	assert_int_equal(aoe_header_parse(frame, AOE_FRAME_MIN, &header), 0);
	assert_true(mac_equal(header.destination, server(7)));
	assert_int_equal(header.address.shelf, 3);
	assert_int_equal(header.address.slot, 1);
	assert_int_equal(header.command, AOE_ATA);
	assert_int_equal(aoe_ata_parse(frame, AOE_FRAME_MIN, &ata), 0);
	assert_int_equal(ata.command, ATA_IDENTIFY);
	assert_int_equal(ata.count, 1);
}

static void answers_are_sorted_and_kept_once(void **state)
{
	struct survey *survey = *state;

	assert_non_null(answers(survey, (struct aoe_address){2, 0}, 1, lan0, "", 0));
	assert_non_null(answers(survey, (struct aoe_address){1, 9}, 1, lan1, "", 0));
	assert_non_null(answers(survey, (struct aoe_address){1, 9}, 1, lan0, "old", 3));
	assert_null(answers(survey, (struct aoe_address){1, 9}, 1, lan0, "new", 3));
	survey_finish(survey);
	assert_int_equal(survey->count, 3);
	assert_int_equal(survey->entries[0]->address.slot, 9);
	assert_string_equal(survey->entries[0]->lan, lan0);
	assert_memory_equal(survey->entries[0]->config, "new", 3);
	assert_string_equal(survey->entries[1]->lan, lan1);
	assert_int_equal(survey->entries[2]->address.shelf, 2);
	/* One server that is heard on two LANs is one server. */
	for (size_t i = 0; i < 3; i++)
		assert_false(survey->entries[i]->shared);
}

static void two_servers_for_an_address_are_marked(void **state)
{
	struct survey *survey = *state;

	answers(survey, (struct aoe_address){1, 1}, 1, lan0, "", 0);
	answers(survey, (struct aoe_address){1, 2}, 1, lan0, "", 0);
	answers(survey, (struct aoe_address){1, 2}, 1, lan1, "", 0);
	answers(survey, (struct aoe_address){1, 2}, 2, lan1, "", 0);
	answers(survey, (struct aoe_address){1, 3}, 2, lan0, "", 0);
	answers(survey, (struct aoe_address){2, 2}, 3, lan0, "", 0);
	survey_finish(survey);
	for (size_t i = 0; i < survey->count; i++)
		assert_int_equal(survey->entries[i]->shared,
		                 survey->entries[i]->address.shelf == 1 &&
		                         survey->entries[i]->address.slot == 2);
}

static void what_is_no_answer_is_ignored(void **state)
{
	struct survey *survey = *state;
	struct survey_entry *entry;
	uint8_t frame[1600];
	size_t size;

	for (int what = 0; what < 6; what++) {
		size = make_config(frame, (struct aoe_address){1, 1}, 1, "x", 1);
		switch (what) {
		case 0: /* to someone else */
			frame[5] ^= 1;
			break;
		case 1: /* a question */
			frame[14] &= 0xf0;
			break;
		case 2: /* an error */
			frame[14] |= AOE_ERROR;
			break;
		case 3: /* the answer to another question */
			frame[23] ^= 1;
			break;
		case 4: /* another protocol */
			frame[12] = 8;
			break;
		default: /* longer than it is */
			frame[31] = 2;
		}
		assert_int_equal(survey_take(survey, frame, size, lan0, own, &entry), 0);
		assert_null(entry);
	}
	/* The introduction of one that nobody asked. */
	identifies(survey, (struct aoe_address){1, 1}, 1, "m", 1);
	assert_int_equal(survey->count, 0);
}

static void failed_and_short_introductions_are_ignored(void **state)
{
	struct survey *survey = *state;
	uint8_t frame[AOE_ATA_DATA + IDENTIFY_SIZE] = {0};
	const struct aoe_ata ready = {.command = ATA_STATUS_READY};
	const struct aoe_ata failed = {.command = ATA_STATUS_READY | ATA_STATUS_ERROR};
	struct survey_entry *entry = answers(survey, (struct aoe_address){1, 1}, 1, lan0, "", 0);
	struct survey_entry *added;

	make_header(frame, entry->address, 1, AOE_ATA, TAG + 1);
	aoe_ata_make(frame, &failed);
	survey_take(survey, frame, sizeof(frame), lan0, own, &added);
	assert_false(entry->identified);
	aoe_ata_make(frame, &ready);
	for (size_t length = 0; length < sizeof(frame); length++) {
		uint8_t *exact = malloc(length);

		assert_non_null(exact);
		memcpy(exact, frame, length);
		survey_take(survey, exact, length, lan0, own, &added);
		assert_false(entry->identified);
		free(exact);
	}
	survey_take(survey, frame, sizeof(frame), lan0, own, &added);
	assert_true(entry->identified);
}

static void random_answers_are_survived(void **state)
{
	struct survey *survey = *state;
	unsigned int seed = 3;
	struct buffer out = {0};

	for (int round = 0; round < 5000; round++) {
		size_t length = AOE_HEADER_SIZE + (size_t)rand_r(&seed) % 1100;
		uint8_t *frame = malloc(length);
		struct survey_entry *entry;

		assert_non_null(frame);
		for (size_t i = 0; i < length; i++)
			frame[i] = (uint8_t)rand_r(&seed);
		make_header(frame, (struct aoe_address){0, (uint8_t)(round % 50)}, 1,
		            round % 3 ? AOE_CONFIG : AOE_ATA, round % 3 ? TAG : TAG + 1);
		if (length > 30)
			frame[30] &= 3;
		assert_int_equal(survey_take(survey, frame, length, lan0, own, &entry), 0);
		free(frame);
	}
	assert_int_equal(survey->count, 50);
	survey_finish(survey);
	assert_int_equal(survey_print_table(survey, &out), 0);
	assert_int_equal(survey_print_json(survey, &out), 0);
	for (size_t i = 0; i < out.size; i++)
		if (out.data[i] != '\n')
			assert_in_range(out.data[i], ' ', '~');
	buffer_free(&out);
}

static void expect_output(int (*print)(const struct survey *survey, struct buffer *out),
                          const struct survey *survey, const char *want)
{
	struct buffer out = {0};

	assert_int_equal(print(survey, &out), 0);
	assert_int_equal(buffer_append(&out, "", 1), 0);
	assert_string_equal((const char *)out.data, want);
	buffer_free(&out);
}

static void the_table_lines_up(void **state)
{
	struct survey *survey = *state;

	answers(survey, (struct aoe_address){0, 0}, 1, lan0, "", 0);
	answers(survey, (struct aoe_address){65534, 254}, 1, lan0, "\033[2Jx\\\n", 7);
	answers(survey, (struct aoe_address){0, 0}, 2, lan0, "", 0);
	identifies(survey, (struct aoe_address){0, 0}, 1, "M\033]0;", 20971520);
	identifies(survey, (struct aoe_address){65534, 254}, 1, "", 3);
	survey_finish(survey);
	expect_output(survey_print_table, survey,
	              "ADDRESS     LAN   MAC                SIZE      SECTORS  BUFFERS  MODEL     "
	              "CONFIG\n"
	              "e0.0*       lan0  02:00:00:00:01:01  10.0 GiB  16       64       M\\x1b]0;\n"
	              "e0.0*       lan0  02:00:00:00:01:02  ?         16       64       ?\n"
	              "e65534.254  lan0  02:00:00:00:01:01  1.5 KiB   16       64                 "
	              "\\x1b[2Jx\\\\\\x0a\n");
}

static void json_is_escaped(void **state)
{
	struct survey *survey = *state;

	expect_output(survey_print_json, survey, "[]\n");
	answers(survey, (struct aoe_address){0, 1}, 1, lan0, "a\"b\\c\n\xff", 7);
	answers(survey, (struct aoe_address){0, 2}, 1, lan0, "", 0);
	identifies(survey, (struct aoe_address){0, 1}, 1, "M\x7f", 20971520);
	survey_finish(survey);
	expect_output(survey_print_json, survey,
	              "[{\"address\": \"e0.1\", \"shelf\": 0, \"slot\": 1, \"lan\": \"lan0\", "
	              "\"mac\": \"02:00:00:00:01:01\", \"shared\": false, "
	              "\"sectors_per_frame\": 16, \"buffers\": 64, \"firmware\": 1, "
	              "\"sectors\": 20971520, \"model\": \"M\\u007f\", \"serial\": \"S1\", "
	              "\"config\": \"a\\\"b\\\\c\\u000a\\u00ff\"},\n"
	              " {\"address\": \"e0.2\", \"shelf\": 0, \"slot\": 2, \"lan\": \"lan0\", "
	              "\"mac\": \"02:00:00:00:01:01\", \"shared\": false, "
	              "\"sectors_per_frame\": 16, \"buffers\": 64, \"firmware\": 1, "
	              "\"sectors\": null, \"model\": null, \"serial\": null, \"config\": \"\"}]\n");
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	        TEST(questions_are_well_formed),
	        TEST(answers_are_sorted_and_kept_once),
	        TEST(two_servers_for_an_address_are_marked),
	        TEST(what_is_no_answer_is_ignored),
	        TEST(failed_and_short_introductions_are_ignored),
	        TEST(random_answers_are_survived),
	        TEST(the_table_lines_up),
	        TEST(json_is_escaped),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
