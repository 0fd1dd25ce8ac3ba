/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Who may write to an export that has one writer at a time: the first initiator that does, until
 * nothing was heard of it for long. Pure; times in milliseconds of one clock.
 */
#ifndef TOOLS_SERVE_EXPORT_WRITER_H
#define TOOLS_SERVE_EXPORT_WRITER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tools/aoe/address.h"
#include "tools/serve/watch/limit.h"

enum { WRITER_TOLD = 16 }; /* refused initiators that are remembered, so that each is said once */

/* All zero at first, and when it was released. */
struct writer {
	bool held;
	struct mac mac;
	uint64_t seen; /* when a frame of it was heard last */
	struct mac told[WRITER_TOLD];
	size_t told_count; /* of all; the latest is at (told_count - 1) % WRITER_TOLD */
	struct limit said;
};

/* A frame of that initiator was heard. */
static inline void writer_seen(struct writer *writer, struct mac mac, uint64_t now)
{
	if (writer->held && mac_equal(writer->mac, mac))
		writer->seen = now;
}

/* True if that initiator may write: it is the writer, or may become it after `keep` of silence. */
static inline bool writer_allows(const struct writer *writer, struct mac mac, uint64_t keep,
                                 uint64_t now)
{
	return !writer->held || mac_equal(writer->mac, mac) || now - writer->seen >= keep;
}

/* One that may write does. Returns true if it was not the writer until then. */
static inline bool writer_take(struct writer *writer, struct mac mac, uint64_t now)
{
	if (writer->held && mac_equal(writer->mac, mac))
		return false;
	*writer = (struct writer){.held = true, .mac = mac, .seen = now};
	return true;
}

static inline bool writer_knows(const struct writer *writer, struct mac mac)
{
	for (size_t i = 0; i < WRITER_TOLD && i < writer->told_count; i++)
		if (mac_equal(writer->told[i], mac))
			return true;
	return false;
}

/* One that may not write was refused. Returns true if that is to be said now. */
static inline bool writer_is_to_tell(struct writer *writer, struct mac mac, uint64_t now)
{
	unsigned long count;

	/* Who invents addresses does not fill the log. */
	if (writer_knows(writer, mac) || !limit_pass(&writer->said, now, 1, &count))
		return false;
	writer->told[writer->told_count++ % WRITER_TOLD] = mac;
	return true;
}

#endif
