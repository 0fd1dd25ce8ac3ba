/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * This program under the name /run/initramfs/shutdown, which systemd starts as process 1 when the
 * OS has ended (systemd-shutdown(8)): the root itself can be unmounted only by what is not on it.
 */
#ifndef INIT_SHUTDOWN_H
#define INIT_SHUTDOWN_H

/* Where systemd leaves the root that it came from. */
#define OLD_ROOT "/oldroot"

/*
 * Ends what still runs, unmounts OLD_ROOT and all below it, and does what argv[1] says: poweroff,
 * reboot, halt or kexec. A disk that has answered nothing for a minute is given up. Returns, with
 * an exit status, only if this is not process 1.
 */
int shutdown_main(char **argv);

#endif
