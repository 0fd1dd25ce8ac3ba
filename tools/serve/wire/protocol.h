/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the target answers to a frame. Pure: bytes in; a decision and bytes out. It does no I/O, it
 * only says which is to be done.
 *
 *     protocol_accept    is this a request, and for this host?
 *     protocol_decide    what does this export do about it? may write the reply at once
 *     protocol_complete  writes the reply after the I/O that protocol_decide asked for
 */
#ifndef TOOLS_SERVE_WIRE_PROTOCOL_H
#define TOOLS_SERVE_WIRE_PROTOCOL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tools/aoe/aoe.h"
#include "tools/aoe/identify.h"

/* An export as the LAN may see it. */
struct protocol_export {
	struct aoe_address address;
	uint64_t sectors;
	bool read_only;
	bool silent;            /* is not to be found for now: who asks what it is gets no answer */
	const uint8_t *config;  /* the configuration string; config_length bytes, no end mark */
	size_t config_length;   /* 0..AOE_CONFIG_MAX */
	const struct mac *macs; /* the initiators that may use it... */
	size_t mac_count;       /* ...at most AOE_LIST_MAX; 0: all may */
	struct mac mac;         /* what it answers from, if has_mac; else the LAN's */
	bool has_mac;
	uint8_t identify[IDENTIFY_SIZE];
};

/* The LAN that a frame came from. */
struct protocol_lan {
	struct mac mac; /* own address */
	size_t mtu;
	unsigned int buffers; /* told to initiators as what they may have under way */
};

/* An accepted request. */
struct protocol_request {
	struct aoe_header header;
	struct aoe_ata ata; /* filled in by protocol_decide when header.command is AOE_ATA */
	size_t length;      /* of the frame */
};

/* One request as one export answers it. */
struct protocol_exchange {
	const struct protocol_export *export;
	const struct protocol_lan *lan;
	struct protocol_request *request;
	const uint8_t *frame; /* the one that was accepted; needed only to decide */
	uint8_t *reply;       /* room for LAN_FRAME_MAX bytes; may be the frame's own memory */
	size_t length;        /* bytes of the reply, once there is one */
};

enum protocol_verdict {
	PROTOCOL_DROP,  /* nothing is answered */
	PROTOCOL_REPLY, /* the reply is written and complete */
	/* I/O first, on the sectors that protocol_range tells. Then protocol_complete; or, if the
	 * I/O failed, silence: the initiator repeats the request. */
	PROTOCOL_READ,
	PROTOCOL_WRITE,
	PROTOCOL_FLUSH,
};

/*
 * Checks that a frame is a request that may be for an export of ours, which protocol_is_for tells.
 * Nothing is read beyond length. Returns 0, -EINVAL (not for us), or -EADDRINUSE: it is another
 * target's announcement, to us or to all, whose address is then in request->header.
 */
int protocol_accept(const void *frame, size_t length, const struct protocol_lan *lan,
                    struct protocol_request *request);

/* True if the request goes to every export of a shelf, of a slot, or at all. */
bool protocol_is_broadcast(const struct protocol_request *request);

/* True if the request is for that export: by its address, and by the host that it was sent to. */
bool protocol_is_for(const struct protocol_request *request, const struct protocol_lan *lan,
                     const struct protocol_export *export);

/* True if that host may use the export. */
bool protocol_may_use(const struct protocol_export *export, struct mac mac);

/* Decides about an accepted request that is for this export. */
enum protocol_verdict protocol_decide(struct protocol_exchange *exchange);

/*
 * The bytes of the export that PROTOCOL_READ and PROTOCOL_WRITE are about; they are within it. The
 * data of a write are at AOE_ATA_DATA of the frame, those of a read belong there in the reply.
 */
void protocol_range(const struct protocol_request *request, uint64_t *offset, size_t *length);

/*
 * Writes the reply to a request whose I/O is done, around the data of a read, which are there
 * already.
 */
void protocol_complete(struct protocol_exchange *exchange);

/* Writes the reply to a write that is not done, as to an export that can only be read. */
void protocol_refuse_write(struct protocol_exchange *exchange);

/* Writes the announcement that an export is there, to `to`; returns its length. */
size_t protocol_announce(const struct protocol_export *export, const struct protocol_lan *lan,
                         struct mac to, uint8_t *frame);

#endif
