/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/serve/engine/job.h"

#include <errno.h>
#include <stdlib.h>

int job_pool_init(struct job_pool *pool, size_t count)
{
	*pool = (struct job_pool){.jobs = calloc(count, sizeof(*pool->jobs))};
	if (!pool->jobs)
		return -ENOMEM;
	pool->count = pool->busy = count;
	for (size_t i = 0; i < count; i++) {
		pool->jobs[i].frame.data = malloc(LAN_FRAME_MAX);
		if (!pool->jobs[i].frame.data) {
			job_pool_release(pool);
			return -ENOMEM;
		}
		job_give(pool, &pool->jobs[i]);
	}
	return 0;
}

void job_pool_release(struct job_pool *pool)
{
	for (size_t i = 0; i < pool->count; i++)
		free(pool->jobs[i].frame.data);
	free(pool->jobs);
	*pool = (struct job_pool){0};
}

struct job *job_take(struct job_pool *pool)
{
	struct job *job = pool->free;

	if (job) {
		pool->free = job->next;
		pool->busy++;
	}
	return job;
}

void job_give(struct job_pool *pool, struct job *job)
{
	job->next = pool->free;
	pool->free = job;
	pool->busy--;
}
