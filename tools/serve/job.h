/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The target's inside, shared by target.c, port.c and request.c and of no concern to others. */
#ifndef TOOLS_SERVE_JOB_H
#define TOOLS_SERVE_JOB_H

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

#include "tools/serve/target.h"

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

/* ---- target.c ---- */

/* Milliseconds of a clock: CLOCK_REALTIME for frames, CLOCK_MONOTONIC for messages. */
uint64_t milliseconds(clockid_t clock);

/* A job with a buffer for a frame; NULL if all are under way. */
struct job *take_job(struct target *target);
void free_job(struct target *target, struct job *job);

/* The export with that address, or NULL. */
struct export *find_export(const struct target *target, struct aoe_address address);

/* Starts a sync for every export that has something to make stable, and sends what is ready. */
void commit_all(struct target *target);

/* True if there are writes to be made stable. */
bool is_anything_to_commit(const struct target *target);

/* ---- port.c ---- */

/* Takes what has arrived on one LAN, and does what is asked. */
void port_receive(struct port *port);

/* Queues a job's reply, length bytes that are in its frame; the job is freed when it is sent. */
void port_reply(struct job *job, size_t length);

/* Sends the queued replies. */
void port_send(struct port *port);

/* Takes over what the LAN is like. */
void port_look(struct port *port);

/* Tells the LAN which exports are here. */
void port_announce(struct port *port);

/* ---- request.c ---- */

/* Does what the job's frame asks for, now or when storage is done. */
void request_handle(struct job *job);

/* For commit_init: the job of this entry is stable, or is not. */
void request_stable(void *target, struct commit_entry *entry, int error);

#endif
