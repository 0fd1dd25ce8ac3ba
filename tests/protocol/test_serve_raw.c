/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The target on an Ethernet interface, frame by frame: a veth pair in a network namespace of the
 * test's own. The target runs under the sanitizers. What the outside tools say is in test_raw.sh.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/protocol/scene.h"

enum { SECTORS = 2048 };

static const struct aoe_address disk = {7, 3};

static int setup(void **state)
{
	struct scene *scene;

	if (scene_setup_cable(state))
		return -1;
	scene = *state;
	scene->sanitized = true;
	scene_file(scene, "disk", SECTORS * AOE_SECTOR);
	return 0;
}

static void serve(struct scene *scene)
{
	scene_serve(scene, scene_text(scene, "7.3=%s/disk", scene->folder), NULL);
}

/* The announcements of the start, which may come before what is asked for. */
static void skip_announcement(struct client *client)
{
	hear(client);
	assert_int_equal(client->header.command, AOE_CONFIG);
	assert_int_equal(client->header.tag, 0);
}

static void commands_work(void **state)
{
	struct scene *scene = *state;
	struct client *client = scene_client(scene);
	uint8_t out[2 * AOE_SECTOR], in[2 * AOE_SECTOR];

	serve(scene);
	skip_announcement(client);
	fill(out, sizeof(out), 1);
	write_sectors(client, disk, SECTORS - 2, 2, out);
	read_sectors(client, disk, SECTORS - 2, 2, in);
	assert_memory_equal(in, out, sizeof(out));
	/* More than fits into a frame here. */
	ask_refused(client, make_ata(client, disk, ATA_READ_EXT, 0, 3, NULL, 0), AOE_BAD_ARGUMENT);
	scene_stop(scene);
}

/* Bytes that the kernel lets a socket have in sending, of 1 MiB that the target asks for. */
static int send_buffer(const struct client *client)
{
	int bytes = 1 << 20;
	socklen_t size = sizeof(bytes);

	setsockopt(client->socket, SOL_SOCKET, SO_SNDBUF, &bytes, size);
	assert_int_equal(getsockopt(client->socket, SOL_SOCKET, SO_SNDBUF, &bytes, &size), 0);
	return bytes;
}

/* A slow link takes some answers at once: the others wait, in order, and none is lost. */
static void answers_wait_for_a_slow_link(void **state)
{
	struct scene *scene = *state;
	struct client *client = scene_client(scene);
	const int answer = AOE_ATA_DATA + 2 * AOE_SECTOR, room = 16 << 20;
	/* More than fit: the kernel adds its own to each. */
	const uint32_t reads = (uint32_t)(send_buffer(client) / answer);

	setsockopt(client->socket, SOL_SOCKET, SO_RCVBUF, &room, sizeof(room));
	if (scene_run(scene, "tc qdisc add dev lan0 root tbf rate 16mbit burst 10k limit 10m")) {
		print_message("# this kernel has no token bucket filter (sch_tbf)\n");
		skip();
	}
	/* So many that none waits behind another's for having too many. */
	scene_serve(scene, "--buffers=65535", scene_text(scene, "7.3=%s/disk", scene->folder),
	            NULL);
	skip_announcement(client);
	for (uint32_t i = 0; i < reads; i++)
		say(client, make_ata(client, disk, ATA_READ_EXT, i % 1024, 2, NULL, 0));
	for (uint32_t i = 0; i < reads; i++) {
		hear(client);
		assert_int_equal(client->header.tag, FIRST_TAG + i);
		assert_int_equal(client->reply_length, answer);
	}
	/* And then it listens again. */
	ask(client, make_ata(client, disk, ATA_IDENTIFY, 0, 1, NULL, 0));
	scene_stop(scene);
	assert_null(strstr(scene->log, "could not be sent"));
}

/*
 * A full queue in front of the link does not tell when it has room again: it is tried again and
 * again, even when the target stands still for longer than between two tries.
 */
static void answers_wait_for_a_full_queue(void **state)
{
	enum { READS = 60 };
	struct scene *scene = *state;
	struct client *client = scene_client(scene);

	if (system("strace -o /dev/null true 2>/dev/null") ||
	    scene_run(scene, "tc qdisc add dev lan0 root tbf rate 16mbit burst 10k limit 20k")) {
		print_message("# no strace, or it may not trace here, or no sch_tbf\n");
		skip();
	}
	scene->strace = "inject=epoll_wait:delay_enter=3000"; /* microseconds */
	serve(scene);
	skip_announcement(client);
	for (uint32_t i = 0; i < READS; i++)
		say(client, make_ata(client, disk, ATA_READ_EXT, i, 2, NULL, 0));
	for (uint32_t i = 0; i < READS; i++) {
		hear(client);
		assert_int_equal(client->header.tag, FIRST_TAG + i);
	}
	ask(client, make_ata(client, disk, ATA_IDENTIFY, 0, 1, NULL, 0));
	scene_stop(scene);
	assert_null(strstr(scene->log, "could not be sent"));
}

