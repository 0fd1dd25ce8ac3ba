/* SPDX-License-Identifier: GPL-2.0-or-later */
/* An export that answers from an address of its own, which moves with it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "tests/protocol/scene.h"

enum { SECTORS = 2048 };

static const struct aoe_address moving = {7, 3}, fixed = {7, 4}, companion = {7, 5};
static const struct aoe_address everything = {AOE_SHELF_ALL, AOE_SLOT_ALL};
static const struct mac virtual_mac = {{0x02, 0xae, 0, 0, 0, 0x03}};
#define VIRTUAL_MAC "02:ae:00:00:00:03"

static int add_files(struct scene *scene)
{
	scene->sanitized = true;
	scene_file(scene, "a", SECTORS * AOE_SECTOR);
	scene_file(scene, "b", SECTORS * AOE_SECTOR);
	scene_file(scene, "c", SECTORS * AOE_SECTOR);
	return 0;
}

static int setup(void **state)
{
	return scene_setup(state) ? -1 : add_files(*state);
}

static int setup_cable(void **state)
{
	return scene_setup_cable(state) ? -1 : add_files(*state);
}

static char *moving_export(struct scene *scene)
{
	return scene_text(scene, "7.3=%s/a,vmac=" VIRTUAL_MAC, scene->folder);
}

static void serve(struct scene *scene)
{
	scene_serve(scene, scene_text(scene, "--control=%s/control", scene->folder),
	            moving_export(scene), scene_text(scene, "7.4=%s/b", scene->folder),
	            scene_text(scene, "7.5=%s/c,vmac=" VIRTUAL_MAC, scene->folder), NULL);
}

/* A client that knows the virtual address. */
static struct client *client_of_virtual(struct scene *scene)
{
	struct client *client = scene_client(scene);

	client->target = virtual_mac;
	return client;
}

static void check_transfer(struct client *client, struct aoe_address address)
{
	uint8_t out[AOE_SECTOR], in[AOE_SECTOR];

	fill(out, sizeof(out), address.slot);
	write_sectors(client, address, 5, 1, out);
	read_sectors(client, address, 5, 1, in);
	assert_memory_equal(in, out, sizeof(out));
	ask(client, make_config(client, address, AOE_CONFIG_READ, ""));
	ask(client, make_ata(client, address, ATA_FLUSH, 0, 0, NULL, 0));
}

/* Two may share one; what has none answers from the LAN's. */
static void it_answers_from_its_own_address(void **state)
{
	struct scene *scene = *state;
	struct client *client = client_of_virtual(scene), *other = scene_client(scene);

	serve(scene);
	check_transfer(client, moving);
	check_transfer(client, companion);
	check_transfer(other, fixed);
	/* To another's address nobody answers, nor to a stranger's. */
	other->target = virtual_mac;
	say(other, make_config(other, fixed, AOE_CONFIG_READ, ""));
	other->target.octet[5] ^= 1;
	say(other, make_config(other, moving, AOE_CONFIG_READ, ""));
	other->target = target_mac;
	ask(other, make_config(other, fixed, AOE_CONFIG_READ, ""));
	/* Who knows the LAN's address from before is answered, and learns the new one. */
	say(other, make_config(other, moving, AOE_CONFIG_READ, ""));
	other->target = virtual_mac;
	hear(other);
	check_reply(other, moving, AOE_RESPONSE, 0);
	scene_stop(scene);
}

static void a_broadcast_is_answered_by_each_from_its_own(void **state)
{
	struct scene *scene = *state;
	struct client *client = scene_client(scene);
	const struct mac *sources[] = {&virtual_mac, &target_mac, &virtual_mac};

	serve(scene);
	say(client, make_config(client, everything, AOE_CONFIG_READ, ""));
	for (uint8_t i = 0; i < 3; i++) {
		hear(client);
		assert_int_equal(client->header.address.slot, 3 + i);
		assert_true(mac_equal(client->header.source, *sources[i]));
	}
	scene_stop(scene);
}

