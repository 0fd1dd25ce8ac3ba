/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is on a disk image: partitions and file systems. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "tools/boot/image/disk.h"

enum { SECTOR = 512 };

/* A disk in memory. */
struct memory {
	uint8_t *bytes;
	uint64_t size;
};

static int read_memory(void *context, uint64_t offset, void *to, size_t n)
{
	const struct memory *memory = context;

	if (offset > memory->size || n > memory->size - offset)
		return -EIO;
	memcpy(to, memory->bytes + offset, n);
	return 0;
}

static struct memory make(uint64_t sectors)
{
	struct memory memory = {calloc(sectors, SECTOR), sectors * SECTOR};

	assert_non_null(memory.bytes);
	return memory;
}

static struct disk list(struct memory *memory)
{
	struct disk disk;

	assert_int_equal(disk_partitions(&disk, read_memory, memory, memory->size), 0);
	return disk;
}

static void put32(uint8_t *to, uint32_t value)
{
	for (int i = 0; i < 4; i++)
		to[i] = (uint8_t)(value >> (8 * i));
}

static void put64(uint8_t *to, uint64_t value)
{
	put32(to, (uint32_t)value);
	put32(to + 4, (uint32_t)(value >> 32));
}

/* Entry 0 to 3 of the partition table in a sector. */
static void put_mbr(struct memory *memory, uint64_t sector, int entry, uint8_t type, uint32_t first,
                    uint32_t count)
{
	uint8_t *at = memory->bytes + sector * SECTOR;

	at[446 + 16 * entry + 4] = type;
	put32(at + 446 + 16 * entry + 8, first);
	put32(at + 446 + 16 * entry + 12, count);
	at[510] = 0x55;
	at[511] = 0xAA;
}

static void put_gpt(struct memory *memory, uint64_t table, uint32_t count, uint32_t length)
{
	uint8_t *header = memory->bytes + SECTOR;

	put_mbr(memory, 0, 0, 0xEE, 1, 0xFFFFFFFF);
	memcpy(header, "EFI PART", 8);
	put64(header + 72, table);
	put32(header + 80, count);
	put32(header + 84, length);
}

static void put_gpt_entry(struct memory *memory, uint64_t at, uint64_t first, uint64_t last)
{
	memory->bytes[at] = 1; /* a type */
	put64(memory->bytes + at + 32, first);
	put64(memory->bytes + at + 40, last);
}

static void put_ext4(struct memory *memory, uint64_t sector)
{
	memcpy(memory->bytes + sector * SECTOR + 1024 + 56, "\x53\xEF", 2);
}

static void check_part(const struct disk_part *part, unsigned number, uint64_t first,
                       uint64_t count)
{
	assert_int_equal(part->number, number);
	assert_int_equal(part->offset, first * SECTOR);
	assert_int_equal(part->size, count * SECTOR);
}

static void a_disk_without_a_table_is_one_part(void **state)
{
	struct memory memory = make(64);
	struct disk disk = list(&memory);

	(void)state;
	assert_int_equal(disk.count, 1);
	check_part(&disk.parts[0], 0, 0, 64);
	assert_null(disk_file_system(read_memory, &memory, &disk.parts[0]));
	free(memory.bytes);
}

static void a_file_system_from_the_first_byte_beats_a_table(void **state)
{
	struct memory memory = make(64);
	struct disk disk;

	(void)state;
	put_mbr(&memory, 0, 0, 0x83, 8, 8);
	put_ext4(&memory, 0);
	disk = list(&memory);
	assert_int_equal(disk.count, 1);
	check_part(&disk.parts[0], 0, 0, 64);
	assert_string_equal(disk_file_system(read_memory, &memory, &disk.parts[0]), "ext4");
	free(memory.bytes);
}

static void primary_partitions_keep_their_numbers(void **state)
{
	struct memory memory = make(64);
	struct disk disk;

	(void)state;
	put_mbr(&memory, 0, 1, 0x83, 8, 8);
	put_mbr(&memory, 0, 3, 0x83, 16, 48);
	disk = list(&memory);
	assert_int_equal(disk.count, 2);
	check_part(&disk.parts[0], 2, 8, 8);
	check_part(&disk.parts[1], 4, 16, 48);
	free(memory.bytes);
}

static void logical_partitions_begin_at_5(void **state)
{
	struct memory memory = make(128);
	struct disk disk;

	(void)state;
	put_mbr(&memory, 0, 0, 0x83, 2, 8);
	put_mbr(&memory, 0, 1, 0x0F, 32, 96);
	put_mbr(&memory, 32, 0, 0x83, 2, 8);   /* from its own sector */
	put_mbr(&memory, 32, 1, 0x05, 20, 40); /* from the extended partition's */
	put_mbr(&memory, 52, 0, 0x83, 4, 8);
	disk = list(&memory);
	assert_int_equal(disk.count, 3);
	check_part(&disk.parts[1], 5, 34, 8);
	check_part(&disk.parts[2], 6, 56, 8);
	free(memory.bytes);
}

/* As the kernel counts (block/partitions/msdos.c): on and on. */
static void logical_partitions_of_two_extended_ones_have_their_own_numbers(void **state)
{
	struct memory memory = make(128);
	struct disk disk;

	(void)state;
	put_mbr(&memory, 0, 0, 0x05, 32, 32);
	put_mbr(&memory, 0, 1, 0x05, 64, 64);
	put_mbr(&memory, 32, 0, 0x83, 2, 8);
	put_mbr(&memory, 64, 0, 0x83, 2, 8);
	disk = list(&memory);
	assert_int_equal(disk.count, 2);
	check_part(&disk.parts[0], 5, 34, 8);
	check_part(&disk.parts[1], 6, 66, 8);
	free(memory.bytes);
}

