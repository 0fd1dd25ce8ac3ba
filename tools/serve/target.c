/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/serve/target.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <time.h>
#include <unistd.h>

enum {
	JOBS = 1024, /* requests under way; more wait in the sockets */
	ROUNDS = 4,  /* batches from one LAN before what they wrote is made stable */
	EVENTS = 16,
	AGE_MAX_MS = 1000, /* DESIGN: "The target's rules" */
};

/* A request, from its frame to its reply, which is written over the frame. */
struct job {
	struct commit_entry entry;
	struct job *next; /* free, or waiting to be sent */
	struct port *port;
	struct export *export;
	struct lan_frame frame;
	struct protocol_request request;
	struct storage_request storage;
};

/* A LAN as the target uses it. */
struct port {
	struct target *target;
	struct port *next;
	struct lan *lan;
	unsigned int buffers; /* what initiators are told; 0: what the LAN says */
	struct protocol_lan view;
	struct job *outgoing[LAN_BATCH]; /* replies to send, in order */
	size_t outgoing_count;
	uint64_t lost; /* of lan->lost, what is reported or counted in lost_limit */
	struct limit lost_limit;
};

struct target {
	const struct cli_command *command;
	struct export *exports;
	size_t export_count;
	struct port *ports;
	struct job *jobs, *free_jobs;
	uint8_t *frames;
	size_t busy;      /* jobs that are not free */
	bool paused;      /* all are busy: the LANs are not listened to */
	uint8_t *scratch; /* for frames that answer no job */
	int epoll;
};

