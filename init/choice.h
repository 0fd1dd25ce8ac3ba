/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which of the devices that were read is the root. Pure. */
#ifndef INIT_CHOICE_H
#define INIT_CHOICE_H

#include "init/report.h"
#include "init/search.h"

/*
 * By the UUID or label of a file system or partition. Members of a RAID and the like, which cannot
 * be mounted, are chosen only where no file system has it, and then the first; one that others are
 * made of (is_held), one of which has its UUID or label, is not. Returns 0 with
 * *chosen; -ENOENT if none that was read so far has it; or -ENOTUNIQ, with *failure filled, if two
 * file systems or partitions have.
 */
int choose_named(const struct root_address *root, const struct search_device *devices,
                 unsigned count, bool (*is_held)(const char *name),
                 const struct search_device **chosen, struct failure *failure);

/*
 * Where only the disk was named: chooses among a disk and its partitions, all of which were read:
 * the disk itself if there is a file system on it, and nothing on its partitions; else the
 * partition whose type in the GPT says that it is a root; else the only partition with a file
 * system. Returns 0 with *chosen; -ENOENT if there is none, or -ENOTUNIQ if there is more than one,
 * with *failure filled.
 */
int choose_root(const struct search_device *devices, unsigned count,
                const struct search_device **chosen, struct failure *failure);

#endif
