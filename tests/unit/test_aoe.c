/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Frames on the wire: what is made is what the specification says, and nothing is read too far. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "tools/aoe/aoe.h"

/* The first 24 bytes of a config query to everyone, as it was seen on a wire. */
static const uint8_t query[] = {
        0xff, 0xff, 0xff, 0xff, 0xff, 0xff, /* to */
        0x52, 0x54, 0x00, 0x12, 0x34, 0x56, /* from */
        0x88, 0xa2,                         /* AoE */
        0x10, 0x00,                         /* version 1, no flags; no error */
        0xff, 0xff, 0xff,                   /* every shelf and slot */
        0x01,                               /* query config */
        0x80, 0x01, 0x02, 0x03,             /* tag */
};

/* A copy that ends where the memory ends, so that the sanitizer sees every byte too far. */
static uint8_t *exactly(const void *bytes, size_t length)
{
	uint8_t *copy = malloc(length);

	assert_non_null(copy);
	memcpy(copy, bytes, length);
	return copy;
}

static void header_is_parsed(void **state)
{
	struct aoe_header h;

	(void)state;
	assert_int_equal(aoe_header_parse(query, sizeof(query), &h), 0);
	assert_true(mac_equal(h.destination, mac_broadcast));
	assert_memory_equal(&h.source, query + 6, 6);
	assert_int_equal(h.version, 1);
	assert_int_equal(h.flags, 0);
	assert_int_equal(h.error, 0);
	assert_int_equal(h.address.shelf, AOE_SHELF_ALL);
	assert_int_equal(h.address.slot, AOE_SLOT_ALL);
	assert_int_equal(h.command, AOE_CONFIG);
	assert_int_equal(h.tag, 0x80010203);
}

static void header_is_made(void **state)
{
	const struct aoe_header h = {
	        .destination = {{1, 2, 3, 4, 5, 6}},
	        .source = {{7, 8, 9, 10, 11, 12}},
	        .version = 1,
	        .flags = AOE_RESPONSE | AOE_ERROR,
	        .error = AOE_BAD_ARGUMENT,
	        .address = {0x1234, 0x56},
	        .command = AOE_RESERVE,
	        .tag = 0xdeadbeef,
	};
	static const uint8_t want[] = {1,    2,    3,    4,  5,    6,    7,    8,
	                               9,    10,   11,   12, 0x88, 0xa2, 0x1c, 2,
	                               0x12, 0x34, 0x56, 3,  0xde, 0xad, 0xbe, 0xef};
	uint8_t frame[AOE_HEADER_SIZE];

	(void)state;
	aoe_header_make(frame, &h);
	assert_memory_equal(frame, want, sizeof(want));
}

static void other_ethernet_types_are_refused(void **state)
{
	uint8_t frame[sizeof(query)];
	struct aoe_header h;

	(void)state;
	memcpy(frame, query, sizeof(query));
	frame[13] = 0xa3;
	assert_int_equal(aoe_header_parse(frame, sizeof(frame), &h), -EINVAL);
}

static void ata_is_made_and_parsed(void **state)
{
	const struct aoe_ata made = {.flags = AOE_ATA_LBA48 | AOE_ATA_WRITE,
	                             .feature = 0x11,
	                             .count = 2,
	                             .command = ATA_WRITE_EXT,
	                             .lba = 0x060504030201};
	static const uint8_t want[] = {0x41, 0x11, 2, 0x34, 1, 2, 3, 4, 5, 6, 0, 0};
	uint8_t frame[AOE_ATA_DATA];
	struct aoe_ata parsed;

	(void)state;
	memset(frame, 0xaa, sizeof(frame));
	assert_int_equal(aoe_ata_make(frame, &made), AOE_ATA_DATA);
	assert_memory_equal(frame + AOE_HEADER_SIZE, want, sizeof(want));
	assert_int_equal(aoe_ata_parse(frame, sizeof(frame), &parsed), 0);
	assert_int_equal(parsed.flags, made.flags);
	assert_int_equal(parsed.feature, made.feature);
	assert_int_equal(parsed.count, made.count);
	assert_int_equal(parsed.command, made.command);
	assert_int_equal(parsed.lba, made.lba);
}

static void short_commands_have_28_bits(void **state)
{
	struct aoe_ata ata = {.lba = 0xffeeddccbbaa};

	(void)state;
	ata.command = ATA_READ;
	assert_int_equal(aoe_ata_start(&ata), 0xdccbbaa);
	ata.command = ATA_WRITE;
	assert_int_equal(aoe_ata_start(&ata), 0xdccbbaa);
	ata.command = ATA_READ_EXT;
	assert_int_equal(aoe_ata_start(&ata), 0xffeeddccbbaa);
	ata.command = ATA_WRITE_EXT;
	assert_int_equal(aoe_ata_start(&ata), 0xffeeddccbbaa);
}

