/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a service manager is told, and whether it reads the messages. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "tools/serve/watch/journal.h"
#include "tools/serve/watch/notify.h"

/* A manager's socket at an abstract address of its own; address has room for 64 bytes. */
static int listen_abstract(char *address)
{
	struct sockaddr_un un = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0), length;

	assert_true(fd >= 0);
	length = snprintf(address, 64, "@etherroot-test-%d", (int)getpid());
	memcpy(un.sun_path + 1, address + 1, (size_t)length - 1);
	assert_int_equal(bind(fd, (struct sockaddr *)&un,
	                      (socklen_t)(offsetof(struct sockaddr_un, sun_path) + (size_t)length)),
	                 0);
	return fd;
}

static void test_told(void **state)
{
	struct notify notify;
	char address[64], heard[256];
	int manager = listen_abstract(address);
	ssize_t n;

	(void)state;
	assert_int_equal(notify_open(&notify, address), 0);
	notify_send(&notify, "READY=1\nSTATUS=%d exports", 3);
	n = recv(manager, heard, sizeof(heard), MSG_DONTWAIT);
	assert_int_equal(n, strlen("READY=1\nSTATUS=3 exports"));
	assert_memory_equal(heard, "READY=1\nSTATUS=3 exports", (size_t)n);
	/* One that does not listen holds nobody up, and one that is gone kills nobody. */
	for (int i = 0; i < 10000; i++)
		notify_send(&notify, "WATCHDOG=1");
	close(manager);
	notify_send(&notify, "WATCHDOG=1");
	notify_close(&notify);
	notify_send(&notify, "WATCHDOG=1");
	notify_close(&notify);
}

static void test_nobody(void **state)
{
	static const char *const wrong[] = {"", "/", "@", "relative", "vsock:2:1"};
	struct notify notify;
	char path[300];

	(void)state;
	assert_int_equal(notify_open(&notify, NULL), 0);
	notify_send(&notify, "READY=1");
	notify_close(&notify);
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		assert_int_equal(notify_open(&notify, wrong[i]), -EINVAL);
		notify_send(&notify, "READY=1");
	}
	memset(path, '/', sizeof(path));
	path[sizeof(path) - 1] = '\0';
	assert_int_equal(notify_open(&notify, path), -EINVAL);
	assert_int_equal(notify_open(&notify, "/nosuch/socket"), -ENOENT);
	assert_int_equal(notify.socket, -1);
}

static void test_interval(void **state)
{
	(void)state;
	assert_int_equal(notify_interval(NULL, NULL, 7), 0);
	assert_int_equal(notify_interval("30000000", NULL, 7), 15000);
	assert_int_equal(notify_interval("30000000", "7", 7), 15000);
	assert_int_equal(notify_interval("30000000", "8", 7), 0);
	assert_int_equal(notify_interval("30000000", "x", 7), 0);
	assert_int_equal(notify_interval("1", NULL, 7), 1);
	assert_int_equal(notify_interval("0", NULL, 7), 0);
	assert_int_equal(notify_interval("-1", NULL, 7), 0);
	assert_int_equal(notify_interval("", NULL, 7), 0);
}

static void test_journal(void **state)
{
	char stream[64];
	struct stat status;
	int pipes[2];

	(void)state;
	assert_int_equal(pipe(pipes), 0);
	assert_int_equal(fstat(pipes[1], &status), 0);
	snprintf(stream, sizeof(stream), "%llu:%llu", (unsigned long long)status.st_dev,
	         (unsigned long long)status.st_ino);
	assert_true(journal_reads(stream, pipes[1]));
	assert_false(journal_reads(stream, STDIN_FILENO));
	strcat(stream, "0");
	assert_false(journal_reads(stream, pipes[1]));
	assert_false(journal_reads(NULL, pipes[1]));
	assert_false(journal_reads("", pipes[1]));
	assert_false(journal_reads("1", pipes[1]));
	assert_false(journal_reads("1:", pipes[1]));
	assert_false(journal_reads("1:x", pipes[1]));
	close(pipes[0]);
	close(pipes[1]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_told),
	        cmocka_unit_test(test_nobody),
	        cmocka_unit_test(test_interval),
	        cmocka_unit_test(test_journal),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
