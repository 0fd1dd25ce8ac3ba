/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Compression of the whole image, in the formats that the kernel unpacks. */
#ifndef INITRAMFS_COMPRESSION_H
#define INITRAMFS_COMPRESSION_H

#include "tools/cli/buffer.h"
#include "tools/cli/why.h"

enum compress_format { COMPRESS_ZSTD, COMPRESS_XZ, COMPRESS_GZIP, COMPRESS_NONE };

struct compression {
	enum compress_format format;
	int level;          /* within the format's range */
	const char *name;   /* "zstd" */
	const char *config; /* the kernel's option that unpacks it, or NULL: "CONFIG_RD_ZSTD" */
};

/*
 * Reads "FORMAT" or "FORMAT:LEVEL". Returns 0, or -EINVAL and WHY.
 */
int compression_parse(const char *text, struct compression *compression, struct why *why);

/* FORMAT at its usual level (see compression.c for the measurement). */
struct compression compression_of(enum compress_format format);

/* Appends IN, compressed, to OUT. The bytes do not depend on the machine. 0, or -errno and WHY. */
int compression_run(const struct compression *compression, const struct buffer *in,
                    struct buffer *out, struct why *why);

#endif
