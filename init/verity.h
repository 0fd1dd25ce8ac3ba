/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A tree of hashes over a device, as veritysetup(8) makes it (format 1). Pure. */
#ifndef INIT_VERITY_H
#define INIT_VERITY_H

#include <stddef.h>
#include <stdint.h>

enum { VERITY_SUPERBLOCK = 512, VERITY_SALT = 256, VERITY_ALGORITHM = 32 };

/* Digits of a root hash: those of 256 to 512 bits. Shorter ones can be forged. */
enum { VERITY_DIGITS_LEAST = 64, VERITY_DIGITS_MOST = 128 };

/* Room for a table: names, numbers, a root hash and a salt. */
enum { VERITY_TABLE = 1024 };

/* What the superblock in front of a tree says. */
struct verity {
	uint64_t at; /* where on its device the superblock begins, in bytes */
	uint64_t data_blocks;
	uint32_t data_block, hash_block; /* in bytes, powers of two, 512 to 4096 */
	char algorithm[VERITY_ALGORITHM];
	uint8_t salt[VERITY_SALT];
	unsigned salt_size;
};

/*
 * Reads a superblock that begins at byte `at` of its device. Nothing vouches for it but that the
 * root hash comes out right in the end. Returns 0, or -EINVAL with *problem set.
 */
int verity_parse(const uint8_t bytes[VERITY_SUPERBLOCK], uint64_t at, struct verity *verity,
                 const char **problem);

/* How much there is of the data, in bytes; less than 2^63. */
uint64_t verity_data_size(const struct verity *verity);

/*
 * Writes what dm-verity wants to know (Documentation/admin-guide/device-mapper/verity.rst) of a
 * device, the one with its tree, which may be the same, and the root hash. Returns table.
 */
char *verity_write_table(const struct verity *verity, const char *data, const char *tree,
                         const char *root_hash, char table[VERITY_TABLE]);

#endif
