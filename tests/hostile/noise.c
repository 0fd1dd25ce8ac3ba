/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * noise (--interface IF | --qemu SOCKET) --frames N [--seed N] --victim MAC --locked SHELF.SLOT
 *       --open SHELF.SLOT --sectors N
 *
 * A hostile LAN: sends N frames at a target, of every kind that nobody means well with, and reads
 * what comes back. It speaks under its own and under foreign addresses, also under those of the
 * target and of the victim, a client that works with the export `locked` and to which that export
 * is limited. What it never sends is a whole and valid write to that export under the victim's
 * address: that is what the victim itself sends, and AoE has nothing to tell them apart by. On
 * `open`, of `sectors` sectors, it writes as it likes.
 *
 * After every batch it asks the target something, and goes on when that is answered: the target has
 * seen the batch, and has not been flooded. Prints one line: the seed, and what was sent and heard.
 */
#include <errno.h>
#include <getopt.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "tools/aoe/aoe.h"
#include "tools/lan/lan.h"

enum {
	BATCH = LAN_BATCH,
	MEMORY = 512,          /* frames that may be sent again */
	PATIENCE = 20000,      /* milliseconds for the answer to a question, which is repeated... */
	REPEAT = 200,          /* ...after this time */
	TAG = 0xdead0000,      /* tags that no client has under way */
	QUESTION = 0xbeef0000, /* and those of the questions */
	FLUSH_ODDS = 8,        /* one of so many flushes is sent: each is a sync of the disk */
};

struct memory {
	uint8_t *data;
	size_t length;
};

struct noise {
	struct lan *lan;
	struct mac target, victim;
	struct aoe_address locked, open;
	uint64_t sectors;
	unsigned long frames; /* to be sent */
	uint64_t random;
	struct lan_frame out[BATCH], in[BATCH];
	struct memory memory[MEMORY]; /* of what was sent and heard */
	unsigned long sent, heard, withheld;
	uint32_t question; /* tag of the latest */
};

/* ---- chance (xorshift64*) ---- */

static uint64_t chance(struct noise *n)
{
	n->random ^= n->random >> 12;
	n->random ^= n->random << 25;
	n->random ^= n->random >> 27;
	return n->random * 0x2545f4914f6cdd1d;
}

static size_t below(struct noise *n, size_t limit)
{
	return (size_t)((chance(n) >> 16) % limit);
}

static void fill(struct noise *n, uint8_t *bytes, size_t length)
{
	for (size_t i = 0; i < length; i++)
		bytes[i] = (uint8_t)(chance(n) >> 32);
}

/* ---- frames ---- */

static struct mac any_mac(struct noise *n)
{
	struct mac mac;

	switch (below(n, 8)) {
	case 0:
		return n->victim;
	case 1:
		return n->target;
	case 2:
		return mac_broadcast;
	case 3:
		return (struct mac){{0}};
	case 4:
		fill(n, mac.octet, sizeof(mac.octet));
		return mac;
	default:
		/* Many hosts: whatever the target keeps of each must have a limit. */
		return (struct mac){{0x02, 0xbb, 0, (uint8_t)below(n, 4), (uint8_t)below(n, 256),
		                     (uint8_t)below(n, 256)}};
	}
}

static struct aoe_address any_address(struct noise *n)
{
	switch (below(n, 6)) {
	case 0:
		return (struct aoe_address){AOE_SHELF_ALL, AOE_SLOT_ALL};
	case 1:
		return (struct aoe_address){(uint16_t)below(n, 65536), (uint8_t)below(n, 256)};
	case 2:
		return (struct aoe_address){n->locked.shelf, AOE_SLOT_ALL};
	case 3:
		return n->open;
	default:
		return n->locked;
	}
}

static void put_header(struct noise *n, uint8_t *frame, uint8_t command)
{
	const struct aoe_header header = {
	        .destination = below(n, 8) ? n->target : mac_broadcast,
	        .source = any_mac(n),
	        .version = AOE_VERSION,
	        .address = any_address(n),
	        .command = command,
	        .tag = TAG | (uint32_t)below(n, 65536),
	};

	aoe_header_make(frame, &header);
}

static uint64_t any_lba(struct noise *n)
{
	switch (below(n, 4)) {
	case 0:
		return n->sectors - below(n, 4); /* at the end and behind it */
	case 1:
		return chance(n) & 0xffffffffffff;
	default:
		return below(n, n->sectors);
	}
}

