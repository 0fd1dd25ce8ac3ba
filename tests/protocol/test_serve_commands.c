/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Every command to the target, and every error, frame by frame. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/protocol/scene.h"
#include "tools/serve/identify.h"

enum { SECTORS = 2048, MTU_SECTORS = 17 };

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

/* What a file holds. */
static void read_file(const char *path, off_t offset, void *data, size_t length)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	assert_true(fd >= 0);
	assert_int_equal(pread(fd, data, length, offset), length);
	close(fd);
}

static void identify_tells_the_disk(void **state)
{
	struct client *client = scene_client(*state);
	struct identify identify;
	const uint8_t *page = client->reply + AOE_ATA_DATA;
	uint8_t sum = 0;

	ask(client, make_ata(client, disk, ATA_IDENTIFY, 0, 1, NULL, 0));
	assert_int_equal(client->reply_length, AOE_ATA_DATA + IDENTIFY_SIZE);
	assert_int_equal(aoe_ata_parse(client->reply, client->reply_length, &client->ata), 0);
	assert_int_equal(client->ata.command, ATA_STATUS_READY);
	identify_parse(page, &identify);
	assert_int_equal(identify.sectors, SECTORS);
	assert_string_equal(identify.serial, "etherroot-7.3");
	assert_string_equal(identify.model, "etherroot");
	/* Both counts, little-endian, at words 60 and 100. */
	assert_int_equal(page[120] | page[121] << 8, SECTORS);
	assert_int_equal(page[200] | page[201] << 8, SECTORS);
	for (size_t i = 0; i < IDENTIFY_SIZE; i++)
		sum = (uint8_t)(sum + page[i]);
	assert_int_equal(sum, 0);
}

static void what_is_written_is_read_and_in_the_file(void **state)
{
	struct scene *scene = *state;
	struct client *client = scene_client(scene);
	uint8_t out[16 * AOE_SECTOR], in[16 * AOE_SECTOR];
	static const uint8_t counts[] = {1, 2, 16};

	for (size_t i = 0; i < sizeof(counts); i++) {
		size_t length = (size_t)counts[i] * AOE_SECTOR;
		uint64_t lba = 100 + 50 * i;

		fill(out, length, (unsigned int)i + 1);
		write_sectors(client, disk, lba, counts[i], out);
		read_file(scene_text(scene, "%s/disk", scene->folder), (off_t)lba * AOE_SECTOR, in,
		          length);
		assert_memory_equal(in, out, length);
		memset(in, 0, length);
		read_sectors(client, disk, lba, counts[i], in);
		assert_memory_equal(in, out, length);
	}
	/* And nothing beside them. */
	read_sectors(client, disk, 99, 1, in);
	for (size_t i = 0; i < AOE_SECTOR; i++)
		assert_int_equal(in[i], 0);
	read_sectors(client, disk, 101, 1, in);
	for (size_t i = 0; i < AOE_SECTOR; i++)
		assert_int_equal(in[i], 0);
}

static void short_commands_work_too(void **state)
{
	struct client *client = scene_client(*state);
	uint8_t out[AOE_SECTOR], in[AOE_SECTOR];
	/* The upper four bits belong to the device register: Linux sets them. */
	const uint64_t lba = SECTORS - 1, device = 0xe0000000;

	fill(out, sizeof(out), 1);
	ask(client, make_ata(client, disk, ATA_WRITE, lba | device, 1, out, sizeof(out)));
	ask(client, make_ata(client, disk, ATA_READ, lba | device, 1, NULL, 0));
	assert_memory_equal(client->reply + AOE_ATA_DATA, out, sizeof(out));
	read_sectors(client, disk, lba, 1, in);
	assert_memory_equal(in, out, sizeof(out));
}

static void a_read_may_carry_a_payload(void **state)
{
	struct client *client = scene_client(*state);
	uint8_t payload[2 * AOE_SECTOR];

	fill(payload, sizeof(payload), 1);
	ask(client, make_ata(client, disk, ATA_READ_EXT, 5, 2, payload, sizeof(payload)));
	assert_int_equal(client->reply_length, AOE_ATA_DATA + sizeof(payload));
	for (size_t i = 0; i < sizeof(payload); i++)
		assert_int_equal(client->reply[AOE_ATA_DATA + i], 0);
}

