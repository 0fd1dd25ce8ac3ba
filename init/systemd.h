/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What systemd as the OS's init is told of the time before it. */
#ifndef INIT_SYSTEMD_H
#define INIT_SYSTEMD_H

/*
 * The arguments to start `init` with, which argv[0] is on the root that this process has by now:
 * argv, and for systemd the time at which this program began, which `systemd-analyze` tells as
 * that of the initrd. They live as long as this process.
 */
char **systemd_arguments(char **argv);

#endif
