/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A pool of threads for each device, started when there is work and ended when there is none for a
 * while. What is done is put on one list, from which the loop takes it.
 */
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include "tools/serve/store/threads.h"

enum {
	IDLE_SECONDS = 10, /* then a thread ends */
	STACK = 64 << 10,  /* bytes; a thread makes a system call and no more */
	/*
	 * Microseconds after which what was said to be quick is not: more threads take part. Far
	 * more than a copy to the page cache takes, far less than a disk.
	 */
	QUICK_US = 500,
};

struct device {
	struct io_device device;
	struct device *next_new; /* of those that have new tasks, or some that wait */
	/* The loop's own: what was submitted since the last flush, and how much of it may wait. */
	struct io_task_list fresh;
	unsigned int fresh_quick, fresh_slow;
	bool has_fresh;
	pthread_mutex_t lock; /* of what follows */
	pthread_cond_t wake;
	struct io_turns turns;
	unsigned int threads, idle, quick; /* quick: those that do a quick task */
	int64_t busy_since; /* microseconds: since then no quick task was taken; 0: none waits */
	bool slow;          /* the latest task that was said to be quick was not */
	bool ending;
};

struct threads {
	struct io io;
	struct device *fresh;
	struct io_task *taken; /* from those that are finished; the loop's own, as the one above */
	pthread_mutex_t lock;  /* of what follows */
	struct io_task_list finished;
};

static int64_t microseconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

/* ---- a thread ---- */

static void report(struct threads *threads, struct io_task *task)
{
	const uint64_t one = 1;
	bool first;

	pthread_mutex_lock(&threads->lock);
	first = !threads->finished.first;
	io_list_add(&threads->finished, task);
	pthread_mutex_unlock(&threads->lock);
	while (first && write(threads->io.fd, &one, sizeof(one)) < 0 && errno == EINTR)
		;
}

/* The next task; NULL when there was none for so long that the thread is to end. */
static struct io_task *await(struct device *device)
{
	struct io_task *task = io_turns_take(&device->turns);
	struct timespec until;
	int rc = 0;

	if (task)
		return task;
	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec += IDLE_SECONDS;
	device->idle++;
	while (!(task = io_turns_take(&device->turns)) && !device->ending && !rc)
		rc = pthread_cond_timedwait(&device->wake, &device->lock, &until);
	device->idle--;
	return task;
}

/* Does a task, without the lock. */
static void perform(struct device *device, struct io_task *task)
{
	struct threads *threads = (struct threads *)(void *)device->device.io;
	int64_t begun = microseconds(), took;
	bool quick = task->quick;

	device->busy_since = device->turns.first ? begun : 0;
	device->quick += quick;
	pthread_mutex_unlock(&device->lock);
	io_perform(task);
	took = microseconds() - begun;
	pthread_mutex_lock(&device->lock);
	device->quick -= quick;
	if (quick)
		device->slow = took > QUICK_US;
	io_turns_done(&device->turns, task);
	report(threads, task);
}

static void *run(void *argument)
{
	struct device *device = argument;
	struct io_task *task;

	pthread_mutex_lock(&device->lock);
	while ((task = await(device)))
		perform(device, task);
	device->threads--;
	pthread_cond_broadcast(&device->wake); /* device_free may wait for the last one */
	pthread_mutex_unlock(&device->lock);
	return NULL;
}

/* Signals are for the thread that waits for them. */
static int start_thread(struct device *device)
{
	pthread_attr_t attributes;
	sigset_t all, before;
	pthread_t thread;
	int rc;

	pthread_attr_init(&attributes);
	pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
	pthread_attr_setstacksize(&attributes, STACK);
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	rc = -pthread_create(&thread, &attributes, run, device);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	pthread_attr_destroy(&attributes);
	return rc;
}

/* ---- the loop's side ---- */

/* The next flush looks after it. */
static void list(struct device *device)
{
	struct threads *threads = (struct threads *)(void *)device->device.io;

	if (device->has_fresh)
		return;
	device->has_fresh = true;
	device->next_new = threads->fresh;
	threads->fresh = device;
}

static void submit(struct io_user *user, struct io_task *task)
{
	struct device *device = (struct device *)(void *)user->device;

	io_list_add(&device->fresh, task);
	if (task->quick)
		device->fresh_quick++;
	else
		device->fresh_slow++;
	list(device);
}

/*
 * How many more threads are to work: one for each task that may wait, and one for all that are
 * quick, unless those have turned out not to be.
 */