static void a_write_may_carry_more_than_it_writes(void **state)
{
	struct client *client = scene_client(*state);
	uint8_t payload[3 * AOE_SECTOR], in[3 * AOE_SECTOR];

	fill(payload, sizeof(payload), 1);
	ask(client, make_ata(client, disk, ATA_WRITE_EXT, 5, 2, payload, sizeof(payload)));
	read_sectors(client, disk, 5, 3, in);
	assert_memory_equal(in, payload, 2 * AOE_SECTOR);
	for (size_t i = 2 * AOE_SECTOR; i < sizeof(in); i++)
		assert_int_equal(in[i], 0);
}

static void the_end_is_the_end(void **state)
{
	struct client *client = scene_client(*state);
	uint8_t data[2 * AOE_SECTOR];
	const enum ata_command commands[] = {ATA_READ, ATA_READ_EXT, ATA_WRITE, ATA_WRITE_EXT};

	read_sectors(client, disk, SECTORS - 2, 2, data);
	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
		ask_failing(client, disk, commands[i], SECTORS, 1, ATA_ERROR_ID_NOT_FOUND);
		ask_failing(client, disk, commands[i], SECTORS - 1, 2, ATA_ERROR_ID_NOT_FOUND);
		ask_failing(client, disk, commands[i], 0x0fffffff, 1, ATA_ERROR_ID_NOT_FOUND);
	}
	ask_failing(client, disk, ATA_READ_EXT, 0xffffffffffff, 1, ATA_ERROR_ID_NOT_FOUND);
	ask_failing(client, disk, ATA_WRITE_EXT, 0xffffffffffff, 2, ATA_ERROR_ID_NOT_FOUND);
}

static void unknown_ata_commands_are_aborted(void **state)
{
	struct client *client = scene_client(*state);

	for (int command = 0; command < 256; command++) {
		switch (command) {
		case ATA_READ:
		case ATA_READ_EXT:
		case ATA_WRITE:
		case ATA_WRITE_EXT:
		case ATA_CHECK_POWER:
		case ATA_FLUSH:
		case ATA_FLUSH_EXT:
		case ATA_IDENTIFY:
			continue;
		}
		ask_failing(client, disk, (enum ata_command)command, 0, 1, ATA_ERROR_ABORTED);
	}
}

static void flush_and_power_succeed(void **state)
{
	struct client *client = scene_client(*state);
	const enum ata_command commands[] = {ATA_FLUSH, ATA_FLUSH_EXT, ATA_CHECK_POWER};

	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
		ask(client, make_ata(client, disk, commands[i], 0, 0, NULL, 0));
		assert_int_equal(client->reply_length, AOE_FRAME_MIN);
		aoe_ata_parse(client->reply, client->reply_length, &client->ata);
		assert_int_equal(client->ata.command, ATA_STATUS_READY);
		assert_int_equal(client->ata.count, commands[i] == ATA_CHECK_POWER ? 0xff : 0);
	}
}

static void sizes_that_no_frame_has_are_refused(void **state)
{
	struct client *client = scene_client(*state);
	static uint8_t data[MTU_SECTORS * AOE_SECTOR];

	/* 0 means 256 to a disk. */
	ask_refused(client, make_ata(client, disk, ATA_READ_EXT, 0, 0, NULL, 0), AOE_BAD_ARGUMENT);
	ask_refused(client, make_ata(client, disk, ATA_WRITE_EXT, 0, 0, NULL, 0), AOE_BAD_ARGUMENT);
	read_sectors(client, disk, 0, MTU_SECTORS, data);
	ask_refused(client, make_ata(client, disk, ATA_READ_EXT, 0, MTU_SECTORS + 1, NULL, 0),
	            AOE_BAD_ARGUMENT);
	ask_refused(client, make_ata(client, disk, ATA_READ_EXT, 0, 255, NULL, 0),
	            AOE_BAD_ARGUMENT);
	write_sectors(client, disk, 0, MTU_SECTORS, data);
	/* One byte less than it says. */
	ask_refused(client, make_ata(client, disk, ATA_WRITE_EXT, 0, 2, data, 2 * AOE_SECTOR - 1),
	            AOE_BAD_ARGUMENT);
}

