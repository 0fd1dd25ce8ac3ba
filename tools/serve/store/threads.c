/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A pool of threads for each device, started when there is work and ended when there is none for a
 * while. What is done is put on one list, from which the loop takes it. A wake-up costs more than a
 * write to the page cache, so one thread does all quick tasks that there are, tells the loop of
 * many at once, and goes on with the sync that follows them.
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
	UNTOLD = 16, /* quick tasks that are done before the loop is told of them */
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
	pthread_mutex_t lock; /* of what follows */
	struct io_task_list finished;
	bool told; /* that there are some */
};

/* One of a device's threads. */
struct worker {
	struct device *device;
	unsigned int untold; /* tasks that are finished, of which the loop is to be told yet */
	long waits;          /* how often it had waited when it was last looked at */
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

/* The same. What is done is told before anything else than more of the same is begun. */
static struct io_task *next(struct worker *worker)
{
	struct device *device = worker->device;
	struct io_task *task = io_turns_take(&device->turns);

	if (worker->untold && !(task && task->quick && !device->slow && worker->untold < UNTOLD)) {
		pthread_mutex_unlock(&device->lock);
		tell((struct threads *)(void *)device->device.io);
		worker->untold = 0;
		pthread_mutex_lock(&device->lock);
	}
	if (task)
		return task;
	task = await(device);
	worker->waits = count_waits();
	return task;
}

/* Whether a quick task that took so long had to wait, and was not only interrupted. */
static bool has_waited(struct worker *worker, int64_t took)
{
	long before = worker->waits;

	if (took <= QUICK_US)
		return false;
	worker->waits = count_waits();
	return worker->waits != before;
}

/* Does a task, without the lock. */
static void perform(struct worker *worker, struct io_task *task)
{
	struct device *device = worker->device;
	int64_t begun = microseconds();
	bool quick = task->quick, waited;

	device->busy_since = io_turns_any(&device->turns) ? begun : 0;
	device->quick += quick;
	pthread_mutex_unlock(&device->lock);
	io_perform(task);
	waited = quick && has_waited(worker, microseconds() - begun);
	pthread_mutex_lock(&device->lock);
	device->quick -= quick;
	if (quick)
		device->slow = waited;
	io_turns_done(&device->turns, task);
	worker->untold++;
	hand_back((struct threads *)(void *)device->device.io, task);
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
	struct worker worker = {.device = argument};
	struct device *device = argument;
	struct io_task *task;

	pthread_mutex_lock(&device->lock);
	while ((task = next(&worker))) {
		if (!task->quick)
			find_successor(device);
		perform(&worker, task);
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

/* No thread is to be had: better an error than no answer. */
static void fail_all(struct device *device)
{
	struct threads *threads = (struct threads *)(void *)device->device.io;
	struct io_task *task;

	while ((task = io_turns_take(&device->turns))) {
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

static void dispatch(struct io *io)
{
	struct threads *threads = (struct threads *)(void *)io;
	struct io_task *finished;
	uint64_t count;

	if (read(io->fd, &count, sizeof(count)) < 0)
		return;
	pthread_mutex_lock(&threads->lock);
	threads->told = false;
	finished = threads->finished.first;
	io_list_init(&threads->finished);
	pthread_mutex_unlock(&threads->lock);
	while (finished) {
		struct io_task *task = finished;

		finished = task->next;
		task->done(task);
	}
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
