/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The beginning of a disk of any length. The input says where its bytes lie on the disk, so that
 * the superblock at 64 KiB needs no input of that length.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "init/superblock.h"
#include "tests/fuzz/fuzz.h"

static void check_uuid(const char *uuid)
{
	ALWAYS(strlen(uuid) == 0 || strlen(uuid) == 36);
	for (size_t i = 0; uuid[i]; i++)
		ALWAYS(i == 8 || i == 13 || i == 18 || i == 23
		               ? uuid[i] == '-'
		               : strchr("0123456789abcdef", uuid[i]) != NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const size_t starts[] = {0, 1000, 65536, 65580};
	struct input input = {data, size};
	size_t start = starts[take_below(&input, 4)], length;
	uint8_t *bytes = take_bytes(&input, SUPERBLOCK_FAR, &length);
	size_t end = start + length < SUPERBLOCK_FAR ? start + length : SUPERBLOCK_FAR;
	uint8_t *disk = need(end);
	struct superblock superblock;
	int rc;

	memset(disk, 0, end);
	memcpy(disk + start, bytes, end - start);
	rc = superblock_identify(disk, end, &superblock);
	ALWAYS(rc == 0 || rc == -ENOENT);
	if (!rc) {
		ALWAYS(superblock.type);
		check_uuid(superblock.uuid);
		ALWAYS(memchr(superblock.label, '\0', sizeof(superblock.label)));
	}
	free(disk);
	free(bytes);
	return 0;
}
