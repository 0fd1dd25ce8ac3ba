/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Devices of the kernel's device mapper, by its own interface. */
#ifndef INIT_MAPPER_H
#define INIT_MAPPER_H

#include <stdbool.h>
#include <stdint.h>

#include "init/disk.h"

/* Whether the kernel has a device mapper. */
bool mapper_is_there(void);

/*
 * Makes a read-only device of one target: `table` is in its words, and `sectors` of 512 bytes are
 * its size. Returns 0 with *path its node, or a negative errno.
 */
int mapper_create(const char *name, const char *target, const char *table, uint64_t sectors,
                  char path[DISK_PATH]);

/* Reads the first letter of what the device's target says of itself; '\0' if it cannot. */
char mapper_status(const char *name);

/* Takes the device away, if there is one that is not in use. */
void mapper_remove(const char *name);

#endif
