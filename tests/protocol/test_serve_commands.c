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
#include "tools/aoe/identify.h"

enum { SECTORS = 2048, MTU_SECTORS = 17 };

static const struct aoe_address disk = {7, 3};

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
	/* Beyond 28 bits nothing begins anew. */
	ask_failing(client, disk, ATA_READ_EXT, 1 << 28, 1, ATA_ERROR_ID_NOT_FOUND);
	ask_failing(client, disk, ATA_WRITE_EXT, 1 << 28, 1, ATA_ERROR_ID_NOT_FOUND);
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
	        TEST(other_versions_are_refused),
	        TEST(unknown_commands_are_refused),
	        TEST(tags_come_back),
	        TEST(what_is_not_for_us_is_ignored),
	        TEST(a_window_of_a_file_is_exported),
	        TEST(past_the_page_cache_the_same_is_written),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
