/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * path packet|xdp INTERFACE FILE read|nothing
 *
 * The least that a target can do for a read: a loop that takes requests from an interface, reads
 * from the page cache or does not, and answers, at e0.0. It is what a packet socket costs, as the
 * target has it, against an AF_XDP socket; the parser is the target's in both. `target` measures
 * it, in row "path". Not for anything else: it looks after nothing. Writes a byte to file
 * descriptor 9 when it is ready, and serves until it is ended.
 *
 * AF_XDP without libraries: the rings are described in Documentation/networking/af_xdp.rst, and the
 * program hands every frame to the socket. A reply of 4 KiB is two pieces of memory, which takes
 * Linux 6.6.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <linux/if_link.h>
#include <linux/if_xdp.h>
#include <net/if.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "tools/lan/lan.h"
#include "tools/serve/wire/frame.h"
#include "tools/serve/wire/protocol.h"

static void fail(const char *what)
{
	perror(what);
	exit(1);
}

/* ---- AF_XDP ---- */

enum {
	PIECE = 4096,     /* bytes; the most that a descriptor has */
	ROOM = 4 * PIECE, /* for one frame to be sent */
	RING = 1024,      /* descriptors in each ring, a power of two */
	ROOMS = RING / 2, /* replies under way */
	RECEIVED = RING * PIECE,
};

#ifndef XDP_USE_SG /* since Linux 6.6 */
#define XDP_USE_SG    (1 << 4)
#define XDP_PKT_CONTD (1 << 0)
#endif
#ifndef BPF_F_XDP_HAS_FRAGS
#define BPF_F_XDP_HAS_FRAGS (1U << 5)
#endif

struct ring {
	uint32_t *producer, *consumer;
	void *entries;
	uint32_t own; /* what this side has done */
};

struct xdp {
	struct lan lan;
	uint8_t *memory;
	struct ring fill, completion, received, sent;
	uint8_t *rooms[ROOMS]; /* that are free */
	size_t room_count;
};

static int bpf(int command, union bpf_attr *attributes)
{
	return (int)syscall(SYS_bpf, command, attributes, sizeof(*attributes));
}

static void map_ring(int fd, int option, off_t where, const struct xdp_ring_offset *offset,
                     size_t entry, struct ring *ring)
{
	int count = RING;
	uint8_t *memory;

	if (setsockopt(fd, SOL_XDP, option, &count, sizeof(count)))
		fail("an XDP ring");
	memory = mmap(NULL, offset->desc + RING * entry, PROT_READ | PROT_WRITE,
	              MAP_SHARED | MAP_POPULATE, fd, where);
	if (memory == MAP_FAILED)
		fail("mmap of a ring");
	ring->producer = (void *)(memory + offset->producer);
	ring->consumer = (void *)(memory + offset->consumer);
	ring->entries = memory + offset->desc;
}

/* How many entries the other side has put there, or taken away. */
static uint32_t ready(const uint32_t *others, uint32_t own)
{
	return __atomic_load_n(others, __ATOMIC_ACQUIRE) - own;
}

/* Hands every frame of the interface to the socket; stays as long as this process. */
static void redirect(int fd, unsigned int index)
{
	union bpf_attr map = {
	        .map_type = BPF_MAP_TYPE_XSKMAP, .key_size = 4, .value_size = 4, .max_entries = 1};
	int map_fd = bpf(BPF_MAP_CREATE, &map), zero = 0, program;
	struct bpf_insn code[] = {
	        {.code = BPF_LDX | BPF_MEM | BPF_W, .dst_reg = 2, .src_reg = 1, .off = 16},
	        {.code = BPF_LD | BPF_DW | BPF_IMM,
	         .dst_reg = 1,
	         .src_reg = BPF_PSEUDO_MAP_FD,
	         .imm = map_fd},
	        {0},
	        {.code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = 3, .imm = XDP_PASS},
	        {.code = BPF_JMP | BPF_CALL, .imm = BPF_FUNC_redirect_map},
	        {.code = BPF_JMP | BPF_EXIT},
	};
	union bpf_attr load = {.prog_type = BPF_PROG_TYPE_XDP,
	                       .insns = (uintptr_t)code,
	                       .insn_cnt = sizeof(code) / sizeof(code[0]),
	                       .license = (uintptr_t) "GPL",
	                       .prog_flags = BPF_F_XDP_HAS_FRAGS};
	union bpf_attr update = {
	        .map_fd = (uint32_t)map_fd, .key = (uintptr_t)&zero, .value = (uintptr_t)&fd};
	union bpf_attr link = {.link_create = {.target_ifindex = index,
	                                       .attach_type = BPF_XDP,
	                                       .flags = XDP_FLAGS_DRV_MODE}};

	if (map_fd < 0 || bpf(BPF_MAP_UPDATE_ELEM, &update))
		fail("the map of XDP sockets");
	program = bpf(BPF_PROG_LOAD, &load);
	link.link_create.prog_fd = (uint32_t)program;
	if (program < 0 || bpf(BPF_LINK_CREATE, &link) < 0)
		fail("the XDP program");
}

