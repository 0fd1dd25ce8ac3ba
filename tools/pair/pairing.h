/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A pair of servers as its one file, /etc/etherroot/pair.conf, has it; the same on both. Pure: text
 * in, a struct or a place and a reason out.
 */
#ifndef TOOLS_PAIR_PAIRING_H
#define TOOLS_PAIR_PAIRING_H

#include <net/if.h>
#include <netinet/in.h>
#include <stddef.h>
#include <stdint.h>

#include "tools/aoe/address.h"
#include "tools/cli/buffer.h"
#include "tools/cli/words.h"

#define PAIRING_PATH "/etc/etherroot/pair.conf"

enum {
	PAIRING_MIB = 1,          /* of the file at most */
	PAIRING_SERVERS = 2,      /* a pair */
	PAIRING_NAME = 63,        /* bytes of a host name's label (RFC 1123, 2.1) */
	PAIRING_EXPORTS_MAX = 99, /* each has a minor, a port and a virtual router of its own */
	PAIRING_MINOR_MAX = 255,  /* of a DRBD device; there are more, which nobody needs */
	PAIRING_PORT = 7788,      /* of DRBD's first connection, as LINBIT's guide has it */
	PAIRING_DELAY_MAX = 300,  /* seconds; no power switch takes as long */
};

/* PAIRING_NOBODY: a timer brings the other half up to date, and a person decides who serves. */
enum pairing_cluster { PAIRING_PACEMAKER, PAIRING_KEEPALIVED, PAIRING_NOBODY };

struct pairing_server {
	char name[PAIRING_NAME + 1]; /* as `uname -n` says it */
	char address[INET_ADDRSTRLEN];
	char *fence;              /* the agent that switches this server off */
	struct buffer parameters; /* of it: NAME=VALUE, each with a zero byte behind */
};

struct pairing_export {
	struct place place;
	struct aoe_address address;
	char *volumes[PAIRING_SERVERS];
	unsigned int minor; /* of the DRBD device */
	uint16_t port;      /* TCP, on both servers */
	struct mac vmac;
};

struct pairing {
	enum pairing_cluster cluster;
	struct pairing_server servers[PAIRING_SERVERS];
	size_t server_count;
	char interface[IFNAMSIZ]; /* of the LAN that is exported on */
	char link[IFNAMSIZ];      /* that the servers reach each other by; "": not said */
	unsigned int fence_delay; /* seconds that the slower fence may take; 0: not said */
	char *resync; /* of PAIRING_NOBODY: when, as systemd.time(7) has it; else NULL */
	struct pairing_export *exports;
	size_t export_count;
};

/*
 * Reads the file's text. Returns 0, and pairing_release frees it; or -EINVAL or -ENOMEM with why
 * and the place where it ended, and nothing is left. A configuration_parser.
 */
int pairing_parse(const char *text, size_t length, void *pairing, struct place *place,
                  struct why *why);

void pairing_release(struct pairing *pairing);

/* Writes it as it is read again. Returns 0 or -ENOMEM. */
int pairing_write(const struct pairing *pairing, struct buffer *text);

/* NULL if there is none. */
const struct pairing_export *pairing_find(const struct pairing *pairing,
                                          struct aoe_address address);

/* The index of the server of that name, or -1. */
int pairing_server_index(const struct pairing *pairing, const char *name);

#endif
