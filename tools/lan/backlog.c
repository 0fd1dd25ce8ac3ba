/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/lan/backlog.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

int backlog_push(struct backlog *backlog, const void *data, size_t length, size_t limit)
{
	struct backlog_frame *frame;

	if (backlog->bytes > limit || length > limit - backlog->bytes)
		return -ENOBUFS;
	frame = malloc(sizeof(*frame) + length);
	if (!frame)
		return -ENOMEM;
	frame->next = NULL;
	frame->length = length;
	memcpy(frame->data, data, length);
	if (backlog->last)
		backlog->last->next = frame;
	else
		backlog->first = frame;
	backlog->last = frame;
	backlog->bytes += length;
	return 0;
}

void backlog_pop(struct backlog *backlog)
{
	struct backlog_frame *frame = backlog->first;

	backlog->first = frame->next;
	if (!backlog->first)
		backlog->last = NULL;
	backlog->bytes -= frame->length;
	free(frame);
}

size_t backlog_clear(struct backlog *backlog)
{
	size_t count = 0;

	for (; backlog->first; count++)
		backlog_pop(backlog);
	return count;
}
