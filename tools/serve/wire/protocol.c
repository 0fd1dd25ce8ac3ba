/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/serve/wire/protocol.h"

#include <errno.h>
#include <string.h>

enum {
	/* More would be 17 with an MTU of 9000, and break requests of 4 KiB at odd places. */
	SECTORS_MAX = 16,
	FIRMWARE = 0x0001,   /* the format of what is told here, should it ever matter */
	ALWAYS_READY = 0xFF, /* CHECK POWER MODE: active or idle */
	/* What is behind the Ethernet header, which the MTU does not count, and before the data. */
	OVERHEAD = AOE_ATA_DATA - AOE_ETHERNET_SIZE,
};

static bool is_to_host(const struct aoe_header *header, struct mac mac)
{
	return mac_equal(header->destination, mac) || mac_equal(header->destination, mac_broadcast);
}

int protocol_accept(const void *frame, size_t length, const struct protocol_lan *lan,
                    struct protocol_request *request)
{
	struct aoe_header *header = &request->header;

	*request = (struct protocol_request){.length = length};
	if (aoe_header_parse(frame, length, header) || mac_is_group(header->source))
		return -EINVAL;
	if (!(header->flags & AOE_RESPONSE))
		return 0;
	if (header->command != AOE_CONFIG || mac_equal(header->source, lan->mac) ||
	    !is_to_host(header, lan->mac))
		return -EINVAL;
	return -EADDRINUSE;
}

bool protocol_is_broadcast(const struct protocol_request *request)
{
	const struct aoe_address *address = &request->header.address;

	return address->shelf == AOE_SHELF_ALL || address->slot == AOE_SLOT_ALL;
}

bool protocol_is_for(const struct protocol_request *request, const struct protocol_lan *lan,
                     const struct protocol_export *export)
{
	const struct aoe_header *header = &request->header;
	const struct aoe_address *asked = &header->address, *own = &export->address;

	return (asked->shelf == own->shelf || asked->shelf == AOE_SHELF_ALL) &&
	       (asked->slot == own->slot || asked->slot == AOE_SLOT_ALL) &&
	       (is_to_host(header, lan->mac) ||
	        (export->has_mac && mac_equal(header->destination, export->mac)));
}

bool protocol_may_use(const struct protocol_export *export, struct mac mac)
{
	for (size_t i = 0; i < export->mac_count; i++)
		if (mac_equal(export->macs[i], mac))
			return true;
	return !export->mac_count;
}

static void make_header(const struct protocol_exchange *x, uint8_t error)
{
	struct aoe_header header = x->request->header;

	header.destination = header.source;
	header.source = x->export->has_mac ? x->export->mac : x->lan->mac;
	header.version = AOE_VERSION;
	header.flags = AOE_RESPONSE | (error ? AOE_ERROR : 0);
	header.error = error;
	header.address = x->export->address;
	aoe_header_make(x->reply, &header);
}

/* The reply's bytes so far are all; its header is still to be written. */
static enum protocol_verdict reply(struct protocol_exchange *x, size_t length)
{
	make_header(x, 0);
	x->length = aoe_pad(x->reply, length);
	return PROTOCOL_REPLY;
}

/* An AoE error: the header is all that there is. */
static enum protocol_verdict refuse(struct protocol_exchange *x, enum aoe_error error)
{
	/* One bad broadcast must not be answered by everyone. */
	if (protocol_is_broadcast(x->request))
		return PROTOCOL_DROP;
	make_header(x, (uint8_t)error);
	x->length = aoe_pad(x->reply, AOE_HEADER_SIZE);
	return PROTOCOL_REPLY;
}

/* ---- ATA ---- */

/* The registers after a command, error being the error register, and the data already there. */
static enum protocol_verdict finish(struct protocol_exchange *x, uint8_t error, size_t data)
{
	struct aoe_ata ata = x->request->ata;

