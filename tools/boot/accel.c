/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/boot/accel.h"

int accel_choose(enum boot_accel wish, const struct setup *setup, bool *kvm)
{
	(void)setup;
	*kvm = wish == ACCEL_KVM;
	return CLI_OK;
}
