/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Points in time that waits are bounded by: milliseconds of CLOCK_MONOTONIC. */
#ifndef INIT_DEADLINE_H
#define INIT_DEADLINE_H

#include <stdint.h>

/* Later than any boot. */
#define DEADLINE_NEVER UINT64_MAX

/* The time now. */
uint64_t deadline_now(void);

/* The timeout for poll(2) until a deadline: -1 for never, 0 when it has passed. */
int deadline_poll(uint64_t deadline);

#endif
