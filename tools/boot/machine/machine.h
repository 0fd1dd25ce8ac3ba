/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The door of this folder: a machine in QEMU. It is described (qemu.h), switched on, watched and
 * switched off (guest.h), by the user's own hands (terminal.h), with KVM where that works
 * (accel.h).
 */
#ifndef TOOLS_BOOT_MACHINE_MACHINE_H
#define TOOLS_BOOT_MACHINE_MACHINE_H

#include "tools/boot/machine/accel.h"
#include "tools/boot/machine/guest.h"
#include "tools/boot/machine/qemu.h"
#include "tools/boot/machine/terminal.h"

#endif
