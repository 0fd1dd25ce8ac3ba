/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/serve/store/syncer.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

struct syncer {
	int fd;
	int ready; /* an eventfd */
	pthread_t thread;
	pthread_mutex_t lock; /* of what follows */
	pthread_cond_t wake;
	struct store_request *wanted, *finished;
	bool end;
};

/* The next request, or NULL at the end. */
static struct store_request *await(struct syncer *syncer)
{
	struct store_request *request;

	pthread_mutex_lock(&syncer->lock);
	while (!syncer->wanted && !syncer->end)
		pthread_cond_wait(&syncer->wake, &syncer->lock);
	request = syncer->wanted;
	syncer->wanted = NULL;
	pthread_mutex_unlock(&syncer->lock);
	return request;
}

static void *run(void *argument)
{
	struct syncer *syncer = argument;
	struct store_request *request;
	const uint64_t one = 1;

	while ((request = await(syncer))) {
		request->error = fdatasync(syncer->fd) ? -errno : 0;
		pthread_mutex_lock(&syncer->lock);
		syncer->finished = request;
		pthread_mutex_unlock(&syncer->lock);
		while (write(syncer->ready, &one, sizeof(one)) < 0 && errno == EINTR)
			;
	}
	return NULL;
}

/* Signals are for the thread that waits for them. */
static int start_thread(struct syncer *syncer)
{
	sigset_t all, before;
	int rc;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	rc = -pthread_create(&syncer->thread, NULL, run, syncer);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return rc;
}

int syncer_create(int fd, struct syncer **syncer, int *ready)
{
	struct syncer *s = calloc(1, sizeof(*s));
	int rc;

	if (!s)
		return -ENOMEM;
	s->fd = fd;
	pthread_mutex_init(&s->lock, NULL);
	pthread_cond_init(&s->wake, NULL);
	s->ready = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	rc = s->ready < 0 ? -errno : start_thread(s);
	if (rc) {
		if (s->ready >= 0)
			close(s->ready);
		free(s);
		return rc;
	}
	*ready = s->ready;
	*syncer = s;
	return 0;
}

void syncer_start(struct syncer *syncer, struct store_request *request)
{
	pthread_mutex_lock(&syncer->lock);
	syncer->wanted = request;
	pthread_cond_signal(&syncer->wake);
	pthread_mutex_unlock(&syncer->lock);
}

void syncer_dispatch(struct syncer *syncer)
{
	struct store_request *request;
	uint64_t count;

	if (read(syncer->ready, &count, sizeof(count)) < 0)
		return;
	pthread_mutex_lock(&syncer->lock);
	request = syncer->finished;
	syncer->finished = NULL;
	pthread_mutex_unlock(&syncer->lock);
	if (request)
		request->done(request);
}

void syncer_free(struct syncer *syncer)
{
	if (!syncer)
		return;
	pthread_mutex_lock(&syncer->lock);
	syncer->end = true;
	pthread_cond_signal(&syncer->wake);
	pthread_mutex_unlock(&syncer->lock);
	pthread_join(syncer->thread, NULL);
	pthread_cond_destroy(&syncer->wake);
	pthread_mutex_destroy(&syncer->lock);
	close(syncer->ready);
	free(syncer);
}
