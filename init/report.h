/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the init says, all of it on the kernel log:
 *   etherroot: STAGE: text [+0.123 s]           a stage is done; seconds since the init started
 *   etherroot: waiting: E-CODE: ...             what is missing, every 10 seconds
 *   etherroot: E-CODE: thing: saw: remedy       why the boot cannot go on
 */
#ifndef INIT_REPORT_H
#define INIT_REPORT_H

#include <stdbool.h>
#include <stdint.h>

/* Every reason to give up or to wait, each with a stable name; report.c has their texts. */
enum fail_code {
	FAIL_CMDLINE,     /* a parameter cannot be parsed */
	FAIL_UNSUPPORTED, /* a parameter is one that another's initrd has not */
	FAIL_NOROOT,      /* no root=, and no aBFT */
	FAIL_ABFT,        /* the aBFT is not in order, or there are two */
	FAIL_SYSTEM,      /* the kernel refused something that a boot cannot do without */
	FAIL_NONIC,       /* no Ethernet interface, and no hardware that looks like one */
	FAIL_NODRIVER,    /* hardware is there, its driver is not in the image */
	FAIL_NOPROBE,     /* its driver was loaded, and did not take it */
	FAIL_NOOPEN,      /* an interface is there, the kernel does not set it up */
	FAIL_WRONGNIC,    /* BOOTIF= or rd.nic= name no interface of this machine */
	FAIL_NOMODULE,    /* a module that the way needs is neither in image nor kernel */
	FAIL_NOCARRIER,   /* no cable, or a switch port that does not answer */
	FAIL_NOTARGET,    /* nobody on the LAN answers for any disk */
	FAIL_NOEXPORT,    /* other disks answer, this one does not */
	FAIL_NOTREADY,    /* the disk has answered, the kernel is still reading it */
	FAIL_LOADING,     /* the kernel has not finished loading a module */
	FAIL_SILENT,      /* the disk has answered, and does not any more */
	FAIL_IO,          /* the disk answers with an error */
	FAIL_HOOK,        /* the program of rd.hook= has failed, or made no root */
	FAIL_AMBIGUOUS,   /* several disks have the UUID or label */
	FAIL_NOPART,      /* the disk is there, the partition is not */
	FAIL_NOFSLABEL,   /* no file system with this UUID or label on the disks found */
	FAIL_NOFS,        /* the root holds no file system that is known */
	FAIL_CONTAINER,   /* the root is not on the disk itself: LUKS, LVM, RAID */
	FAIL_FSMODULE,    /* a known file system whose driver is not in the image */
	FAIL_NOMEMORY,    /* the root is larger than the memory that it is to be copied to */
	FAIL_FSCK,        /* the root's file system is damaged beyond what e2fsck -p repairs */
	FAIL_MOUNT,       /* the kernel refused the mount */
	FAIL_READONLY,    /* what is to be written can only be read */
	FAIL_OVERLAY,     /* what keeps the changes is not as it must be */
	FAIL_VERITY,      /* the hash tree is not as it must be */
	FAIL_ROOTHASH,    /* what is read of the root is not what the root hash is of */
	FAIL_NOINIT,      /* the root has no init to start */
};

/* What is wrong now: the code, the thing it failed on, and what was seen. */
struct failure {
	enum fail_code code;
	char thing[96];
	char saw[256];
};

/*
 * Where the init's lines stay for the OS to read, all of them and each with its time: seconds since
 * the kernel's start, as dmesg has them.
 */
#define REPORT_LOG "/run/etherroot/boot.log"

/* Starts the clock of the "+0.123 s"; quiet keeps stages, debug adds details (rd.quiet, rd.debug).
 */
void report_start(void);
void report_verbosity(bool quiet, bool debug);

/* Adds what is said from now on to REPORT_LOG, which rd.quiet does not keep anything from. */
void report_open_log(void);

/* Milliseconds since report_start. */
uint64_t report_elapsed(void);

/* Keeps the log open: from now on this process may lose its /dev. */
void report_keep(void);

/* A stage is done: "STAGE: " and the strings given, up to a null pointer. */
void report_stage(const char *stage, ...) __attribute__((sentinel));

/* The same, only with rd.debug. */
void report_detail(const char *what, ...) __attribute__((sentinel));

/* Something went wrong that the boot may survive: "warning: THING: strings". */
void report_warning_list(const char *thing, ...) __attribute__((sentinel));
#define report_warning(thing, ...) report_warning_list(thing, __VA_ARGS__, (char *)0)

/* A failure while there is still hope, and one that ends the boot. */
void report_waiting(const struct failure *failure);
void report_failure(const struct failure *failure);

/* Fills *failure; the strings after the thing, up to a null pointer, are what was seen. */
void failure_set(struct failure *failure, enum fail_code code, const char *thing, ...)
        __attribute__((sentinel));

/* The kernel's word for a negative errno, for those that a boot meets; else "error N". */
const char *report_errno(int rc);

#endif
