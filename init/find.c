/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "init/find.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "init/deadline.h"
#include "init/hardware.h"
#include "init/uevent.h"
#include "tools/base/text.h"

/*
 * How often the LAN is asked: a lost answer costs one interval, where the aoe module's own first
 * retransmission would cost 16 s. How often the user is told what is missing.
 */
enum { ASK_EVERY = 250, TELL_EVERY = 10000 /* milliseconds */ };

/*
 * How long the LAN is listened to after the first carrier, even past rd.timeout=: where drivers
 * took all of that time, "nobody answers" would be said of a LAN that nobody had time to answer on.
 */
enum { LISTEN_AT_LEAST = 1000 /* milliseconds */ };

/* The state of the wait. */
struct find {
	const struct cmdline *cmdline;
	const struct modules *modules;
	struct nics *nics;
	int uevents;
	uint64_t not_before; /* rootdelay= */
	uint64_t give_up;    /* rd.timeout= */
	uint64_t next_question;
	uint64_t next_telling;
	unsigned questions;
	bool disks_changed;  /* since they were last looked at */
	bool disk_announced; /* the one that root= names */
	bool had_carrier;
	char buffer[UEVENT_SIZE];
};

/*
 * Whether the disk that root= names is there. It shows in sysfs some time before it can be opened
 * and before its partitions are known; when all of that is done the kernel announces it
 * (block/genhd.c, device_add_disk).
 */
static bool wanted_disk_exists(const struct find *find)
{
	char disk[DISK_NAME];

	return find->cmdline->root.kind == ROOT_AOE &&
	       disk_exists(disk_name(disk, &find->cmdline->root, 0));
}

/* A disk or partition was announced. */
static void take_disk(struct find *find, const char *devname)
{
	static const char directory[] = "etherd/";
	char disk[DISK_NAME];

	find->disks_changed = true;
	if (find->cmdline->root.kind == ROOT_AOE && text_begins(devname, directory) &&
	    !strcmp(devname + sizeof(directory) - 1, disk_name(disk, &find->cmdline->root, 0)))
		find->disk_announced = true;
}

/* Takes in which devices have come, and loads drivers for them. */
static void take_uevents(struct find *find)
{
	struct uevent event;
	int rc;

	while ((rc = uevent_receive(find->uevents, find->buffer, &event))) {
		if (rc == -ENOBUFS) {
			hardware_load_drivers(find->modules);
			nics_ask(find->nics);
			find->disks_changed = true;
			find->disk_announced |= wanted_disk_exists(find);
		} else if (strcmp(event.action, "add") != 0 &&
		           strcmp(event.action, "change") != 0) {
			continue;
		} else if (!strcmp(event.subsystem, "block")) {
			take_disk(find, event.devname);
		} else if (*event.modalias) {
			modules_load_alias(find->modules, event.modalias);
		}
	}
}

/* "eth0, eth1" of the interfaces that are chosen, or of all Ethernet ones. */
static const char *list_nics(const struct nics *nics, bool chosen, char *buffer, size_t size)
{
	struct text text;
	char mac[MAC_TEXT];

	text_begin(&text, buffer, size);
	for (unsigned i = 0; i < nics->count; i++) {
		const struct nic *nic = &nics->nic[i];

		if (chosen ? !nic->chosen : !nic->ethernet)
			continue;
		text_add(&text, text.used ? ", " : "");
		text_add(&text, nic->name);
		if (!chosen) {
			text_add(&text, " ");
			text_add(&text, mac_format(nic->mac, mac));
		}
	}
	return buffer;
}

/* What is missing now, first things first. */
static void diagnose(const struct find *find, struct failure *failure)
{
	const struct root_address *root = &find->cmdline->root;
	char nics[160], device[96], disks[160], wanted[DISK_NAME];
	bool named = find->cmdline->nic_count;

	list_nics(find->nics, true, nics, sizeof(nics));
	if (!*nics && hardware_nic_without_driver(device, sizeof(device))) {
		failure_set(failure, FAIL_NODRIVER, device,
		            "this image has no driver that takes this network card", NULL);
		return;
	}
	if (!*nics && named && *list_nics(find->nics, false, disks, sizeof(disks))) {
		failure_set(failure, FAIL_WRONGNIC, find->cmdline->nics[0].text,
		            "no such interface; there is ", disks, NULL);
		return;
	}
	if (!*nics) {
		failure_set(failure, FAIL_NONIC, "network", "no Ethernet interface found", NULL);
		return;
	}
	if (access("/sys/module/aoe", F_OK)) {
		failure_set(failure, FAIL_NOMODULE, "aoe", "not in this image for kernel ",
		            modules_kernel(), NULL);
		return;
	}
	if (!nics_carrier(find->nics)) {
		failure_set(failure, FAIL_NOCARRIER, nics, "no carrier", NULL);
		return;
	}
	if (root->kind == ROOT_AOE)
		disk_name(wanted, root, 0);
	disk_list(NULL, disks, sizeof(disks));
	if (wanted_disk_exists(find)) {
		failure_set(failure, FAIL_NOTREADY, wanted, "it answers on ", nics,
		            ", and the kernel is reading it", NULL);
		return;
	}
	if (!strcmp(disks, "none"))
		failure_set(failure, FAIL_NOTARGET, root->kind == ROOT_AOE ? wanted : root->text,
		            "no AoE target answers on ", nics, NULL);
	else if (root->kind == ROOT_AOE)
		failure_set(failure, FAIL_NOEXPORT, wanted, "it does not answer on ", nics,
		            ", but these do: ", disks, NULL);
	else
		failure_set(failure, FAIL_NOFSLABEL, root->text, "not on the disks found: ", disks,
		            NULL);
}

