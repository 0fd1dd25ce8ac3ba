/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The archive of the image: order, directories, conflicts, and the bytes of the format. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "initramfs/content.h"

/* One entry, read by what Documentation/driver-api/early-userspace/buffer-format.rst says. */
struct entry {
	char name[256];
	unsigned int ino, mode, uid, gid, links, mtime, size, rmajor, rminor;
	const unsigned char *data;
};

static unsigned int field(const unsigned char *header, int number)
{
	char text[9] = "";

	memcpy(text, header + 6 + 8 * number, 8);
	return (unsigned int)strtoul(text, NULL, 16);
}

static size_t padded(size_t size)
{
	return (size + 3) & ~(size_t)3;
}

/* Reads the entry at *AT and moves on. False at the trailer. */
static bool read_entry(const struct buffer *archive, size_t *at, struct entry *entry)
{
	const unsigned char *header = archive->data + *at;
	size_t name_size;

	assert_true(archive->size - *at >= 110);
	assert_memory_equal(header, "070701", 6);
	name_size = field(header, 11);
	assert_true(name_size <= sizeof(entry->name) && name_size <= archive->size - *at - 110);
	*entry = (struct entry){.ino = field(header, 0),
	                        .mode = field(header, 1),
	                        .uid = field(header, 2),
	                        .gid = field(header, 3),
	                        .links = field(header, 4),
	                        .mtime = field(header, 5),
	                        .size = field(header, 6),
	                        .rmajor = field(header, 9),
	                        .rminor = field(header, 10)};
	memcpy(entry->name, header + 110, name_size);
	entry->data = archive->data + *at + padded(110 + name_size);
	*at += padded(110 + name_size) + padded(entry->size);
	assert_true(*at <= archive->size);
	return strcmp(entry->name, "TRAILER!!!") != 0;
}

static struct buffer pack(struct content *content)
{
	struct buffer archive = {0};
	struct why why;

	assert_int_equal(content_finish(content, &why), 0);
	assert_int_equal(content_pack(content, &archive, &why), 0);
	return archive;
}

static void entries_are_what_the_kernel_wants(void **state)
{
	struct content content = {0};
	struct buffer archive;
	struct entry entry;
	size_t at = 0;

	(void)state;
	assert_int_equal(content_add_file(&content, "/sbin/x", 0755, "12345", 5, "test"), 0);
	assert_int_equal(content_add_symlink(&content, "bin/sh", "busybox", "test"), 0);
	assert_int_equal(content_add_character_device(&content, "dev/null", 1, 3, "test"), 0);
	archive = pack(&content);

	assert_true(read_entry(&archive, &at, &entry));
	assert_string_equal(entry.name, "bin");
	assert_int_equal(entry.mode, S_IFDIR | 0755);
	assert_true(read_entry(&archive, &at, &entry));
	assert_string_equal(entry.name, "bin/sh");
	assert_int_equal(entry.mode, S_IFLNK | 0777);
	assert_int_equal(entry.size, 7);
	assert_memory_equal(entry.data, "busybox", 7);
	assert_true(read_entry(&archive, &at, &entry));
	assert_string_equal(entry.name, "dev");
	assert_true(read_entry(&archive, &at, &entry));
	assert_string_equal(entry.name, "dev/null");
	assert_int_equal(entry.mode, S_IFCHR | 0600);
	assert_int_equal(entry.rmajor, 1);
	assert_int_equal(entry.rminor, 3);
	assert_true(read_entry(&archive, &at, &entry));
	assert_string_equal(entry.name, "sbin");
	assert_true(read_entry(&archive, &at, &entry));
	assert_string_equal(entry.name, "sbin/x");
	assert_int_equal(entry.mode, S_IFREG | 0755);
	assert_int_equal(entry.links, 1);
	assert_memory_equal(entry.data, "12345", 5);
	assert_false(read_entry(&archive, &at, &entry));
	assert_int_equal(at, archive.size);
	buffer_free(&archive);
	content_free(&content);
}