	ata.feature = error;
	ata.command = ATA_STATUS_READY | (error ? ATA_STATUS_ERROR : 0);
	if (x->request->ata.command == ATA_CHECK_POWER)
		ata.count = ALWAYS_READY;
	return reply(x, aoe_ata_make(x->reply, &ata) + data);
}

static bool is_in_range(const struct protocol_exchange *x)
{
	uint64_t start = aoe_ata_start(&x->request->ata);
	uint64_t sectors = x->export->sectors;

	return start < sectors && x->request->ata.count <= sectors - start;
}

/* Bytes of data that the request brought, or that the reply can carry. */
static size_t room_for_data(const struct protocol_exchange *x, bool write)
{
	if (write)
		return x->request->length - AOE_ATA_DATA;
	return x->lan->mtu > OVERHEAD ? x->lan->mtu - OVERHEAD : 0;
}

static enum protocol_verdict decide_transfer(struct protocol_exchange *x, bool write)
{
	size_t data = (size_t)x->request->ata.count * AOE_SECTOR;

	/* A count of 0 means 256 sectors in ATA, which no frame holds. */
	if (!data || data > room_for_data(x, write))
		return refuse(x, AOE_BAD_ARGUMENT);
	if (!is_in_range(x))
		return finish(x, ATA_ERROR_ID_NOT_FOUND, 0);
	if (write && x->export->read_only)
		return finish(x, ATA_ERROR_ABORTED, 0);
	return write ? PROTOCOL_WRITE : PROTOCOL_READ;
}

static enum protocol_verdict decide_ata(struct protocol_exchange *x)
{
	/* Nobody means to write to all disks at once. */
	if (protocol_is_broadcast(x->request))
		return PROTOCOL_DROP;
	if (aoe_ata_parse(x->frame, x->request->length, &x->request->ata))
		return refuse(x, AOE_BAD_ARGUMENT);
	switch (x->request->ata.command) {
	case ATA_READ:
	case ATA_READ_EXT:
		return decide_transfer(x, false);
	case ATA_WRITE:
	case ATA_WRITE_EXT:
		return decide_transfer(x, true);
	case ATA_FLUSH:
	case ATA_FLUSH_EXT:
		return PROTOCOL_FLUSH;
	case ATA_IDENTIFY:
		if (x->export->silent)
			return PROTOCOL_DROP;
		memcpy(x->reply + AOE_ATA_DATA, x->export->identify, IDENTIFY_SIZE);
		return finish(x, 0, IDENTIFY_SIZE);
	case ATA_CHECK_POWER:
		return finish(x, 0, 0);
	default:
		return finish(x, ATA_ERROR_ABORTED, 0);
	}
}

void protocol_range(const struct protocol_request *request, uint64_t *offset, size_t *length)
{
	*offset = aoe_ata_start(&request->ata) * AOE_SECTOR;
	*length = (size_t)request->ata.count * AOE_SECTOR;
}

void protocol_complete(struct protocol_exchange *x)
{
	const struct aoe_ata *ata = &x->request->ata;
	bool read = ata->command == ATA_READ || ata->command == ATA_READ_EXT;

	finish(x, 0, read ? (size_t)ata->count * AOE_SECTOR : 0);
}

void protocol_refuse_write(struct protocol_exchange *x)
{
	finish(x, ATA_ERROR_ABORTED, 0);
}

/* ---- query config ---- */

static uint8_t sectors_per_frame(size_t mtu)
{
	/* Linux counts the whole of the header, 36 bytes, against the MTU; so does this. */
	size_t sectors = mtu > AOE_ATA_DATA ? (mtu - AOE_ATA_DATA) / AOE_SECTOR : 0;

	return (uint8_t)(sectors > SECTORS_MAX ? SECTORS_MAX : sectors ? sectors : 1);
}

