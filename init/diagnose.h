/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is missing on the way to the root, told from what is seen of the machine. Pure. */
#ifndef INIT_DIAGNOSE_H
#define INIT_DIAGNOSE_H

#include <stdbool.h>

#include "init/cmdline.h"
#include "init/nic.h"
#include "init/report.h"

/* What is seen of a machine at one moment. */
struct snapshot {
	const struct cmdline *cmdline;
	const struct root_address *wanted; /* the device that is missing... */
	const char *parameter;             /* ...and what names it; "" for root= */
	const struct nics *nics;
	const char *kernel;     /* its version (uname -r) */
	const char *driverless; /* a network card that no driver has taken; "" if there is none */
	const char *untaken;    /* that card's driver, which is loaded all the same; or "" */
	const char *driver;     /* the module of a driver that is being loaded; "" if none is */
	const char *way;        /* the same of what every root needs: aoe, its file system */
	bool has_aoe;           /* the aoe module is loaded or built in */
	bool has_wanted_disk;   /* the disk that it is on by address shows in sysfs */
	bool was_heard;     /* a target has answered for it who it is; for a label: any target */
	const char *disks;  /* the AoE disks, "e0.0, e0.1"; "" if there are none */
	const char *silent; /* those that do not answer a read; "" if there are none */
};

/* Fills *failure with what is missing, first things first. */
void diagnose(const struct snapshot *snapshot, struct failure *failure);

/*
 * The same where the root's device ("e0.0p1") is there, and something is done with it that does not
 * end; `answers` says whether it does, a few seconds ago at the latest.
 */
void diagnose_use(const struct snapshot *snapshot, const char *device, bool answers,
                  struct failure *failure);

#endif
