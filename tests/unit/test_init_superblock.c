/* SPDX-License-Identifier: GPL-2.0-or-later */
/* File systems, made by the real mkfs programs, as the init tells them. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "init/superblock.h"

static const char uuid[] = "01234567-89ab-cdef-0123-456789abcdef";

/* Reads the first `wanted` bytes of a file into memory of exactly that size. */
static uint8_t *read_beginning(const char *path, size_t wanted)
{
	uint8_t *bytes = malloc(wanted);
	FILE *file = fopen(path, "rb");

	assert_non_null(bytes);
	assert_non_null(file);
	assert_int_equal(fread(bytes, 1, wanted, file), wanted);
	fclose(file);
	return bytes;
}

/* Makes a file system with `command` and the file behind it, and checks what is told of it. */
static void check(const char *command, size_t size, size_t wanted, const char *type,
                  const char *expected_uuid, const char *label)
{
	char path[] = "/tmp/etherroot-test-XXXXXX", shell[512];
	struct superblock superblock;
	uint8_t *bytes;
	int fd = mkstemp(path);

	assert_true(fd >= 0);
	assert_int_equal(ftruncate(fd, (off_t)size), 0);
	close(fd);
	snprintf(shell, sizeof(shell), "%s %s >/dev/null", command, path);
	assert_int_equal(system(shell), 0);
	bytes = read_beginning(path, wanted);
	unlink(path);
	assert_int_equal(superblock_identify(bytes, wanted, &superblock), 0);
	assert_string_equal(superblock.type, type);
	assert_string_equal(superblock.uuid, expected_uuid);
	assert_string_equal(superblock.label, label);
	free(bytes);
}

static void ext_is_told(void **state)
{
	(void)state;
	check("/sbin/mke2fs -q -t ext4 -U 01234567-89ab-cdef-0123-456789abcdef -L top", 8 << 20,
	      SUPERBLOCK_NEAR, "ext4", uuid, "top");
	check("/sbin/mke2fs -q -t ext2 -U 01234567-89ab-cdef-0123-456789abcdef "
	      "-L sixteen-letters.",
	      8 << 20, SUPERBLOCK_NEAR, "ext4", uuid, "sixteen-letters.");
}

/* Nobody may ask for the root by a UUID that is none. */
static void a_uuid_of_zeros_is_none(void **state)
{
	(void)state;
	check("/sbin/mke2fs -q -t ext4 -L top -U 00000000-0000-0000-0000-000000000000", 8 << 20,
	      SUPERBLOCK_NEAR, "ext4", "", "top");
}

static void xfs_is_told(void **state)
{
	(void)state;
	check("/sbin/mkfs.xfs -q -m uuid=01234567-89ab-cdef-0123-456789abcdef -L twelve-bytes",
	      (size_t)320 << 20, SUPERBLOCK_NEAR, "xfs", uuid, "twelve-bytes");
}

static void btrfs_is_told(void **state)
{
	(void)state;
	check("/sbin/mkfs.btrfs -q -U 01234567-89ab-cdef-0123-456789abcdef -L top",
	      (size_t)128 << 20, SUPERBLOCK_FAR, "btrfs", uuid, "top");
}

static void other_bytes_are_nothing(void **state)
{
	struct superblock superblock;
	uint8_t *zeros = calloc(1, SUPERBLOCK_FAR);

	(void)state;
	assert_non_null(zeros);
	assert_int_equal(superblock_identify(zeros, SUPERBLOCK_FAR, &superblock), -ENOENT);
	assert_int_equal(superblock_identify(zeros, 0, &superblock), -ENOENT);
	free(zeros);
}

/* A magic number at the very end must not make the parser read behind it. */
static void short_disks_are_not_overrun(void **state)
{
	(void)state;
	for (size_t length = 0; length <= 2048; length++) {
		struct superblock superblock;
		uint8_t *bytes = calloc(1, length + 1);

		assert_non_null(bytes);
		bytes = realloc(bytes, length ? length : 1);
		assert_non_null(bytes);
		if (length >= 1024 + 0x3a)
			memcpy(bytes + 1024 + 0x38, "\x53\xef", 2);
		if (length >= 4)
			memcpy(bytes, "XFSB", 4);
		(void)superblock_identify(bytes, length, &superblock);
		free(bytes);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(ext_is_told),
	        cmocka_unit_test(a_uuid_of_zeros_is_none),
	        cmocka_unit_test(xfs_is_told),
	        cmocka_unit_test(btrfs_is_told),
	        cmocka_unit_test(other_bytes_are_nothing),
	        cmocka_unit_test(short_disks_are_not_overrun),
	};

	return cmocka_run_group_tests_name("init: superblocks", tests, NULL, NULL);
}
