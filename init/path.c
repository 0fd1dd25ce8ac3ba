/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "init/path.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/filter.h>
#include <linux/if_packet.h>
#include <string.h>
#include <sys/socket.h>

#include "init/deadline.h"
#include "init/nic.h"
#include "init/report.h"
#include "init/servers.h"
#include "tools/aoe/aoe.h"
#include "tools/base/text.h"

/*
 * How often a server is looked for, in milliseconds, and how many questions later less often, as
 * for the disk itself (wait.c); after how many any server will do, as the root's is not there; and
 * how often large frames are tried once a small one was answered, for what is lost by chance is not
 * lost so often.
 */
enum { AGAIN_AFTER = 250, EAGER = 40, AGAIN_LATER = 2000, ROOT_ALONE = 8, TRIES = 6 };

/* The highest bit is what programs have in their tags, and the aoe module has not (aoecmd.c). */
static const uint32_t TAG = 0x80000000;

size_t path_make(uint8_t frame[PATH_FRAME], const struct path *path, enum path_question question,
                 struct mac source)
{
	const struct aoe_header header = {
	        .destination = path->server,
	        .source = source,
	        .version = AOE_VERSION,
	        .address = path->address,
	        .command = AOE_ATA,
	        .tag = TAG | question,
	};
	const struct aoe_ata ata = {
	        .flags = AOE_ATA_LBA48,
	        .count = question == PATH_FROM ? path->sectors : 1,
	        .command = ATA_READ_EXT,
	};
	size_t length;

	if (!path->sectors)
		return aoe_query_make(frame, source, path->address, TAG);
	aoe_header_make(frame, &header);
	length = aoe_ata_make(frame, &ata);
	/* A read that carries what a write would: so the module itself tries a way. */
	if (question != PATH_TO)
		return aoe_pad(frame, length);
	memset(frame + length, 0, (size_t)path->sectors * AOE_SECTOR);
	return length + (size_t)path->sectors * AOE_SECTOR;
}

/* The server has said that it is there, and answers not even small questions. */
static bool is_silent(const struct path *path)
{
	return path->sectors && path->tries > TRIES && !(path->answered & 1 << PATH_SMALL);
}

/*
 * The first server is taken at its word how much it takes (aoecmd_cfg_rsp). Another one takes its
 * place if it is silent: it has gone, or was never there, as in a frame that was changed on the
 * way.
 */
static bool take_server(struct path *path, unsigned mtu, const struct aoe_header *header,
                        const uint8_t *frame, size_t length)
{
	const unsigned most = (mtu - (AOE_ATA_DATA - AOE_ETHERNET_SIZE)) / AOE_SECTOR;
	struct aoe_config config;

	if ((path->sectors && (!is_silent(path) || mac_equal(header->source, path->server))) ||
	    aoe_config_parse(frame, length, &config))
		return false;
	path->sectors = config.sectors < most ? config.sectors : (uint8_t)most;
	/* The module's own least (DEFAULTBCNT, aoe.h), for which there is room in any frame. */
	if (path->sectors < 2)
		path->sectors = 2;
	path->proven = path->sectors == 2;
	path->server = header->source;
	path->address = header->address;
	aoe_address_format(path->address, path->name);
	path->next = path->tries = path->answered = 0;
	return true;
}

bool path_take(struct path *path, unsigned mtu, const uint8_t *frame, size_t length)
{
	const size_t have = length < PATH_HEAD ? length : PATH_HEAD;
	struct aoe_header header;
	uint32_t question;

	if (aoe_header_parse(frame, have, &header) ||
	    (header.flags & (AOE_RESPONSE | AOE_ERROR)) != AOE_RESPONSE)
		return false;
	if (header.command == AOE_CONFIG)
		return take_server(path, mtu, &header, frame, have);
	question = header.tag & ~TAG;
	if (header.command != AOE_ATA || question >= PATH_QUESTIONS ||
	    !mac_equal(header.source, path->server) ||
	    (question == PATH_FROM && length < AOE_ATA_DATA + (size_t)path->sectors * AOE_SECTOR))
		return false;
	if (question == PATH_SMALL && !(path->answered & 1 << PATH_SMALL))
		path->tries = 0;
	path->answered |= 1u << question;
	path->proven = path->answered == (1 << PATH_QUESTIONS) - 1;
	return true;
}

int paths_open(void)
{
	/* Answers to a program's questions. */
	static struct sock_filter filter[] = {
	        BPF_STMT(BPF_LD | BPF_B | BPF_ABS, AOE_AT_TAG),
	        BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, 0x80, 0, 3),
	        BPF_STMT(BPF_LD | BPF_B | BPF_ABS, AOE_AT_VERSION_FLAGS),
	        BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, AOE_RESPONSE, 0, 1),
	        BPF_STMT(BPF_RET | BPF_K, PATH_FRAME),
	        BPF_STMT(BPF_RET | BPF_K, 0),
	};
	static const struct sock_fprog program = {sizeof(filter) / sizeof(filter[0]), filter};

	return servers_listen(&program);
}