static size_t make_ata(struct noise *n, uint8_t *frame)
{
	static const uint8_t commands[] = {ATA_READ,      ATA_READ_EXT,  ATA_WRITE,
	                                   ATA_WRITE_EXT, ATA_WRITE_EXT, ATA_CHECK_POWER,
	                                   ATA_IDENTIFY,  ATA_FLUSH_EXT};
	struct aoe_ata ata = {.flags = (uint8_t)below(n, 256),
	                      .count = (uint8_t)(below(n, 8) ? below(n, 18) : below(n, 256)),
	                      .command = commands[below(n, sizeof(commands))],
	                      .lba = any_lba(n)};
	size_t data = (size_t)ata.count * AOE_SECTOR;

	if (ata.command == ATA_FLUSH_EXT && below(n, FLUSH_ODDS))
		ata.command = (uint8_t)below(n, 256);
	put_header(n, frame, AOE_ATA);
	aoe_ata_make(frame, &ata);
	if (data > LAN_FRAME_MAX - AOE_ATA_DATA)
		data = LAN_FRAME_MAX - AOE_ATA_DATA;
	if (ata.command != ATA_WRITE && ata.command != ATA_WRITE_EXT)
		data = 0;
	memset(frame + AOE_ATA_DATA, (int)below(n, 256), data);
	return aoe_pad(frame, AOE_ATA_DATA + data);
}

static size_t make_config(struct noise *n, uint8_t *frame)
{
	uint8_t string[64];
	const struct aoe_config config = {.version = (uint8_t)below(n, 3),
	                                  .command = (uint8_t)below(n, 7),
	                                  .string = string,
	                                  .string_length = below(n, sizeof(string))};

	fill(n, string, sizeof(string));
	put_header(n, frame, AOE_CONFIG);
	return aoe_pad(frame, aoe_config_make(frame, &config));
}

/* Mask and reserve lists that would lock everyone else out. */
static size_t make_list(struct noise *n, uint8_t *frame)
{
	uint8_t command = (uint8_t)(AOE_MASK + below(n, 2));
	size_t length = AOE_HEADER_SIZE + 4 + below(n, 200);

	put_header(n, frame, command);
	fill(n, frame + AOE_HEADER_SIZE, length - AOE_HEADER_SIZE);
	if (command == AOE_MASK) {
		frame[25] = (uint8_t)below(n, 2);
		frame[27] = (uint8_t)below(n, 16);
	} else {
		frame[24] = (uint8_t)below(n, 3);
		frame[25] = (uint8_t)below(n, 16);
	}
	return aoe_pad(frame, length);
}

static size_t make_request(struct noise *n, uint8_t *frame)
{
	switch (below(n, 6)) {
	case 0:
		return make_config(n, frame);
	case 1:
		return make_list(n, frame);
	default:
		return make_ata(n, frame);
	}
}

/* As if the target, or another one, answered: announcements of its addresses, too. */
static size_t make_reply(struct noise *n, uint8_t *frame)
{
	size_t length = make_request(n, frame);

	frame[14] |= AOE_RESPONSE | (below(n, 2) ? AOE_ERROR : 0);
	frame[15] = (uint8_t)below(n, 8);
	if (below(n, 2))
		memcpy(frame, below(n, 2) ? &n->victim : &mac_broadcast, sizeof(struct mac));
	return length;
}

static size_t make_rubbish(struct noise *n, uint8_t *frame)
{
	size_t length = 14 + below(n, below(n, 4) ? 200 : LAN_FRAME_MAX - 14);

	fill(n, frame, length);
	memcpy(frame, &n->target, sizeof(struct mac));
	if (below(n, 4))
		memcpy(frame + 12, "\x88\xa2", 2);
	return length;
}

static size_t make_replay(struct noise *n, uint8_t *frame)
{
	const struct memory *old = &n->memory[below(n, MEMORY)];

	if (!old->length)
		return make_request(n, frame);
	memcpy(frame, old->data, old->length);
	return old->length;
}

/* A frame that was good, cut off or with some bytes changed. */
static size_t make_damaged(struct noise *n, uint8_t *frame)
{
	size_t length = below(n, 2) ? make_request(n, frame) : make_replay(n, frame);

	if (length <= AOE_HEADER_SIZE)
		return length;
	if (below(n, 3) == 0)
		return 14 + below(n, length - 13);
	for (size_t i = below(n, 8) + 1; i; i--) {
		size_t at = 14 + below(n, below(n, 4) ? 34 : length - 14);

		if (at < length)
			frame[at] = (uint8_t)(below(n, 2) ? chance(n) >> 40
			                                  : frame[at] ^ 1u << below(n, 8));
	}
	return length;
}

