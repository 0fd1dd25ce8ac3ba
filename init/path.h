/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Whether frames larger than Ethernet's 1500 bytes get through to the server and back. The aoe
 * module takes an interface's MTU on trust, and has no way back: over a switch that drops large
 * frames it would ask for ever. So it is asked here first, with the largest frames that the module
 * would use, before the module may use the interface (iflist.h).
 */
#ifndef INIT_PATH_H
#define INIT_PATH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "init/address.h"

enum {
	PATH_MTU = 1500,  /* bytes that every Ethernet passes (IEEE 802.3) */
	PATH_HEAD = 1056, /* bytes of an answer that are looked at: that of the longest "config" */
};

/* What is asked: a small frame for a small one, for a large one, and a large one for a small one.
 */
enum path_question { PATH_SMALL, PATH_FROM, PATH_TO, PATH_QUESTIONS };

/* What is known of the way from one interface. */
struct path {
	bool proven;                 /* large frames get through, or none would be sent */
	bool failed;                 /* they do not: the MTU goes back to PATH_MTU */
	uint8_t sectors;             /* of the largest frame; 0: no server has answered yet */
	unsigned answered;           /* bits of enum path_question */
	unsigned tries;              /* so far: to find a server, then to be answered */
	uint64_t next;               /* when it is asked again, milliseconds */
	struct mac server;           /* which has answered first, for... */
	char name[AOE_ADDRESS_TEXT]; /* ...this export */
	struct aoe_address address;
};

/* Room for the longest frame, with the Ethernet header that an MTU does not count. */
enum { PATH_FRAME = 65535 + 14 };

/*
 * Makes the frame that asks one of the questions of path->server, or who is there while none has
 * answered. Returns its bytes. Pure.
 */
size_t path_make(uint8_t frame[PATH_FRAME], const struct path *path, enum path_question question,
                 struct mac source);

/*
 * Takes in an answer of `length` bytes, of which the first ones, PATH_HEAD at most, are in frame.
 * `mtu` is the interface's. Returns whether it was one that brings something new. Pure.
 */
bool path_take(struct path *path, unsigned mtu, const uint8_t *frame, size_t length);

struct nics;

/* Opens a socket for the answers; without one (-1) nothing is tried, and an MTU is trusted. */
int paths_open(void);

/*
 * Takes in what was heard, without waiting, and asks on the interfaces that are up what is due.
 * Returns whether one became ready (nic.ready); *next is when it is to be called again.
 */
bool paths_update(int fd, struct nics *nics, uint64_t *next);

/* An export that says it is there, and answers not even small questions; "" if there is none. */
const char *paths_silent(const struct nics *nics);

#endif
