/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/lan/ring.h"

#include <errno.h>
#include <linux/if_packet.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>

enum {
	/* Where a frame begins in its slot: the header, a sockaddr_ll, and up to the alignment of
	 * what follows the Ethernet header (tpacket_rcv in net/packet/af_packet.c). */
	HEAD = TPACKET_ALIGN(TPACKET2_HDRLEN + 16),
	SLOT = TPACKET_ALIGN(HEAD + LAN_FRAME_MAX),
	BLOCK = 64 << 10, /* what the kernel allocates at once; slots do not cross blocks */
	SLOTS_PER_BLOCK = BLOCK / SLOT,
	LOOKS_MAX = 4 * LAN_BATCH,
};

static struct tpacket2_hdr *slot_at(const struct ring *ring, unsigned int index)
{
	return (void *)(ring->memory + (size_t)(index / SLOTS_PER_BLOCK) * BLOCK +
	                (size_t)(index % SLOTS_PER_BLOCK) * SLOT);
}

static int try_open(int socket, unsigned int blocks, struct ring *ring)
{
	struct tpacket_req request = {.tp_block_size = BLOCK,
	                              .tp_block_nr = blocks,
	                              .tp_frame_size = SLOT,
	                              .tp_frame_nr = blocks * SLOTS_PER_BLOCK};
	void *memory;

	if (setsockopt(socket, SOL_PACKET, PACKET_RX_RING, &request, sizeof(request)))
		return -errno;
	ring->size = (size_t)blocks * BLOCK;
	memory = mmap(NULL, ring->size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, socket,
	              0);
	if (memory == MAP_FAILED)
		return -errno;
	ring->memory = memory;
	ring->count = request.tp_frame_nr;
	return 0;
}

int ring_open(int socket, unsigned int most, unsigned int least, struct ring *ring)
{
	int version = TPACKET_V2;
	int rc;

	*ring = (struct ring){0};
	if (setsockopt(socket, SOL_PACKET, PACKET_VERSION, &version, sizeof(version)))
		return -errno;
	do {
		rc = try_open(socket, (most + SLOTS_PER_BLOCK - 1) / SLOTS_PER_BLOCK, ring);
		most /= 2;
	} while (rc == -ENOMEM && most >= least);
	return rc;
}

/* Fills frame with what is in a slot. Returns false if that is for nobody here. */
static bool take(const struct ring *ring, const struct tpacket2_hdr *slot, struct lan_frame *frame)
{
	const uint8_t *bytes = (const uint8_t *)slot;
	const struct sockaddr_ll *source =
	        (const void *)(bytes + TPACKET_ALIGN(sizeof(struct tpacket2_hdr)));
	size_t length = slot->tp_snaplen;

	if (source->sll_pkttype == PACKET_OUTGOING ||
	    (source->sll_pkttype == PACKET_OTHERHOST && !ring->strangers))
		return false;
	if (slot->tp_len != length || length > LAN_FRAME_MAX || slot->tp_mac > SLOT - length)
		return false;
	memcpy(frame->data, bytes + slot->tp_mac, length);
	frame->length = length;
	frame->peer = LAN_EVERYONE;
	frame->received = (uint64_t)slot->tp_sec * 1000000000 + slot->tp_nsec;
	return true;
}

/* True if the frame that comes next may find no room: then some may have found none. */
static bool is_full(const struct ring *ring)
{
	const struct tpacket2_hdr *last =
	        slot_at(ring, (ring->next ? ring->next : ring->count) - 1);

	return __atomic_load_n(&last->tp_status, __ATOMIC_RELAXED) & TP_STATUS_USER;
}

size_t ring_receive(struct ring *ring, struct lan_frame *frames, size_t count)
{
	size_t kept = 0;

	ring->losing |= is_full(ring);
	/* Those for others are passed over, but not without end. */
	for (size_t looked = 0; kept < count && looked < LOOKS_MAX; looked++) {
		struct tpacket2_hdr *slot = slot_at(ring, ring->next);
		uint32_t status = __atomic_load_n(&slot->tp_status, __ATOMIC_ACQUIRE);

		if (!(status & TP_STATUS_USER))
			break;
		ring->losing |= (status & TP_STATUS_LOSING) != 0;
		kept += take(ring, slot, &frames[kept]);
		__atomic_store_n(&slot->tp_status, TP_STATUS_KERNEL, __ATOMIC_RELEASE);
		ring->next = ring->next + 1 == ring->count ? 0 : ring->next + 1;
	}
	return kept;
}

void ring_close(struct ring *ring)
{
	if (ring->memory)
		munmap(ring->memory, ring->size);
	*ring = (struct ring){0};
}