static size_t make_frame(struct noise *n, uint8_t *frame)
{
	static size_t (*const kinds[])(struct noise *, uint8_t *) = {
	        make_request, make_request, make_reply,  make_rubbish,
	        make_replay,  make_damaged, make_damaged};

	return kinds[below(n, sizeof(kinds) / sizeof(kinds[0]))](n, frame);
}

/* What the victim alone may send: see above. A flush is honest, and only slow. */
static bool is_forbidden(struct noise *n, const uint8_t *frame, size_t length)
{
	struct aoe_header header;
	struct aoe_ata ata;

	if (aoe_header_parse(frame, length, &header) || header.command != AOE_ATA ||
	    aoe_ata_parse(frame, length, &ata))
		return false;
	if (ata.command == ATA_FLUSH || ata.command == ATA_FLUSH_EXT)
		return below(n, FLUSH_ODDS);
	return mac_equal(header.source, n->victim) &&
	       !aoe_address_compare(header.address, n->locked) &&
	       (ata.command == ATA_WRITE || ata.command == ATA_WRITE_EXT) && ata.count &&
	       (size_t)ata.count * AOE_SECTOR <= length - AOE_ATA_DATA;
}

static void remember(struct noise *n, const uint8_t *frame, size_t length)
{
	struct memory *memory = &n->memory[below(n, MEMORY)];

	memcpy(memory->data, frame, length);
	memory->length = length;
}

/* ---- the LAN ---- */

static long milliseconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* Takes what has come. True if the question's answer was among it. */
static bool hear(struct noise *n)
{
	bool answered = false;
	size_t count;

	while ((count = lan_receive(n->lan, n->in, BATCH))) {
		for (size_t i = 0; i < count; i++) {
			struct aoe_header header;

			if (aoe_header_parse(n->in[i].data, n->in[i].length, &header) ||
			    !(header.flags & AOE_RESPONSE))
				continue;
			n->heard++;
			answered |= header.tag == n->question &&
			            mac_equal(header.destination, n->lan->mac);
			/* Only the target's address shows which frames the victim sends. */
			if (!below(n, 64))
				remember(n, n->in[i].data, n->in[i].length);
		}
	}
	return answered;
}

static void ask(struct noise *n, struct mac to)
{
	uint8_t bytes[AOE_FRAME_MIN];
	struct lan_frame frame = {.data = bytes};
	const struct aoe_config config = {.version = AOE_VERSION};
	const struct aoe_header header = {.destination = to,
	                                  .source = n->lan->mac,
	                                  .version = AOE_VERSION,
	                                  .address = n->open,
	                                  .command = AOE_CONFIG,
	                                  .tag = ++n->question};

	aoe_header_make(bytes, &header);
	frame.length = aoe_pad(bytes, aoe_config_make(bytes, &config));
	lan_send(n->lan, &frame, 1);
}

/* Asks until the answer is there. Returns 0 or -ETIMEDOUT. */
static int settle(struct noise *n, struct mac to)
{
	long end = milliseconds() + PATIENCE, again = 0;

	for (;;) {
		struct pollfd p = {.fd = n->lan->fd, .events = POLLIN};
		long now = milliseconds();

		if (hear(n))
			return 0;
		if (now >= end)
			return -ETIMEDOUT;
		if (now >= again) {
			ask(n, to);
			again = now + REPEAT;
		}
		poll(&p, 1, (int)(again - now));
	}
}

static int run(struct noise *n)
{
	while (n->sent < n->frames) {
		size_t count = 0;

		while (count < BATCH && n->sent + count < n->frames) {
			struct lan_frame *frame = &n->out[count];

			frame->length = make_frame(n, frame->data);
			if (is_forbidden(n, frame->data, frame->length)) {
				n->withheld++;
				continue;
			}
			if (!below(n, 16))
				remember(n, frame->data, frame->length);
			count++;
		}
		lan_send(n->lan, n->out, count);
		n->sent += count;
		if (settle(n, n->target))
			return -ETIMEDOUT;
	}
	return 0;
}

