/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "init/servers.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/bpf.h>
#include <linux/filter.h>
#include <linux/if_ether.h>
#include <linux/if_link.h>
#include <linux/if_packet.h>
#include <linux/rtnetlink.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "init/deadline.h"
#include "init/netlink.h"
#include "tools/aoe/aoe.h"

int server_parse(const uint8_t *frame, size_t length, struct server *server)
{
	struct aoe_header header;

	if (aoe_header_parse(frame, length, &header) ||
	    (header.flags & (AOE_RESPONSE | AOE_ERROR)) != AOE_RESPONSE ||
	    header.command != AOE_CONFIG)
		return -EINVAL;
	*server = (struct server){.address = header.address, .mac = header.source};
	return 0;
}

int servers_listen(const struct sock_fprog *program)
{
	struct sockaddr_ll address = {.sll_family = AF_PACKET,
	                              .sll_protocol = htons(AOE_ETHERTYPE)};
	/* Of no protocol until the filter is there. */
	int fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (fd < 0)
		return fd;
	if (!setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, program, sizeof(*program)) &&
	    !bind(fd, (struct sockaddr *)&address, sizeof(address)))
		return fd;
	close(fd);
	return -1;
}

void servers_open(struct servers *servers)
{
	/* Nothing but the answers: the disk's own traffic is not for this socket. */
	static struct sock_filter filter[] = {
	        BPF_STMT(BPF_LD | BPF_B | BPF_ABS, AOE_AT_COMMAND),
	        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, AOE_CONFIG, 0, 3),
	        BPF_STMT(BPF_LD | BPF_B | BPF_ABS, AOE_AT_VERSION_FLAGS),
	        BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, AOE_RESPONSE, 0, 1),
	        BPF_STMT(BPF_RET | BPF_K, AOE_HEADER_SIZE),
	        BPF_STMT(BPF_RET | BPF_K, 0),
	};
	static const struct sock_fprog program = {sizeof(filter) / sizeof(filter[0]), filter};

	servers->count = 0;
	servers->fd = servers_listen(&program);
}

static void remember(struct servers *servers, struct server *server)
{
	server->heard = server->answered = deadline_now();
	for (unsigned i = 0; i < servers->count; i++) {
		struct server *known = &servers->server[i];

		if (aoe_address_compare(known->address, server->address) ||
		    !mac_equal(known->mac, server->mac))
			continue;
		known->heard = server->heard;
		return;
	}
	if (servers->count < SERVERS_MOST)
		servers->server[servers->count++] = *server;
}

void servers_update(struct servers *servers)
{
	uint8_t frame[64];
	struct server server;
	ssize_t length;

	while (servers->fd >= 0 && (length = recv(servers->fd, frame, sizeof(frame), 0)) > 0)
		if (!server_parse(frame, (size_t)length, &server))
			remember(servers, &server);
}

void servers_of(struct servers *servers, struct aoe_address address, struct server *found[2])
{
	unsigned count = 0;

	found[0] = found[1] = NULL;
	for (unsigned i = 0; i < servers->count && count < 2; i++)
		if (!aoe_address_compare(servers->server[i].address, address))
			found[count++] = &servers->server[i];
}

/* ---- rd.target= ---------------------------------------------------------------------------------
 */

/* One step of a program for the kernel's packet filter (linux/bpf.h), in the order of its fields.
 */
#define STEP(code_, dst, src, off_, imm_)                                                          \
	{                                                                                          \
		.code = (code_), .dst_reg = (dst), .src_reg = (src), .off = (off_), .imm = (imm_)  \
	}
#define LOAD(size, dst, src, off_) STEP(BPF_LDX | (size) | BPF_MEM, dst, src, off_, 0)
/* Goes `steps` further on. */
#define UNLESS(dst, imm_, steps) STEP(BPF_JMP32 | BPF_JNE | BPF_K, dst, 0, steps, (int)(imm_))

/* Numbers as a load of so many bytes finds them in a frame. */
static unsigned load16(const uint8_t *bytes)
{
	uint16_t number;

	memcpy(&number, bytes, sizeof(number));
	return number;
}

