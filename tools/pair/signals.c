/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/pair/signals.h"

#include <signal.h>
#include <stddef.h>

static const int ending[] = {SIGINT, SIGTERM, SIGHUP};

enum { ENDING = sizeof(ending) / sizeof(ending[0]) };

void signals_hold(void)
{
	sigset_t signals;

	sigemptyset(&signals);
	for (size_t i = 0; i < ENDING; i++)
		sigaddset(&signals, ending[i]);
	sigprocmask(SIG_BLOCK, &signals, NULL);
}

bool signals_have_come(void)
{
	sigset_t pending;
	bool come = false;

	sigpending(&pending);
	for (size_t i = 0; i < ENDING; i++)
		come = come || sigismember(&pending, ending[i]) == 1;
	return come;
}
