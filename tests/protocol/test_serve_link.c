/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Others are asked for an export's address again when a link comes, and when it is known that the
 * LAN forwards: on a cable, whose other end is another target, or an initiator.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "tests/protocol/scene.h"

enum { SECTORS = 64 };

static const struct aoe_address disk = {7, 3};
static const char taken_message[] = "e7.3: taken: 02:00:00:00:00:01 on lan0 answers for it already";

static int setup(void **state)
{
	struct scene *scene;

	if (scene_setup_cable(state))
		return -1;
	scene = *state;
	scene->sanitized = true;
	scene_file(scene, "a", SECTORS * AOE_SECTOR);
	return 0;
}

/* Nobody answers, and so it is served. */
static struct client *serve_alone(struct scene *scene, const char *listen)
{
	struct client *client = scene_client(scene);

	scene_serve(scene, scene_text(scene, "--listen=%s", listen),
	            scene_text(scene, "--control=%s/control", scene->folder),
	            scene_text(scene, "7.3=%s/a", scene->folder), NULL);
	return client;
}

static void hear_until(struct client *client, uint8_t flags)
{
	do
		hear(client);
	while (client->header.flags != flags || client->header.command != AOE_CONFIG ||
	       aoe_address_compare(client->header.address, disk));
}

/* As a target that has it too. */
static void answer(struct client *client)
{
	size_t length = make_config(client, disk, AOE_CONFIG_READ, "");

	client->request[AOE_AT_VERSION_FLAGS] |= AOE_RESPONSE;
	say(client, length);
}

/* All that came until now. */
static void forget(struct client *client)
{
	while (recv(client->socket, client->reply, sizeof(client->reply), MSG_DONTWAIT) > 0)
		;
}

static void replug(struct scene *scene)
{
	assert_int_equal(scene_run(scene, "ip link set lan0 down"), 0);
	scene_expect(scene, "lan0: the link is down");
	assert_int_equal(scene_run(scene, "ip link set lan0 up"), 0);
	scene_expect(scene, "lan0: the link is up");
}

/* What a switch does not forward nobody has heard: not the question, and no initiator either. */
static void the_first_frame_makes_it_ask_before_it_answers(void **state)
{
	struct scene *scene = *state;
	struct client *client = serve_alone(scene, "300");
	uint8_t data[AOE_SECTOR];

	hear_until(client, AOE_RESPONSE);
	forget(client);
	say(client, make_ata(client, disk, ATA_READ_EXT, 0, 1, NULL, 0));
	hear_until(client, 0);
	/* The read was not answered; now it is served, and known so. */
	hear_until(client, AOE_RESPONSE);
	assert_int_equal(client->header.tag, 0);
	read_sectors(client, disk, 0, 1, data);
	/* That was the first, and no other one is. */
	read_sectors(client, disk, 1, 1, data);
	scene_stop(scene);
	assert_null(strstr(scene->log, "taken"));
}

static void who_answers_then_has_it(void **state)
{
	struct scene *scene = *state;
	struct client *client = serve_alone(scene, "300");

	hear_until(client, AOE_RESPONSE);
	/* It is heard first by its own announcement, as by one that a switch lets through. */
	answer(client);
	scene_expect(scene, taken_message);
	control_agrees(scene, "status table", "e7.3       taken ");
	scene_stop(scene);
}

/* Another server may have taken over meanwhile. */
static void a_link_that_returns_makes_it_ask(void **state)
{
	struct scene *scene = *state;
	struct client *client = serve_alone(scene, "2000");
	uint8_t data[AOE_SECTOR];

	say(client, make_config(client, disk, AOE_CONFIG_READ, ""));
	hear_until(client, AOE_RESPONSE);
	hear_until(client, AOE_RESPONSE);
	read_sectors(client, disk, 0, 1, data);
	forget(client);
	replug(scene);
	hear_until(client, 0);
	answer(client);
	scene_expect(scene, taken_message);
	scene_stop(scene);
}

/* The administrator has said that both are to answer. */
static void what_was_forced_is_not_asked_for_again(void **state)
{
	struct scene *scene = *state;
	struct client *client = serve_alone(scene, "300");
	uint8_t data[AOE_SECTOR];

	hear_until(client, AOE_RESPONSE);
	control_agrees(scene, "resume e7.3 force", "");
	read_sectors(client, disk, 0, 1, data);
	replug(scene);
	read_sectors(client, disk, 1, 1, data);
	scene_stop(scene);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, setup, scene_teardown_cable)

int main(void)
{
	const struct CMUnitTest tests[] = {
	        TEST(the_first_frame_makes_it_ask_before_it_answers),
	        TEST(who_answers_then_has_it),
	        TEST(a_link_that_returns_makes_it_ask),
	        TEST(what_was_forced_is_not_asked_for_again),
	};

	if (!scene_enter_network())
		return 0;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
