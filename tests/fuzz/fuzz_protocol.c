/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Any frame to an export of any kind. Whatever is asked, the answer goes to who asked and to nobody
 * else, fits the LAN, has nothing in it that was in memory before, and storage is touched within
 * the export only, by those who may.
 */
#include <stdlib.h>
#include <string.h>

#include "tests/fuzz/fuzz.h"
#include "tools/lan/lan.h"
#include "tools/serve/wire/protocol.h"

/* The first byte of an input. */
enum { READ_ONLY = 1, LIMITED = 2, OTHER_HOST = 4, TO_EVERYONE = 8, ANY_ADDRESS = 16 };

static const struct mac own = {{0x02, 0, 0, 0, 0, 0xaa}}, client = {{0x02, 0, 0, 0, 0, 0x01}};
static const struct mac allowed[] = {{{0x02, 0, 0, 0, 0, 0x02}}, {{0x02, 0, 0, 0, 0, 0x01}}};
static const size_t mtus[] = {1500, 9000, 9202, 1042, 576, 68, 0};
static const uint64_t sizes[] = {1, 64, 1u << 28, 0xffffffffffff};

enum {
	/* From here on a LAN carries all answers: the longest configuration string, or mask list.
	 */
	ORDINARY_MTU = AOE_MASK_DATA + 8 * 128 - AOE_ETHERNET_SIZE,
	STRING = 40,
};

struct world {
	struct protocol_export export;
	struct protocol_lan lan;
	uint8_t string[STRING];
	uint8_t *frame;
	size_t length;
};

static void make_world(struct world *world, struct input *input)
{
	static const struct mac others[] = {{{0x02, 0, 0, 0, 0, 0x77}}};
	unsigned kind = take_byte(input);

	*world = (struct world){
	        .export = {.address = {7, 3},
	                   .sectors = sizes[take_below(input, sizeof(sizes) / sizeof(sizes[0]))],
	                   .read_only = kind & READ_ONLY,
	                   .config = world->string,
	                   .config_length = take_below(input, STRING),
	                   .macs = kind & OTHER_HOST ? others : allowed,
	                   .mac_count = kind & OTHER_HOST ? 1
	                                : kind & LIMITED  ? 2
	                                                  : 0},
	        .lan = {.mac = own,
	                .mtu = mtus[take_below(input, sizeof(mtus) / sizeof(mtus[0]))],
	                .buffers = 16},
	};
	memset(world->export.identify, 0x1d, IDENTIFY_SIZE);
	memcpy(world->string, "a string of the administrator's, no more", STRING);
	world->frame = take_bytes(input, LAN_FRAME_MAX, &world->length);
	/* Most frames shall get past the first look. */
	if (world->length < AOE_HEADER_SIZE || kind & ANY_ADDRESS)
		return;
	memcpy(world->frame, kind & TO_EVERYONE ? &mac_broadcast : &own, sizeof(own));
	memcpy(world->frame + 6, &client, sizeof(client));
	memcpy(world->frame + 12, "\x88\xa2", 2);
}

static bool is_known_error(uint8_t error)
{
	return error >= AOE_BAD_COMMAND && error <= AOE_RESERVED;
}

static void check_reply(const struct world *world, const struct protocol_request *request,
                        const uint8_t *reply, size_t length)
{
	const struct aoe_header *asked = &request->header;
	struct aoe_header header;

	ALWAYS(length >= AOE_FRAME_MIN && length <= LAN_FRAME_MAX);
	ALWAYS(world->lan.mtu < ORDINARY_MTU || length <= world->lan.mtu + AOE_ETHERNET_SIZE);
	ALWAYS(!aoe_header_parse(reply, length, &header));
	ALWAYS(mac_equal(header.destination, asked->source) && !mac_is_group(header.destination));
	ALWAYS(mac_equal(header.source, own));
	ALWAYS(header.version == AOE_VERSION);
	ALWAYS(header.tag == asked->tag && header.command == asked->command);
	ALWAYS(!aoe_address_compare(header.address, world->export.address));
	ALWAYS(header.flags == (header.error ? AOE_RESPONSE | AOE_ERROR : AOE_RESPONSE));
	ALWAYS(!header.error || (is_known_error(header.error) && length == AOE_FRAME_MIN));
	for (size_t i = AOE_HEADER_SIZE; header.error && i < length; i++)
		ALWAYS(!reply[i]);
	/* A broadcast is answered when it asks who is there, and in no other case. */
	ALWAYS(!protocol_is_broadcast(request) || (header.command == AOE_CONFIG && !header.error));
}

static void check_config(const struct world *world, const uint8_t *reply, size_t length)
{
	struct aoe_config config;

	if (reply[15] || reply[19] != AOE_CONFIG)
		return;
	ALWAYS(!aoe_config_parse(reply, length, &config));
	ALWAYS(config.sectors >= 1 && config.buffers == world->lan.buffers);
	ALWAYS(world->lan.mtu < ORDINARY_MTU ||
	       AOE_ATA_DATA + (size_t)config.sectors * AOE_SECTOR <= world->lan.mtu);
	ALWAYS(config.string_length == world->export.config_length);
	ALWAYS(!memcmp(config.string, world->string, config.string_length));
}

