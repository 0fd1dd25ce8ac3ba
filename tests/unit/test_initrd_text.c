/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Small texts around the image: the kernel's configuration, the list, buffers. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "initramfs/kconfig.h"
#include "initramfs/listing.h"

/* On the heap and exactly as long as the text, so that the sanitizer sees a byte too far. */
static struct buffer exactly(const char *text)
{
	size_t size = strlen(text);
	struct buffer buffer = {.data = malloc(size + !size), .size = size, .capacity = size};

	assert_non_null(buffer.data);
	memcpy(buffer.data, text, size);
	return buffer;
}

static void options_are_whole_lines(void **state)
{
	static const struct {
		const char *text;
		bool has;
	} cases[] = {
	        {"", false},
	        {"CONFIG_RD_XZ", false},
	        {"CONFIG_RD_XZ=", false},
	        {"CONFIG_RD_XZ=y", true},
	        {"CONFIG_RD_XZ=y\n", true},
	        {"CONFIG_A=y\nCONFIG_RD_XZ=y\nCONFIG_B=m\n", true},
	        {"CONFIG_RD_XZ=m\n", false},
	        {"CONFIG_RD_XZ=yes\n", false},
	        {"CONFIG_RD_XZ_EXTRA=y\n", false},
	        {"XCONFIG_RD_XZ=y\n", false},
	        {"# CONFIG_RD_XZ=y\n", false},
	        {"# CONFIG_RD_XZ is not set\n", false},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct buffer text = exactly(cases[i].text);

		assert_int_equal(kconfig_has(&text, "CONFIG_RD_XZ"), cases[i].has);
		buffer_free(&text);
	}
	assert_false(kconfig_has(&(struct buffer){0}, "CONFIG_RD_XZ"));
}

/* One of everything, with names that want quoting. */
static char *print(bool json)
{
	static char version[] = "6.1", name[] = "aoe", path[] = "kernel/aoe.ko";
	static char reason[] = "the AoE initiator", ext4[] = "ext4";
	struct tree tree = {.version = version};
	struct module aoe = {
	        .name = name, .image_path = path, .reason = reason, .data = {.size = 7}};
	struct module *modules[] = {&aoe};
	char *builtin[] = {ext4};
	struct modset set = {
	        .tree = &tree, .item = modules, .count = 1, .builtin = builtin, .builtin_count = 1};
	struct content content = {0};
	struct compression compression = compression_of(COMPRESS_XZ);
	struct buffer filesystems = exactly("ext4\nxfs\n");
	struct listing listing = {.modules = &set,
	                          .content = &content,
	                          .compression = &compression,
	                          .filesystems = &filesystems,
	                          .unpacked = 1000,
	                          .packed = 100};
	char *text = NULL;
	size_t size;
	FILE *stream = open_memstream(&text, &size);
	struct why why;

	assert_non_null(stream);
	assert_int_equal(content_add_file(&content, "a \"b\" \\ \n", 0755, "1234", 4, "--add"), 0);
	assert_int_equal(content_add_directory(&content, "dev", "the init's"), 0);
	assert_int_equal(content_finish(&content, &why), 0);
	(json ? listing_print_json : listing_print)(&listing, stream);
	assert_int_equal(fclose(stream), 0);
	content_free(&content);
	buffer_free(&filesystems);
	return text;
}

static void the_list_for_people(void **state)
{
	char *text = print(false);

	(void)state;
	assert_string_equal(text, "-755         4 /a \"b\" \\ \n  (--add)\n"
	                          "d755         0 /dev  (the init's)\n"
	                          "in the kernel itself: ext4\n"
	                          "kernel 6.1, 1 modules, 2 files, 1000 bytes, 100 with xz\n");
	free(text);
}

static void the_list_for_programs(void **state)
{
	char *text = print(true);

	(void)state;
	assert_string_equal(
	        text, "{\"kernel\": \"6.1\",\n"
	              " \"bytes\": 1000, \"compressed_bytes\": 100, \"compression\": \"xz\",\n"
	              " \"filesystems\": [\"ext4\", \"xfs\"],\n"
	              " \"builtin\": [\"ext4\"],\n"
	              " \"modules\": [\n"
	              "  {\"name\": \"aoe\", \"path\": \"kernel/aoe.ko\", \"bytes\": 7, "
	              "\"reason\": \"the AoE initiator\"}],\n"
	              " \"files\": [\n"
	              "  {\"path\": \"a \\\"b\\\" \\\\ \\u000a\", \"mode\": \"100755\", "
	              "\"bytes\": 4, \"reason\": \"--add\"},\n"
	              "  {\"path\": \"dev\", \"mode\": \"040755\", \"bytes\": 0, "
	              "\"reason\": \"the init's\"}]}\n");
	free(text);
}

static void buffers_read_to_a_limit(void **state)
{
	struct buffer buffer = {0};
	int ends[2];
	int zero = open("/dev/zero", O_RDONLY | O_CLOEXEC);

	(void)state;
	assert_int_equal(buffer_read(&buffer, zero, 100000), -EFBIG);
	close(zero);
	buffer_free(&buffer);
	assert_int_equal(pipe(ends), 0);
	assert_int_equal(write(ends[1], "abc", 3), 3);
	close(ends[1]);
	assert_int_equal(buffer_append(&buffer, "12", 2), 0);
	assert_int_equal(buffer_read(&buffer, ends[0], 3), 0);
	close(ends[0]);
	assert_int_equal(buffer.size, 5);
	assert_memory_equal(buffer.data, "12abc", 5);
	assert_int_equal(buffer_read(&buffer, -1, 3), -EBADF);
	buffer_free(&buffer);
	assert_int_equal(buffer_reserve(&buffer, SIZE_MAX), -ENOMEM);
	assert_int_equal(buffer_printf(&buffer, "%0300d", 7), 0);
	assert_int_equal(buffer.size, 300);
	buffer_free(&buffer);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
	        cmocka_unit_test(options_are_whole_lines),
	        cmocka_unit_test(the_list_for_people),
	        cmocka_unit_test(the_list_for_programs),
	        cmocka_unit_test(buffers_read_to_a_limit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