/* Requests that come while there is nobody to answer them do nothing; then the LAN is told. */
static void it_is_announced_from_its_own_address(void **state)
{
	struct scene *scene = *state;
	struct client *client = client_of_virtual(scene);
	uint8_t data[AOE_SECTOR];

	serve(scene);
	fill(data, sizeof(data), 1);
	write_sectors(client, moving, 5, 1, data);
	control_agrees(scene, "withdraw e7.3", "");
	memset(data, 0xff, sizeof(data));
	say(client, make_ata(client, moving, ATA_WRITE_EXT, 5, 1, data, sizeof(data)));
	/* The one beside it goes on, from the same address. */
	check_transfer(client, companion);
	control_agrees(scene, "resume e7.3", "");
	hear(client);
	assert_true(mac_equal(client->header.source, virtual_mac));
	assert_true(mac_equal(client->header.destination, mac_broadcast));
	assert_int_equal(client->header.flags, AOE_RESPONSE);
	assert_int_equal(client->header.command, AOE_CONFIG);
	assert_int_equal(aoe_address_compare(client->header.address, moving), 0);
	read_sectors(client, moving, 5, 1, data);
	assert_int_not_equal(data[0], 0xff);
	scene_stop(scene);
}

/* Skips what is asked, and hears what is announced. */
static void hear_announcement(struct client *client)
{
	do
		hear(client);
	while (!(client->header.flags & AOE_RESPONSE));
	assert_int_equal(client->header.command, AOE_CONFIG);
	assert_true(mac_equal(client->header.destination, mac_broadcast));
}

static void it_works_on_a_card(void **state)
{
	struct scene *scene = *state;
	struct client *client = client_of_virtual(scene);

	serve(scene);
	for (uint8_t slot = 3; slot <= 5; slot++) {
		hear_announcement(client);
		assert_int_equal(client->header.address.slot, slot);
		assert_true(mac_equal(client->header.source, slot == 4 ? target_mac : virtual_mac));
	}
	check_transfer(client, moving);
	check_transfer(client, companion);
	assert_int_equal(
	        scene_run(scene, "bridge fdb show dev lan0 | grep -q '" VIRTUAL_MAC " self'"), 0);
	scene_stop(scene);
}

/* The card looks for the address as long as there is an export that has it. */
static void a_reload_takes_it_along(void **state)
{
	static const char filter[] = "bridge fdb show dev lan0 | grep -q '" VIRTUAL_MAC " self'";
	struct scene *scene = *state;
	struct client *client = client_of_virtual(scene);
	const char *without = scene_text(scene, "export 7.4 %s/b\n", scene->folder);

	scene_configure(scene, without);
	scene_serve(scene, scene_text(scene, "--control=%s/control", scene->folder),
	            scene_text(scene, "--config=%s/serve.conf", scene->folder), NULL);
	assert_int_not_equal(scene_run(scene, filter), 0);
	scene_configure(scene, scene_text(scene, "%sexport 7.3 %s/a vmac=" VIRTUAL_MAC "\n",
	                                  without, scene->folder));
	control_agrees(scene, "reload", "");
	do
		hear_announcement(client);
	while (client->header.address.slot != 3);
	assert_true(mac_equal(client->header.source, virtual_mac));
	check_transfer(client, moving);
	assert_int_equal(scene_run(scene, filter), 0);
	scene_configure(scene, without);
	control_agrees(scene, "reload", "");
	assert_int_not_equal(scene_run(scene, filter), 0);
	scene_stop(scene);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, setup, scene_teardown)
#define CABLE_TEST(function)                                                                       \
	cmocka_unit_test_setup_teardown(function, setup_cable, scene_teardown_cable)

int main(void)
{
	const struct CMUnitTest tests[] = {
	        TEST(it_answers_from_its_own_address),
	        TEST(a_broadcast_is_answered_by_each_from_its_own),
	        TEST(it_is_announced_from_its_own_address),
	        CABLE_TEST(it_works_on_a_card),
	        CABLE_TEST(a_reload_takes_it_along),
	};

	if (!scene_enter_network())
		return 0;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
