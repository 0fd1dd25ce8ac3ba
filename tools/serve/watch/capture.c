/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/serve/watch/capture.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "tools/aoe/aoe.h"

int capture_create(struct captures *captures, const struct capture_filter *filter,
                   struct capture **capture)
{
	struct capture *c = calloc(1, sizeof(*c));

	if (!c)
		return -ENOMEM;
	c->memory = malloc(CAPTURE_MEMORY);
	if (!c->memory) {
		free(c);
		return -ENOMEM;
	}
	c->filter = *filter;
	c->all = captures;
	c->next = captures->first;
	captures->first = c;
	*capture = c;
	return 0;
}

/* Frames are not looked at for it any more. */
static void leave(struct capture *capture)
{
	struct capture **at = &capture->all->first;

	while (*at && *at != capture)
		at = &(*at)->next;
	if (*at)
		*at = capture->next;
}

void capture_free(struct capture *capture)
{
	if (!capture)
		return;
	leave(capture);
	free(capture->memory);
	free(capture);
}

/* ---- the memory ---- */

static void put(struct capture *capture, const void *data, size_t size)
{
	size_t end = (capture->start + capture->used) % CAPTURE_MEMORY;
	size_t first = size < CAPTURE_MEMORY - end ? size : CAPTURE_MEMORY - end;

	memcpy(capture->memory + end, data, first);
	memcpy(capture->memory, (const uint8_t *)data + first, size - first);
	capture->used += size;
}

static void put_record(struct capture *capture, enum capture_kind kind, uint64_t value,
                       const void *data, size_t length)
{
	const struct capture_record record = {kind, (uint32_t)length, value};
	bool was_empty = !capture->used;

	put(capture, &record, sizeof(record));
	if (length)
		put(capture, data, length);
	if (was_empty && capture->ready)
		capture->ready(capture->owner);
}

const void *capture_peek(const struct capture *capture, size_t *size)
{
	size_t whole = CAPTURE_MEMORY - capture->start;

	*size = capture->used < whole ? capture->used : whole;
	return capture->memory + capture->start;
}

void capture_take(struct capture *capture, size_t size)
{
	capture->start = (capture->start + size) % CAPTURE_MEMORY;
	capture->used -= size;
}

/* ---- frames ---- */

static bool is_about(struct aoe_address asked, struct aoe_address export)
{
	return (asked.shelf == export.shelf || asked.shelf == AOE_SHELF_ALL) &&
	       (asked.slot == export.slot || asked.slot == AOE_SLOT_ALL);
}

static bool matches(const struct capture_filter *filter, const struct aoe_header *header)
{
	if (filter->has_client && !mac_equal(header->source, filter->client) &&
	    !mac_equal(header->destination, filter->client))
		return false;
	return !filter->has_export || is_about(header->address, filter->export);
}

/* There is always room for the end. */
static void add(struct capture *capture, const void *frame, size_t length, uint64_t time)
{
	size_t needed = length + 2 * sizeof(struct capture_record);

	if (needed > CAPTURE_MEMORY - capture->used) {
		capture->dropped++;
		return;
	}
	put_record(capture, CAPTURE_FRAME, time, frame, length);
	if (++capture->frames == capture->filter.count)
		capture_end(capture);
}

void captures_add(struct captures *captures, const void *frame, size_t length, uint64_t time)
{
	struct capture *capture = captures->first;
	struct aoe_header header;

	/* A LAN has nothing else. */
	if (aoe_header_parse(frame, length, &header))
		return;
	while (capture) {
		struct capture *next = capture->next; /* this one may end */

		if (matches(&capture->filter, &header))
			add(capture, frame, length, time);
		capture = next;
	}
}

void capture_end(struct capture *capture)
{
	if (capture->ended)
		return;
	capture->ended = true;
	leave(capture);
	put_record(capture, CAPTURE_END, capture->dropped, NULL, 0);
	if (capture->ready)
		capture->ready(capture->owner);
}