static enum protocol_verdict tell_config(struct protocol_exchange *x, uint8_t command)
{
	const struct aoe_config config = {
	        .buffers = (uint16_t)x->lan->buffers,
	        .firmware = FIRMWARE,
	        .sectors = sectors_per_frame(x->lan->mtu),
	        .version = AOE_VERSION,
	        .command = command,
	        .string = x->export->config,
	        .string_length = x->export->config_length,
	};

	return reply(x, aoe_config_make(x->reply, &config));
}

static bool begins_with(const struct protocol_export *export, const struct aoe_config *asked)
{
	return asked->string_length <= export->config_length &&
	       (!asked->string_length ||
	        !memcmp(export->config, asked->string, asked->string_length));
}

static enum protocol_verdict decide_config(struct protocol_exchange *x)
{
	const struct protocol_export *export = x->export;
	struct aoe_config asked;

	if (aoe_config_parse(x->frame, x->request->length, &asked))
		return refuse(x, AOE_BAD_ARGUMENT);
	switch (asked.command) {
	case AOE_CONFIG_READ:
		return tell_config(x, asked.command);
	case AOE_CONFIG_TEST:
		if (asked.string_length != export->config_length || !begins_with(export, &asked))
			return PROTOCOL_DROP;
		return tell_config(x, asked.command);
	case AOE_CONFIG_PREFIX:
		return begins_with(export, &asked) ? tell_config(x, asked.command) : PROTOCOL_DROP;
	case AOE_CONFIG_SET:
		return refuse(x, export->config_length ? AOE_CONFIG_PRESENT : AOE_BAD_ARGUMENT);
	default:
		/* The string is the administrator's: nobody on the LAN sets it. */
		return refuse(x, AOE_BAD_ARGUMENT);
	}
}

size_t protocol_announce(const struct protocol_export *export, const struct protocol_lan *lan,
                         struct mac to, uint8_t *frame)
{
	struct protocol_request nobody = {.header = {.source = to, .command = AOE_CONFIG}};
	struct protocol_exchange x = {
	        .export = export, .lan = lan, .request = &nobody, .reply = frame};

	tell_config(&x, AOE_CONFIG_READ);
	return x.length;
}

/* ---- mask and reserve: who may use an export is the administrator's to say ---- */

static enum protocol_verdict decide_mask(struct protocol_exchange *x)
{
	struct aoe_mask mask;

	if (aoe_mask_parse(x->frame, x->request->length, &mask) || mask.command != AOE_MASK_READ)
		return refuse(x, AOE_BAD_ARGUMENT);
	if (protocol_is_broadcast(x->request))
		return PROTOCOL_DROP;
	mask.error = 0;
	mask.count = (uint8_t)x->export->mac_count;
	return reply(x, aoe_mask_make(x->reply, &mask, x->export->macs));
}

static enum protocol_verdict decide_reserve(struct protocol_exchange *x)
{
	struct aoe_reserve reserve;

	if (aoe_reserve_parse(x->frame, x->request->length, &reserve) ||
	    reserve.command != AOE_RESERVE_READ)
		return refuse(x, AOE_BAD_ARGUMENT);
	if (protocol_is_broadcast(x->request))
		return PROTOCOL_DROP;
	reserve.count = 0; /* nobody ever holds a reservation */
	return reply(x, aoe_reserve_make(x->reply, &reserve, NULL));
}

enum protocol_verdict protocol_decide(struct protocol_exchange *x)
{
	const struct aoe_header *header = &x->request->header;

	if (!protocol_may_use(x->export, header->source))
		return PROTOCOL_DROP;
	if (header->version != AOE_VERSION)
		return refuse(x, AOE_BAD_VERSION);
	switch (header->command) {
	case AOE_ATA:
		return decide_ata(x);
	case AOE_CONFIG:
		return x->export->silent ? PROTOCOL_DROP : decide_config(x);
	case AOE_MASK:
		return decide_mask(x);
	case AOE_RESERVE:
		return decide_reserve(x);
	default:
		return refuse(x, AOE_BAD_COMMAND);
	}
}
