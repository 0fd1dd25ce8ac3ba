/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/serve/storage.h"

#include <errno.h>
#include <poll.h>

static void note(struct storage_request *request)
{
	bool *done = request->owner;

	*done = true;
}

int storage_sync(struct storage *storage)
{
	bool done = false;
	struct storage_request sync = {.operation = STORAGE_SYNC, .done = note, .owner = &done};
	struct pollfd fd = {.fd = storage->fd, .events = POLLIN};

	storage_start(storage, &sync);
	while (!done)
		if (poll(&fd, 1, -1) > 0)
			storage->operations->dispatch(storage);
	return sync.error;
}

void storage_close(struct storage *storage)
{
	if (storage)
		storage->operations->close(storage);
}