static void config_is_made_and_parsed(void **state)
{
	static const uint8_t string[] = "diskless";
	const struct aoe_config made = {.buffers = 64,
	                                .firmware = 0x4019,
	                                .sectors = 16,
	                                .version = 1,
	                                .command = AOE_CONFIG_PREFIX,
	                                .string = string,
	                                .string_length = 8};
	static const uint8_t want[] = {0, 64, 0x40, 0x19, 16, 0x12, 0, 8};
	uint8_t frame[AOE_CONFIG_DATA + 8];
	struct aoe_config parsed;

	(void)state;
	assert_int_equal(aoe_config_make(frame, &made), sizeof(frame));
	assert_memory_equal(frame + AOE_HEADER_SIZE, want, sizeof(want));
	assert_int_equal(aoe_config_parse(frame, sizeof(frame), &parsed), 0);
	assert_int_equal(parsed.buffers, 64);
	assert_int_equal(parsed.firmware, 0x4019);
	assert_int_equal(parsed.sectors, 16);
	assert_int_equal(parsed.version, 1);
	assert_int_equal(parsed.command, AOE_CONFIG_PREFIX);
	assert_int_equal(parsed.string_length, 8);
	assert_memory_equal(parsed.string, string, 8);
}

static void config_string_has_a_limit(void **state)
{
	uint8_t frame[AOE_CONFIG_DATA + 2000] = {0};
	struct aoe_config parsed;

	(void)state;
	frame[30] = 4; /* 1024 */
	assert_int_equal(aoe_config_parse(frame, sizeof(frame), &parsed), 0);
	assert_int_equal(parsed.string_length, 1024);
	frame[31] = 1; /* 1025 */
	assert_int_equal(aoe_config_parse(frame, sizeof(frame), &parsed), -EINVAL);
	assert_int_equal(aoe_config_parse(frame, AOE_CONFIG_DATA + 1023, &parsed), -EINVAL);
}

static void mask_is_made_and_parsed(void **state)
{
	const struct aoe_mask made = {.command = AOE_MASK_READ, .count = 2};
	const struct mac macs[2] = {{{2, 0, 0, 0, 0, 1}}, {{2, 0, 0, 0, 0, 2}}};
	static const uint8_t want[] = {0, 0, 0, 2,             /* header of the list */
	                               0, 0, 2, 0, 0, 0, 0, 1, /* directives */
	                               0, 0, 2, 0, 0, 0, 0, 2};
	uint8_t frame[AOE_MASK_DATA + 16];
	struct aoe_mask parsed;
	uint8_t directive;
	struct mac mac;

	(void)state;
	assert_int_equal(aoe_mask_make(frame, &made, macs), sizeof(frame));
	assert_memory_equal(frame + AOE_HEADER_SIZE, want, sizeof(want));
	frame[AOE_MASK_DATA + 9] = AOE_MASK_DELETE;
	assert_int_equal(aoe_mask_parse(frame, sizeof(frame), &parsed), 0);
	assert_int_equal(parsed.count, 2);
	aoe_mask_directive(frame, 1, &directive, &mac);
	assert_int_equal(directive, AOE_MASK_DELETE);
	assert_true(mac_equal(mac, macs[1]));
	assert_int_equal(aoe_mask_parse(frame, sizeof(frame) - 1, &parsed), -EINVAL);
}

static void reserve_is_made_and_parsed(void **state)
{
	const struct aoe_reserve made = {.command = AOE_RESERVE_SET, .count = 2};
	const struct mac macs[2] = {{{2, 0, 0, 0, 0, 1}}, {{2, 0, 0, 0, 0, 2}}};
	static const uint8_t want[] = {1, 2, 2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2};
	uint8_t frame[AOE_RESERVE_DATA + 12];
	struct aoe_reserve parsed;

	(void)state;
	assert_int_equal(aoe_reserve_make(frame, &made, macs), sizeof(frame));
	assert_memory_equal(frame + AOE_HEADER_SIZE, want, sizeof(want));
	assert_int_equal(aoe_reserve_parse(frame, sizeof(frame), &parsed), 0);
	assert_int_equal(parsed.command, AOE_RESERVE_SET);
	assert_int_equal(parsed.count, 2);
	assert_true(mac_equal(aoe_reserve_mac(frame, 1), macs[1]));
	assert_int_equal(aoe_reserve_parse(frame, sizeof(frame) - 1, &parsed), -EINVAL);
}

