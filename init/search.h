/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What stands on the AoE disks and partitions. Each is read by a process of its own: one that does
 * not answer holds up neither the others nor the boot.
 */
#ifndef INIT_SEARCH_H
#define INIT_SEARCH_H

#include <stdint.h>

#include "init/disk.h"
#include "init/job.h"

/* Disks and partitions that are looked at; the farms of large shelves have some dozen. */
enum { SEARCH_MOST = 256 };

/* What was read, in memory shared with the process that reads. */
struct reading {
	int rc; /* of disk_identify; or an error of reading the partition table */
	struct superblock superblock;
	struct partition partition; /* what search.partitions asks for */
};

struct search_device {
	char name[DISK_NAME]; /* "e0.0p1" */
	struct job job;
	bool due;           /* to be read, for the first time or again */
	bool is_read;       /* now, as far as search_update knows */
	bool was_read;      /* *reading holds what was read last */
	uint64_t since;     /* when the reading began that runs... */
	uint64_t answered;  /* ...and when the disk last owed no answer, or gave one */
	uint64_t transfers; /* of the disk, then */
	bool is_asked;      /* the disk owed an answer when it was last looked at */
	uint64_t finished;  /* when the last reading ended */
	bool was_retried;   /* that was not the first one */
	struct reading *reading;
};

struct search {
	int epoll;
	char disk[DISK_NAME]; /* only this one and its partitions are looked at; "": all */
	bool made_too;        /* and what others have made, be it of that disk or not */
	bool partitions; /* the partition table is read as well: for each partition the entry... */
	int beyond;      /* ...that stands so many places in front of it */
	struct search_device device[SEARCH_MOST];
	unsigned count;
	struct reading *readings; /* SEARCH_MOST, shared */
};

/* Returns 0 or a negative errno. */
int search_open(struct search *search, int epoll);

/* A device was announced: it is read, again if it was before. NULL: it is not. */
struct search_device *search_note(struct search *search, const char *name);

/*
 * The same for all that the kernel has; or only for those that are not known yet, which may be
 * before they are announced: a disk that does not answer never is.
 */
void search_note_all(struct search *search, bool again);

/* Takes in what was read, and starts what is due. Those read before `before` are read again. */
void search_update(struct search *search, uint64_t before);

/*
 * When a device whose first reading failed is read once more: a disk that only just appears has no
 * node yet, or cannot be opened. 0 for any other.
 */
uint64_t search_retry(const struct search_device *device);

/* Whether all that is known was read, but for disks that have not answered since `before`. */
bool search_is_over(const struct search *search, uint64_t before);

/* "e0.9, e1.0" of those that have not answered since `before`. */
void search_list_silent(const struct search *search, uint64_t before, char *buffer, size_t size);

/* Ends what still reads. */
void search_close(struct search *search);

#endif
