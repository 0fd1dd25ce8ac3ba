/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/aoe/identify.h"

#include <string.h>

#include "tools/base/bytes.h"

/* Numbers of the page's 16-bit words, little-endian, in ATA/ATAPI-7 (6.17). */
enum {
	WORD_GENERAL = 0,
	WORD_CYLINDERS = 1,
	WORD_HEADS = 3,
	WORD_TRACK_SECTORS = 6,
	WORD_SERIAL = 10,
	WORD_FIRMWARE = 23,
	WORD_MODEL = 27,
	WORD_CAPABILITIES = 49,
	WORD_CAPABILITIES_2 = 50,
	WORD_VALID = 53,
	WORD_CURRENT_CYLINDERS = 54,
	WORD_CURRENT_HEADS = 55,
	WORD_CURRENT_TRACK_SECTORS = 56,
	WORD_CURRENT_CAPACITY = 57,
	WORD_LBA28_SECTORS = 60,
	WORD_MAJOR_VERSION = 80,
	WORD_SUPPORTED = 82,
	WORD_ENABLED = 85,
	WORD_LBA48_SECTORS = 100,
	WORD_INTEGRITY = 255,
};

enum {
	CAPABLE_OF_LBA = 1 << 9,
	ALWAYS_ONE = 1 << 14,         /* in words 50, 83, 84 and 87 */
	VALID_CURRENT = 1 << 0,       /* words 54-58 */
	VERSIONS_4_TO_7 = 0xF0,       /* word 80 */
	FEATURE_WRITE_CACHE = 1 << 5, /* words 82 and 85 */
	FEATURE_LBA48 = 1 << 10,      /* words 83 and 86 */
	FEATURE_FLUSH = 1 << 12,      /* words 83 and 86 */
	FEATURE_FLUSH_EXT = 1 << 13,  /* words 83 and 86 */
	SIGNATURE = 0xA5,             /* word 255 */

	/* The geometry that every disk tells to those who still ask: 16 heads of 63 sectors. */
	HEADS = 16,
	TRACK_SECTORS = 63,
	CYLINDERS_MAX = 16383,
	LBA28_MAX = 0x0fffffff,
};

static void put_word(uint8_t *page, unsigned int word, unsigned int value)
{
	page[2 * word] = (uint8_t)value;
	page[2 * word + 1] = (uint8_t)(value >> 8);
}

static unsigned int get_word(const uint8_t *page, unsigned int word)
{
	return le16(page + 2 * word);
}

static void put_number(uint8_t *page, unsigned int word, unsigned int words, uint64_t value)
{
	for (unsigned int i = 0; i < words; i++)
		put_word(page, word + i, (unsigned int)(value >> 16 * i) & 0xffff);
}

static uint64_t get_number(const uint8_t *page, unsigned int word, unsigned int words)
{
	uint64_t value = 0;

	while (words--)
		value = value << 16 | get_word(page, word + words);
	return value;
}

/* Texts are padded with blanks and have the two characters of each word swapped. */
static void put_text(uint8_t *page, unsigned int word, unsigned int size, const char *text)
{
	size_t length = strnlen(text, size);

	for (unsigned int i = 0; i < size; i++)
		page[2 * word + (i ^ 1)] = i < length ? (uint8_t)text[i] : ' ';
}

static void get_text(const uint8_t *page, unsigned int word, unsigned int size, char *text)
{
	size_t length = 0;

	for (unsigned int i = 0; i < size; i++) {
		char c = (char)page[2 * word + (i ^ 1)];

		if (!c)
			break;
		if (length || c != ' ')
			text[length++] = c;
	}
	while (length && text[length - 1] == ' ')
		length--;
	text[length] = '\0';
}

void identify_make(const struct identify *identify, uint8_t page[IDENTIFY_SIZE])
{
	uint64_t lba28 = identify->sectors < LBA28_MAX ? identify->sectors : LBA28_MAX;
	uint64_t cylinders = identify->sectors / (HEADS * TRACK_SECTORS);
	uint8_t sum = 0;

	if (cylinders > CYLINDERS_MAX)
		cylinders = CYLINDERS_MAX;
	memset(page, 0, IDENTIFY_SIZE);
	put_word(page, WORD_GENERAL, 1 << 6); /* an ATA disk, not removable */
	put_word(page, WORD_CYLINDERS, (unsigned int)cylinders);
	put_word(page, WORD_HEADS, HEADS);
	put_word(page, WORD_TRACK_SECTORS, TRACK_SECTORS);
	put_text(page, WORD_SERIAL, IDENTIFY_SERIAL, identify->serial);
	put_text(page, WORD_FIRMWARE, IDENTIFY_FIRMWARE, identify->firmware);
	put_text(page, WORD_MODEL, IDENTIFY_MODEL, identify->model);
	put_word(page, WORD_CAPABILITIES, CAPABLE_OF_LBA);
	put_word(page, WORD_CAPABILITIES_2, ALWAYS_ONE);
	put_word(page, WORD_VALID, VALID_CURRENT);
	put_word(page, WORD_CURRENT_CYLINDERS, (unsigned int)cylinders);
	put_word(page, WORD_CURRENT_HEADS, HEADS);
	put_word(page, WORD_CURRENT_TRACK_SECTORS, TRACK_SECTORS);
	put_number(page, WORD_CURRENT_CAPACITY, 2, cylinders * HEADS * TRACK_SECTORS);
	put_number(page, WORD_LBA28_SECTORS, 2, lba28);
	put_word(page, WORD_MAJOR_VERSION, VERSIONS_4_TO_7);
	put_word(page, WORD_SUPPORTED, identify->write_cache ? FEATURE_WRITE_CACHE : 0);
	put_word(page, WORD_ENABLED, identify->write_cache ? FEATURE_WRITE_CACHE : 0);
	put_word(page, WORD_SUPPORTED + 1,
	         ALWAYS_ONE | FEATURE_LBA48 | FEATURE_FLUSH | FEATURE_FLUSH_EXT);
	put_word(page, WORD_SUPPORTED + 2, ALWAYS_ONE);
	put_word(page, WORD_ENABLED + 1, FEATURE_LBA48 | FEATURE_FLUSH | FEATURE_FLUSH_EXT);
	put_word(page, WORD_ENABLED + 2, ALWAYS_ONE);
	put_number(page, WORD_LBA48_SECTORS, 4, identify->sectors);
	/* The last byte makes the sum of all bytes 0. */
	page[2 * WORD_INTEGRITY] = SIGNATURE;
	for (unsigned int i = 0; i < IDENTIFY_SIZE - 1; i++)
		sum = (uint8_t)(sum + page[i]);
	page[IDENTIFY_SIZE - 1] = (uint8_t)-sum;
}

void identify_parse(const uint8_t page[IDENTIFY_SIZE], struct identify *identify)
{
	/* As Linux's aoe driver reads it: either of the two words may tell of 48 bits. */
	unsigned int features =
	        get_word(page, WORD_SUPPORTED + 1) | get_word(page, WORD_ENABLED + 1);

	if (features & FEATURE_LBA48)
		identify->sectors = get_number(page, WORD_LBA48_SECTORS, 4);
	else
		identify->sectors = get_number(page, WORD_LBA28_SECTORS, 2);
	identify->write_cache = get_word(page, WORD_ENABLED) & FEATURE_WRITE_CACHE;
	get_text(page, WORD_SERIAL, IDENTIFY_SERIAL, identify->serial);
	get_text(page, WORD_FIRMWARE, IDENTIFY_FIRMWARE, identify->firmware);
	get_text(page, WORD_MODEL, IDENTIFY_MODEL, identify->model);
}
