/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Frames that nobody means well with. The target runs under the sanitizers. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/protocol/scene.h"
#include "tools/lan/lan.h"

enum { SECTORS = 64 };

static const struct aoe_address disk = {7, 3};

static int setup(void **state)
{
	struct scene *scene;

	if (scene_setup(state))
		return -1;
	scene = *state;
	scene->sanitized = true;
	scene_file(scene, "disk", SECTORS * AOE_SECTOR);
	scene_serve(scene, scene_text(scene, "7.3=%s/disk,config=x", scene->folder), NULL);
	return 0;
}

static void every_truncated_write_is_refused(void **state)
{
	struct client *client = scene_client(*state);
	uint8_t data[AOE_SECTOR];
	size_t whole;

	fill(data, sizeof(data), 1);
	for (size_t length = 0; length < AOE_ATA_DATA + AOE_SECTOR; length++) {
		make_ata(client, disk, ATA_WRITE_EXT, 0, 1, data, sizeof(data));
		if (length < AOE_HEADER_SIZE)
			ask_ignored(client, length, disk);
		else
			ask_refused(client, length, AOE_BAD_ARGUMENT);
	}
	read_sectors(client, disk, 0, 1, data);
	for (size_t i = 0; i < sizeof(data); i++)
		assert_int_equal(data[i], 0);
	whole = make_ata(client, disk, ATA_WRITE_EXT, 0, 1, data, sizeof(data));
	ask(client, whole);
}

/* Of each other command, every length up to where its list begins. */
static void every_truncated_command_is_refused(void **state)
{
	struct client *client = scene_client(*state);
	static const struct {
		enum aoe_command command;
		size_t least;
	} cases[] = {{AOE_ATA, AOE_ATA_DATA},
	             {AOE_CONFIG, AOE_CONFIG_DATA},
	             {AOE_MASK, AOE_MASK_DATA},
	             {AOE_RESERVE, AOE_RESERVE_DATA}};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		for (size_t length = AOE_HEADER_SIZE; length < cases[i].least; length++) {
			memset(client->request, 0, FRAME_ROOM);
			begin(client, disk, cases[i].command);
			ask_refused(client, length, AOE_BAD_ARGUMENT);
		}
	}
}

static void oversized_frames_are_ignored(void **state)
{
	struct client *client = scene_client(*state);

	for (size_t length = LAN_FRAME_MAX + 1; length < FRAME_ROOM; length += 1111) {
		make_ata(client, disk, ATA_IDENTIFY, 0, 1, NULL, 0);
		ask_ignored(client, length, disk);
	}
	make_ata(client, disk, ATA_IDENTIFY, 0, 1, NULL, 0);
	ask(client, LAN_FRAME_MAX);
}

/* Takes the answers that are there, so that the target need not keep them. */
static void drain(struct client *client)
{
	while (recv(client->socket, client->reply, sizeof(client->reply), MSG_DONTWAIT) >= 0)
		;
	assert_int_equal(errno, EAGAIN);
}

static void alive(struct client *client)
{
	uint8_t data[AOE_SECTOR];

	read_sectors(client, disk, SECTORS - 1, 1, data);
	ask(client, make_config(client, disk, AOE_CONFIG_TEST, "x"));
}

static void random_bytes_are_survived(void **state)
{
	struct client *hostile = scene_client(*state), *client = scene_client(*state);
	unsigned int seed = 7;

	for (int round = 0; round < 3000; round++) {
		size_t length = (size_t)rand_r(&seed) % 1500;

		fill(hostile->request, length, (unsigned int)round);
		say(hostile, length);
		drain(hostile);
	}
	alive(client);
}

/* A good header, so that what follows is looked at. */
static void random_commands_are_survived(void **state)
{
	struct client *hostile = scene_client(*state), *client = scene_client(*state);
	unsigned int seed = 11;

	for (int round = 0; round < 10000; round++) {
		size_t length = (size_t)rand_r(&seed) % 1500;

		fill(hostile->request, sizeof(hostile->request), (unsigned int)round);
		begin(hostile, round % 5 ? disk : (struct aoe_address){AOE_SHELF_ALL, AOE_SLOT_ALL},
		      (enum aoe_command)(rand_r(&seed) % 5));
		/* Half of them with small numbers where counts and lengths are. */
		for (size_t i = AOE_HEADER_SIZE; round % 2 && i < AOE_ATA_DATA; i++)
			hostile->request[i] &= 0x37;
		say(hostile, length);
		drain(hostile);
	}
	alive(client);
}

/* A reply reuses the request's memory: nothing of an earlier frame may come out with it. */
static void replies_leak_nothing(void **state)
{
	struct client *one = scene_client(*state), *two = scene_client(*state);
	uint8_t secret[16 * AOE_SECTOR];

	memset(secret, 0x5a, sizeof(secret));
	for (int round = 0; round < 300; round++) {
		write_sectors(one, disk, 0, 16, secret);
		ask(two, make_config(two, disk, AOE_CONFIG_READ, ""));
		for (size_t i = AOE_HEADER_SIZE; i < two->reply_length; i++)
			assert_int_not_equal(two->reply[i], 0x5a);
		/* The shortest frame that is answered. */
		begin(two, disk, (enum aoe_command)9);
		ask_refused(two, AOE_HEADER_SIZE, AOE_BAD_COMMAND);
	}
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, setup, scene_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	        TEST(every_truncated_write_is_refused), TEST(every_truncated_command_is_refused),
	        TEST(oversized_frames_are_ignored),     TEST(random_bytes_are_survived),
	        TEST(random_commands_are_survived),     TEST(replies_leak_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
