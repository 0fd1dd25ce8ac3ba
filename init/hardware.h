/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The machine's devices: their drivers, and NICs that have none. */
#ifndef INIT_HARDWARE_H
#define INIT_HARDWARE_H

#include <stdbool.h>
#include <stddef.h>

#include "init/modules.h"

/* Loads drivers for the devices that were there before anybody listened ("cold plug"). */
void hardware_load_drivers(const struct modules *modules);

/* A network card that no driver has taken; both are "" if there is none. */
struct driverless {
	char device[96];          /* "pci 0000:00:03.0 (8086:100e)" */
	char driver[MODULE_NAME]; /* the module that is for it, and was loaded; else "" */
};

/* Where the kernel shows its busses, each a directory with `devices` in it. */
#define HARDWARE_BUSSES "/sys/bus"

/* Looks for one on the busses that have such cards. */
void hardware_find_driverless(const struct modules *modules, const char *busses,
                              struct driverless *found);

#endif
