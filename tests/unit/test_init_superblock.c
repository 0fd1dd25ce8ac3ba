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
	/* It fills what it was made in. */
	if (superblock.module)
		assert_int_equal(superblock.size, size);
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

static void a_tree_is_told(void **state)
{
	(void)state;
	check("f() { head -c 1M /dev/zero >\"$1.data\" && /sbin/veritysetup format "
	      "--uuid 01234567-89ab-cdef-0123-456789abcdef \"$1.data\" \"$1\"; s=$?; "
	      "rm -f \"$1.data\"; return $s; }; f",
	      8 << 20, SUPERBLOCK_NEAR, "a hash tree of dm-verity", uuid, "");
}

/* Where it ends is where a hash tree begins: a number of bytes, or of blocks. */
static void squashfs_and_erofs_end_somewhere(void **state)
{
	uint8_t disk[SUPERBLOCK_NEAR] = "hsqs";
	struct superblock superblock;

	(void)state;
	disk[40] = 1;
	disk[43] = 1;
	disk[9] = 2;
	disk[66] = 3;
	assert_int_equal(superblock_identify(disk, sizeof(disk), &superblock), 0);
	assert_int_equal(superblock.tables, 3 << 16);
	assert_int_equal(superblock.size, (1 << 24) + 4096);
	assert_int_equal(superblock.made, 512);
	memset(disk, 0, sizeof(disk));
	memcpy(disk + 1024, "\xe2\xe1\xf5\xe0", 4);
	disk[1024 + 12] = 12;
	disk[1024 + 37] = 1;
	assert_int_equal(superblock_identify(disk, sizeof(disk), &superblock), 0);
	assert_string_equal(superblock.type, "erofs");
	assert_int_equal(superblock.size, 256 << 12);
}

/* What is no file system, by its first bytes alone. */
static void assert_container(size_t at, const char *magic, size_t length, const char *name)
{
	uint8_t *disk = calloc(1, SUPERBLOCK_FAR);
	struct superblock superblock;

	assert_non_null(disk);
	/* There was a file system before: its superblock is still seen. */
	memcpy(disk + 1024 + 0x38, "\x53\xef", 2);
	memcpy(disk + at, magic, length);
	assert_int_equal(superblock_identify(disk, SUPERBLOCK_FAR, &superblock), 0);
	assert_null(superblock.module);
	assert_non_null(strstr(superblock.type, name));
	free(disk);
}

static void what_is_no_file_system_is_named(void **state)
{
	static const char md[] = "\xfc\x4e\x2b\xa9\1\0\0\0";

	(void)state;
	assert_container(0, "LUKS\xba\xbe\0\2", 8, "LUKS");
	assert_container(512, "LABELONE", 8, "LVM");
	assert_container(0, md, 8, "RAID");
	assert_container(4096, md, 8, "RAID");
	assert_container(4086, "SWAPSPACE2", 10, "swap");
}

static void swap_is_told(void **state)
{
	(void)state;
	check("/sbin/mkswap -U 01234567-89ab-cdef-0123-456789abcdef -L pages", 8 << 20,
	      SUPERBLOCK_NEAR, "swap space", uuid, "pages");
}

static void one_btrfs_of_several_is_no_root(void **state)
{
	uint8_t *disk = calloc(1, SUPERBLOCK_FAR);
	struct superblock superblock;

	(void)state;
	assert_non_null(disk);
	memcpy(disk + 65536 + 64, "_BHRfS_M", 8);
	disk[65536 + 112] = 1; /* the size of all together */
	disk[65536 + 136] = 1;
	assert_int_equal(superblock_identify(disk, SUPERBLOCK_FAR, &superblock), 0);
	assert_string_equal(superblock.module, "btrfs");
	assert_int_equal(superblock.size, 1);
	disk[65536 + 136] = 2;
	assert_int_equal(superblock_identify(disk, SUPERBLOCK_FAR, &superblock), 0);
	assert_null(superblock.module);
	assert_int_equal(superblock.size, 0);
	free(disk);
}

/* Those that no program makes here: by the places of their identity in the kernel's headers. */
static void the_rarer_ones_are_told(void **state)
{
	static const struct {
		const char *type, *magic;
		size_t magic_at, uuid_at, label_at;
	} rarer[] = {
	        {"jfs", "JFS1", 32768, 32768 + 136, 32768 + 152},
	        {"reiserfs", "ReIsErFs", 65536 + 52, 65536 + 84, 65536 + 100},
	        {"reiserfs", "ReIsEr2Fs", 65536 + 52, 65536 + 84, 65536 + 100},
	        {"reiserfs", "ReIsEr3Fs", 65536 + 52, 65536 + 84, 65536 + 100},
	        {"nilfs2", "\x34\x34", 1024 + 6, 1024 + 152, 1024 + 168},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rarer) / sizeof(rarer[0]); i++) {
		uint8_t *disk = calloc(1, SUPERBLOCK_FAR);
		struct superblock superblock;

		assert_non_null(disk);
		memcpy(disk + rarer[i].magic_at, rarer[i].magic, strlen(rarer[i].magic));
		disk[rarer[i].uuid_at] = 0x12;
		memcpy(disk + rarer[i].label_at, "top", 3);
		assert_int_equal(superblock_identify(disk, SUPERBLOCK_FAR, &superblock), 0);
		assert_string_equal(superblock.type, rarer[i].type);
		assert_string_equal(superblock.module, rarer[i].type);
		assert_string_equal(superblock.uuid, "12000000-0000-0000-0000-000000000000");
		assert_string_equal(superblock.label, "top");
		free(disk);
	}
}

