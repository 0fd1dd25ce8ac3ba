/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a block device lies on, as a sysfs of the test's own tells. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "tools/serve/store/ground.h"

static char folder[] = "/tmp/etherroot-test.XXXXXX";

static void run(const char *what)
{
	char command[512];

	snprintf(command, sizeof(command), "cd %s && %s", folder, what);
	assert_int_equal(system(command), 0);
}

static int setup(void **state)
{
	(void)state;
	if (!mkdtemp(folder))
		return -1;
	run("mkdir -p dev/block devices/sda/sda1 devices/loop0/loop");
	run("echo 8:0 >devices/sda/dev && echo 1 >devices/sda/sda1/partition");
	run("echo 2048 >devices/sda/sda1/start && echo 4096 >devices/loop0/loop/offset");
	run("echo $PWD/devices/sda/dev >devices/loop0/loop/backing_file");
	run("ln -s ../../devices/sda dev/block/8:0");
	run("ln -s ../../devices/sda/sda1 dev/block/8:1");
	run("ln -s ../../devices/loop0 dev/block/7:0");
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	run("rm -r dev devices");
	return rmdir(folder);
}

static void test_partition(void **state)
{
	struct ground disk = {true, makedev(8, 0), 0, 0}, part = {true, makedev(8, 1), 0, 0};

	(void)state;
	ground_find(folder, &disk);
	ground_find(folder, &part);
	assert_int_equal(disk.device, makedev(8, 0));
	assert_int_equal(disk.start, 0);
	assert_int_equal(part.device, makedev(8, 0));
	assert_int_equal(part.start, 2048 * 512);
	assert_true(ground_overlaps(&disk, 2048 * 512 + 1, &part, 512));
	assert_true(ground_overlaps(&part, 512, &disk, 2048 * 512 + 1));
	assert_false(ground_overlaps(&disk, 2048 * 512, &part, 512));
	assert_false(ground_overlaps(&part, 512, &disk, 2048 * 512));
}

static void test_loop(void **state)
{
	struct ground loop = {true, makedev(7, 0), 0, 0};
	struct stat status;
	char path[512];

	(void)state;
	snprintf(path, sizeof(path), "%s/devices/sda/dev", folder);
	assert_int_equal(stat(path, &status), 0);
	ground_find(folder, &loop);
	assert_false(loop.block_device);
	assert_int_equal(loop.device, status.st_dev);
	assert_int_equal(loop.inode, status.st_ino);
	assert_int_equal(loop.start, 4096);
}

static void test_unknown(void **state)
{
	struct ground other = {true, makedev(9, 9), 0, 0}, file = {false, 5, 6, 0};

	(void)state;
	ground_find(folder, &other);
	assert_int_equal(other.device, makedev(9, 9));
	ground_find(folder, &file);
	assert_false(ground_overlaps(&other, 512, &file, 512));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_partition),
	        cmocka_unit_test(test_loop),
	        cmocka_unit_test(test_unknown),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
