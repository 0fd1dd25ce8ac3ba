/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The image's compression, undone by the code that reads compressed modules; damaged data. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "initramfs/compression.h"
#include "tools/unpack/decompress.h"

enum { LIMIT = 64 << 20 };

/* Neither constant nor random: as compressible as code, and more than one zstd section long. */
static struct buffer make_data(size_t size)
{
	struct buffer data = {0};
	uint32_t state = 1;

	assert_int_equal(buffer_reserve(&data, size), 0);
	for (size_t i = 0; i < size; i++) {
		state = state * 1664525 + 1013904223;
		data.data[i] = (unsigned char)((state >> 24) & (i & 64 ? 0x0f : 0xff));
	}
	data.size = size;
	return data;
}

static struct buffer make_compressed(const char *format, const struct buffer *data)
{
	struct compression compression;
	struct buffer packed = {0};
	struct why why;

	assert_int_equal(compression_parse(format, &compression, &why), 0);
	assert_int_equal(compression_run(&compression, data, &packed, &why), 0);
	return packed;
}

static void every_format_comes_back(void **state)
{
	static const char *const formats[] = {"zstd", "zstd:1", "zstd:19", "xz",  "xz:0",
	                                      "xz:9", "gzip",   "gzip:1",  "none"};
	struct buffer data = make_data(2 << 20);

	(void)state;
	for (size_t i = 0; i < sizeof(formats) / sizeof(formats[0]); i++) {
		struct buffer packed = make_compressed(formats[i], &data);
		struct why why;

		assert_int_equal(packed.size < data.size, strcmp(formats[i], "none") != 0);
		assert_int_equal(decompress_data(&packed, LIMIT, &why), 0);
		assert_int_equal(packed.size, data.size);
		assert_memory_equal(packed.data, data.data, data.size);
		buffer_free(&packed);
	}
	buffer_free(&data);
}

/* The kernel's xz decoder knows no other check: byte 7 of the stream header names it. */
static void xz_is_checked_by_crc32(void **state)
{
	struct buffer data = make_data(1000);
	struct buffer packed = make_compressed("xz", &data);

	(void)state;
	assert_int_equal(packed.data[7], 0x01);
	buffer_free(&packed);
	buffer_free(&data);
}

/* RFC 1952: bytes 4 to 7 are the date, bit 3 of byte 3 says that a name follows. */
static void gzip_has_no_date_and_no_name(void **state)
{
	static const unsigned char none[4];
	struct buffer data = make_data(1000);
	struct buffer packed = make_compressed("gzip", &data);

	(void)state;
	assert_int_equal(packed.data[3], 0);
	assert_memory_equal(packed.data + 4, none, 4);
	buffer_free(&packed);
	buffer_free(&data);
}

static void empty_images_are_possible(void **state)
{
	static const char *const formats[] = {"zstd", "xz", "gzip"};
	struct buffer data = {0};

	(void)state;
	for (size_t i = 0; i < sizeof(formats) / sizeof(formats[0]); i++) {
		struct buffer packed = make_compressed(formats[i], &data);

		assert_true(packed.size > 0);
		buffer_free(&packed);
	}
}

