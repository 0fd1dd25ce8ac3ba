/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/serve/store/store.h"

#include <errno.h>
#include <poll.h>

static void note(struct store_request *request)
{
	bool *done = request->owner;

	*done = true;
}

int store_sync(struct store *store)
{
	bool done = false;
	struct store_request sync = {.operation = STORE_SYNC, .done = note, .owner = &done};
	struct pollfd fd = {.fd = store->fd, .events = POLLIN};

	store_start(store, &sync);
	while (!done)
		if (poll(&fd, 1, -1) > 0)
			store->operations->dispatch(store);
	return sync.error;
}

void store_close(struct store *store)
{
	if (store)
		store->operations->close(store);
}
