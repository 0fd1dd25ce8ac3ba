/* SPDX-License-Identifier: GPL-2.0-or-later */
/* UUIDs and labels of partitions, in tables made by sfdisk, as the init reads them. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

#include "init/disk.h"

enum { SECTORS = 8192 };

static const char uuid[] = "01234567-89ab-cdef-0123-456789abcdef";
static struct partition partition;

/* A disk with the partition table that sfdisk makes of `script`. */
static int make(const char *script)
{
	char command[1024];
	int fd = memfd_create("disk", 0);

	assert_true(fd >= 0);
	assert_int_equal(ftruncate(fd, (off_t)SECTORS * PARTITION_SECTOR), 0);
	snprintf(command, sizeof(command),
	         "printf '%s' | PATH=$PATH:/usr/sbin:/sbin sfdisk -q /proc/%d/fd/%d", script,
	         getpid(), fd);
	assert_int_equal(system(command), 0);
	return fd;
}

static int make_gpt(void)
{
	return make("label: gpt\nfirst-lba: 64\nstart=64, size=64\n"
	            "start=128, size=128, uuid=01234567-89AB-CDEF-0123-456789ABCDEF, "
	            "type=4F68BCE3-E8CD-4DB1-96E7-FBCAF984B709, name=\"Wurzel f\\303\\274r "
	            "\\342\\202\\254\"\n");
}

/* Changes the number that stands in so many bytes at a place of the disk. */
static void put(int fd, uint64_t at, uint64_t number, size_t size)
{
	uint8_t bytes[8];

	for (size_t i = 0; i < size; i++)
		bytes[i] = (uint8_t)(number >> (8 * i));
	assert_int_equal(pwrite(fd, bytes, size, (off_t)at), size);
}

static int read_table(int fd, unsigned number, uint64_t start)
{
	partition = (struct partition){0};
	return disk_read_table(fd, number, start, &partition);
}

static void a_gpt_is_read(void **state)
{
	int fd = make_gpt();

	(void)state;
	assert_int_equal(read_table(fd, 2, 128), 0);
	assert_string_equal(partition.uuid, uuid);
	assert_string_equal(partition.type, "4f68bce3-e8cd-4db1-96e7-fbcaf984b709");
	assert_string_equal(partition.label, "Wurzel f\303\274r \342\202\254");
	assert_int_equal(read_table(fd, 1, 64), 0);
	assert_int_equal(strlen(partition.uuid), 36);
	assert_string_equal(partition.label, "");
	close(fd);
}

static void what_the_kernel_does_not_see_is_not_believed(void **state)
{
	int fd = make_gpt();

	(void)state;
	assert_int_equal(read_table(fd, 2, 127), -ENOENT);
	assert_int_equal(read_table(fd, 129, 128), -ENOENT);
	assert_int_equal(read_table(fd, 0, 0), -ENOENT);
	assert_string_equal(partition.uuid, "");
	close(fd);
}

static void a_damaged_gpt_gives_nothing(void **state)
{
	static const struct {
		uint64_t at, number;
		size_t size;
	} damages[] = {
	        {512, 0, 8}, /* no header at all */
	        {512 + 72, 1000,
	         8}, /* its entries are somewhere else: zeros, which begin nowhere */
	        {512 + 72, SECTORS, 8}, /* beyond the disk */
	        {512 + 72, UINT64_MAX, 8},
	        {512 + 72, UINT64_C(1) << 55 | 2,
	         8},                       /* 2, but for what is lost as a place in bytes */
	        {512 + 80, 1, 4},          /* it has one entry */
	        {512 + 84, 256, 4},        /* of a size that the kernel does not take */
	        {1024 + 128 + 32, 129, 8}, /* the entry was changed */
	};

	(void)state;
	for (size_t i = 0; i < sizeof(damages) / sizeof(damages[0]); i++) {
		int fd = make_gpt();

		assert_int_equal(read_table(fd, 2, 128), 0);
		put(fd, damages[i].at, damages[i].number, damages[i].size);
		assert_int_equal(read_table(fd, 2, 128), -ENOENT);
		close(fd);
	}
}

static void an_mbr_gives_its_partitions_a_uuid(void **state)
{
	int fd = make("label: dos\nlabel-id: 0x0badcafe\nstart=64, size=64\n"
	              "start=128, type=extended\nstart=200, size=64\nstart=300, size=64\n");

	(void)state;
	assert_int_equal(read_table(fd, 1, 64), 0);
	assert_string_equal(partition.uuid, "0badcafe-01");
	assert_string_equal(partition.type, "");
	assert_string_equal(partition.label, "");
	assert_int_equal(read_table(fd, 6, 300), 0);
	assert_string_equal(partition.uuid, "0badcafe-06");
	assert_int_equal(read_table(fd, 255, 300), 0);
	assert_string_equal(partition.uuid, "0badcafe-ff");
	close(fd);
}

/* Partitions of other kinds of tables, which the kernel may know, have neither. */
static void a_disk_without_either_table_gives_none(void **state)
{
	int fd = make("label: dos\nstart=64\n");

	(void)state;
	put(fd, 510, 0, 2);
	assert_int_equal(read_table(fd, 1, 64), -ENOENT);
	assert_int_equal(ftruncate(fd, 100), 0);
	assert_int_equal(read_table(fd, 1, 64), -ENOENT);
	close(fd);
}

/* A GPT's guard anywhere but at the first sector is none, for the kernel as well. */
static void a_guard_in_the_wrong_place_is_an_mbr(void **state)
{
	int fd = make_gpt();

	(void)state;
	put(fd, 446 + 8, 2, 4);
	assert_int_equal(read_table(fd, 2, 128), 0);
	assert_string_equal(partition.uuid, "00000000-02");
	close(fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(a_gpt_is_read),
	        cmocka_unit_test(what_the_kernel_does_not_see_is_not_believed),
	        cmocka_unit_test(a_damaged_gpt_gives_nothing),
	        cmocka_unit_test(an_mbr_gives_its_partitions_a_uuid),
	        cmocka_unit_test(a_disk_without_either_table_gives_none),
	        cmocka_unit_test(a_guard_in_the_wrong_place_is_an_mbr),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
