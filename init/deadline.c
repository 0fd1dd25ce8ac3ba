/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "init/deadline.h"

#include <limits.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

uint64_t deadline_now(void)
{
	struct timespec now;

	/* Not through the vDSO, whose symbols would have to be looked up first. */
	syscall(SYS_clock_gettime, CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

int deadline_poll(uint64_t deadline)
{
	uint64_t now = deadline_now();

	if (deadline == DEADLINE_NEVER)
		return -1;
	if (deadline <= now)
		return 0;
	return deadline - now > INT_MAX ? INT_MAX : (int)(deadline - now);
}
