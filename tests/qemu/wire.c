/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * wire GUESTS-SOCKET TARGET-SOCKET [OPTION...]
 *
 * The way between a guest of QEMU and a target, both on sockets of QEMU's: what a switch does to
 * their frames. It says on standard output what it saw.
 *
 *   vlan=ID      the guest's frames carry this VLAN's tag, others are lost; the target's have none
 *
 *   to=BYTES     longer frames (without a tag) to the target are lost
 *
 *   from=BYTES   longer frames from it are lost
 *
 *   lose=SECTOR  the first read of it is lost: "lost", then "again after N ms"
 *
 *   stale        before that the guest gets an answer to what it never asked, as from long ago
 *
 *   blank        the first answer who is there says that not one request is taken
 *
 *   lacp=PORT    it is this port of a switch that answers LACP, port by port on a wire of its own;
 *                the guest's questions of that end here
 *
 *   closed       nothing passes until SIGUSR1, and each question who is there is told:
 *                "question at N ms"
 *
 *   drop=PERCENT, double=PERCENT, swap=PERCENT, cut=PERCENT, flip=PERCENT
 *                so many of the frames, in both directions, are lost, come twice, come behind the
 *                next one, are cut short, or have one bit turned; each is told by its name
 *
 *   seed=NUMBER  of the chance; the same frames meet the same with the same number
 *
 *   first=COUNT  only so many frames meet it
 */
#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tools/aoe/aoe.h"
#include "tools/host/clock.h"
#include "tools/lan/lan.h"

/* What may become of a frame, by chance. */
enum chance { DROP, DOUBLE, SWAP, CUT, FLIP, CHANCES };

static const char *const chances[CHANCES] = {"drop", "double", "swap", "cut", "flip"};

enum { ETHERTYPE_VLAN = 0x8100, TAG = 4 /* bytes, behind the addresses */, AT_TAG = 12 };

/* A frame that waits for the next one of its direction. */
struct held {
	bool is_one;
	size_t length;
	uint8_t data[LAN_FRAME_MAX];
};

struct wire {
	struct lan *guests, *target;
	struct held to_target, to_guest;
	unsigned percent[CHANCES];
	uint64_t seed;
	uint64_t left; /* frames that may meet a chance */
	uint64_t peer; /* the guest */
	unsigned vlan; /* 0: no tag */
	size_t most_to, most_from;
	bool loses;
	bool is_stale, is_blank; /* still to come */
	uint64_t lose;           /* the sector */
	unsigned port;           /* 0: of a switch without LACP */
	int64_t lost;            /* when; 0: not yet */
	int64_t question;        /* when the last one was there */
	int64_t opening;         /* 0: it is closed, or was, or never was */
};

static volatile sig_atomic_t closed;

static void open_it(int signal)
{
	(void)signal;
	closed = 0;
}

static unsigned milliseconds(int64_t since)
{
	return (unsigned)((clock_now() - since) / (CLOCK_SECOND / 1000));
}

/* Takes the tag out; false if it is not this VLAN's. */
static bool untag(const struct wire *wire, struct lan_frame *frame)
{
	uint16_t type, id;

	if (!wire->vlan)
		return true;
	if (frame->length < AT_TAG + TAG + 2)
		return false;
	memcpy(&type, frame->data + AT_TAG, 2);
	memcpy(&id, frame->data + AT_TAG + 2, 2);
	if (ntohs(type) != ETHERTYPE_VLAN || (ntohs(id) & 0x0fff) != wire->vlan)
		return false;
	frame->length -= TAG;
	memmove(frame->data + AT_TAG, frame->data + AT_TAG + TAG, frame->length - AT_TAG);
	return true;
}

static void tag(const struct wire *wire, struct lan_frame *frame)
{
	const uint16_t words[] = {htons(ETHERTYPE_VLAN), htons((uint16_t)wire->vlan)};

	if (!wire->vlan || frame->length > LAN_FRAME_MAX - TAG)
		return;
	memmove(frame->data + AT_TAG + TAG, frame->data + AT_TAG, frame->length - AT_TAG);
	memcpy(frame->data + AT_TAG, words, TAG);
	frame->length += TAG;
}

/*
 * Answers a LACPDU (IEEE 802.1AX, 6.4.2) as a partner that agrees: what the guest says of itself is
 * what is said of the partner. False if the frame is none.
 */
static bool answer_lacp(struct wire *wire, struct lan_frame *frame)
{
	enum { AT_TYPE = 12, AT_ACTOR = 18, AT_PARTNER = 38, INFO = 18, LENGTH = 124 };
	/* Each port of one system and key: active, in the group, in step, and passing frames. */
	const uint8_t switch_port[INFO] = {
	        0xff, 0xff, 2, 0, 0, 0, 0, 0xfe, 0, 1, 0, 0xff, 0, (uint8_t)wire->port, 0x3d};
	static const uint8_t slow_protocol[] = {0x88, 0x09, 1, 1};

	if (!wire->port || frame->length < LENGTH ||
	    memcmp(frame->data + AT_TYPE, slow_protocol, sizeof(slow_protocol)) != 0)
		return false;
	memcpy(frame->data + AT_PARTNER, frame->data + AT_ACTOR, INFO);
	memcpy(frame->data + AT_ACTOR, switch_port, INFO);
	lan_send(wire->guests, frame, 1);
	return true;
}

