/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/serve/engine/share.h"

/* FNV-1a, 32 bits. */
static uint32_t hash(const void *export, struct mac mac)
{
	const uint8_t *address = (const uint8_t *)&export;
	uint32_t value = 2166136261;

	for (size_t i = 0; i < sizeof(export); i++)
		value = (value ^ address[i]) * 16777619;
	for (size_t i = 0; i < sizeof(mac.octet); i++)
		value = (value ^ mac.octet[i]) * 16777619;
	return value ^ value >> 16;
}

/* Its own, or one that nobody has; if there is neither, it shares the first. */
static struct share *find(struct shares *shares, const void *export, struct mac initiator)
{
	const uint32_t first = hash(export, initiator);
	struct share *unused = NULL;

	for (uint32_t i = 0; i < SHARE_PROBES; i++) {
		struct share *share = &shares->slots[(first + i) % SHARE_SLOTS];

		if (share->export == export && mac_equal(share->initiator, initiator))
			return share;
		if (!unused && !share->held)
			unused = share;
	}
	if (!unused)
		return &shares->slots[first % SHARE_SLOTS];
	unused->export = export;
	unused->initiator = initiator;
	unused->waited_at = unused->waited = 0;
	return unused;
}

struct share *share_of(struct shares *shares, const void *export, struct mac initiator,
                       unsigned int buffers)
{
	struct share *share = find(shares, export, initiator);

	share->most = buffers > SHARE_STARTED ? buffers : SHARE_STARTED;
	return share;
}

bool share_exceeds(struct share *share, uint64_t arrived, uint64_t read_at)
{
	const uint64_t seen = arrived > read_at ? arrived : read_at;

	/* Those that came later, or after the clock was set back, are others. */
	if (arrived > share->waited_at || seen < share->waited_at) {
		share->waited_at = seen;
		share->waited = 0;
	}
	return ++share->waited > share->most;
}

static void append(struct share_line *line, struct share_entry *entry)
{
	if (!line->first)
		line->end = &line->first;
	entry->next = NULL;
	*line->end = entry;
	line->end = &entry->next;
}

bool share_start(struct share *share, bool write, struct share_entry *entry)
{
	struct share_line *line = &share->lines[write];

	entry->started = !line->first && line->started < share->most;
	if (entry->started)
		line->started++;
	else
		append(line, entry);
	return entry->started;
}

void share_end(struct share *share, bool write, bool started,
               void (*start)(struct share_entry *entry))
{
	struct share_line *line = &share->lines[write];

	line->started -= started;
	/* One that is started may be done at once, and end: no recursion for those. */
	if (line->starting)
		return;
	line->starting = true;
	while (line->first && line->started < share->most) {
		struct share_entry *entry = line->first;

		line->first = entry->next;
		entry->started = true;
		line->started++;
		start(entry);
	}
	line->starting = false;
}
