/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * KVM or TCG. /dev/kvm may be there and still not run a stock kernel (nested virtualisation): it is
 * proved by booting one, with a deadline, and the answer is remembered.
 */
#ifndef TOOLS_BOOT_MACHINE_ACCEL_H
#define TOOLS_BOOT_MACHINE_ACCEL_H

#include <stdbool.h>

#include "tools/boot/options.h"
#include "tools/boot/setup.h"

/* Prints what is wrong and returns an enum cli_exit, or -EINTR when a signal came. */
int accel_choose(enum boot_accel wish, const struct setup *setup, bool *kvm);

#endif
