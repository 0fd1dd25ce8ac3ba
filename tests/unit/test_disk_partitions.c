/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is on a disk image: partitions and file systems. */
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
#include <sys/mman.h>
#include <unistd.h>

#include "tools/disk/partitions.h"
#include "tools/host/args.h"

enum { SECTOR = 512 };

/* A disk of zeros. */
static int make(uint64_t sectors)
{
	int fd = memfd_create("disk", 0);

	assert_true(fd >= 0);
	assert_int_equal(ftruncate(fd, (off_t)(sectors * SECTOR)), 0);
	return fd;
}

/* Runs a shell command with the disk as $disk. */
static void with_disk(int fd, const char *command)
{
	char *whole = args_text("disk=/proc/%d/fd/%d PATH=$PATH:/usr/sbin:/sbin; { %s; } "
	                        ">/dev/null 2>&1",
	                        getpid(), fd, command);

	if (system(whole))
		fail_msg("%s", command);
	free(whole);
}

static struct partitions list(int fd)
{
	struct partitions disk;

	assert_int_equal(partitions_read(&disk, fd, (uint64_t)lseek(fd, 0, SEEK_END)), 0);
	return disk;
}

static void put(int fd, uint64_t offset, const void *bytes, size_t n)
{
	assert_int_equal(pwrite(fd, bytes, n, (off_t)offset), n);
}

/* Entry 0 to 3 of the partition table in a sector. */
static void put_mbr(int fd, uint64_t sector, unsigned entry, uint8_t type, uint32_t first,
                    uint32_t count)
{
	uint8_t bytes[16] = {[4] = type};

	for (int i = 0; i < 4; i++) {
		bytes[8 + i] = (uint8_t)(first >> (8 * i));
		bytes[12 + i] = (uint8_t)(count >> (8 * i));
	}
	put(fd, sector * SECTOR + 446 + 16 * entry, bytes, sizeof(bytes));
	put(fd, sector * SECTOR + 510, "\x55\xAA", 2);
}

static void check_part(const struct partition *part, unsigned number, uint64_t first,
                       uint64_t count, const char *holds)
{
	assert_int_equal(part->number, number);
	assert_int_equal(part->offset, first * SECTOR);
	assert_int_equal(part->size, count * SECTOR);
	assert_string_equal(part->holds, holds);
}

static void a_disk_without_a_table_is_one_part(void **state)
{
	int fd = make(64);
	struct partitions disk = list(fd);

	(void)state;
	assert_int_equal(disk.count, 1);
	check_part(&disk.parts[0], 0, 0, 64, "");
	assert_false(disk.parts[0].can_be_root);
	close(fd);
}

static void a_file_system_from_the_first_byte_beats_a_table(void **state)
{
	int fd = make(2048);
	struct partitions disk;

	(void)state;
	with_disk(fd, "mke2fs -q -F -t ext2 $disk");
	put_mbr(fd, 0, 0, 0x83, 8, 8);
	disk = list(fd);
	assert_int_equal(disk.count, 1);
	check_part(&disk.parts[0], 0, 0, 2048, "ext4");
	assert_true(disk.parts[0].can_be_root);
	close(fd);
}

static void partitions_keep_their_numbers(void **state)
{
	int fd = make(4096);
	struct partitions disk;

	(void)state;
	put_mbr(fd, 0, 1, 0x83, 8, 8);
	put_mbr(fd, 0, 3, 0x0F, 32, 96);
	put_mbr(fd, 32, 0, 0x83, 2, 8);   /* from its own sector */
	put_mbr(fd, 32, 1, 0x05, 20, 40); /* from the extended partition's */
	put_mbr(fd, 52, 0, 0x83, 4, 8);
	disk = list(fd);
	assert_int_equal(disk.count, 3);
	check_part(&disk.parts[0], 2, 8, 8, "");
	check_part(&disk.parts[1], 5, 34, 8, "");
	check_part(&disk.parts[2], 6, 56, 8, "");
	close(fd);
}