/* What mkfs.f2fs -l writes: a letter of each length in UTF-8, a lone half, and its end. */
static void an_f2fs_label_is_utf16(void **state)
{
	static const uint8_t name[] = {'a',  0,    0xe4, 0,   0xac, 0x20, 0x3d, 0xd8, 0x00,
	                               0xde, 0x3d, 0xd8, 'z', 0,    0,    0,    'x',  0};
	uint8_t *disk = calloc(1, SUPERBLOCK_NEAR);
	struct superblock superblock;

	(void)state;
	assert_non_null(disk);
	memcpy(disk + 1024, "\x10\x20\xf5\xf2", 4);
	memcpy(disk + 1024 + 124, name, sizeof(name));
	assert_int_equal(superblock_identify(disk, SUPERBLOCK_NEAR, &superblock), 0);
	assert_string_equal(superblock.type, "f2fs");
	assert_string_equal(superblock.label, "a\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80\xef\xbf\xbdz");
	/* One that does not fit is cut off between characters: 85 of three bytes do. */
	for (size_t i = 0; i < 1024; i += 2)
		memcpy(disk + 1024 + 124 + i, "\xac\x20", 2);
	assert_int_equal(superblock_identify(disk, SUPERBLOCK_NEAR, &superblock), 0);
	assert_int_equal(strlen(superblock.label), 85 * 3);
	/* Its last unit is the first half of a character. */
	memset(disk + 1024 + 124, 0, 1024);
	memcpy(disk + 1024 + 124 + 1022, "\x3d\xd8", 2);
	assert_int_equal(superblock_identify(disk, 1024 + 124 + 1024, &superblock), 0);
	free(disk);
}

/* mdadm's kinds 1.0 and 0.90, whose members begin with the file system itself. */
static void a_raid_is_told_by_its_end(void **state)
{
	uint8_t bytes[SUPERBLOCK_RAID] = "\xfc\x4e\x2b\xa9\1";
	struct superblock superblock = {.type = "ext4", .module = "ext4", .label = "top"};

	(void)state;
	assert_true(superblock_is_raid(bytes, &superblock));
	assert_null(superblock.module);
	/* Whoever asks for the label is told so, and does not wait for a disk that is there. */
	assert_string_equal(superblock.label, "top");
	bytes[4] = 0;
	assert_true(superblock_is_raid(bytes, &superblock));
	bytes[4] = 2;
	assert_false(superblock_is_raid(bytes, &superblock));
	/* 100 MiB and three sectors: 8 KiB from the end, on 4 KiB; and the last whole 64 KiB. */
	assert_int_equal(superblock_raid_at(104857600 + 1536, 0), 104857600 - 8192);
	assert_int_equal(superblock_raid_at(104857600 + 1536, 1), 104857600 - 65536);
	assert_int_equal(superblock_raid_at(65536, 0), 0);
	assert_int_equal(superblock_raid_at(0, 1), 0);
}

/* A squashfs may have ext4's two bytes where that has them. */
static void the_longer_magic_number_counts(void **state)
{
	uint8_t *disk = calloc(1, SUPERBLOCK_NEAR);
	struct superblock superblock;

	(void)state;
	assert_non_null(disk);
	memcpy(disk, "hsqs", 4);
	memcpy(disk + 1024 + 0x38, "\x53\xef", 2);
	assert_int_equal(superblock_identify(disk, SUPERBLOCK_NEAR, &superblock), 0);
	assert_string_equal(superblock.type, "squashfs");
	free(disk);
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
	        cmocka_unit_test(what_is_no_file_system_is_named),
	        cmocka_unit_test(swap_is_told),
	        cmocka_unit_test(a_tree_is_told),
	        cmocka_unit_test(squashfs_and_erofs_end_somewhere),
	        cmocka_unit_test(one_btrfs_of_several_is_no_root),
	        cmocka_unit_test(the_rarer_ones_are_told),
	        cmocka_unit_test(an_f2fs_label_is_utf16),
	        cmocka_unit_test(a_raid_is_told_by_its_end),
	        cmocka_unit_test(the_longer_magic_number_counts),
	        cmocka_unit_test(other_bytes_are_nothing),
	        cmocka_unit_test(short_disks_are_not_overrun),
	};

	return cmocka_run_group_tests_name("init: superblocks", tests, NULL, NULL);
}
