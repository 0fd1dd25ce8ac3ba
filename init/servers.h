/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Who answers on the LAN for which export. The aoe module believes everyone that does, and shares
 * its reads and writes out among them: two servers for one export are to be told, or one of them to
 * be chosen (rd.target=).
 */
#ifndef INIT_SERVERS_H
#define INIT_SERVERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "init/address.h"

/* Answers that are remembered: of each server and export one. */
enum { SERVERS_MOST = 256 };

struct server {
	struct aoe_address address;
	struct mac mac;
	uint64_t heard; /* when it last said who it is (deadline.h) */
	bool was_told;  /* the caller's: that it is one of two */

	/* What is known of the disk: revive.c. */
	uint64_t answered; /* when it last owed no answer, or gave one */
	uint64_t transfers;
};

struct servers {
	int fd; /* a packet socket that sees the answers to the module's questions; or -1 */
	struct server server[SERVERS_MOST];
	unsigned count;
};

/*
 * Reads an answer to a question who is there (AoE specification, "query config information") of
 * `length` bytes from the destination address on. Returns 0 or -EINVAL. Pure.
 */
int server_parse(const uint8_t *frame, size_t length, struct server *server);

struct sock_fprog;

/* A packet socket that sees the AoE frames that a filter (linux/filter.h) lets through; or -1. */
int servers_listen(const struct sock_fprog *program);

/* Starts to listen. Without a socket nothing is known, and nothing of it told. */
void servers_open(struct servers *servers);

/* Takes in what was heard since, without waiting. */
void servers_update(struct servers *servers);

/* The first two of those that answer for an export; NULL where there are fewer. */
void servers_of(struct servers *servers, struct aoe_address address, struct server *found[2]);

/*
 * Has an interface drop what other hosts than `target` send for an export, for as long as it is
 * there, the time after the boot included. Returns 0 or a negative errno.
 */
int servers_choose(int interface, struct aoe_address address, struct mac target);

#endif