static void receive(int fd, struct nics *nics)
{
	uint8_t frame[PATH_HEAD];
	struct sockaddr_ll from;
	socklen_t size = sizeof(from);
	ssize_t length;

	while (fd >= 0 && (length = recvfrom(fd, frame, sizeof(frame), MSG_TRUNC,
	                                     (struct sockaddr *)&from, &size)) > 0)
		for (unsigned i = 0; i < nics->count; i++) {
			struct nic *nic = &nics->nic[i];

			if (nic->index == from.sll_ifindex && nic->mtu > PATH_MTU)
				path_take(&nic->path, nic->mtu, frame, (size_t)length);
		}
}

static void send_one(int fd, const struct nic *nic, const struct path *path,
                     enum path_question question)
{
	static uint8_t frame[PATH_FRAME];
	const struct sockaddr_ll to = {.sll_family = AF_PACKET,
	                               .sll_protocol = htons(AOE_ETHERTYPE),
	                               .sll_ifindex = nic->index};
	size_t length = path_make(frame, path, question, nic->mac);

	sendto(fd, frame, length, 0, (const struct sockaddr *)&to, sizeof(to));
}

/* Small frames get through and large ones do not. */
static void give_up(struct nic *nic)
{
	const struct path *path = &nic->path;
	bool to = path->answered & 1 << PATH_TO, from = path->answered & 1 << PATH_FROM;
	char bytes[TEXT_NUMBER], mac[MAC_TEXT];

	report_warning(nic->name, "frames of ",
	               text_decimal(bytes, AOE_ATA_DATA + path->sectors * (uint64_t)AOE_SECTOR),
	               " bytes do not get ",
	               to     ? "back from "
	               : from ? "through to "
	                      : "through to and back from ",
	               mac_format(path->server, mac), ": going back to an MTU of 1500");
	nic->path.failed = nic->wants_opening = true;
}

/* `disk`: the root's, or NULL */
static void ask(int fd, struct nic *nic, const struct root_address *disk)
{
	static const struct aoe_address all = {AOE_SHELF_ALL, AOE_SLOT_ALL};
	const struct path other = {.address = disk ? disk->address : all};
	struct path *path = &nic->path;
	uint64_t now = deadline_now();

	if (now < path->next)
		return;
	path->next = now + (path->tries < EAGER ? AGAIN_AFTER : AGAIN_LATER);
	if (!path->sectors)
		path->address = path->tries < ROOT_ALONE ? other.address : all;
	else if (path->tries >= TRIES && (path->answered & 1 << PATH_SMALL))
		give_up(nic);
	path->tries++;
	for (unsigned q = 0; q < (path->sectors ? PATH_QUESTIONS : 1) && !path->failed; q++)
		if (!(path->answered >> q & 1))
			send_one(fd, nic, path, q);
	if (is_silent(path))
		send_one(fd, nic, &other, PATH_SMALL);
}

/* It is up, with the MTU that it is to have, and nobody knows yet what that is worth. */
static bool is_open_question(const struct nic *nic)
{
	return nic->chosen && nic->carrier && !nic->opening.pid && !nic->wants_opening &&
	       nic->mtu > PATH_MTU && !nic->path.proven && !nic->path.failed;
}

static bool is_ready(const struct nic *nic)
{
	return nic->chosen && nic->carrier && !nic->opening.pid && !nic->wants_opening &&
	       !is_open_question(nic);
}

bool paths_update(int fd, struct nics *nics, uint64_t *next)
{
	bool news = false;

	receive(fd, nics);
	*next = DEADLINE_NEVER;
	for (unsigned i = 0; i < nics->count; i++) {
		struct nic *nic = &nics->nic[i];
		bool was_ready = nic->ready;

		if (fd >= 0 && is_open_question(nic)) {
			ask(fd, nic, cmdline_disk(nics->cmdline));
			*next = nic->path.failed         ? 0
			        : *next < nic->path.next ? *next
			                                 : nic->path.next;
		}
		nic->ready = fd < 0 ? nic->chosen && nic->carrier : is_ready(nic);
		news |= nic->ready && !was_ready;
	}
	return news;
}

const char *paths_silent(const struct nics *nics)
{
	for (unsigned i = 0; i < nics->count; i++) {
		const struct nic *nic = &nics->nic[i];

		if (is_open_question(nic) && is_silent(&nic->path))
			return nic->path.name;
	}
	return "";
}
