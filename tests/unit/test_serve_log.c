/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The target's log, whose reader may stand still. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "tools/serve/watch/log.h"

enum { TEXT = 500, MORE_THAN_FIT = 3 * LOG_ROOM / TEXT };

static size_t most; /* bytes that one write takes; 0: any number */

static bool slow; /* a write takes its time */
static int old;   /* readings of the clock that are followed by a pause of the whole process */

ssize_t write(int fd, const void *bytes, size_t count)
{
	if (slow)
		poll(NULL, 0, 50);
	return syscall(SYS_write, fd, bytes, most && count > most ? most : count);
}

/* What comes after a pause finds that it is much later. */
int clock_gettime(clockid_t clock, struct timespec *t)
{
	int rc = (int)syscall(SYS_clock_gettime, clock, t);

	if (old)
		t->tv_sec -= 2 * LOG_END_MS / 1000;
	old -= old > 0;
	return rc;
}

struct reader {
	int pipe[2];
	struct log *log;
	FILE *lines;
};

static int setup(void **state)
{
	struct reader *reader = calloc(1, sizeof(*reader));

	if (!reader || pipe(reader->pipe))
		return -1;
	*state = reader;
	reader->lines = fdopen(reader->pipe[0], "r");
	return log_create(reader->pipe[1], "etherroot serve", false, &reader->log);
}

static int teardown(void **state)
{
	struct reader *reader = *state;

	if (reader->lines)
		fclose(reader->lines);
	close(reader->pipe[1]);
	free(reader);
	return 0;
}

static void print_number(struct reader *reader, int number)
{
	char text[TEXT];

	memset(text, '.', sizeof(text));
	text[snprintf(text, sizeof(text), "%d", number)] = ' ';
	text[sizeof(text) - 1] = '\0';
	log_print(reader->log, SAY_INFO, text);
}

/* Reads the next line; returns what stands after the name. */
static const char *next(struct reader *reader, char line[4096])
{
	const char name[] = "etherroot serve: ";

	assert_non_null(fgets(line, 4096, reader->lines));
	assert_memory_equal(line, name, strlen(name));
	assert_int_equal(line[strlen(line) - 1], '\n');
	return line + strlen(name);
}

static void all_is_written_in_order(void **state)
{
	struct reader *reader = *state;
	char line[4096];

	for (int i = 0; i < 100; i++)
		print_number(reader, i);
	log_end(reader->log);
	for (int i = 0; i < 100; i++)
		assert_int_equal(atoi(next(reader, line)), i);
}

/* The pipe is full and nobody reads: that is where this would wait for ever. */
static void what_finds_no_room_is_counted_in_its_place(void **state)
{
	struct reader *reader = *state;
	unsigned long lost = 0, count;
	int expected = 0;
	char line[4096];

	for (int i = 0; i < MORE_THAN_FIT; i++)
		print_number(reader, i);
	/* This one finds room where the last ones did not, and is lost with them; unless all were
	 * taken just now. */
	log_print(reader->log, SAY_INFO, "short");
	while (expected < MORE_THAN_FIT + 1) {
		const char *text = next(reader, line);

		if (strstr(text, "lost")) {
			assert_int_equal(sscanf(text, "%lu messages were lost: nobody", &count), 1);
			lost += count;
			expected += (int)count;
		} else {
			assert_int_equal(strcmp(text, "short\n") ? atoi(text) : MORE_THAN_FIT,
			                 expected++);
		}
	}
	assert_true(lost > MORE_THAN_FIT / 4);
	/* It goes on as if nothing had happened. */
	log_print(reader->log, SAY_INFO, "still here");
	assert_string_equal(next(reader, line), "still here\n");
	log_end(reader->log);
}

static void the_end_does_not_wait_for_ever(void **state)
{
	struct reader *reader = *state;

	for (int i = 0; i < MORE_THAN_FIT; i++)
		print_number(reader, i);
	log_end(reader->log);
	/* The writer still has the pipe, which stays open for it. This lets it end. */
	reader->pipe[1] = dup(reader->pipe[1]);
	fclose(reader->lines);
	reader->lines = NULL;
}

/* As on a machine that was paused, or is too busy: the reader is not to blame. */
static void the_end_waits_for_its_own_writer(void **state)
{
	struct reader *reader = *state;
	char line[4096];

	assert_int_equal(fcntl(reader->pipe[0], F_SETFL, O_NONBLOCK), 0);
	slow = true;
	print_number(reader, 7);
	old = 1;
	log_end(reader->log);
	slow = false;
	assert_int_equal(old, 0);
	assert_int_equal(atoi(next(reader, line)), 7);
}

static void a_descriptor_that_does_not_block_loses_nothing(void **state)
{
	enum { COUNT = LOG_ROOM / 2 / TEXT };
	struct reader *reader = *state;
	char line[4096];

	assert_int_equal(fcntl(reader->pipe[1], F_SETFL, O_NONBLOCK), 0);
	for (int i = 0; i < COUNT; i++)
		print_number(reader, i);
	for (int i = 0; i < COUNT; i++)
		assert_int_equal(atoi(next(reader, line)), i);
	log_end(reader->log);
}

/* As a socket may. */
static void what_is_taken_in_pieces_is_whole(void **state)
{
	struct reader *reader = *state;
	char line[4096];

	most = 7;
	for (int i = 0; i < 10; i++)
		print_number(reader, i);
	log_end(reader->log);
	most = 0;
	for (int i = 0; i < 10; i++) {
		assert_int_equal(atoi(next(reader, line)), i);
		assert_int_equal(strlen(line), strlen("etherroot serve: ") + TEXT);
	}
}

static void a_reader_that_is_gone_is_survived(void **state)
{
	struct reader *reader = *state;

	fclose(reader->lines);
	reader->lines = NULL;
	for (int i = 0; i < 10; i++)
		print_number(reader, i);
	log_end(reader->log);
}

static void a_long_message_is_cut(void **state)
{
	struct reader *reader = *state;
	char line[4096], text[3000];

	memset(text, 'x', sizeof(text));
	text[sizeof(text) - 1] = '\0';
	log_print(reader->log, SAY_ERROR, text);
	log_print(reader->log, SAY_ERROR, "short");
	next(reader, line);
	assert_true(strlen(line) > SAY_MAX);
	assert_string_equal(next(reader, line), "short\n");
	log_end(reader->log);
}

static void the_journal_gets_priorities(void **state)
{
	struct reader *reader = *state;
	char line[4096];

	log_end(reader->log);
	assert_int_equal(log_create(reader->pipe[1], "etherroot serve", true, &reader->log), 0);
	log_print(reader->log, SAY_WARNING, "careful");
	assert_non_null(fgets(line, sizeof(line), reader->lines));
	assert_string_equal(line, "<4>etherroot serve: careful\n");
	log_end(reader->log);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	        TEST(all_is_written_in_order),
	        TEST(what_finds_no_room_is_counted_in_its_place),
	        TEST(the_end_does_not_wait_for_ever),
	        TEST(the_end_waits_for_its_own_writer),
	        TEST(a_descriptor_that_does_not_block_loses_nothing),
	        TEST(what_is_taken_in_pieces_is_whole),
	        TEST(a_reader_that_is_gone_is_survived),
	        TEST(a_long_message_is_cut),
	        TEST(the_journal_gets_priorities),
	};

	/* Nothing here may take for ever. */
	alarm(60);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
