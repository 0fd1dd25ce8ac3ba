/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Who may use an export, what it is called, and who answers a broadcast: the administrator's. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "tests/protocol/scene.h"

enum { SECTORS = 2048 };

static const struct aoe_address disk = {7, 3};
static const struct aoe_address everything = {AOE_SHELF_ALL, AOE_SLOT_ALL};

/* A scene with one export, at 7.3. */
static int setup(void **state)
{
	if (scene_setup(state))
		return -1;
	scene_file(*state, "disk", SECTORS * AOE_SECTOR);
	scene_serve(*state, scene_text(*state, "7.3=%s/disk", ((struct scene *)*state)->folder),
	            NULL);
	return 0;
}

static void check_config(struct client *client, const char *string)
{
	assert_int_equal(aoe_config_parse(client->reply, client->reply_length, &client->config), 0);
	assert_int_equal(client->config.version, AOE_VERSION);
	assert_int_equal(client->config.sectors, 16);
	assert_true(client->config.buffers >= 2);
	assert_int_equal(client->config.string_length, strlen(string));
	assert_memory_equal(client->config.string, string, strlen(string));
}

static void config_is_the_administrators(void **state)
{
	struct scene *scene = *state;
	struct client *client = scene_client(scene);

	/* Without a string first. */
	ask(client, make_config(client, disk, AOE_CONFIG_READ, ""));
	check_config(client, "");
	ask(client, make_config(client, disk, AOE_CONFIG_TEST, ""));
	ask(client, make_config(client, disk, AOE_CONFIG_PREFIX, ""));
	ask_ignored(client, make_config(client, disk, AOE_CONFIG_TEST, "x"), disk);
	ask_ignored(client, make_config(client, disk, AOE_CONFIG_PREFIX, "x"), disk);
	ask_refused(client, make_config(client, disk, AOE_CONFIG_SET, "mine"), AOE_BAD_ARGUMENT);
	ask_refused(client, make_config(client, disk, AOE_CONFIG_FORCE, "mine"), AOE_BAD_ARGUMENT);
	ask(client, make_config(client, disk, AOE_CONFIG_READ, ""));
	check_config(client, "");

	scene_stop(scene);
	scene_serve(scene, scene_text(scene, "7.3=%s/disk,config=lab,, one", scene->folder), NULL);
	ask(client, make_config(client, disk, AOE_CONFIG_READ, "whatever"));
	check_config(client, "lab, one");
	assert_int_equal(client->config.command, AOE_CONFIG_READ);
	ask(client, make_config(client, disk, AOE_CONFIG_TEST, "lab, one"));
	check_config(client, "lab, one");
	assert_int_equal(client->config.command, AOE_CONFIG_TEST);
	ask_ignored(client, make_config(client, disk, AOE_CONFIG_TEST, "lab"), disk);
	ask_ignored(client, make_config(client, disk, AOE_CONFIG_TEST, "lab, one!"), disk);
	ask(client, make_config(client, disk, AOE_CONFIG_PREFIX, "lab"));
	check_config(client, "lab, one");
	ask(client, make_config(client, disk, AOE_CONFIG_PREFIX, "lab, one"));
	ask_ignored(client, make_config(client, disk, AOE_CONFIG_PREFIX, "lob"), disk);
	ask_ignored(client, make_config(client, disk, AOE_CONFIG_PREFIX, "lab, one!"), disk);
	ask_refused(client, make_config(client, disk, AOE_CONFIG_SET, "x"), AOE_CONFIG_PRESENT);
	ask_refused(client, make_config(client, disk, AOE_CONFIG_FORCE, "x"), AOE_BAD_ARGUMENT);
	ask_refused(client, make_config(client, disk, (enum aoe_config_command)5, "x"),
	            AOE_BAD_ARGUMENT);
	ask(client, make_config(client, disk, AOE_CONFIG_READ, ""));
	check_config(client, "lab, one");
}

static void a_config_string_that_lies_is_refused(void **state)
{
	struct client *client = scene_client(*state);
	size_t length = make_config(client, disk, AOE_CONFIG_READ, "four");

	client->request[30] = 4; /* 1024 + 4 bytes: longer than it is, and than may be */
	ask_refused(client, length, AOE_BAD_ARGUMENT);
	client->request[30] = 0;
	client->request[31] = 200;
	ask_refused(client, length, AOE_BAD_ARGUMENT);
}