static void refill(struct xdp *xdp, uint64_t address)
{
	((uint64_t *)xdp->fill.entries)[xdp->fill.own++ % RING] = address / PIECE * PIECE;
}

static size_t xdp_receive(struct lan *lan, struct lan_frame *frames, size_t count)
{
	struct xdp *xdp = (struct xdp *)(void *)lan;
	struct ring *ring = &xdp->received;
	uint32_t there = ready(ring->producer, ring->own);
	size_t n = 0;

	while (there-- && n < count && xdp->room_count) {
		const struct xdp_desc *entry =
		        (struct xdp_desc *)ring->entries + ring->own++ % RING;

		/* The replies are written where the requests are put. */
		frames[n].data = xdp->rooms[--xdp->room_count];
		frames[n].length = entry->len;
		memcpy(frames[n++].data, xdp->memory + entry->addr, entry->len);
		refill(xdp, entry->addr);
	}
	__atomic_store_n(ring->consumer, ring->own, __ATOMIC_RELEASE);
	__atomic_store_n(xdp->fill.producer, xdp->fill.own, __ATOMIC_RELEASE);
	return n;
}

static void take_back(struct xdp *xdp)
{
	struct ring *ring = &xdp->completion;

	for (uint32_t there = ready(ring->producer, ring->own); there; there--) {
		uint64_t address = ((uint64_t *)ring->entries)[ring->own++ % RING];

		if (address % ROOM == 0)
			xdp->rooms[xdp->room_count++] = xdp->memory + address;
	}
	__atomic_store_n(ring->consumer, ring->own, __ATOMIC_RELEASE);
}

static void put(struct xdp *xdp, const struct lan_frame *frame)
{
	uint64_t address = (uint64_t)(frame->data - xdp->memory);

	for (size_t done = 0; done < frame->length; done += PIECE) {
		struct xdp_desc *entry =
		        (struct xdp_desc *)xdp->sent.entries + xdp->sent.own++ % RING;
		size_t rest = frame->length - done;

		*entry = (struct xdp_desc){.addr = address + done,
		                           .len = rest < PIECE ? (uint32_t)rest : PIECE,
		                           .options = rest > PIECE ? XDP_PKT_CONTD : 0};
	}
}

static void xdp_send(struct lan *lan, const struct lan_frame *frames, size_t count)
{
	struct xdp *xdp = (struct xdp *)(void *)lan;

	for (size_t i = 0; i < count; i++)
		put(xdp, &frames[i]);
	__atomic_store_n(xdp->sent.producer, xdp->sent.own, __ATOMIC_RELEASE);
	while (sendto(lan->fd, NULL, 0, MSG_DONTWAIT, NULL, 0) < 0 &&
	       (errno == EAGAIN || errno == EBUSY || errno == ENOBUFS))
		take_back(xdp);
	take_back(xdp);
}

static const struct lan_operations xdp_operations = {.receive = xdp_receive, .send = xdp_send};

static void open_rings(struct xdp *xdp)
{
	struct xdp_mmap_offsets offsets;
	socklen_t length = sizeof(offsets);
	int fd = xdp->lan.fd;

	if (getsockopt(fd, SOL_XDP, XDP_MMAP_OFFSETS, &offsets, &length))
		fail("the offsets of the rings");
	map_ring(fd, XDP_UMEM_FILL_RING, XDP_UMEM_PGOFF_FILL_RING, &offsets.fr, 8, &xdp->fill);
	map_ring(fd, XDP_UMEM_COMPLETION_RING, XDP_UMEM_PGOFF_COMPLETION_RING, &offsets.cr, 8,
	         &xdp->completion);
	map_ring(fd, XDP_RX_RING, XDP_PGOFF_RX_RING, &offsets.rx, sizeof(struct xdp_desc),
	         &xdp->received);
	map_ring(fd, XDP_TX_RING, XDP_PGOFF_TX_RING, &offsets.tx, sizeof(struct xdp_desc),
	         &xdp->sent);
}

