/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/bench/window.h"

void window_init(struct window *window, unsigned int most, bool fixed)
{
	*window = (struct window){.limit = most, .most = most, .fixed = fixed};
}

uint64_t window_timeout(const struct window *window)
{
	uint64_t timeout = WINDOW_TIMEOUT_FIRST;

	/* Twice the mean and eight deviations: what Linux's initiator waits. */
	if (window->mean)
		timeout = 2 * window->mean + 8 * window->deviation;
	if (timeout < WINDOW_TIMEOUT_MIN)
		timeout = WINDOW_TIMEOUT_MIN;
	for (unsigned int i = 0; i < window->doublings && timeout < WINDOW_TIMEOUT_MAX; i++)
		timeout *= 2;
	return timeout < WINDOW_TIMEOUT_MAX ? timeout : WINDOW_TIMEOUT_MAX;
}

/* The smoothing of TCP (RFC 6298): an eighth and a quarter of what is new. */
static void measure(struct window *window, uint64_t round_trip)
{
	uint64_t mean = window->mean;
	uint64_t off = round_trip > mean ? round_trip - mean : mean - round_trip;

	if (!mean) {
		window->mean = round_trip;
		window->deviation = round_trip / 2;
		return;
	}
	window->mean = mean - mean / 8 + round_trip / 8;
	window->deviation = window->deviation - window->deviation / 4 + off / 4;
}

void window_answered(struct window *window, uint64_t round_trip)
{
	if (round_trip)
		measure(window, round_trip);
	window->doublings = 0;
	if (window->fixed || window->limit == window->most)
		return;
	if (++window->answers >= window->limit) {
		window->answers = 0;
		window->limit++;
	}
}

void window_lost(struct window *window, uint64_t sent, uint64_t now)
{
	/* Requests that were sent before it was halved say nothing new. */
	if (window->narrowed && sent <= window->narrowed)
		return;
	window->narrowed = now;
	window->doublings++;
	window->answers = 0;
	if (!window->fixed && window->limit > 1)
		window->limit /= 2;
}
