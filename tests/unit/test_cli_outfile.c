/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Output files: wholly new or untouched, with or without a temporary name. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "tools/cli/outfile.h"

static const enum outfile_kind kinds[] = {OUTFILE_NAMELESS, OUTFILE_NAMED};
enum { KINDS = 2 };

struct place {
	char directory[64];
	char path[96];
};

static int make_place(void **state)
{
	struct place *place = calloc(1, sizeof(*place));

	assert_non_null(place);
	strcpy(place->directory, "/tmp/etherroot-outfile.XXXXXX");
	assert_non_null(mkdtemp(place->directory));
	snprintf(place->path, sizeof(place->path), "%s/image", place->directory);
	*state = place;
	return 0;
}

static int remove_place(void **state)
{
	struct place *place = *state;
	DIR *directory = opendir(place->directory);
	struct dirent *entry;

	while ((entry = readdir(directory)))
		unlinkat(dirfd(directory), entry->d_name, 0);
	closedir(directory);
	assert_int_equal(rmdir(place->directory), 0);
	free(place);
	return 0;
}

static int count_files(const struct place *place)
{
	DIR *directory = opendir(place->directory);
	struct dirent *entry;
	int count = 0;

	while ((entry = readdir(directory)))
		count += strcmp(entry->d_name, ".") && strcmp(entry->d_name, "..");
	closedir(directory);
	return count;
}

static void write_old(const char *path, const char *text)
{
	FILE *file = fopen(path, "w");

	assert_non_null(file);
	fputs(text, file);
	assert_int_equal(fclose(file), 0);
}

static void assert_holds(const char *path, const char *text)
{
	char got[64] = "";
	FILE *file = fopen(path, "r");

	assert_non_null(file);
	assert_int_equal(fread(got, 1, sizeof(got) - 1, file), strlen(text));
	fclose(file);
	assert_string_equal(got, text);
}

static void a_new_file_appears_complete(void **state)
{
	struct place *place = *state;

	for (int i = 0; i < KINDS; i++) {
		struct outfile out;

		assert_int_equal(outfile_open(&out, place->path, kinds[i]), 0);
		assert_int_equal(out.temporary != NULL, kinds[i] == OUTFILE_NAMED);
		assert_int_equal(outfile_write(&out, "new", 3), 0);
		assert_int_equal(access(place->path, F_OK), -1);
		assert_int_equal(outfile_commit(&out), 0);
		assert_holds(place->path, "new");
		assert_int_equal(count_files(place), 1);
		assert_int_equal(unlink(place->path), 0);
	}
}

static void a_file_is_saved_whole(void **state)
{
	struct place *place = *state;
	char path[128];

	write_old(place->path, "a longer one");
	assert_int_equal(outfile_save(place->path, "new", 3), 0);
	assert_holds(place->path, "new");
	assert_int_equal(outfile_save("/dev/full", "new", 3), -ENOSPC);
	snprintf(path, sizeof(path), "%s/none/image", place->directory);
	assert_int_equal(outfile_save(path, "new", 3), -ENOENT);
	assert_int_equal(count_files(place), 1);
}

static void an_old_file_stays_until_then(void **state)
{
	struct place *place = *state;

	for (int i = 0; i < KINDS; i++) {
		struct outfile out;

		write_old(place->path, "old");
		assert_int_equal(outfile_open(&out, place->path, kinds[i]), 0);
		assert_int_equal(outfile_write(&out, "new", 3), 0);
		assert_holds(place->path, "old");
		outfile_abort(&out);
		assert_holds(place->path, "old");
		assert_int_equal(count_files(place), 1);
		outfile_abort(&out);

		assert_int_equal(outfile_open(&out, place->path, kinds[i]), 0);
		assert_int_equal(outfile_write(&out, "new", 3), 0);
		assert_int_equal(outfile_commit(&out), 0);
		assert_holds(place->path, "new");
		assert_int_equal(count_files(place), 1);
	}
}

