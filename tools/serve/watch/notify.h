/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a service manager is told: sd_notify(3), without its library. */
#ifndef TOOLS_SERVE_WATCH_NOTIFY_H
#define TOOLS_SERVE_WATCH_NOTIFY_H

#include <stdint.h>
#include <sys/types.h>

/* Who is told; all zero would be wrong: notify_open makes it. */
struct notify {
	int socket; /* -1: nobody wants to know */
};

/*
 * address is the environment's NOTIFY_SOCKET, or NULL: the path of a UNIX datagram socket, or one
 * of the abstract ones with '@' before it. Returns 0, also if address is NULL, or a negative errno,
 * and then nobody is told. notify_close releases it.
 */
int notify_open(struct notify *notify, const char *address);
void notify_close(struct notify *notify);

/*
 * Tells "NAME=VALUE", or several with newlines between them: READY=1, STATUS=..., WATCHDOG=1. Does
 * not block: what the manager cannot take now is lost.
 */
void notify_send(const struct notify *notify, const char *format, ...)
        __attribute__((format(printf, 2, 3)));

/*
 * How often WATCHDOG=1 is to be told, in milliseconds: twice as often as the manager expects it;
 * 0: never. usec and pid are the environment's WATCHDOG_USEC and WATCHDOG_PID, or NULL. Pure.
 */
uint64_t notify_interval(const char *usec, const char *pid, pid_t own);

#endif
