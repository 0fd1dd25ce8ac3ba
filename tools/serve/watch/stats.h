/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What one export did, and for whom. Pure; times in milliseconds of one clock that is never 0.
 *
 * Clients are told apart by their MAC, which anyone on the LAN can invent, so that only so many are
 * kept. A new one takes the place of the one that was silent for longest, if that was for
 * STATS_IDLE at least: a crowd of invented ones cannot displace those that work. What found no
 * place is counted as one.
 */
#ifndef TOOLS_SERVE_WATCH_STATS_H
#define TOOLS_SERVE_WATCH_STATS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tools/aoe/address.h"
#include "tools/host/histogram.h"

enum {
	STATS_CLIENTS = 128, /* per export: as many as its list of initiators may have */
	STATS_IDLE = 10000,  /* after which a client may make room for another */
	STATS_SECONDS = 10,  /* whole seconds that rates are about */
};

/* Index 0: reads; 1: writes. */
struct stats_traffic {
	uint64_t requests[2], bytes[2];
};

struct stats_client {
	struct mac mac;
	uint64_t seen; /* when its latest request was answered */
	struct stats_traffic traffic;
	uint64_t repeated; /* requests that it sent again while they were under way */
	uint16_t next;     /* with the same hash, counted from 1; 0: none */
};

/* All zero at first. */
struct stats {
	struct stats_traffic total;
	uint64_t repeated;
	uint64_t late;       /* dropped: waited too long before they were received */
	uint64_t superseded; /* dropped: older than a write on the same bytes that was started */
	uint64_t refused;    /* dropped: the export has all that it may have under way */
	struct histogram latency[2];
	struct {
		uint64_t second;
		struct stats_traffic traffic;
	} seconds[STATS_SECONDS + 1];
	struct stats_client clients[STATS_CLIENTS];
	size_t client_count;
	uint16_t first[STATS_CLIENTS]; /* by hash; counted from 1 */
	struct stats_client others;    /* those that found no place; its mac says nothing */
};

/* A read or write of so many bytes was answered, so many nanoseconds after it arrived. */
void stats_answered(struct stats *stats, struct mac mac, bool write, uint64_t bytes,
                    uint64_t latency, uint64_t now);

/* That client repeated a request that is under way. */
void stats_repeated(struct stats *stats, struct mac mac, uint64_t now);

/* What was done in the last STATS_SECONDS whole seconds. */
struct stats_traffic stats_recent(const struct stats *stats, uint64_t now);

#endif