static size_t make_mask(struct client *client, uint8_t command, uint8_t count)
{
	uint8_t *list = client->request + begin(client, disk, AOE_MASK);
	const uint8_t header[] = {0, command, 0, count};
	const uint8_t directive[] = {0, AOE_MASK_ADD, 2, 0, 0, 0, 0, 99};

	memcpy(list, header, sizeof(header));
	for (uint8_t i = 0; i < count; i++)
		memcpy(list + sizeof(header) + i * sizeof(directive), directive, sizeof(directive));
	return aoe_pad(client->request, AOE_MASK_DATA + count * sizeof(directive));
}

static void nobody_locks_others_out_by_mask(void **state)
{
	struct client *one = scene_client(*state), *two = scene_client(*state);
	struct aoe_mask mask;
	uint8_t data[AOE_SECTOR];

	ask(one, make_mask(one, AOE_MASK_READ, 0));
	assert_int_equal(aoe_mask_parse(one->reply, one->reply_length, &mask), 0);
	assert_int_equal(mask.count, 0);
	assert_int_equal(mask.error, 0);
	ask_refused(one, make_mask(one, AOE_MASK_EDIT, 1), AOE_BAD_ARGUMENT);
	ask_refused(one, make_mask(one, 2, 0), AOE_BAD_ARGUMENT);
	read_sectors(one, disk, 0, 1, data);
	read_sectors(two, disk, 0, 1, data);
}

static size_t make_reserve(struct client *client, uint8_t command, uint8_t count)
{
	uint8_t *list = client->request + begin(client, disk, AOE_RESERVE);

	list[0] = command;
	list[1] = count;
	for (uint8_t i = 0; i < count; i++)
		memcpy(list + 2 + i * sizeof(client->mac), &client->mac, sizeof(client->mac));
	return aoe_pad(client->request, AOE_RESERVE_DATA + count * sizeof(client->mac));
}

static void nobody_locks_others_out_by_reserve(void **state)
{
	struct client *one = scene_client(*state), *two = scene_client(*state);
	struct aoe_reserve reserve;
	uint8_t data[AOE_SECTOR];

	ask_refused(one, make_reserve(one, AOE_RESERVE_SET, 1), AOE_BAD_ARGUMENT);
	ask_refused(one, make_reserve(one, AOE_RESERVE_FORCE, 1), AOE_BAD_ARGUMENT);
	ask(one, make_reserve(one, AOE_RESERVE_READ, 0));
	assert_int_equal(aoe_reserve_parse(one->reply, one->reply_length, &reserve), 0);
	assert_int_equal(reserve.count, 0);
	read_sectors(two, disk, 0, 1, data);
	write_sectors(two, disk, 0, 1, data);
}

static void lists_that_lie_are_refused(void **state)
{
	struct client *client = scene_client(*state);
	size_t length = make_mask(client, AOE_MASK_READ, 0);

	client->request[27] = 255;
	ask_refused(client, length, AOE_BAD_ARGUMENT);
	length = make_reserve(client, AOE_RESERVE_READ, 0);
	client->request[25] = 255;
	ask_refused(client, length, AOE_BAD_ARGUMENT);
}

static void only_listed_initiators_are_answered(void **state)
{
	struct scene *scene = *state;
	struct client *one = scene_client(scene), *two = scene_client(scene);
	const struct aoe_address open = {7, 4};
	uint8_t data[AOE_SECTOR] = {1}, directive;
	struct aoe_mask mask;
	struct mac mac;

	scene_stop(scene);
	scene_file(scene, "open", AOE_SECTOR);
	/* The first client's address, and one that nobody here has. */
	scene_serve(
	        scene,
	        scene_text(scene, "7.3=%s/disk,mac=02:00:00:00:00:01+020000000063", scene->folder),
	        scene_text(scene, "7.4=%s/open", scene->folder), NULL);
	write_sectors(one, disk, 0, 1, data);
	ask_ignored(two, make_ata(two, disk, ATA_READ_EXT, 0, 1, NULL, 0), open);
	ask_ignored(two, make_ata(two, disk, ATA_WRITE_EXT, 0, 1, data, sizeof(data)), open);
	ask_ignored(two, make_ata(two, disk, ATA_IDENTIFY, 0, 1, NULL, 0), open);
	ask_ignored(two, make_config(two, disk, AOE_CONFIG_READ, ""), open);
	ask_ignored(two, make_mask(two, AOE_MASK_READ, 0), open);
	ask_ignored(two, make_reserve(two, AOE_RESERVE_FORCE, 1), open);
	/* Asking everyone finds only the other export. */
	say(two, make_config(two, everything, AOE_CONFIG_READ, ""));
	hear(two);
	check_reply(two, open, AOE_RESPONSE, 0);
	ask(two, make_ata(two, open, ATA_FLUSH, 0, 0, NULL, 0));

	ask(one, make_mask(one, AOE_MASK_READ, 0));
	assert_int_equal(aoe_mask_parse(one->reply, one->reply_length, &mask), 0);
	assert_int_equal(mask.count, 2);
	aoe_mask_directive(one->reply, 0, &directive, &mac);
	assert_true(mac_equal(mac, one->mac));
	ask_refused(one, make_mask(one, AOE_MASK_EDIT, 1), AOE_BAD_ARGUMENT);
}

