/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which of the devices that were read is the root. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "init/choice.h"

static const char root_type[] = "4f68bce3-e8cd-4db1-96e7-fbcaf984b709";
static const char esp_type[] = "c12a7328-f81f-11d2-ba4b-00a0c93ec93b";

enum { MOST = 4 };

static struct search_device devices[MOST];
static struct reading readings[MOST];
static unsigned count;
static const char *held; /* names with blanks between and around them */
static const struct search_device *chosen;
static struct failure failure;

static int nothing_there(void **state)
{
	(void)state;
	count = 0;
	held = "";
	return 0;
}

static bool is_held(const char *name)
{
	char word[DISK_NAME + 2];

	snprintf(word, sizeof(word), " %s ", name);
	return strstr(held, word);
}

/* A device that was read: `type` NULL: nothing is on it; in capitals: no file system. */
static struct reading *add(const char *name, const char *type)
{
	struct reading *reading = &readings[count];

	*reading = (struct reading){.rc = type ? 0 : -ENOENT};
	if (type) {
		reading->superblock.type = type;
		reading->superblock.module = *type >= 'a' ? type : NULL;
	}
	devices[count] = (struct search_device){.was_read = true, .reading = reading};
	snprintf(devices[count++].name, DISK_NAME, "%s", name);
	return reading;
}

static void add_partition(const char *name, const char *type, const char *gpt_type)
{
	strcpy(add(name, type)->partition.type, gpt_type);
}

static void assert_chosen(const char *name)
{
	assert_int_equal(choose_root(devices, count, &chosen, &failure), 0);
	assert_string_equal(chosen->name, name);
}

static void assert_ambiguous(const char *saw)
{
	assert_int_equal(choose_root(devices, count, &chosen, &failure), -ENOTUNIQ);
	assert_int_equal(failure.code, FAIL_AMBIGUOUS);
	assert_string_equal(failure.saw, saw);
}

static void a_disk_with_a_file_system_is_the_root(void **state)
{
	(void)state;
	add("e7.3", "ext4");
	assert_chosen("e7.3");
	add_partition("e7.3p1", NULL, esp_type);
	assert_chosen("e7.3");
}

/* Its superblock may be older than the partitions. */
static void a_disk_with_partitions_in_use_is_not(void **state)
{
	(void)state;
	add("e7.3", "ext4");
	add("e7.3p1", "xfs");
	assert_ambiguous("more than one may be the root: e7.3 (ext4), e7.3p1 (xfs)");
	readings[1].superblock.type = "LVM";
	readings[1].superblock.module = NULL;
	assert_ambiguous("more than one may be the root: e7.3 (ext4), e7.3p1 (LVM)");
	readings[1].rc = -ENOENT;
	strcpy(readings[1].partition.type, root_type);
	assert_ambiguous("more than one may be the root: e7.3 (ext4), e7.3p1 (nothing)");
}

static void the_partition_whose_type_says_so_is_the_root(void **state)
{
	(void)state;
	add("e7.3", NULL);
	add_partition("e7.3p1", "ext4", "");
	add_partition("e7.3p2", "ext4", root_type);
	add_partition("e7.3p3", NULL, esp_type);
	assert_chosen("e7.3p2");
	/* Even where nothing is on it: another is not tried in its place. */
	readings[2].rc = -ENOENT;
	assert_chosen("e7.3p2");
}

static void the_only_partition_with_a_file_system_is_the_root(void **state)
{
	(void)state;
	add("e7.3", NULL);
	add_partition("e7.3p1", NULL, esp_type);
	add("e7.3p2", "SWAP");
	add("e7.3p3", "xfs");
	assert_chosen("e7.3p3");
}

static void of_two_none_is_chosen(void **state)
{
	(void)state;
	add("e7.3", NULL);
	add("e7.3p1", "ext4");
	add("e7.3p2", "xfs");
	assert_ambiguous("more than one may be the root: e7.3p1 (ext4), e7.3p2 (xfs)");
	strcpy(readings[1].partition.type, root_type);
	strcpy(readings[2].partition.type, root_type);
	assert_ambiguous("more than one may be the root: e7.3p1 (ext4), e7.3p2 (xfs)");
}

static void what_is_there_is_told_where_nothing_is_the_root(void **state)
{
	(void)state;
	add("e7.3", NULL);
	add("e7.3p1", "LUKS");
	assert_int_equal(choose_root(devices, count, &chosen, &failure), -ENOENT);
	assert_int_equal(failure.code, FAIL_NOFS);
	assert_string_equal(failure.saw, "no file system that is known is on e7.3 (nothing), "
	                                 "e7.3p1 (LUKS)");
}

static int choose(const char *text)
{
	struct root_address root;
	struct parse_error error;

	assert_int_equal(root_parse(text, &root, &error), 0);
	return choose_named(&root, devices, count, is_held, &chosen, &failure);
}

/* Two disks and a partition, each with names of its own. */
static void add_named(void)
{
	strcpy(add("e0.0", "ext4")->superblock.uuid, "01234567-89ab-cdef-0123-456789abcdef");
	strcpy(add("e0.1", "xfs")->superblock.label, "one");
	strcpy(add("e0.2p1", NULL)->partition.uuid, "0badcafe-01");
	strcpy(readings[2].partition.label, "two");
}

