/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A recording of one machine's reads and writes, to be asked again: a pcap file with its AoE
 * frames, as tcpdump, dumpcap -P and QEMU's filter-dump write it. The data need not be in it.
 *
 * A machine does not ask blindly: most of what it asks for depends on what it was answered. So each
 * step follows on the last answer that came before it, after the time that the machine took then.
 */
#ifndef TOOLS_BENCH_REPLAY_H
#define TOOLS_BENCH_REPLAY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tools/cli/why.h"

#define REPLAY_START UINT32_MAX /* as the step that another follows on: none, it is the beginning  \
	                         */

enum {
	REPLAY_SECTORS_MAX = 255, /* of one step: the count is one byte */
	REPLAY_PAUSE_MAX = 3600,  /* seconds; longer ones are shortened to that */
};

struct replay_step {
	uint64_t lba;
	uint32_t sectors; /* 1 to REPLAY_SECTORS_MAX */
	bool write;
	uint32_t after; /* the step that it follows on, an earlier one, or REPLAY_START */
	uint64_t pause; /* nanoseconds from that one's answer to this request */
};

struct replay {
	struct replay_step *steps; /* as they were asked */
	size_t count, writes;      /* steps, and those of them that write */
	uint64_t sectors;          /* of the smallest disk that has all that is asked for */
	unsigned int most;         /* steps under way at a time, at least 1 */
};

/*
 * Takes the reads and writes of the machine and the target that the first of them is of; requests
 * that were sent again count once. A file that was cut is good up to there. Pure. Fills *why and
 * returns -EINVAL when it is no such file or has none, or -ENOMEM. Free with replay_release.
 */
int replay_parse(const void *pcap, size_t length, struct replay *replay, struct why *why);

/* The same for a file, whose name is in *why. */
int replay_load(const char *path, struct replay *replay, struct why *why);

void replay_release(struct replay *replay);

#endif
