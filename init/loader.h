/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The processes that load modules beside the boot: one the drivers of the devices, as they appear,
 * for as long as the init is there; one the aoe module and the file system's. Neither needs the
 * other, each takes its time, and a driver whose start hangs holds up nobody but itself.
 */
#ifndef INIT_LOADER_H
#define INIT_LOADER_H

#include "init/job.h"
#include "init/modules.h"

/* What the processes say of themselves, in memory that they share with the boot. */
struct loader_state {
	char driver[MODULE_NAME]; /* that is being loaded now; "" for none */
	char way[MODULE_NAME];    /* the same of the other process */
	bool tried;               /* every device that was there at the start has had its turn... */
	bool has_aoe;             /* the aoe module is there, and can be spoken to... */
};

struct loader {
	const struct modules *modules;
	int epoll;
	struct job drivers;
	struct job way;
	struct job netconsole;
	int news; /* an eventfd that wakes the loop then */
	struct loader_state *state;
};

/* Starts both. Returns 0 or a negative errno. */
int loader_start(struct loader *loader, const struct modules *modules, int epoll);

/*
 * The driver that is being loaded for a device that was there at the start, "drivers" between two
 * of them; NULL when every device has had its turn.
 */
const char *loader_driver(struct loader *loader);

/* The module that the way to the root waits for; NULL when all of them were loaded, or failed. */
const char *loader_way(struct loader *loader);

/*
 * Whether the aoe module is there. One that only begins to be must not be spoken to yet: its device
 * is there before what that needs, and the kernel crashes (aoe_init in drivers/block/aoe/aoemain.c
 * has aoechr_init in front of aoenet_init).
 */
bool loader_has_aoe(const struct loader *loader);

/* Loads netconsole by a process of its own, as rd.netconsole= says and over this NIC. */
void loader_start_netconsole(struct loader *loader, const char *nic, struct mac mac);

/* Ends all of them. */
void loader_end(struct loader *loader);

#endif
