/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Many disks at a time, of which some hang whoever looks at them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tools/host/clock.h"
#include "tools/host/files.h"
#include "tools/server/disks.h"

enum { DISKS = 150, DEAD = 8, PATIENCE = 5 /* seconds, as in disks.c */ };

/* In the place of libc's: a disk called "dead" never answers. */
int stat(const char *restrict path, struct stat *restrict status)
{
	while (strstr(path, "dead"))
		pause();
	return fstatat(AT_FDCWD, path, status, 0);
}

static void write_disk(const char *root, const char *name, const char *text)
{
	char sector[INSTALLING_TEXT] = {0}, path[256];
	int fd;

	memcpy(sector, text, strlen(text));
	snprintf(path, sizeof(path), "%s%s", root, name);
	fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, sector, sizeof(sector)), sizeof(sector));
	close(fd);
}

static struct disk_look *look(char *root, char *names[], size_t count, int64_t *took)
{
	struct inventory_machine machines[DISKS];
	struct site site = {.root = root, .inventory = {.machines = machines}};
	struct owner nobody = {.found = false};
	struct disk_look *looks;

	site.inventory.machine_count = count;
	for (size_t i = 0; i < count; i++)
		machines[i] = (struct inventory_machine){.disk = names[i]};
	*took = clock_now();
	looks = disks_look(&site, &nobody);
	*took = clock_now() - *took;
	assert_non_null(looks);
	return looks;
}

/* One after the other they would take as many times the patience. */
static void test_side_by_side(void **state)
{
	static char plain[] = "/plain", empty[] = "/empty", begun[] = "/begun", dead[] = "/dead",
	            missing[] = "/missing";
	char root[] = "/tmp/etherroot-disks.XXXXXX",
	     *names[DEAD + 4] = {plain, empty, begun, missing};
	struct disk_look *looks;
	int64_t took;

	(void)state;
	assert_non_null(mkdtemp(root));
	write_disk(root, plain, "a boot sector");
	write_disk(root, empty, "");
	write_disk(root, begun, "etherroot install: begun\n");
	for (size_t i = 4; i < DEAD + 4; i++)
		names[i] = dead;
	looks = look(root, names, DEAD + 4, &took);
	assert_int_equal(looks[0].installing, INSTALLING_NOT);
	assert_int_equal(looks[1].installing, INSTALLING_EMPTY);
	assert_int_equal(looks[2].installing, INSTALLING_BEGUN);
	assert_string_equal(looks[2].text, "begun");
	assert_int_equal(looks[2].rc, 0);
	assert_int_equal(looks[3].rc, -ENOENT);
	for (size_t i = 4; i < DEAD + 4; i++)
		assert_int_equal(looks[i].rc, -ETIMEDOUT);
	assert_true(took < DEAD * PATIENCE * CLOCK_SECOND);
	free(looks);
	files_remove_tree(root);
}

/* More than are looked at at once. */
static void test_many(void **state)
{
	static char last[] = "/last", none[] = "/none";
	char root[] = "/tmp/etherroot-disks.XXXXXX", *names[DISKS];
	struct disk_look *looks;
	int64_t took;

	(void)state;
	assert_non_null(mkdtemp(root));
	write_disk(root, last, "");
	for (size_t i = 0; i < DISKS; i++)
		names[i] = i + 1 < DISKS ? none : last;
	looks = look(root, names, DISKS, &took);
	for (size_t i = 0; i + 1 < DISKS; i++)
		assert_int_equal(looks[i].rc, -ENOENT);
	assert_int_equal(looks[DISKS - 1].rc, 0);
	assert_int_equal(looks[DISKS - 1].installing, INSTALLING_EMPTY);
	free(looks);
	files_remove_tree(root);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_side_by_side),
	        cmocka_unit_test(test_many),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