/*
 * Whether the wanted device is there. Returns 0, -EAGAIN to go on waiting, or -ENOENT with *failure
 * when waiting will not help.
 */
static int look(struct find *find, struct root_device *device, struct failure *failure)
{
	const struct root_address *root = &find->cmdline->root;
	char disk[DISK_NAME], name[DISK_NAME], partitions[160];

	find->disks_changed = false;
	if (root->kind != ROOT_AOE) {
		if (disk_search(root, device))
			return -EAGAIN;
		disk_report(device->path + sizeof("/dev/etherd/") - 1, find->questions);
		return 0;
	}
	if (!find->disk_announced)
		return -EAGAIN;
	disk_report(disk_name(disk, root, 0), find->questions);
	text_join(device->path, DISK_PATH, "/dev/etherd/", disk_name(name, root, root->partition),
	          NULL);
	if (disk_exists(name))
		return 0;
	disk_list(disk, partitions, sizeof(partitions));
	failure_set(failure, FAIL_NOPART, name, "the disk has no such partition; it has ",
	            partitions, NULL);
	return -ENOENT;
}

/* A carrier has come: the LAN is asked at once. */
static void take_carrier(struct find *find)
{
	uint64_t listen_until = deadline_now() + LISTEN_AT_LEAST;

	find->next_question = 0;
	if (!find->had_carrier && find->give_up < listen_until)
		find->give_up = listen_until;
	find->had_carrier = true;
}

/* Asks the LAN for targets when it is time to. */
static void ask(struct find *find)
{
	if (!nics_carrier(find->nics)) {
		find->next_question = DEADLINE_NEVER; /* the carrier's event asks */
		return;
	}
	if (deadline_now() < find->next_question)
		return;
	/* Until the aoe module is there its own first broadcast is the question. */
	if (!disk_discover())
		find->questions++;
	find->next_question = deadline_now() + ASK_EVERY;
}

static uint64_t sooner(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

/* Sleeps until something happens or something is due. */
static void wait_for_events(const struct find *find, bool held_back)
{
	struct pollfd events[] = {
	        {.fd = find->uevents, .events = POLLIN},
	        {.fd = find->nics->fd, .events = POLLIN},
	};
	uint64_t until = sooner(sooner(find->next_question, find->next_telling), find->give_up);

	poll(events, sizeof(events) / sizeof(events[0]),
	     deadline_poll(held_back ? sooner(until, find->not_before) : until));
}

/* One look at everything. Returns as look() does, or -ETIMEDOUT. */
static int step(struct find *find, struct root_device *device, struct failure *failure)
{
	bool held_back;

	take_uevents(find);
	if (nics_update(find->nics))
		take_carrier(find);
	ask(find);
	held_back = deadline_now() < find->not_before;
	if (find->disks_changed && !held_back) {
		int rc = look(find, device, failure);

		if (rc != -EAGAIN)
			return rc;
	}
	if (deadline_now() >= find->give_up) {
		diagnose(find, failure);
		return -ETIMEDOUT;
	}
	if (deadline_now() >= find->next_telling) {
		diagnose(find, failure);
		report_waiting(failure);
		find->next_telling = deadline_now() + TELL_EVERY;
	}
	wait_for_events(find, held_back);
	return -EAGAIN;
}

int find_root(const struct cmdline *cmdline, const struct modules *modules, struct nics *nics,
              int uevents, struct root_device *device, struct failure *failure)
{
	uint64_t now = deadline_now();
	struct find find = {
	        .cmdline = cmdline,
	        .modules = modules,
	        .nics = nics,
	        .uevents = uevents,
	        .not_before = now + (uint64_t)cmdline->rootdelay * 1000,
	        .give_up =
	                cmdline->timeout ? now + (uint64_t)cmdline->timeout * 1000 : DEADLINE_NEVER,
	        .next_question = DEADLINE_NEVER,
	        .next_telling = now + TELL_EVERY,
	};
	int rc;

	/* Disks of an earlier try are whole: nothing that finds new ones is loaded or up yet. */
	find.disk_announced = wanted_disk_exists(&find);
	find.disks_changed = true;
	hardware_load_drivers(modules);
	do
		rc = step(&find, device, failure);
	while (rc == -EAGAIN);
	return rc;
}
