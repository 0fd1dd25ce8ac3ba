/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/aoe/aoe.h"

#include <errno.h>
#include <string.h>

#include "tools/base/bytes.h"

/* Offsets in the frame of what each command carries. */
enum {
	ATA_FLAGS = 24,
	ATA_FEATURE = 25,
	ATA_COUNT = 26,
	ATA_COMMAND = 27,
	ATA_LBA = 28,
	ATA_RESERVED = 34,

	CONFIG_BUFFERS = 24,
	CONFIG_FIRMWARE = 26,
	CONFIG_SECTORS = 28,
	CONFIG_COMMAND = 29,
	CONFIG_LENGTH = 30,

	MASK_RESERVED = 24,
	MASK_COMMAND = 25,
	MASK_ERROR = 26,
	MASK_COUNT = 27,
	MASK_DIRECTIVE_SIZE = 8, /* reserved, directive, six of the address */

	RESERVE_COMMAND = 24,
	RESERVE_COUNT = 25,
};

static void put16(uint8_t *p, uint16_t value)
{
	p[0] = (uint8_t)(value >> 8);
	p[1] = (uint8_t)value;
}

static void put32(uint8_t *p, uint32_t value)
{
	put16(p, (uint16_t)(value >> 16));
	put16(p + 2, (uint16_t)value);
}

static struct mac get_mac(const uint8_t *p)
{
	struct mac mac;

	memcpy(&mac, p, sizeof(mac));
	return mac;
}

int aoe_header_parse(const void *frame, size_t length, struct aoe_header *header)
{
	const uint8_t *f = frame;

	if (length < AOE_HEADER_SIZE || be16(f + AOE_AT_TYPE) != AOE_ETHERTYPE)
		return -EINVAL;
	*header = (struct aoe_header){
	        .destination = get_mac(f + AOE_AT_DESTINATION),
	        .source = get_mac(f + AOE_AT_SOURCE),
	        .version = f[AOE_AT_VERSION_FLAGS] >> 4,
	        .flags = f[AOE_AT_VERSION_FLAGS] & 0x0f,
	        .error = f[AOE_AT_ERROR],
	        .address = {be16(f + AOE_AT_SHELF), f[AOE_AT_SLOT]},
	        .command = f[AOE_AT_COMMAND],
	        .tag = be32(f + AOE_AT_TAG),
	};
	return 0;
}

void aoe_header_make(void *frame, const struct aoe_header *header)
{
	uint8_t *f = frame;

	memcpy(f + AOE_AT_DESTINATION, &header->destination, sizeof(header->destination));
	memcpy(f + AOE_AT_SOURCE, &header->source, sizeof(header->source));
	put16(f + AOE_AT_TYPE, AOE_ETHERTYPE);
	f[AOE_AT_VERSION_FLAGS] = (uint8_t)(header->version << 4 | (header->flags & 0x0f));
	f[AOE_AT_ERROR] = header->error;
	put16(f + AOE_AT_SHELF, header->address.shelf);
	f[AOE_AT_SLOT] = header->address.slot;
	f[AOE_AT_COMMAND] = header->command;
	put32(f + AOE_AT_TAG, header->tag);
}

size_t aoe_pad(void *frame, size_t length)
{
	if (length >= AOE_FRAME_MIN)
		return length;
	memset((uint8_t *)frame + length, 0, AOE_FRAME_MIN - length);
	return AOE_FRAME_MIN;
}

int aoe_ata_parse(const void *frame, size_t length, struct aoe_ata *ata)
{
	const uint8_t *f = frame;

	if (length < AOE_ATA_DATA)
		return -EINVAL;
	*ata = (struct aoe_ata){
	        .flags = f[ATA_FLAGS],
	        .feature = f[ATA_FEATURE],
	        .count = f[ATA_COUNT],
	        .command = f[ATA_COMMAND],
	};
	for (int i = 5; i >= 0; i--)
		ata->lba = ata->lba << 8 | f[ATA_LBA + i];
	return 0;
}

size_t aoe_ata_make(void *frame, const struct aoe_ata *ata)
{
	uint8_t *f = frame;

	f[ATA_FLAGS] = ata->flags;
	f[ATA_FEATURE] = ata->feature;
	f[ATA_COUNT] = ata->count;
	f[ATA_COMMAND] = ata->command;
	for (int i = 0; i < 6; i++)
		f[ATA_LBA + i] = (uint8_t)(ata->lba >> 8 * i);
	put16(f + ATA_RESERVED, 0);
	return AOE_ATA_DATA;
}

uint64_t aoe_ata_start(const struct aoe_ata *ata)
{
	bool extended = ata->command == ATA_READ_EXT || ata->command == ATA_WRITE_EXT;

	return ata->lba & (extended ? 0xffffffffffff : 0x0fffffff);
}