static void padding_is_zero(void **state)
{
	uint8_t frame[AOE_FRAME_MIN + 1];

	(void)state;
	memset(frame, 0xaa, sizeof(frame));
	assert_int_equal(aoe_pad(frame, AOE_HEADER_SIZE), AOE_FRAME_MIN);
	for (size_t i = 0; i < sizeof(frame); i++)
		assert_int_equal(frame[i], i < AOE_HEADER_SIZE || i >= AOE_FRAME_MIN ? 0xaa : 0);
	assert_int_equal(aoe_pad(frame, AOE_FRAME_MIN), AOE_FRAME_MIN);
	assert_int_equal(aoe_pad(frame, 1000), 1000);
}

/* What every parser says about a frame, and each byte that it says is there. */
static unsigned int parse_all(const uint8_t *frame, size_t length)
{
	struct aoe_header header;
	struct aoe_ata ata;
	struct aoe_config config;
	struct aoe_mask mask;
	struct aoe_reserve reserve;
	unsigned int accepted = 0, sum = 0;
	uint8_t directive;
	struct mac mac;

	accepted |= !aoe_header_parse(frame, length, &header) << 0;
	accepted |= !aoe_ata_parse(frame, length, &ata) << 1;
	if (!aoe_config_parse(frame, length, &config)) {
		accepted |= 1 << 2;
		for (size_t i = 0; i < config.string_length; i++)
			sum += config.string[i];
	}
	if (!aoe_mask_parse(frame, length, &mask)) {
		accepted |= 1 << 3;
		for (uint8_t i = 0; i < mask.count; i++)
			aoe_mask_directive(frame, i, &directive, &mac);
	}
	if (!aoe_reserve_parse(frame, length, &reserve)) {
		accepted |= 1 << 4;
		for (uint8_t i = 0; i < reserve.count; i++)
			sum += aoe_reserve_mac(frame, i).octet[5];
	}
	assert_true(sum < 4096 * 256);
	return accepted;
}

static void truncated_frames_are_refused(void **state)
{
	uint8_t whole[100] = {0};

	(void)state;
	memcpy(whole, query, sizeof(query));
	for (size_t length = 0; length <= sizeof(whole); length++) {
		uint8_t *frame = exactly(whole, length);
		unsigned int want =
		        (length >= AOE_HEADER_SIZE) << 0 | (length >= AOE_ATA_DATA) << 1 |
		        (length >= AOE_CONFIG_DATA) << 2 | (length >= AOE_MASK_DATA) << 3 |
		        (length >= AOE_RESERVE_DATA) << 4;

		assert_int_equal(parse_all(frame, length), want);
		free(frame);
	}
}

static void lying_frames_are_refused(void **state)
{
	uint8_t whole[100];

	(void)state;
	/* Every count and length in it says more than any of these lengths holds. */
	memset(whole, 0xff, sizeof(whole));
	for (size_t length = 0; length <= sizeof(whole); length++) {
		uint8_t *frame = exactly(whole, length);

		assert_int_equal(parse_all(frame, length), (length >= AOE_ATA_DATA) << 1);
		free(frame);
	}
}

static void random_frames_are_survived(void **state)
{
	uint8_t bytes[1600];
	unsigned int seed = 1, accepted = 0;

	(void)state;
	for (int round = 0; round < 20000; round++) {
		size_t length = (size_t)rand_r(&seed) % sizeof(bytes);
		uint8_t *frame;

		for (size_t i = 0; i < length; i++)
			bytes[i] = (uint8_t)rand_r(&seed);
		/* Half of them with small counts, so that some are accepted. */
		for (size_t i = 24; round % 2 && i < 32 && i < length; i++)
			bytes[i] &= 0x03;
		frame = exactly(bytes, length);
		accepted |= parse_all(frame, length);
		free(frame);
	}
	assert_int_equal(accepted & 0x1e, 0x1e);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(header_is_parsed),
	        cmocka_unit_test(header_is_made),
	        cmocka_unit_test(other_ethernet_types_are_refused),
	        cmocka_unit_test(ata_is_made_and_parsed),
	        cmocka_unit_test(short_commands_have_28_bits),
	        cmocka_unit_test(config_is_made_and_parsed),
	        cmocka_unit_test(config_string_has_a_limit),
	        cmocka_unit_test(mask_is_made_and_parsed),
	        cmocka_unit_test(reserve_is_made_and_parsed),
	        cmocka_unit_test(padding_is_zero),
	        cmocka_unit_test(truncated_frames_are_refused),
	        cmocka_unit_test(lying_frames_are_refused),
	        cmocka_unit_test(random_frames_are_survived),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
