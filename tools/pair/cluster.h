/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the cluster says of its servers: Pacemaker's crm_mon(8), as XML. */
#ifndef TOOLS_PAIR_CLUSTER_H
#define TOOLS_PAIR_CLUSTER_H

#include <stdbool.h>
#include <stddef.h>

#include "tools/pair/pairing.h"

struct cluster_server {
	bool online;  /* it is there, and may run what it is given */
	bool standby; /* it is there, and a person has said that it runs nothing */
	bool unclean; /* it is to be fenced */
};

struct cluster {
	bool runs; /* on this server */
	bool quorum, fencing, maintenance;
	struct cluster_server servers[PAIRING_SERVERS];
	size_t failures; /* actions that failed, and were not cleaned up */
};

/* Reads crm_mon's XML; what is not there is false. Pure. */
void cluster_parse(const char *text, size_t length, const struct pairing *pairing,
                   struct cluster *cluster);

/* Asks the cluster of that kind. */
void cluster_read(const struct pairing *pairing, struct cluster *cluster);

#endif