/* What storage is asked for. */
static void check_transfer(const struct world *world, const struct protocol_request *request,
                           enum protocol_verdict verdict)
{
	uint64_t offset, size = world->export.sectors * AOE_SECTOR;
	size_t length;

	ALWAYS(!protocol_is_broadcast(request) && request->header.command == AOE_ATA);
	if (verdict == PROTOCOL_FLUSH)
		return;
	protocol_range(request, &offset, &length);
	ALWAYS(length && length % AOE_SECTOR == 0 && offset % AOE_SECTOR == 0);
	ALWAYS(offset < size && length <= size - offset);
	if (verdict == PROTOCOL_READ) {
		ALWAYS(AOE_ATA_DATA + length <= world->lan.mtu + AOE_ETHERNET_SIZE);
		ALWAYS(AOE_ATA_DATA + length <= LAN_FRAME_MAX);
	} else {
		ALWAYS(!world->export.read_only);
		ALWAYS(AOE_ATA_DATA + length <= world->length);
	}
}

/* The I/O is done: the data of a read are in the reply. */
static void complete(const struct world *world, struct protocol_exchange *x,
                     enum protocol_verdict verdict)
{
	size_t data = 0;
	struct aoe_ata ata;
	uint64_t offset;

	if (verdict == PROTOCOL_READ)
		protocol_range(x->request, &offset, &data);
	memset(x->reply + AOE_ATA_DATA, 0xd5, data);
	protocol_complete(x);
	ALWAYS(x->length == (data ? AOE_ATA_DATA + data : AOE_FRAME_MIN));
	ALWAYS(!aoe_ata_parse(x->reply, x->length, &ata));
	ALWAYS(ata.command == ATA_STATUS_READY && !ata.feature);
	for (size_t i = 0; i < data; i++)
		ALWAYS(x->reply[AOE_ATA_DATA + i] == 0xd5);
	check_reply(world, x->request, x->reply, x->length);
}

/* Answers the frame at `frame`, which may be the reply's own memory; *length is 0 for silence. */
static enum protocol_verdict answer(const struct world *world, const uint8_t *frame, uint8_t *reply,
                                    size_t *length)
{
	struct protocol_request request;
	struct protocol_exchange x = {.export = &world->export,
	                              .lan = &world->lan,
	                              .request = &request,
	                              .frame = frame,
	                              .reply = reply};
	enum protocol_verdict verdict;

	ALWAYS(!protocol_accept(frame, world->length, &world->lan, &request));
	verdict = protocol_decide(&x);
	if (verdict != PROTOCOL_DROP)
		ALWAYS(protocol_may_use(&world->export, request.header.source));
	if (verdict == PROTOCOL_REPLY) {
		check_reply(world, &request, x.reply, x.length);
		check_config(world, x.reply, x.length);
	} else if (verdict != PROTOCOL_DROP) {
		check_transfer(world, &request, verdict);
		complete(world, &x, verdict);
	}
	*length = verdict == PROTOCOL_DROP ? 0 : x.length;
	return verdict;
}

/* The answer is the same whatever was in memory before, and in the request's own memory. */
static void compare_answers(const struct world *world)
{
	uint8_t *one = need(LAN_FRAME_MAX), *two = need(LAN_FRAME_MAX);
	size_t length_one, length_two;
	enum protocol_verdict verdict;

	memset(one, 0x00, LAN_FRAME_MAX);
	memset(two, 0xff, LAN_FRAME_MAX);
	verdict = answer(world, world->frame, one, &length_one);
	ALWAYS(answer(world, world->frame, two, &length_two) == verdict);
	ALWAYS(length_one == length_two && !memcmp(one, two, length_one));
	memcpy(two, world->frame, world->length);
	ALWAYS(answer(world, two, two, &length_two) == verdict);
	ALWAYS(length_one == length_two && !memcmp(one, two, length_one));
	free(one);
	free(two);
}

static void announce(const struct world *world)
{
	uint8_t *frame = need(LAN_FRAME_MAX);
	size_t length = protocol_announce(&world->export, &world->lan, mac_broadcast, frame);
	struct aoe_header header;

	ALWAYS(length >= AOE_FRAME_MIN && !aoe_header_parse(frame, length, &header));
	ALWAYS(header.flags == AOE_RESPONSE && !header.error && header.command == AOE_CONFIG);
	check_config(world, frame, length);
	free(frame);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input input = {data, size};
	struct protocol_request request;
	struct world world;

	make_world(&world, &input);
	announce(&world);
	if (!protocol_accept(world.frame, world.length, &world.lan, &request) &&
	    protocol_is_for(&request, &world.lan, &world.export)) {
		ALWAYS(!mac_is_group(request.header.source));
		ALWAYS(!(request.header.flags & AOE_RESPONSE));
		compare_answers(&world);
	}
	free(world.frame);
	return 0;
}
