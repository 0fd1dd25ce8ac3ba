/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the target says of its LANs: the link, and frames that were lost. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tools/serve/lan/port.h"

struct scene {
	struct lan lan;
	struct port *port;
	char said[4096]; /* each message with its priority before and a newline behind */
};

static void hear(void *owner, enum say_priority priority, const char *text)
{
	struct scene *scene = owner;
	size_t used = strlen(scene->said);

	snprintf(scene->said + used, sizeof(scene->said) - used, "<%d>%s\n", (int)priority, text);
}

static size_t receive_nothing(struct lan *lan, struct lan_frame *frames, size_t count)
{
	(void)lan;
	(void)frames;
	(void)count;
	return 0;
}

static const struct lan_operations operations = {.receive = receive_nothing};

static int setup(void **state)
{
	struct scene *scene = calloc(1, sizeof(*scene));

	if (!scene)
		return -1;
	*state = scene;
	scene->lan = (struct lan){.operations = &operations,
	                          .name = "lan0",
	                          .fd = -1,
	                          .mac = {{2, 0, 0, 0, 0, 0xaa}},
	                          .mtu = 9000,
	                          .state = LAN_UP,
	                          .buffers = 64};
	return port_create(&scene->lan, 0, &scene->port);
}

static int teardown(void **state)
{
	struct scene *scene = *state;

	port_free(scene->port);
	free(scene);
	return 0;
}

static void check_change(struct scene *scene, enum lan_state state, const char *message)
{
	const struct say say = {.print = hear, .owner = scene};

	scene->said[0] = '\0';
	scene->lan.state = state;
	scene->lan.changed = true;
	assert_true(port_has_changed(scene->port, &say));
	assert_string_equal(scene->said, message);
	assert_false(port_has_changed(scene->port, &say));
}

static void test_link(void **state)
{
	struct scene *scene = *state;

	check_change(scene, LAN_DOWN, "<4>lan0: the link is down: waiting for it\n");
	check_change(scene, LAN_UP, "<5>lan0: the link is up: MTU 9000, MAC 02:00:00:00:00:aa\n");
	check_change(scene, LAN_GONE, "<4>lan0: the interface is gone: waiting for it\n");
	strcpy(scene->lan.master, "bridge br0");
	check_change(
	        scene, LAN_PORT,
	        "<4>lan0: it is a port of the bridge br0 now, which takes its frames: serve on "
	        "br0 instead\n");
}

static void check_report(struct scene *scene, uint64_t now, const char *message)
{
	const struct say say = {.print = hear, .owner = scene};

	scene->said[0] = '\0';
	assert_true(port_has_losses(scene->port) || !*message);
	port_report(scene->port, &say, now);
	assert_string_equal(scene->said, message);
}

static void test_overruns(void **state)
{
	struct scene *scene = *state;

	check_report(scene, 1, "");
	scene->lan.overruns = 1721;
	check_report(scene, 1000,
	             "<4>lan0: 1721 frames found no room and were lost, initiators repeat them: "
	             "requests come faster than they are done: lower --buffers, which is 64\n");
	scene->lan.overruns = 1722;
	check_report(scene, 2000, "");
	check_report(scene, 11000,
	             "<4>lan0: 1 frame found no room and was lost, initiators repeat them: "
	             "requests come faster than they are done: lower --buffers, which is 64\n");
	check_report(scene, 30000, "");
}

static void test_lost(void **state)
{
	struct scene *scene = *state;

	scene->lan.lost = 3;
	check_report(scene, 1, "<4>lan0: 3 frames could not be sent\n");
	/* What is sent into a link that is down is lost as expected. */
	scene->lan.state = LAN_DOWN;
	scene->lan.lost = 5;
	check_report(scene, 20000, "");
	scene->lan.state = LAN_UP;
	check_report(scene, 40000, "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test_setup_teardown(test_link, setup, teardown),
	        cmocka_unit_test_setup_teardown(test_overruns, setup, teardown),
	        cmocka_unit_test_setup_teardown(test_lost, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
