/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The machine's devices: their drivers, and NICs that have none. */
#ifndef INIT_HARDWARE_H
#define INIT_HARDWARE_H

#include <stdbool.h>
#include <stddef.h>

#include "init/modules.h"

/* Loads drivers for the devices that were there before anybody listened ("cold plug"). */
void hardware_load_drivers(const struct modules *modules);

/*
 * Finds a NIC on the PCI or virtio bus that no driver has taken, and writes "0000:00:03.0
 * (8086:100e)" or the like. Returns whether there is one.
 */
bool hardware_nic_without_driver(char *buffer, size_t size);

#endif
