/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The target as a whole: its jobs, its exports, and the loop that waits for something to do. */
#include "tools/serve/target.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <time.h>
#include <unistd.h>

#include "tools/serve/job.h"

enum {
	JOBS = 1024, /* requests under way; more wait in the sockets */
	EVENTS = 16,
};

uint64_t milliseconds(clockid_t clock)
{
	struct timespec t;

	clock_gettime(clock, &t);
	return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

struct job *take_job(struct target *target)
{
	struct job *job = target->free_jobs;

	if (job) {
		target->free_jobs = job->next;
		target->busy++;
	}
	return job;
}

void free_job(struct target *target, struct job *job)
{
	job->next = target->free_jobs;
	target->free_jobs = job;
	target->busy--;
}

static int compare_address(const void *key, const void *element)
{
	const struct aoe_address *address = key;
	const struct export *export = element;

	return aoe_address_compare(*address, export->view.address);
}

struct export *find_export(const struct target *target, struct aoe_address address)
{
	return bsearch(&address, target->exports, target->export_count, sizeof(*target->exports),
	               compare_address);
}

void commit_all(struct target *target)
{
	for (size_t i = 0; i < target->export_count; i++)
		commit_start(&target->exports[i].commit);
	for (struct port *port = target->ports; port; port = port->next)
		port_send(port);
}

bool is_anything_to_commit(const struct target *target)
{
	for (size_t i = 0; i < target->export_count; i++)
		if (target->exports[i].commit.waiting.first)
			return true;
	return false;
}

int target_create(const struct cli_command *command, struct export *exports, size_t count,
                  struct target **target)
{
	struct target *t = calloc(1, sizeof(*t));

	if (!t)
		return -ENOMEM;
	*t = (struct target){.command = command, .exports = exports, .export_count = count};
	t->epoll = epoll_create1(EPOLL_CLOEXEC);
	t->jobs = calloc(JOBS, sizeof(*t->jobs));
	t->frames = malloc((size_t)JOBS * LAN_FRAME_MAX);
	t->scratch = malloc(LAN_FRAME_MAX);
	if (t->epoll < 0 || !t->jobs || !t->frames || !t->scratch) {
		target_free(t);
		return -ENOMEM;
	}
	t->busy = JOBS;
	for (size_t i = 0; i < JOBS; i++) {
		t->jobs[i].frame.data = t->frames + i * LAN_FRAME_MAX;
		free_job(t, &t->jobs[i]);
	}
	for (size_t i = 0; i < count; i++)
		commit_init(&exports[i].commit, exports[i].storage, t, request_stable);
	*target = t;
	return 0;
}

void target_free(struct target *target)
{
	if (!target)
		return;
	while (target->ports) {
		struct port *port = target->ports;

		target->ports = port->next;
		free(port);
	}
	if (target->epoll >= 0)
		close(target->epoll);
	free(target->scratch);
	free(target->frames);
	free(target->jobs);
	free(target);
}

int target_add_lan(struct target *target, struct lan *lan, unsigned int buffers)
{
	struct port *port = calloc(1, sizeof(*port));
	struct epoll_event event = {.events = EPOLLIN, .data.ptr = port};

	if (!port)
		return -ENOMEM;
	port->target = target;
	port->lan = lan;
	port->buffers = buffers;
	port_look(port);
	if (lan->fd >= 0 && epoll_ctl(target->epoll, EPOLL_CTL_ADD, lan->fd, &event)) {
		free(port);
		return -errno;
	}
	port->next = target->ports;
	target->ports = port;
	return 0;
}

void target_announce(struct target *target)
{
	for (struct port *port = target->ports; port; port = port->next)
		port_announce(port);
}

void target_work(struct target *target)
{
	for (struct port *port = target->ports; port; port = port->next)
		port_receive(port);
}

static void dispatch_storage(struct target *target)
{
	for (size_t i = 0; i < target->export_count; i++) {
		struct storage *storage = target->exports[i].storage;

		if (storage->fd >= 0)
			storage->operations->dispatch(storage);
	}
	commit_all(target);
}

static int watch(struct target *target, int fd, void *what)
{
	struct epoll_event event = {.events = EPOLLIN, .data.ptr = what};

	return epoll_ctl(target->epoll, EPOLL_CTL_ADD, fd, &event) ? -errno : 0;
}

/* With no job left for them, requests stay where they are until there is one again. */
static void listen_to_lans(struct target *target)
{
	bool pause = !target->free_jobs;

	if (pause == target->paused)
		return;
	target->paused = pause;
	for (struct port *port = target->ports; port; port = port->next) {
		struct epoll_event event = {.events = pause ? 0 : EPOLLIN, .data.ptr = port};

		epoll_ctl(target->epoll, EPOLL_CTL_MOD, port->lan->fd, &event);
	}
}

/* One wait and what came of it. Sets *stopped when the stop descriptor was readable. */
static int turn(struct target *target, bool *stopped)
{
	struct epoll_event events[EVENTS];
	int count = epoll_wait(target->epoll, events, EVENTS, -1);

	if (count < 0)
		return errno == EINTR ? 0 : -errno;
	for (int i = 0; i < count; i++) {
		if (events[i].data.ptr == target)
			*stopped = true;
		else if (events[i].data.ptr == target->exports)
			dispatch_storage(target);
		else
			port_receive(events[i].data.ptr);
	}
	listen_to_lans(target);
	return 0;
}

int target_run(struct target *target, int stop)
{
	bool stopped = false;
	int rc = watch(target, stop, target);

	for (size_t i = 0; !rc && i < target->export_count; i++)
		if (target->exports[i].storage->fd >= 0)
			rc = watch(target, target->exports[i].storage->fd, target->exports);
	while (!rc && !stopped)
		rc = turn(target, &stopped);
	/* Only storage that finishes later leaves something under way here. */
	for (struct port *port = target->ports; port; port = port->next)
		epoll_ctl(target->epoll, EPOLL_CTL_DEL, port->lan->fd, NULL);
	epoll_ctl(target->epoll, EPOLL_CTL_DEL, stop, NULL);
	while (!rc && target->busy)
		rc = turn(target, &stopped);
	return rc;
}
