/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What becomes of a request: decided by the protocol, done by the storage, answered or not. */
#include <errno.h>
#include <string.h>
#include <time.h>

#include "tools/serve/job.h"

enum { AGE_MAX_MS = 1000 }; /* DESIGN: "The target's rules" */

static struct job *job_of_entry(struct commit_entry *entry)
{
	return (struct job *)(void *)((char *)entry - offsetof(struct job, entry));
}

static const char *name_of(const struct export *export, char *text)
{
	return aoe_address_format(export->view.address, text);
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
	port_reply(job, exchange.length);
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

void request_stable(void *owner, struct commit_entry *entry, int error)
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

/* ---- requests ---- */

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
		port_reply(job, exchange.length);
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

void request_handle(struct job *job)
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
