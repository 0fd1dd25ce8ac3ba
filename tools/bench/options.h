/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a run is asked to do: the command line of `etherroot bench`. */
#ifndef TOOLS_BENCH_OPTIONS_H
#define TOOLS_BENCH_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tools/aoe/address.h"
#include "tools/bench/pattern.h"
#include "tools/bench/replay.h"
#include "tools/cli/cli.h"

enum {
	BENCH_BLOCK_MAX = 1 << 20, /* bytes */
	BENCH_DEPTH_MAX = 4096,
	BENCH_CLIENTS_MAX = 4096,
	BENCH_PAUSES_MAX = 1000, /* percent */
};

/* The network that the targets are on. */
enum bench_lan { BENCH_INTERFACE, BENCH_QEMU, BENCH_WIRE };

struct bench_options {
	const char *lan; /* name of the interface, path of the socket; owned by argv */
	enum bench_lan lan_kind;
	char *wire[2]; /* the own and the guest's socket; owned */
	bool has_mac;
	struct mac mac;              /* of the first client, not with BENCH_INTERFACE */
	struct aoe_address *targets; /* owned; none: every target that answers */
	size_t target_count;
	struct pattern pattern;
	const char *pattern_text; /* as the user wrote it */
	unsigned int block;       /* bytes, a multiple of 512 */
	uint64_t size;            /* bytes of each target that are used; 0: all */
	unsigned int depth;       /* operations under way, for each client and target */
	const char *recording;    /* file that is replayed instead of a pattern; or NULL */
	struct replay *replay;    /* what is in it; owned */
	unsigned int pauses;      /* percent of its pauses that are made */
	unsigned int clients;
	double seconds;  /* 0: no limit */
	uint64_t count;  /* operations in all; 0: no limit */
	double wait;     /* seconds to look for the targets */
	double patience; /* seconds of silence that end the run */
	uint64_t seed;
	const char *journal;
	int ready_fd;   /* gets a newline when the load begins; -1: none */
	bool verify;    /* write stamps, and judge what is read */
	bool read_back; /* after the run, all that was written */
	bool check;     /* nothing but that */
	bool overwrite, ignore_buffers, json;
};

/*
 * Reads the command line. Returns true with *options filled in, to be freed with
 * bench_options_release; false with *status set to an enum cli_exit when that is all.
 */
bool bench_options_read(struct bench_options *options, int argc, char **argv, int *status);
void bench_options_release(struct bench_options *options);

/* For messages. */
extern const struct cli_command bench_command;

#endif
