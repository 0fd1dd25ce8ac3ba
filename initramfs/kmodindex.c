/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "initramfs/kmodindex.h"

#include <stdint.h>
#include <string.h>

#include "tools/base/bytes.h"

/*
 * The format, as libkmod/libkmod-index.h tells it; numbers are big-endian. A header of magic,
 * version and the root's offset; then nodes. What a node consists of is told by the upper bits of
 * the offset that leads to it: a prefix (string), children (first and last letter, an offset for
 * each), values (count; priority and string of each), in this order.
 */
enum {
	MAGIC = 0xb007f457,
	MAJOR = 2, /* upper half of the version */
	HEADER = 12,
	LIMIT = 0x0fffffff,
	HAS_CHILDREN = 0x20000000,
	HAS_VALUES = 0x40000000,
};
#define HAS_PREFIX 0x80000000u

/* Aliases are no longer than a page of sysfs; each node on the way takes at least one letter. */
enum { DEEPEST = 4096 };

/* What is left to be read of the file, and of the patience with it. */
struct walk {
	const struct buffer *file;
	size_t at;
	size_t unread; /* depmod has each byte read once: a circle, or what is shared, uses it up */
};

/* Moves on by size bytes, which the file has from here on. */
static bool move_on(struct walk *walk, size_t size)
{
	if (size > walk->unread)
		return false;
	walk->unread -= size;
	walk->at += size;
	return true;
}

static bool take_number(struct walk *walk, uint32_t *number)
{
	const unsigned char *bytes = walk->file->data + walk->at;

	if (walk->file->size - walk->at < 4)
		return false;
	*number = be32(bytes);
	return move_on(walk, 4);
}

static bool take_string(struct walk *walk)
{
	const unsigned char *begin = walk->file->data + walk->at;
	const unsigned char *end = memchr(begin, '\0', walk->file->size - walk->at);

	return end && move_on(walk, (size_t)(end - begin) + 1);
}

static bool take_values(struct walk *walk)
{
	uint32_t count, priority;

	if (!take_number(walk, &count))
		return false;
	while (count--)
		if (!take_number(walk, &priority) || !take_string(walk))
			return false;
	return true;
}

static bool check_node(struct walk *walk, uint32_t offset, unsigned int depth);

static bool check_children(struct walk *walk, unsigned int depth)
{
	size_t after;
	unsigned int count;

	if (walk->file->size - walk->at < 2 ||
	    walk->file->data[walk->at] > walk->file->data[walk->at + 1])
		return false;
	count = 1u + walk->file->data[walk->at + 1] - walk->file->data[walk->at];
	if (!move_on(walk, 2) || (walk->file->size - walk->at) / 4 < count)
		return false;
	after = walk->at + 4 * (size_t)count;
	for (size_t at = walk->at; at < after; at += 4) {
		uint32_t child = 0;

		walk->at = at;
		if (!take_number(walk, &child) || (child && !check_node(walk, child, depth + 1)))
			return false;
	}
	walk->at = after;
	return true;
}

/* The root of an empty index has nothing, and lies at the end of the file. */
static bool check_node(struct walk *walk, uint32_t offset, unsigned int depth)
{
	if ((offset & LIMIT) < HEADER || (offset & LIMIT) > walk->file->size || depth > DEEPEST)
		return false;
	walk->at = offset & LIMIT;
	return (!(offset & HAS_PREFIX) || take_string(walk)) &&
	       (!(offset & HAS_CHILDREN) || check_children(walk, depth)) &&
	       (!(offset & HAS_VALUES) || take_values(walk));
}

bool kmodindex_is_sound(const struct buffer *file)
{
	struct walk walk = {.file = file, .unread = file->size};
	uint32_t magic, version, root;

	return take_number(&walk, &magic) && magic == MAGIC && take_number(&walk, &version) &&
	       version >> 16 == MAJOR && take_number(&walk, &root) && check_node(&walk, root, 0);
}
