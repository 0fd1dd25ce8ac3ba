/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/unpack/decompress.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <zlib.h>

struct format {
	unsigned char magic[6];
	size_t magic_size;
	int filter; /* libarchive's number */
};

enum { GZIP, XZ, ZSTD };

/* The three that the kernel's `make modules_install` knows. */
static const struct format formats[] = {
        [GZIP] = {{0x1f, 0x8b}, 2, ARCHIVE_FILTER_GZIP},
        [XZ] = {{0xfd, '7', 'z', 'X', 'Z', 0}, 6, ARCHIVE_FILTER_XZ},
        [ZSTD] = {{0x28, 0xb5, 0x2f, 0xfd}, 4, ARCHIVE_FILTER_ZSTD},
};

static const struct format *format_of(const struct buffer *data)
{
	for (size_t i = 0; i < sizeof(formats) / sizeof(formats[0]); i++)
		if (data->size >= formats[i].magic_size &&
		    !memcmp(data->data, formats[i].magic, formats[i].magic_size))
			return &formats[i];
	return NULL;
}

static int open_archive(struct archive *archive, const struct format *format,
                        const struct buffer *in)
{
	struct archive_entry *entry;

	/* This one and no more: left to find out, libarchive unpacks again what comes out of it. */
	if (archive_read_append_filter(archive, format->filter) != ARCHIVE_OK ||
	    archive_read_support_format_raw(archive) != ARCHIVE_OK ||
	    archive_read_open_memory(archive, in->data, in->size) != ARCHIVE_OK)
		return ARCHIVE_FATAL;
	return archive_read_next_header(archive, &entry);
}

static int read_all(struct archive *archive, const struct buffer *in, size_t limit,
                    struct buffer *out, struct why *why)
{
	/* Modules come to 3 to 5 times their compressed size: one allocation for most. */
	size_t chunk = in->size * 5 + 65536;

	for (;;) {
		la_ssize_t n;

		if (buffer_reserve(out, chunk))
			return why_memory(why);
		n = archive_read_data(archive, out->data + out->size, out->capacity - out->size);
		if (n < 0)
			return why_set(why, -EBADMSG, "%s", archive_error_string(archive));
		if (n == 0)
			return 0;
		out->size += (size_t)n;
		if (out->size > limit)
			return why_set(why, -EFBIG, "is larger than %zu MiB when decompressed",
			               limit >> 20);
		chunk = out->capacity - out->size ? 1 : 65536;
	}
}

/*
 * libarchive does not look at gzip's own check (RFC 1952: CRC-32 and size, little-endian, at the
 * end). Files of several members, which nobody makes of a module, do not pass.
 */
static int check_gzip(const struct buffer *in, const struct buffer *out, struct why *why)
{
	enum { SHORTEST = 18 }; /* a header of 10 bytes and the trailer */
	const unsigned char *trailer;
	uint32_t expected[2] = {0, 0};

	if (in->size < SHORTEST)
		return why_set(why, -EBADMSG, "Truncated gzip data");
	trailer = in->data + in->size - 8;
	for (int i = 3; i >= 0; i--) {
		expected[0] = expected[0] << 8 | trailer[i];
		expected[1] = expected[1] << 8 | trailer[4 + i];
	}
	if (expected[1] != (uint32_t)out->size || expected[0] != crc32_z(0, out->data, out->size))
		return why_set(why, -EBADMSG, "gzip's checksum does not match");
	return 0;
}

int decompress_data(struct buffer *data, size_t limit, struct why *why)
{
	const struct format *format = format_of(data);
	struct archive *archive;
	struct buffer out = {0};
	int rc;

	if (!format)
		return 0;
	archive = archive_read_new();
	if (!archive)
		rc = why_memory(why);
	else if (open_archive(archive, format, data) != ARCHIVE_OK)
		rc = why_set(why, -EBADMSG, "%s",
		             archive_error_string(archive) ? archive_error_string(archive)
		                                           : "is empty");
	else
		rc = read_all(archive, data, limit, &out, why);
	if (!rc && format == &formats[GZIP])
		rc = check_gzip(data, &out, why);
	archive_read_free(archive);
	if (rc)
		buffer_free(&out);
	buffer_free(data);
	*data = out;
	return rc;
}