/* As the kernel counts (block/partitions/msdos.c): on and on. */
static void logical_partitions_of_two_extended_ones_have_their_own_numbers(void **state)
{
	int fd = make(4096);
	struct partitions disk;

	(void)state;
	put_mbr(fd, 0, 0, 0x05, 32, 32);
	put_mbr(fd, 0, 1, 0x05, 64, 64);
	put_mbr(fd, 32, 0, 0x83, 2, 8);
	put_mbr(fd, 64, 0, 0x83, 2, 8);
	disk = list(fd);
	assert_int_equal(disk.count, 2);
	check_part(&disk.parts[0], 5, 34, 8, "");
	check_part(&disk.parts[1], 6, 66, 8, "");
	close(fd);
}

static void a_chain_of_logical_partitions_in_a_circle_ends(void **state)
{
	int fd = make(4096);
	struct partitions disk;

	(void)state;
	put_mbr(fd, 0, 0, 0x05, 32, 96);
	put_mbr(fd, 32, 0, 0x83, 2, 8);
	put_mbr(fd, 32, 1, 0x05, 20, 40);
	put_mbr(fd, 52, 0, 0x83, 2, 8);
	put_mbr(fd, 52, 1, 0x05, 20, 40); /* itself */
	disk = list(fd);
	assert_in_range(disk.count, 1, PARTITIONS_MAX);
	close(fd);
}

static void gpt_partitions_hold_what_they_hold(void **state)
{
	int fd = make(16384);
	struct partitions disk;

	(void)state;
	with_disk(fd, "printf 'label: gpt\nstart=2048,size=2048\n3: start=4096,size=8192\n' | "
	              "sfdisk -q $disk && mke2fs -q -F -t ext4 -E offset=2097152 $disk 4M");
	disk = list(fd);
	assert_int_equal(disk.count, 2);
	check_part(&disk.parts[0], 1, 2048, 2048, "");
	check_part(&disk.parts[1], 3, 4096, 8192, "ext4");
	close(fd);
}

static void a_partition_beyond_the_disk_is_cut_off(void **state)
{
	int fd = make(4096);
	struct partitions disk;

	(void)state;
	put_mbr(fd, 0, 0, 0x83, 8, 8);
	put_mbr(fd, 0, 1, 0x83, 2048, 2049);
	put_mbr(fd, 0, 2, 0x83, 0xFFFFFFF0, 0xFFFFFFFF);
	disk = list(fd);
	assert_int_equal(disk.count, 3);
	check_part(&disk.parts[0], 1, 8, 8, "");
	check_part(&disk.parts[1], 2, 0, 0, "cut off");
	check_part(&disk.parts[2], 3, 0, 0, "cut off");
	assert_false(disk.parts[1].can_be_root);
	close(fd);
}

static void what_is_no_root_is_named_as_well(void **state)
{
	static const struct {
		const char *command, *holds;
		bool can_be_root;
	} cases[] = {
	        {"mkswap $disk", "swap", false},
	        {"mkfs.btrfs -q $disk", "btrfs", true},
	        {"mke2fs -q -F -t ext3 $disk", "ext4", true},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		int fd = make(262144);
		struct partitions disk;

		with_disk(fd, cases[i].command);
		disk = list(fd);
		assert_string_equal(disk.parts[0].holds, cases[i].holds);
		assert_int_equal(disk.parts[0].can_be_root, cases[i].can_be_root);
		close(fd);
	}
}

/* A LUKS header (version 1) as far as it is looked at. */
static void an_encrypted_part_is_called_so(void **state)
{
	int fd = make(8192);
	struct partitions disk;

	(void)state;
	put(fd, 0, "LUKS\xBA\xBE\0\1", 8);
	disk = list(fd);
	assert_string_equal(disk.parts[0].holds, "encrypted (LUKS)");
	assert_false(disk.parts[0].can_be_root);
	close(fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(a_disk_without_a_table_is_one_part),
	        cmocka_unit_test(a_file_system_from_the_first_byte_beats_a_table),
	        cmocka_unit_test(partitions_keep_their_numbers),
	        cmocka_unit_test(logical_partitions_of_two_extended_ones_have_their_own_numbers),
	        cmocka_unit_test(a_chain_of_logical_partitions_in_a_circle_ends),
	        cmocka_unit_test(gpt_partitions_hold_what_they_hold),
	        cmocka_unit_test(a_partition_beyond_the_disk_is_cut_off),
	        cmocka_unit_test(what_is_no_root_is_named_as_well),
	        cmocka_unit_test(an_encrypted_part_is_called_so),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