static void a_chain_of_logical_partitions_in_a_circle_ends(void **state)
{
	struct memory memory = make(128);
	struct disk disk;

	(void)state;
	put_mbr(&memory, 0, 0, 0x05, 32, 96);
	put_mbr(&memory, 32, 0, 0x83, 2, 8);
	put_mbr(&memory, 32, 1, 0x05, 20, 40);
	put_mbr(&memory, 52, 0, 0x83, 2, 8);
	put_mbr(&memory, 52, 1, 0x05, 20, 40); /* itself */
	disk = list(&memory);
	assert_in_range(disk.count, 2, DISK_PARTITIONS);
	free(memory.bytes);
}

static void gpt_partitions_keep_their_numbers(void **state)
{
	struct memory memory = make(256);
	struct disk disk;

	(void)state;
	put_gpt(&memory, 2, 128, 128);
	put_gpt_entry(&memory, 2 * SECTOR, 64, 71);
	put_gpt_entry(&memory, 2 * SECTOR + 2 * 128, 72, 255);
	put_ext4(&memory, 72);
	disk = list(&memory);
	assert_int_equal(disk.count, 2);
	check_part(&disk.parts[0], 1, 64, 8);
	check_part(&disk.parts[1], 3, 72, 184);
	assert_null(disk_file_system(read_memory, &memory, &disk.parts[0]));
	assert_string_equal(disk_file_system(read_memory, &memory, &disk.parts[1]), "ext4");
	free(memory.bytes);
}

static void gpt_entries_may_be_longer(void **state)
{
	struct memory memory = make(256);
	struct disk disk;

	(void)state;
	put_gpt(&memory, 4, 8, 256);
	put_gpt_entry(&memory, 4 * SECTOR + 256, 64, 64);
	disk = list(&memory);
	assert_int_equal(disk.count, 1);
	check_part(&disk.parts[0], 2, 64, 1);
	free(memory.bytes);
}

static void what_is_not_on_the_disk_is_no_partition(void **state)
{
	struct memory memory = make(256);
	struct disk disk;

	(void)state;
	put_gpt(&memory, 2, 0xFFFFFFFF, 128);
	put_gpt_entry(&memory, 2 * SECTOR, 64, 256);
	put_gpt_entry(&memory, 2 * SECTOR + 128, 300, 400);
	put_gpt_entry(&memory, 2 * SECTOR + 256, 100, 99);
	put_gpt_entry(&memory, 2 * SECTOR + 384, 1, UINT64_MAX);
	put_gpt_entry(&memory, 2 * SECTOR + 512, UINT64_MAX / SECTOR + 2, UINT64_MAX / SECTOR + 3);
	put_gpt_entry(&memory, 2 * SECTOR + 640, 255, 255);
	disk = list(&memory);
	assert_int_equal(disk.count, 1);
	check_part(&disk.parts[0], 6, 255, 1);
	free(memory.bytes);
}

static void a_table_of_nonsense_is_no_table(void **state)
{
	struct memory memory = make(256);
	struct disk disk;

	(void)state;
	put_gpt(&memory, 2, 128, 1);
	put_mbr(&memory, 0, 0, 0xEE, 1, 100);
	disk = list(&memory);
	assert_int_equal(disk.count, 1);
	check_part(&disk.parts[0], 1, 1, 100);
	put_gpt(&memory, UINT64_MAX / SECTOR, 128, 128);
	disk = list(&memory);
	assert_int_equal(disk.count, 1);
	free(memory.bytes);
}

static void file_systems_have_their_names(void **state)
{
	static const struct {
		uint64_t offset;
		const char *magic, *name;
	} cases[] = {
	        {0, "XFSB", "xfs"},       {65536 + 64, "_BHRfS_M", "btrfs"},
	        {0, "hsqs", "squashfs"},  {4086, "SWAPSPACE2", "swap"},
	        {82, "FAT32   ", "vfat"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct memory memory = make(256);
		struct disk_part whole = {0, 0, memory.size};

		memcpy(memory.bytes + cases[i].offset, cases[i].magic, strlen(cases[i].magic));
		assert_string_equal(disk_file_system(read_memory, &memory, &whole), cases[i].name);
		free(memory.bytes);
	}
}

static void a_tiny_part_is_not_read_beyond(void **state)
{
	struct memory memory = make(256);
	struct disk_part part = {1, 0, SECTOR};

	(void)state;
	put_ext4(&memory, 0);
	assert_null(disk_file_system(read_memory, &memory, &part));
	free(memory.bytes);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(a_disk_without_a_table_is_one_part),
	        cmocka_unit_test(a_file_system_from_the_first_byte_beats_a_table),
	        cmocka_unit_test(primary_partitions_keep_their_numbers),
	        cmocka_unit_test(logical_partitions_begin_at_5),
	        cmocka_unit_test(logical_partitions_of_two_extended_ones_have_their_own_numbers),
	        cmocka_unit_test(a_chain_of_logical_partitions_in_a_circle_ends),
	        cmocka_unit_test(gpt_partitions_keep_their_numbers),
	        cmocka_unit_test(gpt_entries_may_be_longer),
	        cmocka_unit_test(what_is_not_on_the_disk_is_no_partition),
	        cmocka_unit_test(a_table_of_nonsense_is_no_table),
	        cmocka_unit_test(file_systems_have_their_names),
	        cmocka_unit_test(a_tiny_part_is_not_read_beyond),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