/* Whether a frame is the aoe module's: a program's tags have the highest bit (aoenet.c). */
static bool is_modules(const struct aoe_header *header)
{
	return !(header->tag >> 31);
}

/* Whether a frame reads the sector that is to be lost once. */
static bool is_the_read(const struct wire *wire, const struct lan_frame *frame)
{
	struct aoe_header header;
	struct aoe_ata ata;

	return wire->loses && !aoe_header_parse(frame->data, frame->length, &header) &&
	       is_modules(&header) && header.command == AOE_ATA &&
	       !aoe_ata_parse(frame->data, frame->length, &ata) && ata.command == ATA_READ_EXT &&
	       ata.lba <= wire->lose && wire->lose - ata.lba < ata.count;
}

/*
 * Answers what was not asked: the lower half of a tag is the module's clock, of which a little more
 * than now is nearly all of its time ago (newtag and tsince in drivers/block/aoe/aoecmd.c).
 */
static void send_stale(struct wire *wire, const struct lan_frame *read)
{
	enum { AHEAD = 1024, NEVER_ASKED = 0x40000000 };
	struct aoe_header header = {0};
	uint8_t data[AOE_FRAME_MIN] = {0};
	struct lan_frame frame = {.data = data, .peer = read->peer};
	struct mac target;

	if (!wire->is_stale || aoe_header_parse(read->data, read->length, &header))
		return;
	target = header.destination;
	header.destination = header.source;
	header.source = target;
	header.flags |= AOE_RESPONSE;
	header.tag = (header.tag ^ NEVER_ASKED) + AHEAD;
	aoe_header_make(data, &header);
	frame.length = aoe_pad(data, AOE_ATA_DATA);
	lan_send(wire->guests, &frame, 1);
	wire->is_stale = false;
	printf("stale\n");
}

static bool is_question(const struct lan_frame *frame)
{
	struct aoe_header header;

	return !aoe_header_parse(frame->data, frame->length, &header) &&
	       header.command == AOE_CONFIG && !(header.flags & AOE_RESPONSE);
}

/* Takes the buffers out of an answer who is there. */
static void blank_out(struct wire *wire, struct lan_frame *frame)
{
	struct aoe_header header;

	if (!wire->is_blank || frame->length < AOE_CONFIG_DATA ||
	    aoe_header_parse(frame->data, frame->length, &header) || !is_modules(&header) ||
	    header.command != AOE_CONFIG)
		return;
	memset(frame->data + AOE_HEADER_SIZE, 0, sizeof(uint16_t));
	wire->is_blank = false;
	printf("blank\n");
}

static bool loses(struct wire *wire, const struct lan_frame *frame)
{
	if (!is_the_read(wire, frame))
		return false;
	if (wire->lost) {
		printf("again after %u ms\n", milliseconds(wire->lost));
		wire->loses = false;
		return false;
	}
	wire->lost = clock_now();
	printf("lost\n");
	send_stale(wire, frame);
	return true;
}

static void tell_question(struct wire *wire)
{
	if (closed)
		printf("question after %u ms\n", milliseconds(wire->question));
	else if (wire->opening)
		printf("found after %u ms\n", milliseconds(wire->opening));
	wire->question = clock_now();
	wire->opening = 0;
}

static bool passes(struct wire *wire, struct lan_frame *frame)
{
	wire->peer = frame->peer;
	if (answer_lacp(wire, frame) || !untag(wire, frame))
		return false;
	if (is_question(frame))
		tell_question(wire);
	return !closed && frame->length <= wire->most_to && !loses(wire, frame);
}

/* xorshift64, of George Marsaglia: never 0 if the seed is not. */
static unsigned draw(struct wire *wire, size_t below)
{
	wire->seed ^= wire->seed << 13;
	wire->seed ^= wire->seed >> 7;
	wire->seed ^= wire->seed << 17;
	return (unsigned)(wire->seed % below);
}

/* What becomes of the next frame; CHANCES: nothing. */
static enum chance draw_chance(struct wire *wire)
{
	unsigned at = draw(wire, 100);

	if (!wire->left)
		return CHANCES;
	wire->left--;
	for (enum chance chance = 0; chance < CHANCES; chance++) {
		if (at < wire->percent[chance]) {
			printf("%s\n", chances[chance]);
			return chance;
		}
		at -= wire->percent[chance];
	}
	return CHANCES;
}

static void hold(struct held *held, const struct lan_frame *frame)
{
	held->is_one = true;
	held->length = frame->length;
	memcpy(held->data, frame->data, frame->length);
}

static void send_held(struct lan *lan, struct held *held, uint64_t peer)
{
	struct lan_frame frame = {.data = held->data, .length = held->length, .peer = peer};

	if (held->is_one)
		lan_send(lan, &frame, 1);
	held->is_one = false;
}