static void each_kind_of_name_is_found(void **state)
{
	(void)state;
	add_named();
	assert_int_equal(choose("UUID=01234567-89AB-cdef-0123-456789abcdef"), 0);
	assert_string_equal(chosen->name, "e0.0");
	assert_int_equal(choose("LABEL=one"), 0);
	assert_string_equal(chosen->name, "e0.1");
	/* The partition is the one, whatever is on it. */
	assert_int_equal(choose("PARTUUID=0BADCAFE-01"), 0);
	assert_string_equal(chosen->name, "e0.2p1");
	assert_int_equal(choose("PARTLABEL=two"), 0);
	assert_string_equal(chosen->name, "e0.2p1");
	assert_int_equal(choose("LABEL=two"), -ENOENT);
	assert_int_equal(choose("PARTLABEL=one"), -ENOENT);
	assert_int_equal(choose("UUID=0badcafe-01"), -ENOENT);
}

static void what_was_not_read_is_not_looked_at(void **state)
{
	(void)state;
	add_named();
	for (unsigned i = 0; i < count; i++)
		devices[i].was_read = false;
	assert_int_equal(choose("LABEL=one"), -ENOENT);
	assert_int_equal(choose("PARTLABEL=two"), -ENOENT);
}

static void two_with_one_name_are_two_too_many(void **state)
{
	(void)state;
	add_named();
	strcpy(add("e0.3p1", NULL)->partition.uuid, "0badcafe-01");
	strcpy(readings[3].superblock.label, "one");
	assert_int_equal(choose("LABEL=one"), 0);
	readings[3].rc = 0;
	readings[3].superblock.module = "ext4";
	assert_int_equal(choose("LABEL=one"), -ENOTUNIQ);
	assert_int_equal(failure.code, FAIL_AMBIGUOUS);
	assert_string_equal(failure.saw, "it is on e0.1 and on e0.3p1");
	assert_int_equal(choose("PARTUUID=0badcafe-01"), -ENOTUNIQ);
	assert_string_equal(failure.saw, "it is on e0.2p1 and on e0.3p1");
}

/* They have one label, and are told as what they are. */
static void members_of_a_raid_are_no_two_roots(void **state)
{
	(void)state;
	strcpy(add("e0.0", "RAID")->superblock.label, "one");
	strcpy(add("e0.1", "RAID")->superblock.label, "one");
	assert_int_equal(choose("LABEL=one"), 0);
	assert_string_equal(chosen->name, "e0.0");
}

/* A RAID's name is its own affair: the file system that has it too is the root. */
static void a_file_system_beats_a_member_of_a_raid(void **state)
{
	(void)state;
	strcpy(add("e0.0", "RAID")->superblock.label, "one");
	strcpy(add("e0.1", "ext4")->superblock.label, "one");
	strcpy(add("e0.2", "LVM")->superblock.label, "one");
	assert_int_equal(choose("LABEL=one"), 0);
	assert_string_equal(chosen->name, "e0.1");
	readings[0].superblock.module = "ext4";
	readings[1].superblock.module = NULL;
	assert_int_equal(choose("LABEL=one"), 0);
	assert_string_equal(chosen->name, "e0.0");
	readings[2].superblock.module = "ext4";
	assert_int_equal(choose("LABEL=one"), -ENOTUNIQ);
	assert_string_equal(failure.saw, "it is on e0.0 and on e0.2");
}

/* By its address it is read, and mounted or not, as any other. */
static void what_others_are_made_of_has_no_name(void **state)
{
	(void)state;
	add_named();
	held = " e0.0 e0.2p1 ";
	assert_int_equal(choose("UUID=01234567-89AB-CDEF-0123-456789ABCDEF"), -ENOENT);
	assert_int_equal(choose("PARTUUID=0badcafe-01"), -ENOENT);
	assert_int_equal(choose("LABEL=one"), 0);
	count = 1;
	assert_chosen("e0.0");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test_setup(a_disk_with_a_file_system_is_the_root, nothing_there),
	        cmocka_unit_test_setup(a_disk_with_partitions_in_use_is_not, nothing_there),
	        cmocka_unit_test_setup(the_partition_whose_type_says_so_is_the_root, nothing_there),
	        cmocka_unit_test_setup(the_only_partition_with_a_file_system_is_the_root,
	                               nothing_there),
	        cmocka_unit_test_setup(of_two_none_is_chosen, nothing_there),
	        cmocka_unit_test_setup(what_is_there_is_told_where_nothing_is_the_root,
	                               nothing_there),
	        cmocka_unit_test_setup(each_kind_of_name_is_found, nothing_there),
	        cmocka_unit_test_setup(what_was_not_read_is_not_looked_at, nothing_there),
	        cmocka_unit_test_setup(what_others_are_made_of_has_no_name, nothing_there),
	        cmocka_unit_test_setup(two_with_one_name_are_two_too_many, nothing_there),
	        cmocka_unit_test_setup(members_of_a_raid_are_no_two_roots, nothing_there),
	        cmocka_unit_test_setup(a_file_system_beats_a_member_of_a_raid, nothing_there),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
