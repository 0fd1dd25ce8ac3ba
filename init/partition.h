/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a disk's partition table, GPT or MBR, says of one of its partitions. Which partitions there
 * are is the kernel's to say: it has checked the table, and tells where each begins; but not,
 * before Linux 6.13, what its UUID is. Pure.
 */
#ifndef INIT_PARTITION_H
#define INIT_PARTITION_H

#include <stddef.h>
#include <stdint.h>

#include "init/uuid.h"

/* An AoE disk has sectors of this size, in bytes; an entry of a GPT has the size that Linux takes.
 */
enum { PARTITION_SECTOR = 512, PARTITION_ENTRY = 128 };

/* The 36 UTF-16 units of a GPT's name as UTF-8, with the '\0'. */
enum { PARTITION_LABEL = 36 * 3 + 1 };

struct partition {
	char uuid[UUID_TEXT]; /* as Linux writes it, "SSSSSSSS-PP" with an MBR; "" for none */
	char type[UUID_TEXT]; /* of a GPT; "" with an MBR */
	char label[PARTITION_LABEL]; /* the same */
};

/*
 * Reads a disk's first sector. Returns 0 with *partition filled for partition `number` of an MBR,
 * -EAGAIN if the table is a GPT, or -ENOENT if there is none.
 */
int partition_of_mbr(const uint8_t sector[PARTITION_SECTOR], unsigned number,
                     struct partition *partition);

/*
 * Reads a GPT's header, which is a disk's second sector; of the copy at the disk's end the kernel
 * takes no notice either, unless it is told to. Returns 0 with *offset, where on the disk the entry
 * of partition `number` begins, in bytes; or -ENOENT.
 */
int partition_find_entry(const uint8_t header[PARTITION_SECTOR], unsigned number, uint64_t *offset);

/*
 * Reads an entry of a GPT. Returns 0 with *partition filled, or -ENOENT if the partition does not
 * begin in the sector `start`: the table was changed since the kernel has read it.
 */
int partition_of_gpt(const uint8_t entry[PARTITION_ENTRY], uint64_t start,
                     struct partition *partition);

#endif