static uint64_t milliseconds(clockid_t clock)
{
	struct timespec t;

	clock_gettime(clock, &t);
	return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

static struct job *job_of_entry(struct commit_entry *entry)
{
	return (struct job *)(void *)((char *)entry - offsetof(struct job, entry));
}

static const char *name_of(const struct export *export, char *text)
{
	return aoe_address_format(export->view.address, text);
}

/* ---- jobs and replies ---- */

static struct job *take_job(struct target *target)
{
	struct job *job = target->free_jobs;

	if (job) {
		target->free_jobs = job->next;
		target->busy++;
	}
	return job;
}

static void free_job(struct target *target, struct job *job)
{
	job->next = target->free_jobs;
	target->free_jobs = job;
	target->busy--;
}

static void send_replies(struct port *port)
{
	struct lan_frame frames[LAN_BATCH];

	for (size_t i = 0; i < port->outgoing_count; i++)
		frames[i] = port->outgoing[i]->frame;
	if (port->outgoing_count)
		lan_send(port->lan, frames, port->outgoing_count);
	for (size_t i = 0; i < port->outgoing_count; i++)
		free_job(port->target, port->outgoing[i]);
	port->outgoing_count = 0;
}

static void reply(struct job *job, size_t length)
{
	struct port *port = job->port;

	job->frame.length = length;
	port->outgoing[port->outgoing_count++] = job;
	if (port->outgoing_count == LAN_BATCH)
		send_replies(port);
}

static struct protocol_exchange exchange_of(struct job *job)
{
	return (struct protocol_exchange){.export = &job->export->view,
	                                  .lan = &job->port->view,
	                                  .request = &job->request,
	                                  .frame = job->frame.data,
	                                  .reply = job->frame.data};
}

static void complete(struct job *job)
{
	struct protocol_exchange exchange = exchange_of(job);

	protocol_complete(&exchange);
	reply(job, exchange.length);
}

/* ---- storage ---- */

/* Silence: an error would reach the file system at once, a missing answer is asked for again. */
static void give_up(struct job *job, const char *verb, int error)
{
	struct target *target = job->port->target;
	struct export *export = job->export;
	unsigned long count;
	char name[AOE_ADDRESS_TEXT];

	if (health_failed(&export->health, milliseconds(CLOCK_MONOTONIC), &count))
		cli_error(target->command,
		          "%s: %s: %s sector %llu: %s: %lu request%s stay%s unanswered, and "
		          "initiators repeat them until it works again: see to the disk",
		          name_of(export, name), export->options.file.path, verb,
		          (unsigned long long)aoe_ata_start(&job->request.ata), strerror(-error),
		          count, count == 1 ? "" : "s", count == 1 ? "s" : "");
	free_job(target, job);
}

static void worked(struct target *target, struct export *export)
{
	uint64_t duration;
	char name[AOE_ADDRESS_TEXT];

	if (export->health.failing &&
	    health_worked(&export->health, milliseconds(CLOCK_MONOTONIC), &duration))
		cli_error(target->command, "%s: %s: works again, after %llu s of errors",
		          name_of(export, name), export->options.file.path,
		          (unsigned long long)duration / 1000);
}

static void made_stable(void *owner, struct commit_entry *entry, int error)
{
	struct job *job = job_of_entry(entry);

	if (error) {
		give_up(job, "syncing", error);
		return;
	}
	worked(owner, job->export);
	complete(job);
}

static void transferred(struct storage_request *storage)
{
	struct job *job = storage->owner;
	bool write = storage->operation == STORAGE_WRITE;

	if (storage->error) {
		give_up(job, write ? "writing" : "reading", storage->error);
	} else if (write && !job->export->options.writeback) {
		commit_add(&job->export->commit, &job->entry);
	} else {
		worked(job->port->target, job->export);
		complete(job);
	}
}

static void start_transfer(struct job *job, enum storage_operation operation)
{
	struct storage_request *storage = &job->storage;

	*storage = (struct storage_request){.operation = operation,
	                                    .data = job->frame.data + AOE_ATA_DATA,
	                                    .done = transferred,
	                                    .owner = job};
	protocol_range(&job->request, &storage->offset, &storage->length);
	storage_start(job->export->storage, storage);
}

static void commit_all(struct target *target)
{
	for (size_t i = 0; i < target->export_count; i++)
		commit_start(&target->exports[i].commit);
	for (struct port *port = target->ports; port; port = port->next)
		send_replies(port);
}

static bool is_anything_to_commit(const struct target *target)
{
	for (size_t i = 0; i < target->export_count; i++)
		if (target->exports[i].commit.waiting.first)
			return true;
	return false;
}

/* ---- requests ---- */

static int compare_address(const void *key, const void *element)
{
	const struct aoe_address *address = key;
	const struct export *export = element;

	return aoe_address_compare(*address, export->view.address);
}

static struct export *find_export(const struct target *target, struct aoe_address address)
{
	return bsearch(&address, target->exports, target->export_count, sizeof(*target->exports),
	               compare_address);
}

/* Each export that is meant answers for itself; none does I/O. */
static void answer_broadcast(struct job *job)
{
	struct target *target = job->port->target;

	for (size_t i = 0; i < target->export_count; i++) {
		struct protocol_exchange exchange;
		struct lan_frame answer = {target->scratch, 0, job->frame.peer, 0};

		job->export = &target->exports[i];
		if (!protocol_is_for(&job->request, job->export->view.address))
			continue;
		exchange = exchange_of(job);
		exchange.reply = target->scratch;
		if (protocol_decide(&exchange) != PROTOCOL_REPLY)
			continue;
		answer.length = exchange.length;
		lan_send(job->port->lan, &answer, 1);
	}
	free_job(target, job);
}

/* The initiator has repeated it by now; a target that was frozen must not do it any more. */
static bool is_late(const struct job *job)
{
	uint64_t now = milliseconds(CLOCK_REALTIME);
	uint64_t received = job->frame.received / 1000000;

	return received && now > received && now - received > AGE_MAX_MS;
}

static void drop_late(struct job *job)
{
	struct target *target = job->port->target;
	unsigned long count;
	char name[AOE_ADDRESS_TEXT];

	if (limit_pass(&job->export->late, milliseconds(CLOCK_MONOTONIC), 1, &count))
		cli_error(target->command,
		          "%s: %lu request%s waited longer than a second and %s dropped: this "
		          "machine is too busy, or stood still",
		          name_of(job->export, name), count, count == 1 ? "" : "s",
		          count == 1 ? "was" : "were");
	free_job(target, job);
}

static void answer(struct job *job)
{
	struct protocol_exchange exchange = exchange_of(job);

	switch (protocol_decide(&exchange)) {
	case PROTOCOL_REPLY:
		reply(job, exchange.length);
		break;
	case PROTOCOL_READ:
		start_transfer(job, STORAGE_READ);
		break;
	case PROTOCOL_WRITE:
		start_transfer(job, STORAGE_WRITE);
		break;
	case PROTOCOL_FLUSH:
		commit_add(&job->export->commit, &job->entry);
		break;
	case PROTOCOL_DROP:
		free_job(job->port->target, job);
		break;
	}
}

/* Another target announced itself. */
static void check_conflict(struct port *port, const struct aoe_header *header)
{
	struct export *export = find_export(port->target, header->address);
	unsigned long count;
	char name[AOE_ADDRESS_TEXT], mac[MAC_TEXT];

	if (export && limit_pass(&export->conflict, milliseconds(CLOCK_MONOTONIC), 1, &count))
		cli_error(port->target->command,
		          "%s: %s on %s answers for the same address: unless both serve the same "
		          "data, stop one of the two",
		          name_of(export, name), mac_format(header->source, mac), port->lan->name);
}

static void handle(struct job *job)
{
	struct port *port = job->port;
	int rc = protocol_accept(job->frame.data, job->frame.length, &port->view, &job->request);

	if (rc == -EADDRINUSE)
		check_conflict(port, &job->request.header);
	job->export = rc || protocol_is_broadcast(&job->request)
	                      ? NULL
	                      : find_export(port->target, job->request.header.address);
	if (!rc && protocol_is_broadcast(&job->request))
		answer_broadcast(job);
	else if (!job->export)
		free_job(port->target, job);
	else if (is_late(job))
		drop_late(job);
	else
		answer(job);
}

/* ---- LANs ---- */

static void look_at(struct port *port)
{
	port->view = (struct protocol_lan){.mac = port->lan->mac,
	                                   .mtu = port->lan->mtu,
	                                   .buffers = port->buffers ? port->buffers
	                                                            : port->lan->buffers};
	port->lan->changed = false;
}

static void announce_to(struct port *port, const struct export *export, struct mac mac)
{
	uint8_t *frame = port->target->scratch;
	struct lan_frame announcement = {.data = frame, .peer = LAN_EVERYONE};

	announcement.length = protocol_announce(&export->view, &port->view, mac, frame);
	lan_send(port->lan, &announcement, 1);
}

/* An export that only some may use is no business of the others. */
static void announce(struct port *port)
{
	const struct target *target = port->target;

	for (size_t i = 0; port->lan->state == LAN_UP && i < target->export_count; i++) {
		const struct export *export = &target->exports[i];

		for (size_t m = 0; m < export->view.mac_count; m++)
			announce_to(port, export, export->view.macs[m]);
		if (!export->view.mac_count)
			announce_to(port, export, mac_broadcast);
	}
}

static void follow_link(struct port *port)
{
	const struct lan *lan = port->lan;
	const struct cli_command *command = port->target->command;
	char mac[MAC_TEXT];

	look_at(port);
	if (lan->state == LAN_UP)
		cli_error(command, "%s: the link is up: MTU %zu, MAC %s", lan->name, lan->mtu,
		          mac_format(lan->mac, mac));
	else if (lan->state == LAN_DOWN)
		cli_error(command, "%s: the link is down: waiting for it", lan->name);
	else
		cli_error(command, "%s: the interface is gone: waiting for it", lan->name);
	announce(port);
}

static void report_lost(struct port *port)
{
	uint64_t lost = port->lan->lost - port->lost;
	unsigned long count;

	port->lost = port->lan->lost;
	/* What is sent into a link that is down is lost as expected. */
	if (lost && port->lan->state == LAN_UP &&
	    limit_pass(&port->lost_limit, milliseconds(CLOCK_MONOTONIC), lost, &count))
		cli_error(port->target->command, "%s: %lu frame%s could not be sent",
		          port->lan->name, count, count == 1 ? "" : "s");
}

/* One batch. Returns true if there may be more. */
static bool receive_batch(struct port *port)
{
	struct target *target = port->target;
	struct lan_frame frames[LAN_BATCH];
	struct job *jobs[LAN_BATCH];
	size_t count = 0, received;

	while (count < LAN_BATCH && (jobs[count] = take_job(target))) {
		frames[count] = (struct lan_frame){.data = jobs[count]->frame.data};
		count++;
	}
	if (!count)
		return false;
	received = lan_receive(port->lan, frames, count);
	if (port->lan->changed)
		follow_link(port);
	for (size_t i = 0; i < count; i++) {
		/* Buffers may have changed places: all are put back, whoever has them now. */
		jobs[i]->frame = frames[i];
		jobs[i]->port = port;
		if (i >= received)
			free_job(target, jobs[i]);
	}
	for (size_t i = 0; i < received; i++)
		handle(jobs[i]);
	send_replies(port);
	return received && (received == count || is_anything_to_commit(target));
}

/* What has arrived on one LAN. Writes gather for a few batches and share a sync. */
static void receive(struct port *port)
{
	for (int round = 0; round < ROUNDS; round++)
		if (!receive_batch(port))
			break;
	commit_all(port->target);
	report_lost(port);
}

/* ---- the target ---- */

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
		commit_init(&exports[i].commit, exports[i].storage, t, made_stable);
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
	look_at(port);
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
		announce(port);
}

void target_work(struct target *target)
{
	for (struct port *port = target->ports; port; port = port->next)
		receive(port);
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
			receive(events[i].data.ptr);
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
