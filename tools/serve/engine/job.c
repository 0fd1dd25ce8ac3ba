/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/serve/engine/job.h"

#include <stdlib.h>

#include "tools/serve/wire/frame.h"

static struct job *create(struct job_pool *pool, struct requests *requests)
{
	struct job *job = calloc(1, sizeof(*job));

	if (!job)
		return NULL;
	job->frame.data = frame_create();
	if (!job->frame.data) {
		free(job);
		return NULL;
	}
	job->requests = requests;
	job->next_of_all = pool->all;
	pool->all = job;
	return job;
}

struct job *job_take(struct job_pool *pool, struct requests *requests)
{
	struct job *job = pool->free;

	if (job)
		pool->free = job->next;
	else
		job = create(pool, requests);
	pool->busy += job != NULL;
	return job;
}

void job_give(struct job_pool *pool, struct job *job)
{
	job->next = pool->free;
	pool->free = job;
	pool->busy--;
}

void job_pool_release(struct job_pool *pool)
{
	while (pool->all) {
		struct job *job = pool->all;

		pool->all = job->next_of_all;
		frame_free(job->frame.data);
		free(job);
	}
	*pool = (struct job_pool){0};
}