static struct lan *open_xdp(const struct lan *like)
{
	static struct xdp xdp;
	const size_t size = RECEIVED + (size_t)ROOMS * ROOM;
	struct xdp_umem_reg umem = {.len = size, .chunk_size = PIECE};
	struct sockaddr_xdp address = {.sxdp_family = AF_XDP,
	                               .sxdp_flags = XDP_COPY | XDP_USE_SG,
	                               .sxdp_ifindex = if_nametoindex(like->name)};

	xdp.lan = (struct lan){.operations = &xdp_operations,
	                       .fd = socket(AF_XDP, SOCK_RAW, 0),
	                       .mac = like->mac,
	                       .mtu = like->mtu,
	                       .buffers = like->buffers};
	xdp.memory = mmap(NULL, size, PROT_READ | PROT_WRITE,
	                  MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
	umem.addr = (uintptr_t)xdp.memory;
	if (xdp.lan.fd < 0 || setsockopt(xdp.lan.fd, SOL_XDP, XDP_UMEM_REG, &umem, sizeof(umem)))
		fail("AF_XDP");
	open_rings(&xdp);
	for (uint64_t i = 0; i < RING; i++)
		refill(&xdp, i * PIECE);
	__atomic_store_n(xdp.fill.producer, xdp.fill.own, __ATOMIC_RELEASE);
	for (size_t i = 0; i < ROOMS; i++)
		xdp.rooms[xdp.room_count++] = xdp.memory + RECEIVED + i * ROOM;
	if (bind(xdp.lan.fd, (struct sockaddr *)&address, sizeof(address)))
		fail("bind of the XDP socket");
	redirect(xdp.lan.fd, address.sxdp_ifindex);
	return &xdp.lan;
}

/* ---- the loop ---- */

/* Writes the reply into the frame. Returns false if there is none. */
static bool answer(const struct lan *lan, const struct protocol_export *export, int file,
                   struct lan_frame *frame)
{
	const struct protocol_lan view = {.mac = lan->mac, .mtu = lan->mtu, .buffers = 64};
	struct protocol_request request;
	struct protocol_exchange exchange = {.export = export,
	                                     .lan = &view,
	                                     .request = &request,
	                                     .frame = frame->data,
	                                     .reply = frame->data};
	enum protocol_verdict verdict;
	uint64_t offset;
	size_t length;

	if (protocol_accept(frame->data, frame->length, &view, &request) ||
	    !protocol_is_for(&request, &view, export))
		return false;
	verdict = protocol_decide(&exchange);
	if (verdict == PROTOCOL_READ) {
		protocol_range(&request, &offset, &length);
		if (file >= 0 && pread(file, frame->data + AOE_ATA_DATA, length, (off_t)offset) < 0)
			fail("pread");
		protocol_complete(&exchange);
	}
	frame->length = exchange.length;
	return verdict == PROTOCOL_READ || verdict == PROTOCOL_REPLY;
}

static void serve(struct lan *lan, const struct protocol_export *export, int file)
{
	struct lan_frame frames[LAN_BATCH];
	struct pollfd p = {.fd = lan->fd, .events = POLLIN};

	for (size_t i = 0; i < LAN_BATCH; i++)
		frames[i].data = frame_create();
	for (;;) {
		size_t count = lan_receive(lan, frames, LAN_BATCH), kept = 0;

		for (size_t i = 0; i < count; i++) {
			struct lan_frame frame = frames[i];

			if (!answer(lan, export, file, &frame))
				continue;
			frames[i] = frames[kept];
			frames[kept++] = frame;
		}
		if (kept)
			lan_send(lan, frames, kept);
		else
			poll(&p, 1, -1);
	}
}

int main(int argc, char **argv)
{
	struct protocol_export export = {.read_only = true};
	struct identify identify = {.serial = "path", .firmware = "0", .model = "path"};
	struct stat status;
	struct lan *lan;
	int file;

	if (argc != 5)
		return 2;
	file = open(argv[3], O_RDONLY);
	if (file < 0 || fstat(file, &status))
		fail(argv[3]);
	export.sectors = identify.sectors = (uint64_t)status.st_size / AOE_SECTOR;
	identify_make(&identify, export.identify);
	errno = -lan_open_interface(argv[2], &lan);
	if (errno)
		fail(argv[2]);
	if (!strcmp(argv[1], "xdp"))
		lan = open_xdp(lan);
	if (write(9, "", 1) < 0)
		fail("file descriptor 9");
	serve(lan, &export, strcmp(argv[4], "nothing") ? file : -1);
	return 0;
}
