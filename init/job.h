/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Child processes, for whatever may block: reading a disk, mounting, loading a module. A process
 * that waits for a silent disk cannot even be killed; one that waits for such a process can go on.
 */
#ifndef INIT_JOB_H
#define INIT_JOB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* A child; all zero: none. */
struct job {
	pid_t pid;
	int fd;     /* a pidfd in the loop's epoll set, which the child's end makes readable */
	int status; /* of the last child that ended by itself: its exit status; else -1 */
};

/*
 * Starts a child whose end wakes `epoll` once. Returns 0 in the child, which ends by _exit; 1 in
 * the parent; or a negative errno, and there is no child.
 */
int job_start(struct job *job, int epoll);

/* Whether a child was started and still runs. What has ended is cleared away. */
bool job_runs(struct job *job);

/* Ends a child, without waiting for it. */
void job_end(struct job *job);

/*
 * Process 1 only: ends every other process, and waits for their end until a deadline (deadline.h):
 * one that waits for a silent disk does not end.
 */
void job_end_all(uint64_t deadline);

/* Zeroed memory that children have in common with their parent; NULL if there is none. */
void *job_share(size_t size);

#endif