static unsigned int count_wanted(const struct device *device)
{
	bool waits = device->fresh.first || device->turns.first;
	bool stuck = device->busy_since && microseconds() - device->busy_since > QUICK_US;

	if (waits && (stuck || device->slow))
		return device->fresh_slow + device->fresh_quick + 1;
	return device->fresh_slow + (device->fresh_quick && !device->quick);
}

/* No thread is to be had: better an error than no answer. */
static void fail_all(struct device *device)
{
	struct io_task *task;

	while ((task = io_turns_take(&device->turns))) {
		task->result = -EAGAIN;
		io_turns_done(&device->turns, task);
		report((struct threads *)(void *)device->device.io, task);
	}
	device->busy_since = 0;
}

static void begin(struct device *device)
{
	unsigned int wanted, started = 0;

	pthread_mutex_lock(&device->lock);
	wanted = count_wanted(device);
	while (device->fresh.first)
		io_turns_add(&device->turns, io_list_take(&device->fresh));
	if (!device->busy_since && device->turns.first)
		device->busy_since = microseconds();
	device->fresh_quick = device->fresh_slow = 0;
	for (unsigned int i = 0; i < wanted && i < device->idle; i++)
		pthread_cond_signal(&device->wake);
	while (wanted > device->idle + started && device->threads < IO_DEPTH &&
	       !start_thread(device)) {
		device->threads++;
		started++;
	}
	if (!device->threads)
		fail_all(device);
	/* Whoever is to take what waits may hang by then, and nothing new may come. */
	if (device->turns.first)
		list(device);
	pthread_mutex_unlock(&device->lock);
}

static void flush(struct io *io)
{
	struct threads *threads = (struct threads *)(void *)io;

	struct device *device = threads->fresh;

	threads->fresh = NULL;
	while (device) {
		struct device *next = device->next_new;

		device->has_fresh = false;
		begin(device);
		device = next;
	}
}

static struct io_task *take_finished(struct threads *threads)
{
	struct io_task *finished;
	uint64_t count;

	if (read(threads->io.fd, &count, sizeof(count)) < 0)
		return NULL;
	pthread_mutex_lock(&threads->lock);
	finished = threads->finished.first;
	io_list_init(&threads->finished);
	pthread_mutex_unlock(&threads->lock);
	return finished;
}

static bool dispatch(struct io *io)
{
	struct threads *threads = (struct threads *)(void *)io;

	if (!threads->taken)
		threads->taken = take_finished(threads);
	for (unsigned int told = 0; threads->taken && told < IO_TELL; told++) {
		struct io_task *task = threads->taken;

		threads->taken = task->next;
		task->done(task);
	}
	return threads->taken;
}

static struct io_device *device_create(struct io *io)
{
	struct device *device = calloc(1, sizeof(*device));
	pthread_condattr_t attributes;

	(void)io;
	if (!device)
		return NULL;
	io_list_init(&device->fresh);
	io_turns_init(&device->turns);
	pthread_mutex_init(&device->lock, NULL);
	pthread_condattr_init(&attributes);
	pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
	pthread_cond_init(&device->wake, &attributes);
	pthread_condattr_destroy(&attributes);
	return &device->device;
}

static void device_free(struct io_device *io_device)
{
	struct device *device = (struct device *)(void *)io_device;
	struct threads *threads = (struct threads *)(void *)io_device->io;
	struct device **at = &threads->fresh;

	while (*at && *at != device)
		at = &(*at)->next_new;
	if (*at)
		*at = device->next_new;
	pthread_mutex_lock(&device->lock);
	device->ending = true;
	pthread_cond_broadcast(&device->wake);
	while (device->threads)
		pthread_cond_wait(&device->wake, &device->lock);
	pthread_mutex_unlock(&device->lock);
	pthread_cond_destroy(&device->wake);
	pthread_mutex_destroy(&device->lock);
	free(device);
}

static void threads_free(struct io *io)
{
	struct threads *threads = (struct threads *)(void *)io;

	pthread_mutex_destroy(&threads->lock);
	close(io->fd);
	free(threads);
}

static const struct io_operations operations = {"threads", device_create, device_free, submit,
                                                flush,     dispatch,      threads_free};

int io_create_threads(struct io **io)
{
	struct threads *threads = calloc(1, sizeof(*threads));
	int rc;

	if (!threads)
		return -ENOMEM;
	threads->io.operations = &operations;
	threads->io.fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (threads->io.fd < 0) {
		rc = -errno;
		free(threads);
		return rc;
	}
	pthread_mutex_init(&threads->lock, NULL);
	io_list_init(&threads->finished);
	*io = &threads->io;
	return 0;
}