static void permissions_are_the_old_ones_or_the_umasks(void **state)
{
	struct place *place = *state;
	struct outfile out;
	struct stat st;
	mode_t mask = umask(027);

	assert_int_equal(outfile_open(&out, place->path, OUTFILE_NAMELESS), 0);
	assert_int_equal(outfile_commit(&out), 0);
	assert_int_equal(stat(place->path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0640);
	assert_int_equal(chmod(place->path, 0604), 0);
	assert_int_equal(outfile_open(&out, place->path, OUTFILE_NAMED), 0);
	assert_int_equal(outfile_commit(&out), 0);
	assert_int_equal(stat(place->path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0604);
	umask(mask);
}

static void a_link_stays_a_link(void **state)
{
	struct place *place = *state;
	struct outfile out;
	struct stat st;
	char target[128];

	snprintf(target, sizeof(target), "%s/target", place->directory);
	write_old(target, "old");
	assert_int_equal(symlink("target", place->path), 0);
	assert_int_equal(outfile_open(&out, place->path, OUTFILE_NAMELESS), 0);
	assert_int_equal(outfile_write(&out, "new", 3), 0);
	assert_int_equal(outfile_commit(&out), 0);
	assert_int_equal(lstat(place->path, &st), 0);
	assert_true(S_ISLNK(st.st_mode));
	assert_holds(target, "new");
}

static void devices_are_written_to(void **state)
{
	struct outfile out;
	struct stat st;

	(void)state;
	assert_int_equal(outfile_open(&out, "/dev/null", OUTFILE_NAMELESS), 0);
	assert_int_equal(outfile_write(&out, "new", 3), 0);
	assert_int_equal(outfile_commit(&out), 0);
	assert_int_equal(stat("/dev/null", &st), 0);
	assert_true(S_ISCHR(st.st_mode));
	assert_int_equal(outfile_open(&out, "/dev/full", OUTFILE_NAMELESS), 0);
	assert_int_equal(outfile_write(&out, "new", 3), -ENOSPC);
	outfile_abort(&out);
	assert_int_equal(access("/dev/full", F_OK), 0);
}

static void what_cannot_be_is_told_at_once(void **state)
{
	struct place *place = *state;
	struct outfile out;
	char path[128];

	assert_int_equal(outfile_open(&out, place->directory, OUTFILE_NAMELESS), -EISDIR);
	snprintf(path, sizeof(path), "%s/none/image", place->directory);
	for (int i = 0; i < KINDS; i++)
		assert_int_equal(outfile_open(&out, path, kinds[i]), -ENOENT);
	write_old(place->path, "old");
	snprintf(path, sizeof(path), "%s/image/below", place->directory);
	for (int i = 0; i < KINDS; i++)
		assert_int_equal(outfile_open(&out, path, kinds[i]), -ENOTDIR);
	assert_int_equal(count_files(place), 1);
}

/* As its owner, who could well replace it; root may write all. */
static void a_read_only_file_stays(void **state)
{
	enum { NOBODY = 65534 };
	struct place *place = *state;
	struct outfile out;
	bool root = !geteuid();
	int rcs[KINDS];

	write_old(place->path, "old");
	assert_int_equal(chmod(place->path, 0444), 0);
	if (root) {
		assert_int_equal(chown(place->path, NOBODY, NOBODY), 0);
		assert_int_equal(chown(place->directory, NOBODY, NOBODY), 0);
		assert_int_equal(setresuid(NOBODY, NOBODY, 0), 0);
	}
	for (int i = 0; i < KINDS; i++) {
		rcs[i] = outfile_open(&out, place->path, kinds[i]);
		if (!rcs[i])
			outfile_abort(&out);
	}
	if (root)
		assert_int_equal(setresuid(0, 0, 0), 0);
	for (int i = 0; i < KINDS; i++)
		assert_int_equal(rcs[i], -EACCES);
	assert_holds(place->path, "old");
}

/* A full disk, played by the limit on the size of files. */
static void a_full_disk_leaves_the_old_file(void **state)
{
	struct place *place = *state;
	struct rlimit before, limit;

	write_old(place->path, "old");
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
	limit = before;
	limit.rlim_cur = 4096;
	signal(SIGXFSZ, SIG_IGN);
	for (int i = 0; i < KINDS; i++) {
		static const char block[8192];
		struct outfile out;

		assert_int_equal(outfile_open(&out, place->path, kinds[i]), 0);
		assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
		assert_int_equal(outfile_write(&out, block, sizeof(block)), -EFBIG);
		assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
		outfile_abort(&out);
		assert_holds(place->path, "old");
		assert_int_equal(count_files(place), 1);
	}
}

#define IN_A_PLACE(test) cmocka_unit_test_setup_teardown(test, make_place, remove_place)

int main(void)
{
	static const struct CMUnitTest tests[] = {
	        IN_A_PLACE(a_new_file_appears_complete),
	        IN_A_PLACE(a_file_is_saved_whole),
	        IN_A_PLACE(an_old_file_stays_until_then),
	        IN_A_PLACE(permissions_are_the_old_ones_or_the_umasks),
	        IN_A_PLACE(a_link_stays_a_link),
	        cmocka_unit_test(devices_are_written_to),
	        IN_A_PLACE(what_cannot_be_is_told_at_once),
	        IN_A_PLACE(a_read_only_file_stays),
	        IN_A_PLACE(a_full_disk_leaves_the_old_file),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