/* Sends a frame on, or what chance makes of it. */
static void forward(struct wire *wire, struct lan *lan, struct held *held, struct lan_frame *frame)
{
	enum chance chance = frame->length > AT_TAG ? draw_chance(wire) : CHANCES;

	if (chance == DROP)
		return;
	if (chance == SWAP && !held->is_one) {
		hold(held, frame);
		return;
	}
	if (chance == CUT)
		frame->length = AT_TAG + draw(wire, frame->length - AT_TAG);
	if (chance == FLIP)
		frame->data[draw(wire, frame->length)] ^= (uint8_t)(1 << draw(wire, 8));
	lan_send(lan, frame, 1);
	if (chance == DOUBLE)
		lan_send(lan, frame, 1);
	send_held(lan, held, frame->peer);
}

static void carry(struct wire *wire, struct lan_frame *frames)
{
	size_t count = lan_receive(wire->guests, frames, LAN_BATCH);

	for (size_t i = 0; i < count; i++)
		if (passes(wire, &frames[i])) {
			frames[i].peer = LAN_EVERYONE;
			forward(wire, wire->target, &wire->to_target, &frames[i]);
		}
	count = lan_receive(wire->target, frames, LAN_BATCH);
	for (size_t i = 0; i < count; i++)
		if (!closed && wire->peer && frames[i].length <= wire->most_from) {
			tag(wire, &frames[i]);
			blank_out(wire, &frames[i]);
			frames[i].peer = wire->peer;
			forward(wire, wire->guests, &wire->to_guest, &frames[i]);
		}
	fflush(stdout);
}

/* Whether an option is a chance's, of which the value is the percentage. */
static bool take_chance(struct wire *wire, const char *option, unsigned long long value)
{
	size_t length = strcspn(option, "=");

	for (enum chance chance = 0; chance < CHANCES; chance++) {
		if (strlen(chances[chance]) != length ||
		    strncmp(option, chances[chance], length) != 0)
			continue;
		wire->percent[chance] = (unsigned)value;
		return true;
	}
	return false;
}

static void take_option(struct wire *wire, const char *option)
{
	const char *value = strchr(option, '=');
	unsigned long long number = value ? strtoull(value + 1, NULL, 10) : 0;

	if (!strcmp(option, "closed"))
		closed = 1;
	else if (!strcmp(option, "stale"))
		wire->is_stale = true;
	else if (!strcmp(option, "blank"))
		wire->is_blank = true;
	else if (!strncmp(option, "vlan=", 5))
		wire->vlan = (unsigned)number;
	else if (!strncmp(option, "seed=", 5))
		wire->seed = (number + 1) * UINT64_C(0x9e3779b97f4a7c15); /* small ones too */
	else if (!strncmp(option, "first=", 6))
		wire->left = number;
	else if (!strncmp(option, "to=", 3))
		wire->most_to = number;
	else if (!strncmp(option, "from=", 5))
		wire->most_from = number;
	else if (!strncmp(option, "lacp=", 5))
		wire->port = (unsigned)number;
	else if (!strncmp(option, "lose=", 5)) {
		wire->loses = true;
		wire->lose = number;
	} else if (!take_chance(wire, option, number)) {
		fprintf(stderr, "wire: %s: no such option\n", option);
		exit(2);
	}
}

static void open_lan(int rc, const char *path)
{
	if (!rc)
		return;
	fprintf(stderr, "wire: %s: %s\n", path, lan_explain(rc));
	exit(1);
}

int main(int argc, char **argv)
{
	static uint8_t buffers[LAN_BATCH][LAN_FRAME_MAX];
	static const struct mac own = {{2, 0, 0, 0, 0, 0xff}};
	struct lan_frame frames[LAN_BATCH];
	static struct wire wire = {.most_to = LAN_FRAME_MAX,
	                           .most_from = LAN_FRAME_MAX,
	                           .seed = 1,
	                           .left = UINT64_MAX};
	bool was_closed;

	if (argc < 3) {
		fprintf(stderr, "Usage: wire GUESTS-SOCKET TARGET-SOCKET [OPTION...]\n");
		return 2;
	}
	wire.question = clock_now();
	for (int i = 3; i < argc; i++)
		take_option(&wire, argv[i]);
	for (size_t i = 0; i < LAN_BATCH; i++)
		frames[i].data = buffers[i];
	signal(SIGUSR1, open_it);
	open_lan(lan_open_qemu(argv[1], own, &wire.guests), argv[1]);
	open_lan(lan_join_qemu(argv[2], own, &wire.target), argv[2]);
	printf("wire: ready\n");
	fflush(stdout);
	for (;;) {
		struct pollfd events[] = {{.fd = wire.guests->fd, .events = POLLIN},
		                          {.fd = wire.target->fd, .events = POLLIN}};

		/* What a full socket of the target does not take waits here; nothing tells of room.
		 */
		was_closed = closed;
		poll(events, 2, wire.target->waiting ? 10 : -1);
		if (was_closed && !closed)
			wire.opening = clock_now();
		carry(&wire, frames);
	}
}
