/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * KVM or TCG. /dev/kvm may be there and still not run a stock kernel (nested virtualisation): it is
 * proved by booting one, with a deadline, and the answer is remembered until the host is restarted.
 */
#ifndef TOOLS_BOOT_MACHINE_ACCEL_H
#define TOOLS_BOOT_MACHINE_ACCEL_H

#include "tools/host/clock.h"

#define ACCEL_DEVICE "/dev/kvm"

/* Where KVM works, a kernel without an initrd is at its end after half a second. */
#define ACCEL_DEADLINE (10 * CLOCK_SECOND)

enum accel_answer {
	ACCEL_WORKS,
	ACCEL_FAILS,      /* there is none for us, it is known to fail, or nothing could be tried */
	ACCEL_FAILED_NOW, /* it was tried just now, and the kernel did not run */
	ACCEL_INTERRUPTED, /* signals, a signalfd, became readable */
};

/* Whether KVM runs a kernel; `kernel` is a bzImage to try it with, or NULL if there is none. */
enum accel_answer accel_ask(const char *kernel, int signals);

#endif
