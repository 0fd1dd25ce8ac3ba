/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "init/revive.h"

#include <unistd.h>

#include "init/deadline.h"
#include "init/disk.h"
#include "init/report.h"
#include "init/sysfs.h"

enum {
	LOOK_EVERY = 2000,   /* milliseconds */
	HEARD_WITHIN = 6000, /* the LAN is asked every two seconds at least: wait.c */

	/*
	 * Longer than the module itself waits for a first answer, 16.5 s (RTTAVG_INIT and
	 * RTTDEV_INIT in drivers/block/aoe/aoe.h), to which it goes back.
	 */
	PATIENCE = 20000,
};

/* Whether the target is there, and its disk has owed an answer for too long. */
static bool is_stuck(struct server *server, const char *disk, uint64_t now)
{
	uint64_t transfers = disk_transfers_by_name(disk);
	char path[DISK_PATH];

	if (transfers != server->transfers ||
	    (disk_exists(disk) && !disk_is_asked(disk_path(path, disk))))
		server->answered = now;
	server->transfers = transfers;
	return now - server->answered >= PATIENCE && now - server->heard < HEARD_WITHIN;
}

static void begin_anew(struct revival *revival, const char *disk, int epoll)
{
	report_warning(disk,
	               "its target is there, and the aoe module has had no answer of the disk "
	               "for 20 s: it begins anew with it");
	if (job_start(&revival->job, epoll))
		return;
	sysfs_write("/dev/etherd/revalidate", disk);
	_exit(0);
}

void revive_disks(struct revival *revival, struct servers *servers, int epoll)
{
	uint64_t now = deadline_now();
	char disk[AOE_ADDRESS_TEXT];

	if (now < revival->next)
		return;
	revival->next = now + LOOK_EVERY;
	for (unsigned i = 0; i < servers->count; i++) {
		struct server *server = &servers->server[i];

		if (!is_stuck(server, aoe_address_format(server->address, disk), now))
			continue;
		/* One at a time; the one before may wait still, and has done what it can. */
		job_end(&revival->job);
		if (revival->job.pid)
			return;
		server->answered = now;
		begin_anew(revival, disk, epoll);
		return;
	}
}
