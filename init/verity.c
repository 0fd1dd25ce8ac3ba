/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "init/verity.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include "tools/base/bytes.h"
#include "tools/base/text.h"

static bool is_block(uint32_t size)
{
	return size >= 512 && size <= 4096 && !(size & (size - 1));
}

/* A name of the kernel's: "sha256". It becomes a word of the table. */
static bool is_algorithm(const char *name)
{
	size_t length = strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-");

	return length && length < VERITY_ALGORITHM && !name[length];
}

int verity_parse(const uint8_t bytes[VERITY_SUPERBLOCK], uint64_t at, struct verity *verity,
                 const char **problem)
{
	/* struct verity_sb of cryptsetup's lib/verity/verity.c */
	enum {
		VERSION = 8,
		TYPE = 12,
		ALGORITHM = 32,
		DATA_BLOCK = 64,
		HASH_BLOCK = 68,
		DATA_BLOCKS = 72,
		SALT_SIZE = 80,
		SALT = 88,
	};

	*verity = (struct verity){
	        .at = at,
	        .data_blocks = le64(bytes + DATA_BLOCKS),
	        .data_block = le32(bytes + DATA_BLOCK),
	        .hash_block = le32(bytes + HASH_BLOCK),
	        .salt_size = le16(bytes + SALT_SIZE),
	};
	memcpy(verity->algorithm, bytes + ALGORITHM, VERITY_ALGORITHM - 1);
	memcpy(verity->salt, bytes + SALT, VERITY_SALT);
	*problem = NULL;
	if (memcmp(bytes, "verity\0\0", 8) != 0)
		*problem = "no hash tree begins there";
	else if (le32(bytes + VERSION) != 1 || le32(bytes + TYPE) != 1)
		*problem = "it is of another version than 1";
	else if (!is_block(verity->data_block) || !is_block(verity->hash_block) ||
	         verity->salt_size > VERITY_SALT || !is_algorithm(verity->algorithm) ||
	         bytes[ALGORITHM + VERITY_ALGORITHM - 1] || !verity->data_blocks ||
	         verity->data_blocks > INT64_MAX / verity->data_block || at > INT64_MAX)
		*problem = "it is damaged";
	return *problem ? -EINVAL : 0;
}

uint64_t verity_data_size(const struct verity *verity)
{
	return verity->data_blocks * verity->data_block;
}

static void add_number(struct text *text, uint64_t number)
{
	char digits[TEXT_NUMBER];

	text_add(text, " ");
	text_add(text, text_decimal(digits, number));
}

char *verity_write_table(const struct verity *verity, const char *data, const char *tree,
                         const char *root_hash, char table[VERITY_TABLE])
{
	/* The tree begins in the block behind its superblock. */
	uint64_t first =
	        (verity->at + VERITY_SUPERBLOCK + verity->hash_block - 1) / verity->hash_block;
	const char *const words[] = {verity->algorithm, " ", root_hash, " ",
	                             verity->salt_size ? "" : "-"};
	char digits[TEXT_NUMBER];
	struct text text;

	text_begin(&text, table, VERITY_TABLE);
	text_add(&text, "1 ");
	text_add(&text, data);
	text_add(&text, " ");
	text_add(&text, tree);
	add_number(&text, verity->data_block);
	add_number(&text, verity->hash_block);
	add_number(&text, verity->data_blocks);
	add_number(&text, first);
	text_add(&text, " ");
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		text_add(&text, words[i]);
	for (unsigned i = 0; i < verity->salt_size; i++)
		text_add(&text, text_hex(digits, verity->salt[i], 2));
	return table;
}