/* A frame that is too long after all: the initiator asks again, the log tells. */
static void what_the_kernel_does_not_take_is_told(void **state)
{
	struct scene *scene = *state;
	struct client *client = scene_client(scene);

	if (system("strace -o /dev/null true 2>/dev/null")) {
		print_message("# no strace, or it may not trace here\n");
		skip();
	}
	/* The first one is the announcement. */
	scene->strace = "inject=sendmmsg:error=EMSGSIZE:when=2";
	serve(scene);
	skip_announcement(client);
	say(client, make_ata(client, disk, ATA_IDENTIFY, 0, 1, NULL, 0));
	scene_expect(scene, "etherroot serve: lan0: 1 frame could not be sent\n");
	ask(client, make_ata(client, disk, ATA_IDENTIFY, 0, 1, NULL, 0));
	scene_stop(scene);
}

/* Answers to others that come before the one to this initiator. */
static unsigned int count_answers_before(struct client *client, struct mac mac)
{
	unsigned int count = 0;

	for (hear(client); !mac_equal(client->header.destination, mac); hear(client))
		count++;
	return count;
}

/*
 * One initiator has far more reads waiting than it was told it may have, all of them in memory,
 * when another asks for something, of the same export or another: that is not answered after all
 * those.
 */
static void who_asks_for_too_much_waits_itself(void **state)
{
	enum { READS = 150 };
	static const struct aoe_address addresses[] = {{7, 3}, {7, 4}};
	static const struct mac other = {{0x02, 0, 0, 0, 1, 2}};
	struct scene *scene = *state;
	struct client *client = scene_client(scene);
	const struct mac greedy = client->mac;
	const int room = 16 << 20;
	uint8_t data[AOE_SECTOR];

	setsockopt(client->socket, SOL_SOCKET, SO_RCVBUF, &room, sizeof(room));
	scene_serve(scene, scene_text(scene, "7.3=%s/disk", scene->folder),
	            scene_text(scene, "7.4=%s", scene_file(scene, "other", 4096)), NULL);
	skip_announcement(client);
	skip_announcement(client);
	/* It is in memory from now on. */
	for (unsigned int k = 0; k < READS; k++)
		read_sectors(client, disk, k, 1, data);
	for (size_t i = 0; i < 2; i++) {
		unsigned int before;

		read_sectors(client, addresses[i], 1, 1, data);
		scene_freeze(scene);
		for (unsigned int k = 0; k < READS; k++)
			say(client, make_ata(client, disk, ATA_READ_EXT, k, 1, NULL, 0));
		client->mac = other;
		say(client, make_ata(client, addresses[i], ATA_READ_EXT, 1, 1, NULL, 0));
		client->mac = greedy;
		scene_thaw(scene);
		before = count_answers_before(client, other);
		assert_in_range(before, 0, READS * 2 / 3);
		for (; before < READS; before++)
			hear(client);
	}
	scene_stop(scene);
}

/* A bridge or a capture makes the interface take what is meant for others. */
static void frames_for_other_hosts_are_ignored(void **state)
{
	struct scene *scene = *state;
	struct client *client = scene_client(scene);
	uint8_t data[AOE_SECTOR];
	size_t length;

	assert_int_equal(scene_run(scene, "ip link set lan0 promisc on"), 0);
	serve(scene);
	skip_announcement(client);
	memset(data, 0xff, sizeof(data));
	length = make_ata(client, disk, ATA_WRITE_EXT, 3, 1, data, sizeof(data));
	client->request[5] ^= 1;
	ask_ignored(client, length, disk);
	/* The announcement of a stranger to another host. */
	length = make_config(client, disk, AOE_CONFIG_READ, "");
	client->request[14] |= AOE_RESPONSE;
	client->request[5] ^= 1;
	ask_ignored(client, length, disk);
	read_sectors(client, disk, 3, 1, data);
	for (size_t i = 0; i < sizeof(data); i++)
		assert_int_equal(data[i], 0);
	scene_stop(scene);
	assert_null(strstr(scene->log, "answers for the same address"));
}

static void frames_longer_than_any_are_ignored(void **state)
{
	struct scene *scene = *state;
	struct client *client = scene_client(scene);
	size_t length;

	assert_int_equal(
	        scene_run(scene, "ip link set lan0 mtu 12000 && ip link set lan1 mtu 12000"), 0);
	serve(scene);
	skip_announcement(client);
	length = make_ata(client, disk, ATA_IDENTIFY, 0, 1, NULL, 0);
	ask_ignored(client, length + 10000, disk);
	scene_stop(scene);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, setup, scene_teardown_cable)

int main(void)
{
	const struct CMUnitTest tests[] = {
	        TEST(commands_work),
	        TEST(answers_wait_for_a_slow_link),
	        TEST(answers_wait_for_a_full_queue),
	        TEST(what_the_kernel_does_not_take_is_told),
	        TEST(who_asks_for_too_much_waits_itself),
	        TEST(frames_for_other_hosts_are_ignored),
	        TEST(frames_longer_than_any_are_ignored),
	};

	if (!scene_enter_network())
		return 0;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
