/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What happens when the boot cannot go on (rd.onfail=). */
#ifndef INIT_GIVEUP_H
#define INIT_GIVEUP_H

#include "init/cmdline.h"
#include "init/report.h"

/*
 * Does what the user asked for: a shell on the console (after which the boot begins anew), reboot,
 * power off, or the end of this process, which the kernel answers with a panic and panic=. The new
 * boot has argv's arguments too: they are the OS's.
 */
_Noreturn void give_up(const struct cmdline *cmdline, enum fail_code code, char **argv);

/*
 * The same for a process beside one that hangs on its way into the root. Where the user asked for a
 * shell, or for nothing, it returns: the initramfs is gone. `crash` is /proc/sysrq-trigger, open.
 */
void give_up_beside(const struct cmdline *cmdline, int crash);

#endif