static void a_broadcast_is_answered_by_each(void **state)
{
	struct scene *scene = *state;
	struct client *client = scene_client(scene);
	const struct aoe_address a = {7, 3}, b = {7, 4}, c = {9, 4};
	const struct aoe_address shelf_7 = {7, AOE_SLOT_ALL}, slot_4 = {AOE_SHELF_ALL, 4};

	scene_stop(scene);
	for (int i = 0; i < 3; i++)
		scene_file(scene, scene_text(scene, "%d", i), AOE_SECTOR);
	/* In whatever order they are given. */
	scene_serve(scene, scene_text(scene, "9.4=%s/2,config=c", scene->folder),
	            scene_text(scene, "7.3=%s/0,config=a", scene->folder),
	            scene_text(scene, "7.4=%s/1,config=b", scene->folder), NULL);
	say(client, make_config(client, everything, AOE_CONFIG_READ, ""));
	hear(client);
	check_reply(client, a, AOE_RESPONSE, 0);
	check_config(client, "a");
	hear(client);
	check_reply(client, b, AOE_RESPONSE, 0);
	check_config(client, "b");
	hear(client);
	check_reply(client, c, AOE_RESPONSE, 0);
	check_config(client, "c");
	say(client, make_config(client, shelf_7, AOE_CONFIG_READ, ""));
	hear(client);
	check_reply(client, a, AOE_RESPONSE, 0);
	hear(client);
	check_reply(client, b, AOE_RESPONSE, 0);
	say(client, make_config(client, slot_4, AOE_CONFIG_READ, ""));
	hear(client);
	check_reply(client, b, AOE_RESPONSE, 0);
	hear(client);
	check_reply(client, c, AOE_RESPONSE, 0);
	say(client, make_config(client, everything, AOE_CONFIG_TEST, "b"));
	hear(client);
	check_reply(client, b, AOE_RESPONSE, 0);
	/* And that was all. */
	ask(client, make_ata(client, a, ATA_FLUSH, 0, 0, NULL, 0));
}

static void a_broadcast_only_asks(void **state)
{
	struct client *client = scene_client(*state);
	uint8_t data[AOE_SECTOR] = {1};
	size_t length;

	ask_ignored(client, make_ata(client, everything, ATA_WRITE_EXT, 0, 1, data, sizeof(data)),
	            disk);
	ask_ignored(client, make_ata(client, everything, ATA_READ_EXT, 0, 1, NULL, 0), disk);
	ask_ignored(client, make_ata(client, everything, ATA_IDENTIFY, 0, 1, NULL, 0), disk);
	ask_ignored(client, make_config(client, everything, AOE_CONFIG_FORCE, "x"), disk);
	begin(client, everything, AOE_MASK);
	ask_ignored(client, aoe_pad(client->request, AOE_HEADER_SIZE), disk);
	begin(client, everything, AOE_RESERVE);
	ask_ignored(client, aoe_pad(client->request, AOE_HEADER_SIZE), disk);
	begin(client, everything, (enum aoe_command)77);
	ask_ignored(client, aoe_pad(client->request, AOE_HEADER_SIZE), disk);
	length = make_config(client, everything, AOE_CONFIG_READ, "");
	client->request[14] = 0x20; /* version 2 */
	ask_ignored(client, length, disk);
	read_sectors(client, disk, 0, 1, data);
	assert_int_equal(data[0], 0);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, setup, scene_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	        TEST(config_is_the_administrators),    TEST(a_config_string_that_lies_is_refused),
	        TEST(nobody_locks_others_out_by_mask), TEST(nobody_locks_others_out_by_reserve),
	        TEST(lists_that_lie_are_refused),      TEST(only_listed_initiators_are_answered),
	        TEST(a_broadcast_is_answered_by_each), TEST(a_broadcast_only_asks),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