static unsigned load32(const uint8_t *bytes)
{
	uint32_t number;

	memcpy(&number, bytes, sizeof(number));
	return number;
}

/*
 * Loads the filter: a frame that is AoE, of this export and not from this host is dropped. Returns
 * its descriptor or a negative errno. A frame begins at *(u32 *)(r1 + 0), it ends at *(r1 + 4)
 * (struct xdp_md).
 */
static int load_filter(struct aoe_address address, struct mac target)
{
	enum { R0, R1, R2, R3, R4 };
	const uint8_t type[] = {AOE_ETHERTYPE >> 8, AOE_ETHERTYPE & 0xff};
	const uint8_t shelf[] = {(uint8_t)(address.shelf >> 8), (uint8_t)address.shelf};
	const struct bpf_insn steps[] = {
	        LOAD(BPF_W, R2, R1, offsetof(struct xdp_md, data)),
	        LOAD(BPF_W, R3, R1, offsetof(struct xdp_md, data_end)),
	        STEP(BPF_ALU64 | BPF_MOV | BPF_X, R4, R2, 0, 0),
	        STEP(BPF_ALU64 | BPF_ADD | BPF_K, R4, 0, 0, AOE_HEADER_SIZE),
	        STEP(BPF_JMP | BPF_JGT | BPF_X, R4, R3, 12, 0),
	        LOAD(BPF_H, R4, R2, AOE_AT_TYPE),
	        UNLESS(R4, load16(type), 10),
	        LOAD(BPF_H, R4, R2, AOE_AT_SHELF),
	        UNLESS(R4, load16(shelf), 8),
	        LOAD(BPF_B, R4, R2, AOE_AT_SLOT),
	        UNLESS(R4, address.slot, 6),
	        LOAD(BPF_W, R4, R2, AOE_AT_SOURCE),
	        UNLESS(R4, load32(target.octet), 2),
	        LOAD(BPF_H, R4, R2, AOE_AT_SOURCE + 4),
	        STEP(BPF_JMP32 | BPF_JEQ | BPF_K, R4, 0, 2, (int)load16(target.octet + 4)),
	        STEP(BPF_ALU64 | BPF_MOV | BPF_K, R0, 0, 0, XDP_DROP),
	        STEP(BPF_JMP | BPF_EXIT, 0, 0, 0, 0),
	        STEP(BPF_ALU64 | BPF_MOV | BPF_K, R0, 0, 0, XDP_PASS),
	        STEP(BPF_JMP | BPF_EXIT, 0, 0, 0, 0),
	};
	union bpf_attr attributes = {
	        .prog_type = BPF_PROG_TYPE_XDP,
	        .insn_cnt = sizeof(steps) / sizeof(steps[0]),
	        .insns = (uint64_t)(uintptr_t)steps,
	        .license = (uint64_t)(uintptr_t) "GPL",
	};
	int fd = (int)syscall(SYS_bpf, BPF_PROG_LOAD, &attributes, sizeof(attributes));

	return fd < 0 ? -errno : fd;
}

int servers_choose(int interface, struct aoe_address address, struct mac target)
{
	struct ifinfomsg info = {.ifi_family = AF_UNSPEC, .ifi_index = interface};
	/* In the kernel's own way, which every driver has (XDP_FLAGS_SKB_MODE). */
	struct {
		struct rtattr fd_head;
		int fd;
		struct rtattr flags_head;
		unsigned flags;
	} xdp = {
	        .fd_head = {RTA_LENGTH(sizeof(int)), IFLA_XDP_FD},
	        .fd = load_filter(address, target),
	        .flags_head = {RTA_LENGTH(sizeof(unsigned)), IFLA_XDP_FLAGS},
	        .flags = XDP_FLAGS_SKB_MODE,
	};
	struct netlink_request request;
	int rc;

	if (xdp.fd < 0)
		return xdp.fd;
	netlink_begin(&request, RTM_NEWLINK, NLM_F_ACK, &info, sizeof(info));
	netlink_add(&request, IFLA_XDP | NLA_F_NESTED, &xdp, sizeof(xdp));
	rc = netlink_demand(&request);
	close(xdp.fd); /* the interface keeps it */
	return rc;
}