/* The target's address on this LAN: that of who answers for the open export. */
static int find_target(struct noise *n)
{
	long end = milliseconds() + PATIENCE;

	while (milliseconds() < end) {
		struct pollfd p = {.fd = n->lan->fd, .events = POLLIN};
		size_t count;

		ask(n, mac_broadcast);
		poll(&p, 1, REPEAT);
		count = lan_receive(n->lan, n->in, BATCH);
		for (size_t i = 0; i < count; i++) {
			struct aoe_header header;

			if (aoe_header_parse(n->in[i].data, n->in[i].length, &header) ||
			    header.tag != n->question || !(header.flags & AOE_RESPONSE))
				continue;
			n->target = header.source;
			return 0;
		}
	}
	return -ETIMEDOUT;
}

static int fail(const char *what, const char *why)
{
	fprintf(stderr, "noise: %s: %s\n", what, why);
	return 1;
}

static void *need(size_t size)
{
	void *memory = calloc(1, size);

	if (!memory)
		exit(fail("memory", "none left"));
	return memory;
}

static int open_lan(struct noise *n, const char *interface, const char *socket)
{
	int rc;

	if (interface)
		rc = lan_join_interface(interface, &n->lan);
	else
		rc = lan_join_qemu(socket, lan_stable_mac("noise"), &n->lan);
	/* Frames for every host are heard: the memory of what may be replayed is a rich one. */
	if (!rc && interface)
		rc = lan_accept(n->lan, n->victim);
	return rc;
}

static int read_options(struct noise *n, int argc, char **argv, const char **interface,
                        const char **socket)
{
	static const struct option options[] = {
	        {"interface", 1, NULL, 'i'}, {"qemu", 1, NULL, 'q'},    {"frames", 1, NULL, 'n'},
	        {"seed", 1, NULL, 's'},      {"victim", 1, NULL, 'v'},  {"locked", 1, NULL, 'l'},
	        {"open", 1, NULL, 'o'},      {"sectors", 1, NULL, 'S'}, {0}};
	int bad = 0, option;

	while ((option = getopt_long(argc, argv, "", options, NULL)) >= 0) {
		if (option == 'i')
			*interface = optarg;
		else if (option == 'q')
			*socket = optarg;
		else if (option == 'n')
			n->frames = strtoul(optarg, NULL, 10);
		else if (option == 's')
			n->random = strtoull(optarg, NULL, 10);
		else if (option == 'S')
			n->sectors = strtoull(optarg, NULL, 10);
		else if (option == 'v')
			bad |= mac_parse(optarg, NULL, &n->victim);
		else if (option == 'l')
			bad |= aoe_address_parse(optarg, NULL, &n->locked);
		else if (option == 'o')
			bad |= aoe_address_parse(optarg, NULL, &n->open);
		else
			bad = 1;
	}
	return bad || !(*interface || *socket) || !n->sectors;
}

static void make_room(struct noise *n)
{
	for (size_t i = 0; i < BATCH; i++) {
		n->in[i].data = need(LAN_FRAME_MAX);
		n->out[i].data = need(LAN_FRAME_MAX);
	}
	for (size_t i = 0; i < MEMORY; i++)
		n->memory[i].data = need(LAN_FRAME_MAX);
}

static void release(struct noise *n)
{
	lan_close(n->lan);
	for (size_t i = 0; i < BATCH; i++) {
		free(n->in[i].data);
		free(n->out[i].data);
	}
	for (size_t i = 0; i < MEMORY; i++)
		free(n->memory[i].data);
	free(n);
}

int main(int argc, char **argv)
{
	struct noise *n = need(sizeof(*n));
	const char *interface = NULL, *socket = NULL;
	unsigned long long seed;
	int rc;

	n->random = (uint64_t)time(NULL) << 20 ^ (uint64_t)clock();
	if (read_options(n, argc, argv, &interface, &socket))
		return fail("usage", "see the head of tests/hostile/noise.c");
	n->random |= 1; /* 0 has no successor */
	seed = n->random;
	n->question = QUESTION;
	make_room(n);
	rc = open_lan(n, interface, socket);
	if (rc)
		return fail(interface ? interface : socket, lan_explain(rc));
	rc = find_target(n);
	if (!rc)
		rc = run(n);
	printf("%s: seed %llu: %lu frames sent, %lu answers heard, %lu withheld%s\n", n->lan->name,
	       seed, n->sent, n->heard, n->withheld, rc ? "; then the target fell silent" : "");
	release(n);
	return rc != 0;
}