/* The kernel links files of one number together: each must have its own, and no date or owner. */
static void nothing_but_the_files_shows(void **state)
{
	struct content content = {0};
	struct buffer archive;
	struct entry entry;
	unsigned int last = 0;
	size_t at = 0;

	(void)state;
	assert_int_equal(content_add_file(&content, "a", 0644, "1", 1, "test"), 0);
	assert_int_equal(content_add_file(&content, "b", 0644, "2", 1, "test"), 0);
	archive = pack(&content);
	while (read_entry(&archive, &at, &entry)) {
		assert_int_equal(entry.uid, 0);
		assert_int_equal(entry.gid, 0);
		assert_int_equal(entry.mtime, 0);
		assert_int_not_equal(entry.ino, last);
		last = entry.ino;
	}
	buffer_free(&archive);
	content_free(&content);
}

static void the_order_of_adding_does_not_show(void **state)
{
	static const char *const names[] = {"lib/a/x.ko", "lib-2", "lib/a.b", "init", "lib/b"};
	struct buffer archives[2];

	(void)state;
	for (int turn = 0; turn < 2; turn++) {
		struct content content = {0};

		for (int i = 0; i < 5; i++) {
			const char *name = names[turn ? 4 - i : i];

			assert_int_equal(
			        content_add_file(&content, name, 0644, name, strlen(name), "test"),
			        0);
		}
		archives[turn] = pack(&content);
		content_free(&content);
	}
	assert_int_equal(archives[0].size, archives[1].size);
	assert_memory_equal(archives[0].data, archives[1].data, archives[0].size);
	buffer_free(&archives[0]);
	buffer_free(&archives[1]);
}

static void a_directory_may_come_twice_a_file_may_not(void **state)
{
	struct content content = {0};
	struct why why;

	(void)state;
	assert_int_equal(content_add_directory(&content, "etc", "the init's"), 0);
	assert_int_equal(content_add_directory(&content, "/etc", "--add"), 0);
	assert_int_equal(content_finish(&content, &why), 0);
	assert_int_equal(content.count, 1);
	assert_int_equal(content_add_file(&content, "init", 0755, "x", 1, "the init"), 0);
	assert_int_equal(content_add_file(&content, "/init", 0755, "y", 1, "--add"), 0);
	assert_int_equal(content_finish(&content, &why), -EEXIST);
	assert_true(!strcmp(why.text, "/init: is asked for twice: the init, and --add") ||
	            !strcmp(why.text, "/init: is asked for twice: --add, and the init"));
	content_free(&content);
}

static void nothing_lies_below_a_file(void **state)
{
	struct content content = {0};
	struct why why;

	(void)state;
	assert_int_equal(content_add_symlink(&content, "bin", "usr/bin", "--add"), 0);
	assert_int_equal(content_add_file(&content, "bin/busybox", 0755, "x", 1, "--shell"), 0);
	assert_int_equal(content_finish(&content, &why), -ENOTDIR);
	assert_string_equal(why.text,
	                    "/bin/busybox: cannot be put below /bin, which is no directory");
	content_free(&content);
}

static void many_files_fit(void **state)
{
	struct content content = {0};
	struct buffer archive;
	struct entry entry;
	size_t at = 0;
	int count = 0;

	(void)state;
	for (int i = 0; i < 1000; i++) {
		char name[32];

		snprintf(name, sizeof(name), "d%d/f%d", i % 7, i);
		assert_int_equal(content_add_file(&content, name, 0644, "same", 4, "test"), 0);
	}
	archive = pack(&content);
	while (read_entry(&archive, &at, &entry))
		count++;
	assert_int_equal(count, 1007);
	buffer_free(&archive);
	content_free(&content);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
	        cmocka_unit_test(entries_are_what_the_kernel_wants),
	        cmocka_unit_test(nothing_but_the_files_shows),
	        cmocka_unit_test(the_order_of_adding_does_not_show),
	        cmocka_unit_test(a_directory_may_come_twice_a_file_may_not),
	        cmocka_unit_test(nothing_lies_below_a_file),
	        cmocka_unit_test(many_files_fit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
