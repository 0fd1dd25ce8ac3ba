/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whoever connects to a target's control socket and behaves badly holds neither it nor the loop. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <dirent.h>
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "tests/protocol/scene.h"
#include "tools/serve/watch/ask.h"
#include "tools/serve/watch/control.h"

enum { CROWD = 4 * CONTROL_CLIENTS };

static const struct aoe_address disk = {7, 3};

static int setup(void **state)
{
	struct scene *scene;

	if (scene_setup(state))
		return -1;
	scene = *state;
	scene_serve(scene, scene_text(scene, "--control=%s/control", scene->folder),
	            scene_text(scene, "7.3=%s", scene_file(scene, "disk", 4096)), NULL);
	return 0;
}

static int join(struct scene *scene)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	assert_true(fd >= 0);
	snprintf(address.sun_path, sizeof(address.sun_path), "%s/control", scene->folder);
	assert_int_equal(connect(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	return fd;
}

static void tell(int fd, const char *text)
{
	assert_int_equal(send(fd, text, strlen(text), MSG_NOSIGNAL), strlen(text));
}

/* All that comes up to the end. */
static void hear_all(int fd, char *text, size_t size)
{
	struct pollfd ready = {.fd = fd, .events = POLLIN};
	const time_t end = time(NULL) + DEADLINE / 1000;
	size_t length = 0;
	ssize_t n;

	do {
		/* The target may say for ever that it is at it. */
		assert_true(time(NULL) <= end);
		assert_int_equal(poll(&ready, 1, DEADLINE), 1);
		n = recv(fd, text + length, size - 1 - length, 0);
		length += n > 0 ? (size_t)n : 0;
	} while (n > 0);
	text[length] = '\0';
	/* Where it takes long. */
	while (!strncmp(text, "wait\n", 5))
		memmove(text, text + 5, length + 1);
}

static void check_alive(struct scene *scene, struct client *client)
{
	uint8_t data[AOE_SECTOR];

	read_sectors(client, disk, 0, 1, data);
	control_agrees(scene, "status json", "e7.3");
}

static void nonsense_is_refused(void **state)
{
	char endless[ASK_MAX + 1] = "";
	const char *const questions[] = {"\n",
	                                 "status\n",
	                                 "status xml\n",
	                                 "reload now\n",
	                                 "withdraw\n",
	                                 "withdraw e7.3 \n",
	                                 "fault e7.3\n",
	                                 "fault e7.3 \n",
	                                 "fault e7.3 sulk\n",
	                                 "fault e7.3 hang now\n",
	                                 endless};
	static const char zero[] = "status json\0of another\n";
	struct scene *scene = *state;
	struct client *client = scene_client(scene);
	char text[512];
	int fd;

	memset(endless, 'x', ASK_MAX);
	for (size_t i = 0; i < sizeof(questions) / sizeof(questions[0]); i++) {
		fd = join(scene);
		tell(fd, questions[i]);
		hear_all(fd, text, sizeof(text));
		assert_memory_equal(text, "failed\n", 7);
		close(fd);
	}
	/* What stands behind a zero byte is part of it. */
	fd = join(scene);
	assert_int_equal(send(fd, zero, sizeof(zero) - 1, MSG_NOSIGNAL), sizeof(zero) - 1);
	hear_all(fd, text, sizeof(text));
	assert_memory_equal(text, "failed\n", 7);
	close(fd);
	check_alive(scene, client);
}

static void a_question_may_come_in_pieces(void **state)
{
	struct scene *scene = *state;
	struct client *client = scene_client(scene);
	char text[512];
	int fd = join(scene);

	tell(fd, "resu");
	check_alive(scene, client);
	tell(fd, "me e7.3");
	check_alive(scene, client);
	tell(fd, "\n");
	hear_all(fd, text, sizeof(text));
	assert_string_equal(text, "ok\n");
	close(fd);
}

static size_t count_descriptors(const struct scene *scene)
{
	char path[64];
	size_t count = 0;
	DIR *folder;

	snprintf(path, sizeof(path), "/proc/%d/fd", (int)scene->target);
	folder = opendir(path);
	assert_non_null(folder);
	while (readdir(folder))
		count++;
	closedir(folder);
	return count;
}

/* Some say nothing, some ask and do not listen, some go away in the middle. */
static void a_crowd_is_bounded(void **state)
{
	struct scene *scene = *state;
	struct client *client = scene_client(scene);
	size_t before = count_descriptors(scene);
	int fds[CROWD];

	for (size_t i = 0; i < CROWD; i++) {
		fds[i] = join(scene);
		if (i % 3)
			tell(fds[i], i % 3 == 1 ? "status json\n" : "relo");
		if (i % 5 == 4)
			shutdown(fds[i], SHUT_RDWR);
		check_alive(scene, client);
	}
	assert_true(count_descriptors(scene) <= before + CONTROL_CLIENTS);
	for (size_t i = 0; i < CROWD; i++)
		close(fds[i]);
	check_alive(scene, client);
}

/* However many others are answered before. */
static void who_has_to_wait_is_answered(void **state)
{
	struct scene *scene = *state;
	struct client *client = scene_client(scene);
	uint8_t data[AOE_SECTOR] = {0};
	char text[512];
	int waits, other;

	scene_stop(scene);
	scene_serve(scene, scene_text(scene, "--control=%s/control", scene->folder),
	            scene_text(scene, "7.3=%s/disk,fault=write-hang", scene->folder), NULL);
	say(client, make_ata(client, disk, ATA_WRITE_EXT, 0, 1, data, sizeof(data)));
	read_sectors(client, disk, 1, 1, data); /* and so the write was taken */
	waits = join(scene);
	tell(waits, "withdraw e7.3\n");
	for (size_t i = 0; i < CONTROL_CLIENTS; i++) {
		other = join(scene);
		tell(other, "reload\n");
		hear_all(other, text, sizeof(text));
		assert_string_equal(text, "ok\n");
		close(other);
	}
	hear_all(waits, text, sizeof(text));
	assert_non_null(strstr(text, "failed\ne7.3: withdrawn, but the disk does not answer"));
	close(waits);
}

static void who_says_nothing_is_dropped(void **state)
{
	struct scene *scene = *state;
	struct client *client = scene_client(scene);
	int fd = join(scene);
	char text[16];

	hear_all(fd, text, sizeof(text));
	assert_string_equal(text, "");
	close(fd);
	check_alive(scene, client);
}

/* Only the one that it made itself is removed at the end. */
static void another_targets_socket_stays(void **state)
{
	struct scene *scene = *state;
	char *path = scene_text(scene, "%s/control", scene->folder);

	assert_int_equal(unlink(path), 0);
	scene_file(scene, "control", 1);
	scene_stop(scene);
	assert_int_equal(access(path, F_OK), 0);
}

static bool silent; /* nothing comes for as long as one is ready to wait */

int poll(struct pollfd *fds, nfds_t count, int timeout)
{
	struct timespec time = {timeout / 1000, timeout % 1000 * 1000000L};

	if (silent) {
		assert_in_range(timeout, 1, DEADLINE);
		return 0;
	}
	return ppoll(fds, count, timeout < 0 ? NULL : &time, NULL);
}

static void a_silent_target_is_not_waited_for(void **state)
{
	struct scene *scene = *state;
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	struct buffer answer = {0};
	struct why why;
	int rc;

	snprintf(address.sun_path, sizeof(address.sun_path), "%s/silent", scene->folder);
	assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	assert_int_equal(listen(fd, 1), 0);
	silent = true;
	rc = ask_target(address.sun_path, "reload", &answer, &why);
	silent = false;
	assert_int_equal(rc, -ETIMEDOUT);
	assert_non_null(strstr(why.text, "/silent: the target has not answered for 15 s"));
	close(fd);
	buffer_free(&answer);
}

/* One that ended before it had said ok or failed. */
static void an_answer_that_is_cut_off_is_none(void **state)
{
	const char *const answers[] = {"", "o", "fail", "reload?\n"};
	struct scene *scene = *state;
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	snprintf(address.sun_path, sizeof(address.sun_path), "%s/other", scene->folder);
	assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	assert_int_equal(listen(fd, 1), 0);
	for (size_t i = 0; i < sizeof(answers) / sizeof(answers[0]); i++) {
		struct buffer answer = {0};
		struct why why;
		pid_t child = fork();
		int status;

		assert_true(child >= 0);
		if (!child) {
			int client = accept(fd, NULL, NULL);
			char question[ASK_MAX];

			if (recv(client, question, sizeof(question), 0) > 0)
				(void)!write(client, answers[i], strlen(answers[i]));
			_exit(0);
		}
		assert_int_equal(ask_target(address.sun_path, "reload", &answer, &why), -EPROTO);
		assert_non_null(strstr(
		        why.text,
		        "/other: the target ended, or turned to others, before it had answered"));
		assert_int_equal(waitpid(child, &status, 0), child);
		buffer_free(&answer);
	}
	close(fd);
}

/* One that is at it, and says so, is waited for; that is no part of the answer. */
static void signs_of_life_are_no_answer(void **state)
{
	static const char text[] = "wait\nwait\nok\nwait\n";
	struct buffer answer = {0};

	(void)state;
	assert_int_equal(buffer_append(&answer, text, strlen(text)), 0);
	assert_int_equal(ask_verdict(&answer), 0);
	assert_int_equal(answer.size, 5);
	assert_memory_equal(answer.data, "wait\n", 5);
	answer.size = 0;
	assert_int_equal(buffer_append(&answer, text, 5), 0);
	assert_int_equal(ask_verdict(&answer), -EPROTO);
	buffer_free(&answer);
}

/* How often the target did that system call, as strace has written it down. */
static size_t count_calls(struct scene *scene, const char *call)
{
	FILE *file = fopen(scene_path(scene, "trace"), "re");
	char line[4096];
	size_t count = 0;

	assert_non_null(file);
	while (fgets(line, sizeof(line), file))
		count += strstr(line, call) != NULL;
	fclose(file);
	return count;
}

/* The standard streams are there, and it gets none beyond those. Returns the limit of before. */
static struct rlimit allow_no_descriptor(struct scene *scene)
{
	struct rlimit before, none;

	assert_int_equal(prlimit(scene->target, RLIMIT_NOFILE, NULL, &before), 0);
	none = (struct rlimit){.rlim_cur = STDERR_FILENO + 1, .rlim_max = before.rlim_max};
	assert_int_equal(prlimit(scene->target, RLIMIT_NOFILE, &none, NULL), 0);
	return before;
}

/* It does not run round in its loop, and whoever came is answered when there is room. */
static void without_a_descriptor_it_goes_on(void **state)
{
	enum { READS = 300 };
	struct scene *scene = *state;
	struct client *client = scene_client(scene);
	uint8_t data[AOE_SECTOR];
	struct rlimit limit;
	char text[4096];
	int fd, other;

	if (system("strace -o /dev/null true 2>/dev/null")) {
		print_message("# no strace, or it may not trace here\n");
		skip();
	}
	scene_stop(scene);
	scene->strace = "trace=accept4";
	scene_serve(scene, scene_text(scene, "--control=%s/control", scene->folder),
	            scene_text(scene, "7.3=%s/disk", scene->folder), NULL);
	/* Each guest of QEMU costs one, when it is heard first. */
	read_sectors(client, disk, 0, 1, data);
	limit = allow_no_descriptor(scene);
	fd = join(scene);
	tell(fd, "status table\n");
	scene_expect(scene, ": Too many open files: who asks has to wait");
	for (int i = 0; i < READS; i++)
		read_sectors(client, disk, 0, 1, data);
	assert_in_range(count_calls(scene, "accept4("), 1, READS / 2);
	assert_int_equal(prlimit(scene->target, RLIMIT_NOFILE, &limit, NULL), 0);
	other = join(scene);
	tell(other, "status table\n");
	hear_all(fd, text, sizeof(text));
	assert_memory_equal(text, "ok\n", 3);
	hear_all(other, text, sizeof(text));
	assert_memory_equal(text, "ok\n", 3);
	close(fd);
	close(other);
	scene_stop(scene);
	/* Once, however often it was tried. */
	assert_null(strstr(strstr(scene->log, "has to wait") + 1, "has to wait"));
}

static void it_ends_with_clients_connected(void **state)
{
	struct scene *scene = *state;
	int fd = join(scene);

	tell(fd, "stat");
	scene_stop(scene);
	close(fd);
	assert_int_equal(access(scene_text(scene, "%s/control", scene->folder), F_OK), -1);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, setup, scene_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	        TEST(nonsense_is_refused),
	        TEST(a_question_may_come_in_pieces),
	        TEST(a_crowd_is_bounded),
	        TEST(who_has_to_wait_is_answered),
	        TEST(who_says_nothing_is_dropped),
	        TEST(another_targets_socket_stays),
	        TEST(a_silent_target_is_not_waited_for),
	        TEST(an_answer_that_is_cut_off_is_none),
	        TEST(signs_of_life_are_no_answer),
	        TEST(without_a_descriptor_it_goes_on),
	        TEST(it_ends_with_clients_connected),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
