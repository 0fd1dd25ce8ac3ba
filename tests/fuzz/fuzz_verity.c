/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The superblock of a hash tree, from a disk that nothing vouches for. What is made of it for the
 * kernel is one line of so many words, whatever it says.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "init/verity.h"
#include "tests/fuzz/fuzz.h"

static void check_table(const struct verity *verity)
{
	char table[VERITY_TABLE];
	unsigned blanks = 0;

	verity_write_table(verity, "/dev/etherd/e0.0", "/dev/etherd/e0.1", "c0ffee", table);
	ALWAYS(strlen(table) < sizeof(table) - 1);
	for (const char *at = table; *at; at++) {
		ALWAYS(*at >= ' ' && *at <= '~');
		blanks += *at == ' ';
	}
	ALWAYS(blanks == 9 && table[strlen(table) - 1] != ' ');
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input input = {data, size};
	uint64_t at = (uint64_t)take_byte(&input) << (take_byte(&input) & 63);
	uint8_t superblock[VERITY_SUPERBLOCK] = "verity";
	struct verity verity;
	const char *problem;
	size_t length;
	uint8_t *bytes = take_bytes(&input, VERITY_SUPERBLOCK - 8, &length);
	int rc;

	memcpy(superblock + 8, bytes, length);
	free(bytes);
	rc = verity_parse(superblock, at, &verity, &problem);
	ALWAYS(rc == 0 || rc == -EINVAL);
	ALWAYS(!rc == !problem);
	if (!rc) {
		ALWAYS(verity_data_size(&verity) && verity_data_size(&verity) <= INT64_MAX);
		check_table(&verity);
	}
	return 0;
}
