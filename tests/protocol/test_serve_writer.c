/* SPDX-License-Identifier: GPL-2.0-or-later */
/* An export that one initiator writes to at a time: writer=one. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "tests/protocol/scene.h"
#include "tools/serve/watch/ask.h"

enum { SECTORS = 64 };

static const struct aoe_address disk = {7, 3}, free_for_all = {7, 4};
static const struct aoe_address everything = {AOE_SHELF_ALL, AOE_SLOT_ALL};
static const char refusal[] = "e7.3: writes of 02:00:00:00:00:02 are refused: 02:00:00:00:00:01 "
                              "is its one writer, until nothing is heard of it for ";

/* Both exports, the first with that option. */
static void serve(struct scene *scene, const char *option)
{
	scene->sanitized = true;
	scene_serve(scene, scene_text(scene, "--control=%s/control", scene->folder),
	            scene_text(scene, "7.3=%s,%s", scene_file(scene, "a", SECTORS * AOE_SECTOR),
	                       option),
	            scene_text(scene, "7.4=%s", scene_file(scene, "b", SECTORS * AOE_SECTOR)),
	            NULL);
}

static void write_one(struct client *client, unsigned int seed)
{
	uint8_t out[AOE_SECTOR], in[AOE_SECTOR];

	fill(out, sizeof(out), seed);
	write_sectors(client, disk, 5, 1, out);
	read_sectors(client, disk, 5, 1, in);
	assert_memory_equal(in, out, sizeof(out));
}

static void refused(struct client *client)
{
	ask_failing(client, disk, ATA_WRITE_EXT, 5, 1, ATA_ERROR_ABORTED);
}

static void only_the_first_one_writes(void **state)
{
	struct scene *scene = *state;
	struct client *a = scene_client(scene), *b = scene_client(scene);
	uint8_t before[AOE_SECTOR], after[AOE_SECTOR];

	serve(scene, "writer=one");
	/* Who only reads does not become the writer. */
	read_sectors(b, disk, 5, 1, before);
	write_one(a, 1);
	read_sectors(a, disk, 5, 1, before);
	refused(b);
	refused(b);
	read_sectors(b, disk, 5, 1, after);
	assert_memory_equal(before, after, sizeof(before));
	ask(b, make_ata(b, disk, ATA_FLUSH, 0, 0, NULL, 0));
	write_one(a, 2);
	/* Said once, and what is beside it is for all. */
	scene_expect(scene, refusal);
	assert_null(strstr(strstr(scene->log, refusal) + 1, refusal));
	write_sectors(b, free_for_all, 5, 1, before);
	write_sectors(a, free_for_all, 5, 1, before);
	scene_stop(scene);
}

static void a_write_that_is_none_makes_no_writer(void **state)
{
	struct scene *scene = *state;
	struct client *a = scene_client(scene), *b = scene_client(scene);

	serve(scene, "writer=one");
	ask_failing(b, disk, ATA_WRITE_EXT, SECTORS, 1, ATA_ERROR_ID_NOT_FOUND);
	write_one(a, 1);
	scene_stop(scene);
}

static void it_is_released_by_hand(void **state)
{
	struct scene *scene = *state;
	struct client *a = scene_client(scene), *b = scene_client(scene);

	serve(scene, "writer=one");
	control_agrees(scene, "release e7.3", "");
	write_one(a, 1);
	control_agrees(scene, "status table", "(02:00:00:00:00:01 is the writer, heard ");
	control_agrees(scene, "status json", "\"writer\": {\"mac\": \"02:00:00:00:00:01\"");
	control_agrees(scene, "release e7.3", "");
	write_one(b, 2);
	refused(a);
	control_agrees(scene, "status table", "(02:00:00:00:00:02 is the writer, heard ");
	control_refuses(scene, "release e7.4", "e7.4: it has no writer=one: all may write");
	scene_stop(scene);
}

static void it_ends_with_silence(void **state)
{
	struct scene *scene = *state;
	struct client *a = scene_client(scene), *b = scene_client(scene);
	static const uint8_t data[AOE_SECTOR];

	serve(scene, "writer=one:1");
	write_one(a, 1);
	/* However long it takes: refused at first, unless this machine was that slow, then not. */
	do {
		poll(NULL, 0, 50);
		ask(b, make_ata(b, disk, ATA_WRITE_EXT, 5, 1, data, sizeof(data)));
		assert_int_equal(aoe_ata_parse(b->reply, b->reply_length, &b->ata), 0);
	} while (b->ata.command & ATA_STATUS_ERROR);
	scene_expect(scene, "e7.3: 02:00:00:00:00:02 is its writer now: nothing was heard of "
	                    "02:00:00:00:00:01 for ");
	scene_stop(scene);
}

static unsigned long long clock_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (unsigned long long)t.tv_sec * 1000 + (unsigned long long)t.tv_nsec / 1000000;
}

/* Milliseconds since the writer was heard, as the status has it. */
static unsigned long long silence(struct scene *scene)
{
	static const char before[] = "\"seen_ms\": ";
	struct buffer answer = {0};
	unsigned long long value;
	struct why why;
	const char *at;

	assert_int_equal(ask_target(scene_path(scene, "control"), "status json", &answer, &why), 0);
	assert_int_equal(buffer_append(&answer, "", 1), 0);
	at = strstr((const char *)answer.data, before);
	assert_non_null(at);
	value = strtoull(at + strlen(before), NULL, 10);
	buffer_free(&answer);
	return value;
}

/* Sends that after a while; returns true if the writer was heard since. */
static bool is_heard(struct client *client, size_t length, int answers)
{
	unsigned long long since;

	poll(NULL, 0, 100);
	since = clock_ms();
	say(client, length);
	while (answers--)
		hear(client);
	return silence(client->scene) <= clock_ms() - since;
}

/*
 * A read, and the question who is there, which an idle Linux asks every minute; also what is not
 * answered.
 */
static void whatever_it_sends_shows_that_it_lives(void **state)
{
	struct scene *scene = *state;
	struct client *a = scene_client(scene);
	int tries = 100;

	serve(scene, "writer=one");
	write_one(a, 1);
	/* Again where the target was held up, and took a frame for older than it was. */
	while (!is_heard(a, make_ata(a, disk, ATA_READ_EXT, 0, 1, NULL, 0), 1))
		assert_true(tries--);
	while (!is_heard(a, make_config(a, everything, AOE_CONFIG_READ, ""), 2))
		assert_true(tries--);
	control_agrees(scene, "withdraw e7.3", "");
	while (!is_heard(a, make_ata(a, disk, ATA_READ_EXT, 0, 1, NULL, 0), 0))
		assert_true(tries--);
	scene_stop(scene);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, scene_setup, scene_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	        TEST(only_the_first_one_writes),
	        TEST(a_write_that_is_none_makes_no_writer),
	        TEST(it_is_released_by_hand),
	        TEST(it_ends_with_silence),
	        TEST(whatever_it_sends_shows_that_it_lives),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