static void formats_and_levels_are_checked(void **state)
{
	static const struct {
		const char *text;
		const char *message;
	} cases[] = {
	        {"lzop", "lzop: is not one of zstd, xz, gzip and none"},
	        {"", ": is not one of zstd, xz, gzip and none"},
	        {"zst", "zst: is not one of zstd, xz, gzip and none"},
	        {"zstd:", "zstd:: the level is a number from 1 to 19"},
	        {"zstd:20", "zstd:20: the level is a number from 1 to 19"},
	        {"xz:x", "xz:x: the level is a number from 0 to 9"},
	        {"gzip:0", "gzip:0: the level is a number from 1 to 9"},
	        {"none:1", "none: has no levels"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct compression compression;
		struct why why;

		assert_int_equal(compression_parse(cases[i].text, &compression, &why), -EINVAL);
		assert_string_equal(why.text, cases[i].message);
	}
}

static void what_is_not_compressed_is_left_alone(void **state)
{
	static const char text[] = "\177ELF and so on";
	struct buffer data = {0};
	struct why why;

	(void)state;
	assert_int_equal(decompress_data(&data, LIMIT, &why), 0);
	assert_int_equal(data.size, 0);
	assert_int_equal(buffer_append(&data, text, sizeof(text)), 0);
	assert_int_equal(decompress_data(&data, LIMIT, &why), 0);
	assert_int_equal(data.size, sizeof(text));
	assert_memory_equal(data.data, text, sizeof(text));
	buffer_free(&data);
}

/* One compression is taken off: what was in it may look compressed, and is a file of its own. */
static void what_was_compressed_twice_is_unpacked_once(void **state)
{
	static const char *const formats[] = {"zstd", "xz", "gzip"};
	static const struct {
		const char *bytes;
		size_t size;
	} magics[] = {{"\x28\xb5\x2f\xfd and more", 13},
	              {"\xfd"
	               "7zXZ\0 and more",
	               15},
	              {"\x1f\x8b\x08\0 and more", 13}};

	(void)state;
	for (size_t f = 0; f < sizeof(formats) / sizeof(formats[0]); f++)
		for (size_t m = 0; m < sizeof(magics) / sizeof(magics[0]); m++) {
			struct buffer data = {0}, packed;
			struct why why;

			assert_int_equal(buffer_append(&data, magics[m].bytes, magics[m].size), 0);
			packed = make_compressed(formats[f], &data);
			assert_int_equal(decompress_data(&packed, LIMIT, &why), 0);
			assert_int_equal(packed.size, data.size);
			assert_memory_equal(packed.data, data.data, data.size);
			buffer_free(&packed);
			buffer_free(&data);
		}
}

/* Cut anywhere, or a byte changed anywhere: an error and a reason, never a short module. */
static void damaged_data_is_an_error(void **state)
{
	static const char *const formats[] = {"zstd", "xz", "gzip"};
	struct buffer data = make_data(20000);

	(void)state;
	for (size_t f = 0; f < sizeof(formats) / sizeof(formats[0]); f++) {
		struct buffer whole = make_compressed(formats[f], &data);

		for (size_t cut = 6; cut < whole.size; cut += cut < 64 ? 1 : whole.size / 37) {
			struct buffer part = {0};
			struct why why = {""};

			assert_int_equal(buffer_append(&part, whole.data, cut), 0);
			assert_int_equal(decompress_data(&part, LIMIT, &why), -EBADMSG);
			assert_int_not_equal(why.text[0], 0);
			assert_int_equal(part.size, 0);
			buffer_free(&part);
		}
		for (size_t at = whole.size / 7; at < whole.size - 8; at += whole.size / 7) {
			struct buffer part = {0};
			struct why why = {""};

			assert_int_equal(buffer_append(&part, whole.data, whole.size), 0);
			part.data[at] ^= 0x10;
			assert_int_equal(decompress_data(&part, LIMIT, &why), -EBADMSG);
			buffer_free(&part);
		}
		buffer_free(&whole);
	}
	buffer_free(&data);
}

static void a_bomb_is_defused(void **state)
{
	struct buffer zeros = {.data = calloc(1, 8 << 20), .size = 8 << 20, .capacity = 8 << 20};
	struct buffer packed;
	struct why why;

	(void)state;
	assert_non_null(zeros.data);
	packed = make_compressed("xz", &zeros);
	assert_true(packed.size < 10000);
	assert_int_equal(decompress_data(&packed, 1 << 20, &why), -EFBIG);
	assert_string_equal(why.text, "is larger than 1 MiB when decompressed");
	assert_int_equal(packed.size, 0);
	buffer_free(&packed);
	buffer_free(&zeros);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
	        cmocka_unit_test(every_format_comes_back),
	        cmocka_unit_test(xz_is_checked_by_crc32),
	        cmocka_unit_test(gzip_has_no_date_and_no_name),
	        cmocka_unit_test(empty_images_are_possible),
	        cmocka_unit_test(formats_and_levels_are_checked),
	        cmocka_unit_test(what_is_not_compressed_is_left_alone),
	        cmocka_unit_test(what_was_compressed_twice_is_unpacked_once),
	        cmocka_unit_test(damaged_data_is_an_error),
	        cmocka_unit_test(a_bomb_is_defused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
