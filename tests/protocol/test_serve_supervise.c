/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The target as a service: what its manager is told, and how the journal gets its messages. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "tests/protocol/scene.h"

struct manager {
	struct scene *scene;
	int socket;
	char heard[4096]; /* the latest message */
};

static int setup(void **state)
{
	struct manager *manager = calloc(1, sizeof(*manager));
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	void *scene = NULL;

	if (!manager || scene_setup(&scene))
		return -1;
	*state = manager;
	manager->scene = scene;
	snprintf(address.sun_path, sizeof(address.sun_path), "%s/notify", manager->scene->folder);
	manager->socket = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (manager->socket < 0 ||
	    bind(manager->socket, (struct sockaddr *)&address, sizeof(address)))
		return -1;
	return setenv("NOTIFY_SOCKET", address.sun_path, 1);
}

static int teardown(void **state)
{
	struct manager *manager = *state;
	void *scene = manager->scene;

	unsetenv("NOTIFY_SOCKET");
	unsetenv("WATCHDOG_USEC");
	unsetenv("JOURNAL_STREAM");
	close(manager->socket);
	free(manager);
	return scene_teardown(&scene);
}

static void start(struct manager *manager)
{
	struct scene *scene = manager->scene;

	scene_file(scene, "disk", 2048 * AOE_SECTOR);
	scene_serve(scene, scene_text(scene, "7.3=%s/disk", scene->folder), NULL);
}

/* The next message, which must begin so. */
static void hears(struct manager *manager, const char *beginning)
{
	struct pollfd fd = {.fd = manager->socket, .events = POLLIN};
	ssize_t n;

	assert_int_equal(poll(&fd, 1, DEADLINE), 1);
	n = recv(manager->socket, manager->heard, sizeof(manager->heard) - 1, 0);
	assert_true(n > 0);
	manager->heard[n] = '\0';
	if (strncmp(manager->heard, beginning, strlen(beginning)) != 0)
		fail_msg("told: %s", manager->heard);
}

static void its_life_is_told(void **state)
{
	struct manager *manager = *state;

	start(manager);
	hears(manager, "READY=1\nSTATUS=serving e7.3 on ");
	assert_non_null(strstr(manager->heard, "/lan (MTU 9202, MAC 02:00:00:00:00:aa, "));
	scene_signal(manager->scene, SIGHUP);
	hears(manager, "RELOADING=1\nMONOTONIC_USEC=");
	hears(manager, "READY=1\nSTATUS=serving e7.3 on ");
	scene_signal(manager->scene, SIGTERM);
	hears(manager, "STOPPING=1");
	assert_int_equal(scene_wait(manager->scene), 0);
}

/* Not before it is true: the manager starts what depends on it then. */
static void ready_is_not_told_of_a_failure(void **state)
{
	struct manager *manager = *state;

	scene_refused(manager->scene, 1, "no such file or device",
	              program(manager->scene, "etherroot"), "serve", "-q", manager->scene->socket,
	              "0.0=/nosuch", NULL);
	assert_int_equal(recv(manager->socket, manager->heard, 1, MSG_DONTWAIT), -1);
}

static void the_watchdog_is_fed(void **state)
{
	struct manager *manager = *state;

	setenv("WATCHDOG_USEC", "100000", 1);
	start(manager);
	hears(manager, "READY=1");
	for (int i = 0; i < 3; i++)
		hears(manager, "WATCHDOG=1");
	scene_stop(manager->scene);
}

static void fill_queue(struct manager *manager)
{
	struct sockaddr_un address;
	socklen_t length = sizeof(address);
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	assert_int_equal(getsockname(manager->socket, (struct sockaddr *)&address, &length), 0);
	assert_true(fd >= 0);
	while (sendto(fd, "", 1, MSG_DONTWAIT, (struct sockaddr *)&address, length) == 1)
		;
	close(fd);
}

/* A manager that takes nothing holds nobody up. */
static void a_manager_that_hangs(void **state)
{
	struct manager *manager = *state;
	struct client *client = scene_client(manager->scene);
	const struct aoe_address disk = {7, 3};
	uint8_t sector[AOE_SECTOR];

	start(manager);
	/* Its queue is full. */
	hears(manager, "READY=1");
	fill_queue(manager);
	scene_signal(manager->scene, SIGHUP);
	scene_expect(manager->scene, "reloaded: ");
	read_sectors(client, disk, 0, 1, sector);
	scene_stop(manager->scene);
}

/* stderr is a pipe of the test's; the journal says which one it reads. */
static void the_journal_gets_priorities(void **state)
{
	struct manager *manager = *state;
	struct scene *scene = manager->scene;
	char *arguments[4];

	arguments[0] = scene_text(scene, "/bin/sh");
	arguments[1] = scene_text(scene, "-c");
	arguments[2] = scene_text(scene,
	                          "JOURNAL_STREAM=$(stat -L -c %%d:%%i /proc/self/fd/2) "
	                          "exec '%s' serve -q '%s' 0.0=/nosuch",
	                          program(scene, "etherroot"), scene->socket);
	arguments[3] = NULL;
	scene_start(scene, arguments);
	assert_int_equal(scene_wait(scene), 1);
	assert_string_equal(scene->log, "<3>etherroot serve: e0.0: /nosuch: no such file or "
	                                "device\n");
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	        TEST(its_life_is_told),
	        TEST(ready_is_not_told_of_a_failure),
	        TEST(the_watchdog_is_fed),
	        TEST(a_manager_that_hangs),
	        TEST(the_journal_gets_priorities),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
