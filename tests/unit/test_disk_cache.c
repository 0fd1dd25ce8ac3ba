/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The cache of what is expensive to make, and the directories of boot. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tools/disk/cache.h"
#include "tools/host/args.h"
#include "tools/host/files.h"

/* A home of this test's own; $XDG_CACHE_HOME is in it. */
static char home[] = "/tmp/etherroot-cache-XXXXXX";

static void make(const char *identity, const char *content)
{
	struct cache_entry entry;
	char *path;
	FILE *file;

	assert_int_equal(cache_begin(&entry, "kind", identity), 0);
	path = args_text("%s/content", entry.path);
	file = fopen(path, "we");
	assert_non_null(file);
	fputs(content, file);
	fclose(file);
	free(path);
	assert_int_equal(cache_commit(&entry), 0);
	cache_release(&entry);
}

/* The content of an entry, or NULL when it is not there. Valid until the next call. */
static const char *find(const char *identity)
{
	static char content[64];
	struct cache_entry entry;
	char *path;
	FILE *file;

	if (cache_find(&entry, "kind", identity) < 0)
		return NULL;
	path = args_text("%s/content", entry.path);
	file = fopen(path, "re");
	assert_non_null(file);
	assert_non_null(fgets(content, sizeof(content), file));
	fclose(file);
	free(path);
	cache_release(&entry);
	return content;
}

static void an_entry_is_found_again(void **state)
{
	(void)state;
	assert_null(find("one"));
	make("one", "1");
	assert_string_equal(find("one"), "1");
	assert_null(find("two"));
}

static void an_aborted_entry_is_not_there(void **state)
{
	struct cache_entry entry;

	(void)state;
	assert_int_equal(cache_begin(&entry, "kind", "aborted"), 0);
	cache_abort(&entry);
	assert_int_equal(access(entry.path, F_OK), -1);
	cache_release(&entry);
	assert_null(find("aborted"));
}

/* As on a disk that is full. */
static void one_that_cannot_be_begun_leaves_nothing(void **state)
{
	struct cache_entry entry;
	struct rlimit before, none;
	int rc;

	(void)state;
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
	none = (struct rlimit){0, before.rlim_max};
	signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &none), 0);
	rc = cache_begin(&entry, "kind", "unwritten");
	setrlimit(RLIMIT_FSIZE, &before);
	signal(SIGXFSZ, SIG_DFL);
	assert_int_equal(rc, -EFBIG);
	assert_int_equal(access(entry.path, F_OK), -1);
	cache_release(&entry);
}

static void the_faster_of_two_wins(void **state)
{
	struct cache_entry slow;

	(void)state;
	assert_int_equal(cache_begin(&slow, "kind", "race"), 0);
	make("race", "fast");
	assert_int_equal(cache_commit(&slow), 0);
	assert_string_equal(find("race"), "fast");
	cache_release(&slow);
}

static void only_what_was_used_last_stays_and_what_is_in_use(void **state)
{
	struct cache_entry used;

	(void)state;
	make("used", "u");
	assert_int_equal(cache_find(&used, "kind", "used"), 0);
	for (int i = 0; i < 8; i++) {
		char *identity = args_text("number %d", i);

		make(identity, "n");
		free(identity);
	}
	assert_null(find("number 0"));
	assert_null(find("one"));
	assert_string_equal(find("number 7"), "n");
	assert_string_equal(find("used"), "u");
	cache_release(&used);
}

static void a_run_has_a_directory_that_goes_with_everything_in_it(void **state)
{
	char *path, *deeper;
	int lock;

	(void)state;
	assert_int_equal(files_run_directory(&path, &lock), 0);
	assert_memory_equal(path, home, strlen(home));
	deeper = args_text("%s/a", path);
	assert_int_equal(mkdir(deeper, 0700), 0);
	free(deeper);
	deeper = args_text("%s/a/link", path);
	assert_int_equal(symlink(home, deeper), 0);
	files_remove_tree(path);
	assert_int_equal(access(path, F_OK), -1);
	assert_int_equal(access(home, F_OK), 0);
	close(lock);
	free(deeper);
	free(path);
}

static void a_directory_of_a_run_that_was_killed_is_removed_by_the_next(void **state)
{
	const struct timespec long_ago[2] = {{.tv_sec = 1}, {.tv_sec = 1}};
	char *running, *killed, *young, *next;
	int lock, gone;

	(void)state;
	assert_int_equal(files_run_directory(&running, &lock), 0);
	assert_int_equal(utimensat(AT_FDCWD, running, long_ago, 0), 0);
	assert_int_equal(files_run_directory(&young, &gone), 0);
	close(gone);
	assert_int_equal(files_run_directory(&killed, &gone), 0);
	close(gone);
	assert_int_equal(utimensat(AT_FDCWD, killed, long_ago, 0), 0);
	assert_int_equal(files_run_directory(&next, &gone), 0);
	assert_int_equal(access(running, F_OK), 0);
	assert_int_equal(access(young, F_OK), 0);
	assert_int_equal(access(killed, F_OK), -1);
	close(gone);
	close(lock);
	files_remove_tree(running);
	files_remove_tree(young);
	files_remove_tree(next);
	free(running);
	free(young);
	free(killed);
	free(next);
}

static void a_long_tmpdir_does_not_make_the_sockets_paths_too_long(void **state)
{
	char *path, *longer = args_text("%s/%0100d", home, 0);
	int lock;

	(void)state;
	assert_int_equal(mkdir(longer, 0700), 0);
	setenv("TMPDIR", longer, 1);
	assert_int_equal(files_run_directory(&path, &lock), 0);
	assert_in_range(strlen(path), 1, 60);
	rmdir(path);
	setenv("TMPDIR", home, 1);
	close(lock);
	free(path);
	free(longer);
}

static void without_a_home_there_is_no_cache(void **state)
{
	char *path;

	(void)state;
	unsetenv("XDG_CACHE_HOME");
	unsetenv("HOME");
	assert_int_equal(files_cache_directory("kind", &path), -ENOENT);
	assert_null(path);
	setenv("HOME", home, 1);
	assert_int_equal(files_cache_directory("kind", &path), 0);
	assert_non_null(strstr(path, "/.cache/etherroot/kind"));
	free(path);
	setenv("XDG_CACHE_HOME", home, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(an_entry_is_found_again),
	        cmocka_unit_test(an_aborted_entry_is_not_there),
	        cmocka_unit_test(one_that_cannot_be_begun_leaves_nothing),
	        cmocka_unit_test(the_faster_of_two_wins),
	        cmocka_unit_test(only_what_was_used_last_stays_and_what_is_in_use),
	        cmocka_unit_test(a_run_has_a_directory_that_goes_with_everything_in_it),
	        cmocka_unit_test(a_directory_of_a_run_that_was_killed_is_removed_by_the_next),
	        cmocka_unit_test(a_long_tmpdir_does_not_make_the_sockets_paths_too_long),
	        cmocka_unit_test(without_a_home_there_is_no_cache),
	};

	int failed;

	if (!mkdtemp(home) || setenv("XDG_CACHE_HOME", home, 1) || setenv("TMPDIR", home, 1))
		return 1;
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	files_remove_tree(home);
	return failed;
}
