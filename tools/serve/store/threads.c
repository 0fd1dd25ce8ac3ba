/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A pool of threads for each device, started when there is work and ended when there is none for a
 * while. What is done is put on one list, from which the loop takes it. A wake-up costs more than a
 * write to the page cache, and so does a lock that two want: so one thread takes many quick tasks
 * of a user at once, tells the loop of all of them, and goes on with the sync that follows them.
 */
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
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
	TOGETHER = 32, /* quick tasks of one user that a thread takes at once */
};

struct device {
	struct io_device device;
	struct device *next_new; /* of those that have new tasks, or some that wait */
	/* The loop's own: what was submitted since the last flush. */
	struct io_task_list fresh;
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
	bool told; /* that there are some */
};

static int64_t microseconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

/* ---- a thread ---- */

/* Puts it where the loop takes it from; the lock of its device is held. */
static void hand_back(struct threads *threads, struct io_task *task)
{
	pthread_mutex_lock(&threads->lock);
	io_list_add(&threads->finished, task);
	pthread_mutex_unlock(&threads->lock);
}

static void tell(struct threads *threads)
{
	const uint64_t one = 1;
	bool told;

	pthread_mutex_lock(&threads->lock);
	told = threads->told;
	threads->told = true;
	pthread_mutex_unlock(&threads->lock);
	while (!told && write(threads->io.fd, &one, sizeof(one)) < 0 && errno == EINTR)
		;
}

/* How often this thread has waited for something other than its turn on a processor. */
static long count_waits(void)
{
	struct rusage usage;

	return getrusage(RUSAGE_THREAD, &usage) ? 0 : usage.ru_nvcsw;
}

static struct io_task *take(struct device *device)
{
	return io_turns_take(&device->turns, device->slow ? 1 : TOGETHER);
}

/* The next tasks; NULL when there was none for so long that the thread is to end. */
static struct io_task *await(struct device *device)
{
	struct io_task *tasks = take(device);
	struct timespec until;
	int rc = 0;

	if (tasks)
		return tasks;
	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec += IDLE_SECONDS;
	device->idle++;
	while (!(tasks = take(device)) && !device->ending && !rc)
		rc = pthread_cond_timedwait(&device->wake, &device->lock, &until);
	device->idle--;
	return tasks;
}

/*
 * Does tasks, without the lock, up to one that was said to be quick and had to wait: it was not
 * only interrupted. Sets *slow then. Returns the first that it did not do.
 */
static struct io_task *perform(struct io_task *task, bool *slow)
{
	bool quick = task->quick;
	long waits = quick ? count_waits() : 0;
	int64_t before = microseconds(), now;

	*slow = false;
	for (; task && !*slow; task = task->next) {
		io_perform(task);
		now = microseconds();
		*slow = quick && now - before > QUICK_US && count_waits() != waits;
		before = now;
	}
	return task;
}

/* The lock is held: whoever takes what follows these finds that they were handed back. */
static void finish(struct device *device, struct io_task *tasks, struct io_task *rest)
{
	while (tasks != rest) {
		struct io_task *task = tasks;

		tasks = task->next;
		io_turns_done(&device->turns, task);
		hand_back((struct threads *)(void *)device->device.io, task);
	}
	if (rest)
		io_turns_return(&device->turns, rest);
}

static void work(struct device *device, struct io_task *tasks)
{
	bool quick = tasks->quick, slow;
	struct io_task *rest;

	device->busy_since = io_turns_any(&device->turns) ? microseconds() : 0;
	device->quick += quick;
	pthread_mutex_unlock(&device->lock);
	rest = perform(tasks, &slow);
	pthread_mutex_lock(&device->lock);
	device->quick -= quick;
	if (quick)
		device->slow = slow;
	finish(device, tasks, rest);
	pthread_mutex_unlock(&device->lock);
	tell((struct threads *)(void *)device->device.io);
	pthread_mutex_lock(&device->lock);
}

static void add_thread(struct device *device);

/* The thread may be about to wait: another one for what comes next. */
static void find_successor(struct device *device)
{
	if (!io_turns_any(&device->turns))
		return;
	if (device->idle)
		pthread_cond_signal(&device->wake);
	else
		add_thread(device);
}

static void *run(void *argument)
{
	struct device *device = argument;
	struct io_task *tasks;

	pthread_mutex_lock(&device->lock);
	while ((tasks = await(device))) {
		if (!tasks->quick || device->slow)
			find_successor(device);
		work(device, tasks);
	}
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

/* If there may be more; the lock is held. */
static void add_thread(struct device *device)
{
	if (device->threads < IO_DEPTH && !start_thread(device))
		device->threads++;
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
	list(device);
}

/* Whoever does the writes before it does it too. */
static bool follows_writes(const struct io_task *task)
{
	return task->operation == IO_SYNC && (task->user->writing || task->user->queue.first);
}

/*
 * Puts what is new into the queue. Returns how many more threads are to work: one for each task
 * that may wait, and one for all that are quick, unless those have turned out not to be.
 */
static unsigned int enqueue(struct device *device)
{
	unsigned int quick = 0, slow = 0;
	bool waits, stuck;

	while (device->fresh.first) {
		struct io_task *task = io_list_take(&device->fresh);

		quick += task->quick;
		slow += !task->quick && !follows_writes(task);
		io_turns_add(&device->turns, task);
	}
	waits = io_turns_any(&device->turns);
	stuck = waits && device->busy_since && microseconds() - device->busy_since > QUICK_US;
	if (waits && device->slow)
		return slow + quick + 1;
	return slow + (stuck || (quick && !device->quick));
}

/* No thread is to be had: better an error than no answer, but nothing stays open. */
static void fail_all(struct device *device)
{
	struct threads *threads = (struct threads *)(void *)device->device.io;
	struct io_task *task;

	while ((task = io_turns_take(&device->turns, 1))) {
		if (task->operation == IO_CLOSE)
			io_perform(task);
		else
			task->result = -EAGAIN;
		io_turns_done(&device->turns, task);
		hand_back(threads, task);
	}
	tell(threads);
	device->busy_since = 0;
}

static void begin(struct device *device)
{
	unsigned int wanted, idle;

	pthread_mutex_lock(&device->lock);
	wanted = enqueue(device);
	if (!device->busy_since && io_turns_any(&device->turns))
		device->busy_since = microseconds();
	idle = device->idle;
	for (unsigned int i = idle; i < wanted; i++)
		add_thread(device);
	if (!device->threads)
		fail_all(device);
	/* Whoever is to take what waits may hang by then, and nothing new may come. */
	if (device->turns.first)
		list(device);
	pthread_mutex_unlock(&device->lock);
	/* Whoever is woken takes the lock at once. */
	for (unsigned int i = 0; i < wanted && i < idle; i++)
		pthread_cond_signal(&device->wake);
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
	threads->told = false;
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
	for (unsigned int told = 0; threads->taken && told < IO_TELL;) {
		struct io_task *task = threads->taken;

		threads->taken = task->next;
		told += !task->quick; /* those are for the most part answered after their sync */
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
	threads->io.pool = &threads->io;
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