int aoe_config_parse(const void *frame, size_t length, struct aoe_config *config)
{
	const uint8_t *f = frame;
	size_t string_length;

	if (length < AOE_CONFIG_DATA)
		return -EINVAL;
	string_length = be16(f + CONFIG_LENGTH);
	if (string_length > AOE_CONFIG_MAX || string_length > length - AOE_CONFIG_DATA)
		return -EINVAL;
	*config = (struct aoe_config){
	        .buffers = be16(f + CONFIG_BUFFERS),
	        .firmware = be16(f + CONFIG_FIRMWARE),
	        .sectors = f[CONFIG_SECTORS],
	        .version = f[CONFIG_COMMAND] >> 4,
	        .command = f[CONFIG_COMMAND] & 0x0f,
	        .string = f + AOE_CONFIG_DATA,
	        .string_length = string_length,
	};
	return 0;
}

size_t aoe_config_make(void *frame, const struct aoe_config *config)
{
	uint8_t *f = frame;

	put16(f + CONFIG_BUFFERS, config->buffers);
	put16(f + CONFIG_FIRMWARE, config->firmware);
	f[CONFIG_SECTORS] = config->sectors;
	f[CONFIG_COMMAND] = (uint8_t)(config->version << 4 | (config->command & 0x0f));
	put16(f + CONFIG_LENGTH, (uint16_t)config->string_length);
	if (config->string_length)
		memmove(f + AOE_CONFIG_DATA, config->string, config->string_length);
	return AOE_CONFIG_DATA + config->string_length;
}

size_t aoe_query_make(void *frame, struct mac source, struct aoe_address address, uint32_t tag)
{
	const struct aoe_header header = {
	        .destination = mac_broadcast,
	        .source = source,
	        .version = AOE_VERSION,
	        .address = address,
	        .command = AOE_CONFIG,
	        .tag = tag,
	};
	const struct aoe_config config = {.command = AOE_CONFIG_READ, .version = AOE_VERSION};

	aoe_header_make(frame, &header);
	return aoe_pad(frame, aoe_config_make(frame, &config));
}

int aoe_mask_parse(const void *frame, size_t length, struct aoe_mask *mask)
{
	const uint8_t *f = frame;

	if (length < AOE_MASK_DATA ||
	    f[MASK_COUNT] > (length - AOE_MASK_DATA) / MASK_DIRECTIVE_SIZE)
		return -EINVAL;
	*mask = (struct aoe_mask){f[MASK_COMMAND], f[MASK_ERROR], f[MASK_COUNT]};
	return 0;
}

void aoe_mask_directive(const void *frame, uint8_t index, uint8_t *directive, struct mac *mac)
{
	const uint8_t *f = (const uint8_t *)frame + AOE_MASK_DATA + index * MASK_DIRECTIVE_SIZE;

	*directive = f[1];
	*mac = get_mac(f + 2);
}

size_t aoe_mask_make(void *frame, const struct aoe_mask *mask, const struct mac *macs)
{
	uint8_t *f = frame;

	f[MASK_RESERVED] = 0;
	f[MASK_COMMAND] = mask->command;
	f[MASK_ERROR] = mask->error;
	f[MASK_COUNT] = mask->count;
	for (size_t i = 0; i < mask->count; i++) {
		uint8_t *d = f + AOE_MASK_DATA + i * MASK_DIRECTIVE_SIZE;

		d[0] = 0;
		d[1] = AOE_MASK_NOTHING;
		memcpy(d + 2, &macs[i], sizeof(macs[i]));
	}
	return AOE_MASK_DATA + (size_t)mask->count * MASK_DIRECTIVE_SIZE;
}

int aoe_reserve_parse(const void *frame, size_t length, struct aoe_reserve *reserve)
{
	const uint8_t *f = frame;

	if (length < AOE_RESERVE_DATA ||
	    f[RESERVE_COUNT] > (length - AOE_RESERVE_DATA) / sizeof(struct mac))
		return -EINVAL;
	*reserve = (struct aoe_reserve){f[RESERVE_COMMAND], f[RESERVE_COUNT]};
	return 0;
}

struct mac aoe_reserve_mac(const void *frame, uint8_t index)
{
	return get_mac((const uint8_t *)frame + AOE_RESERVE_DATA + index * sizeof(struct mac));
}

size_t aoe_reserve_make(void *frame, const struct aoe_reserve *reserve, const struct mac *macs)
{
	uint8_t *f = frame;
	size_t size = reserve->count * sizeof(*macs);

	f[RESERVE_COMMAND] = reserve->command;
	f[RESERVE_COUNT] = reserve->count;
	if (size)
		memcpy(f + AOE_RESERVE_DATA, macs, size);
	return AOE_RESERVE_DATA + size;
}
