/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/host/aside.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "tools/host/clock.h"

struct aside {
	void (*work)(void *owner), (*drop)(void *owner);
	void *owner;
	int event;
	pthread_mutex_t lock;
	bool done, dropped; /* the second of the two sides frees it */
};

static void release(struct aside *aside)
{
	pthread_mutex_destroy(&aside->lock);
	if (aside->event >= 0)
		close(aside->event);
	free(aside);
}

static void *run(void *argument)
{
	struct aside *aside = argument;
	const uint64_t one = 1;
	bool dropped;

	aside->work(aside->owner);
	pthread_mutex_lock(&aside->lock);
	aside->done = true;
	dropped = aside->dropped;
	while (write(aside->event, &one, sizeof(one)) < 0 && errno == EINTR)
		;
	pthread_mutex_unlock(&aside->lock);
	if (dropped) {
		aside->drop(aside->owner);
		release(aside);
	}
	return NULL;
}

/* Signals are for the thread that waits for them. */
static int start_thread(struct aside *aside)
{
	sigset_t all, before;
	pthread_t thread;
	int rc;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	rc = -pthread_create(&thread, NULL, run, aside);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (!rc)
		pthread_detach(thread);
	return rc;
}

int aside_start(void (*work)(void *owner), void (*drop)(void *owner), void *owner,
                struct aside **aside)
{
	struct aside *a = malloc(sizeof(*a));
	int rc;

	if (!a)
		return -ENOMEM;
	*a = (struct aside){.work = work,
	                    .drop = drop,
	                    .owner = owner,
	                    .event = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)};
	pthread_mutex_init(&a->lock, NULL);
	rc = a->event < 0 ? -errno : start_thread(a);
	if (rc) {
		release(a);
		return rc;
	}
	*aside = a;
	return 0;
}

int aside_fd(const struct aside *aside)
{
	return aside->event;
}

bool aside_wait(const struct aside *aside, int milliseconds)
{
	const int64_t deadline = clock_now() + milliseconds * (CLOCK_SECOND / 1000);
	struct pollfd event = {.fd = aside->event, .events = POLLIN};
	int ready;

	do
		ready = poll(&event, 1, clock_poll(deadline));
	while (ready < 0 && errno == EINTR);
	return ready > 0;
}

bool aside_end(struct aside *aside)
{
	bool done;

	pthread_mutex_lock(&aside->lock);
	done = aside->done;
	aside->dropped = true;
	pthread_mutex_unlock(&aside->lock);
	if (done)
		release(aside);
	return done;
}