static void read_only_is_read_only(void **state)
{
	struct scene *scene = *state;
	struct client *client = scene_client(scene);
	const char *path = scene_file(scene, "ro", SECTORS * AOE_SECTOR);
	uint8_t data[AOE_SECTOR];

	scene_stop(scene);
	scene_serve(scene, scene_text(scene, "7.3=%s,ro", path), NULL);
	scene_expect(scene, "read-only");
	ask_failing(client, disk, ATA_WRITE_EXT, 0, 1, ATA_ERROR_ABORTED);
	ask_failing(client, disk, ATA_WRITE, 0, 1, ATA_ERROR_ABORTED);
	read_sectors(client, disk, 0, 1, data);
	ask(client, make_ata(client, disk, ATA_FLUSH, 0, 0, NULL, 0));
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

static void other_versions_are_refused(void **state)
{
	struct client *client = scene_client(*state);

	for (int version = 0; version < 16; version++) {
		size_t length = make_config(client, disk, AOE_CONFIG_READ, "");

		client->request[14] = (uint8_t)(version << 4);
		if (version == AOE_VERSION)
			ask(client, length);
		else
			ask_refused(client, length, AOE_BAD_VERSION);
	}
}

static void unknown_commands_are_refused(void **state)
{
	struct client *client = scene_client(*state);

	for (int command = AOE_RESERVE + 1; command < 256; command++) {
		begin(client, disk, (enum aoe_command)command);
		ask_refused(client, aoe_pad(client->request, AOE_HEADER_SIZE), AOE_BAD_COMMAND);
	}
}

static void tags_come_back(void **state)
{
	struct client *client = scene_client(*state);
	const uint32_t tags[] = {0, 1, 0x80000000, 0xffffffff, 0x01020304};

	for (size_t i = 0; i < sizeof(tags) / sizeof(tags[0]); i++) {
		client->tag = tags[i] - 1;
		ask(client, make_ata(client, disk, ATA_IDENTIFY, 0, 1, NULL, 0));
		assert_int_equal(client->header.tag, tags[i]);
	}
}

static void what_is_not_for_us_is_ignored(void **state)
{
	struct client *client = scene_client(*state);
	size_t length;

	/* Another shelf, another slot. */
	ask_ignored(client, make_config(client, (struct aoe_address){8, 3}, AOE_CONFIG_READ, ""),
	            disk);
	ask_ignored(client, make_config(client, (struct aoe_address){7, 2}, AOE_CONFIG_READ, ""),
	            disk);
	/* Another host, and a multicast group. */
	length = make_config(client, disk, AOE_CONFIG_READ, "");
	client->request[5] ^= 1;
	ask_ignored(client, length, disk);
	length = make_config(client, disk, AOE_CONFIG_READ, "");
	client->request[0] |= 1;
	ask_ignored(client, length, disk);
	/* Another protocol. */
	length = make_config(client, disk, AOE_CONFIG_READ, "");
	client->request[12] = 0x08;
	client->request[13] = 0x00;
	ask_ignored(client, length, disk);
	/* A response is no request. */
	length = make_ata(client, disk, ATA_IDENTIFY, 0, 1, NULL, 0);
	client->request[14] |= AOE_RESPONSE;
	ask_ignored(client, length, disk);
	/* No host has this address. */
	length = make_config(client, disk, AOE_CONFIG_READ, "");
	client->request[6] |= 1;
	ask_ignored(client, length, disk);
}

static void a_window_of_a_file_is_exported(void **state)
{
	struct scene *scene = *state;
	struct client *client = scene_client(scene);
	uint8_t out[AOE_SECTOR], in[AOE_SECTOR];
	const char *path = scene_text(scene, "%s/disk", scene->folder);
	struct identify identify;

	scene_stop(scene);
	scene_serve(scene, scene_text(scene, "7.3=%s,offset=63,length=10", path), NULL);
	scene_expect(scene, ": 10 sectors");
	ask(client, make_ata(client, disk, ATA_IDENTIFY, 0, 1, NULL, 0));
	identify_parse(client->reply + AOE_ATA_DATA, &identify);
	assert_int_equal(identify.sectors, 10);
	fill(out, sizeof(out), 3);
	write_sectors(client, disk, 9, 1, out);
	ask_failing(client, disk, ATA_WRITE_EXT, 10, 1, ATA_ERROR_ID_NOT_FOUND);
	read_file(path, (63 + 9) * AOE_SECTOR, in, sizeof(in));
	assert_memory_equal(in, out, sizeof(out));

	scene_stop(scene);
	scene_serve(scene, scene_text(scene, "7.3=%s,offset=63", path), NULL);
	scene_expect(scene, ": 1985 sectors");
	read_sectors(client, disk, 9, 1, in);
	assert_memory_equal(in, out, sizeof(out));
}

/* Requests of one sector where the disk or file system may want blocks of 4096 bytes. */
static void past_the_page_cache_the_same_is_written(void **state)
{
	struct scene *scene = *state;
	struct client *client = scene_client(scene);
	uint8_t out[3 * AOE_SECTOR], in[24 * AOE_SECTOR];
	const char *path = scene_text(scene, "%s/disk", scene->folder);
	int fd = open(path, O_RDONLY | O_DIRECT | O_CLOEXEC);

	if (fd < 0) {
		print_message("# this file system has no O_DIRECT\n");
		skip();
	}
	close(fd);
	scene_stop(scene);
	scene_serve(scene, scene_text(scene, "7.3=%s,direct", path), NULL);
	memset(in, 0xee, sizeof(in));
	write_sectors(client, disk, 0, 16, in);
	fill(out, sizeof(out), 9);
	write_sectors(client, disk, 7, 3, out);
	read_sectors(client, disk, 0, 16, in);
	for (size_t i = 0; i < 16 * AOE_SECTOR; i++)
		if (i < 7 * AOE_SECTOR || i >= 10 * AOE_SECTOR)
			assert_int_equal(in[i], 0xee);
	assert_memory_equal(in + 7 * AOE_SECTOR, out, sizeof(out));
	read_file(path, 7 * AOE_SECTOR, in, sizeof(out));
	assert_memory_equal(in, out, sizeof(out));
	read_sectors(client, disk, SECTORS - 1, 1, in);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, setup, scene_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	        TEST(identify_tells_the_disk),
	        TEST(what_is_written_is_read_and_in_the_file),
	        TEST(short_commands_work_too),
	        TEST(a_read_may_carry_a_payload),
	        TEST(a_write_may_carry_more_than_it_writes),
	        TEST(the_end_is_the_end),
	        TEST(unknown_ata_commands_are_aborted),
	        TEST(flush_and_power_succeed),
	        TEST(sizes_that_no_frame_has_are_refused),
	        TEST(read_only_is_read_only),
	        TEST(config_is_the_administrators),
	        TEST(a_config_string_that_lies_is_refused),
	        TEST(nobody_locks_others_out_by_mask),
	        TEST(nobody_locks_others_out_by_reserve),
	        TEST(lists_that_lie_are_refused),
	        TEST(only_listed_initiators_are_answered),
	        TEST(a_broadcast_is_answered_by_each),
	        TEST(a_broadcast_only_asks),
	        TEST(other_versions_are_refused),
	        TEST(unknown_commands_are_refused),
	        TEST(tags_come_back),
	        TEST(what_is_not_for_us_is_ignored),
	        TEST(a_window_of_a_file_is_exported),
	        TEST(past_the_page_cache_the_same_is_written),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
