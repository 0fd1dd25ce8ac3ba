/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "init/diagnose.h"

#include <errno.h>
#include <string.h>

#include "init/stack.h"
#include "tools/base/text.h"

/* Whether an interface belongs on a list. */
static bool is_chosen(const struct nic *nic)
{
	return nic->chosen;
}

/* Of the way to the LAN, if only as what others stand on. */
static bool is_used(const struct nic *nic)
{
	return nic->chosen || nic->below;
}

static bool has_carrier(const struct nic *nic)
{
	return nic->chosen && nic->carrier;
}

static bool is_idle(const struct nic *nic)
{
	return is_used(nic) && !nic->carrier;
}

static bool is_refused(const struct nic *nic)
{
	return is_used(nic) && nic->refused;
}

/* "eth0, eth1" */
static const char *list_nics(const struct nics *nics, bool (*belongs)(const struct nic *nic),
                             char *buffer, size_t size)
{
	struct text text;

	text_begin(&text, buffer, size);
	for (unsigned i = 0; i < nics->count; i++) {
		if (!belongs(&nics->nic[i]))
			continue;
		text_add(&text, text.used ? ", " : "");
		text_add(&text, nics->nic[i].name);
	}
	return buffer;
}

/* "eth0 52:54:00:01:02:03, eth1 ..." of all Ethernet interfaces */
static const char *list_macs(const struct nics *nics, char *buffer, size_t size)
{
	struct text text;
	char mac[MAC_TEXT];

	text_begin(&text, buffer, size);
	for (unsigned i = 0; i < nics->count; i++) {
		if (!nics->nic[i].ethernet)
			continue;
		text_add(&text, text.used ? ", " : "");
		text_add(&text, nics->nic[i].name);
		text_add(&text, " ");
		text_add(&text, mac_format(nics->nic[i].mac, mac));
	}
	return buffer;
}

static void say_loading(const char *module, struct failure *failure)
{
	failure_set(failure, FAIL_LOADING, module, "still being loaded", NULL);
}

static void say_silent(const char *disks, const char *nics, struct failure *failure)
{
	failure_set(failure, FAIL_SILENT, disks, "answers on ", nics, ", but not when it is read",
	            NULL);
}

/* What vlan= or bond= asks for is not there, though what it stands on is. */
static void diagnose_upper(const struct snapshot *now, struct failure *failure)
{
	unsigned i = 0;
	const struct upper *upper;
	int rc;

	while (i + 1 < now->cmdline->upper_count && !now->nics->making[i].refused)
		i++;
	upper = &now->cmdline->uppers[i];
	rc = now->nics->making[i].refused;
	if (rc == -EOPNOTSUPP)
		failure_set(failure, FAIL_NOMODULE, stack_module(upper), upper->name,
		            " takes it, and this image for kernel ", now->kernel,
		            " has it not (initrd --module)", NULL);
	else if (rc)
		failure_set(failure, FAIL_NOOPEN, upper->name,
		            "the kernel does not make it: ", report_errno(rc), NULL);
	else
		say_loading(stack_module(upper), failure);
}

/* There is no interface that has the name or address that was given. */
static void diagnose_wrong_nic(const struct snapshot *now, const char *nics,
                               struct failure *failure)
{
	const struct cmdline *cmdline = now->cmdline;
	const struct lower *lower = &cmdline->uppers[0].lower[0];
	char mac[MAC_TEXT];

	failure_set(failure, FAIL_WRONGNIC,
	            cmdline->nic_count ? cmdline->nics[0].text
	            : *lower->name     ? lower->name
	                               : mac_format(lower->mac, mac),
	            "no such interface; there is ", nics, NULL);
}

/* There is no interface that this boot may use. */
static void diagnose_no_nic(const struct snapshot *now, struct failure *failure)
{
	char nics[160];

	if (*now->driver)
		say_loading(now->driver, failure);
	else if (*now->driverless && *now->untaken)
		failure_set(failure, FAIL_NOPROBE, now->driverless, "its driver ", now->untaken,
		            " is loaded, but did not take it", NULL);
	else if (*now->driverless)
		failure_set(failure, FAIL_NODRIVER, now->driverless,
		            "this image has no driver that takes this network card", NULL);
	else if ((now->cmdline->nic_count || now->cmdline->upper_count) &&
	         *list_macs(now->nics, nics, sizeof(nics)))
		diagnose_wrong_nic(now, nics, failure);
	else
		failure_set(failure, FAIL_NONIC, "network", "no Ethernet interface found", NULL);
}

/*
 * "usb0; no carrier on eth0": the one that has may be no way to the target at all, as the one
 * that leads to a server's own management processor.
 */
static const char *add_idle(const struct snapshot *now, const char *nics, char *buffer, size_t size)
{
	char idle[96];

	if (!*list_nics(now->nics, is_idle, idle, sizeof(idle)))
		return text_join(buffer, size, nics, NULL);
	return text_join(buffer, size, nics, "; no carrier on ", idle, NULL);
}

/* The links are there, the wanted disk is not, or not what is looked for on it. */
static void diagnose_lan(const struct snapshot *now, const char *nics, struct failure *failure)
{
	bool by_address = now->wanted->kind == ROOT_AOE;
	char disk[DISK_NAME], wanted[96], all[200];

	text_join(wanted, sizeof(wanted), now->parameter,
	          by_address ? disk_name(disk, now->wanted, 0) : now->wanted->text, NULL);

	if (*now->silent)
		say_silent(now->silent, nics, failure);
	else if (now->has_wanted_disk)
		failure_set(failure, FAIL_NOTREADY, wanted, "it answers on ", nics,
		            ", and the kernel is reading it", NULL);
	else if (now->was_heard && (by_address || !*now->disks))
		failure_set(failure, FAIL_NOTREADY, wanted, "a target has answered on ", nics,
		            ", but not how large its disk is", NULL);
	else if (!*now->disks)
		failure_set(failure, FAIL_NOTARGET, wanted, "no AoE target answers on ",
		            add_idle(now, nics, all, sizeof(all)), NULL);
	else if (by_address)
		failure_set(failure, FAIL_NOEXPORT, wanted, "it does not answer on ", nics,
		            ", but these do: ", now->disks, NULL);
	else
		failure_set(failure, FAIL_NOFSLABEL, wanted, "not on the disks found: ", now->disks,
		            NULL);
}

/* Not one of the interfaces has carrier: perhaps one could not even be opened. */
static void diagnose_links(const struct snapshot *now, struct failure *failure)
{
	char nics[160];
	int rc = 0;

	for (unsigned i = 0; i < now->nics->count; i++)
		rc = is_refused(&now->nics->nic[i]) ? now->nics->nic[i].refused : rc;
	if (rc)
		failure_set(failure, FAIL_NOOPEN,
		            list_nics(now->nics, is_refused, nics, sizeof(nics)),
		            "the kernel does not set it up: ", report_errno(rc), NULL);
	else
		failure_set(failure, FAIL_NOCARRIER,
		            list_nics(now->nics, is_used, nics, sizeof(nics)), "no carrier", NULL);
}

void diagnose(const struct snapshot *now, struct failure *failure)
{
	char nics[160];

	if (!*list_nics(now->nics, is_used, nics, sizeof(nics)))
		diagnose_no_nic(now, failure);
	else if (!*list_nics(now->nics, is_chosen, nics, sizeof(nics)) &&
	         !*list_nics(now->nics, is_refused, nics, sizeof(nics)))
		diagnose_upper(now, failure);
	else if (!now->has_aoe && *now->way)
		say_loading(now->way, failure);
	else if (!now->has_aoe)
		failure_set(failure, FAIL_NOMODULE, "aoe", "not in this image for kernel ",
		            now->kernel, NULL);
	else if (!nics_carrier(now->nics))
		diagnose_links(now, failure);
	else
		diagnose_lan(now, list_nics(now->nics, has_carrier, nics, sizeof(nics)), failure);
}

void diagnose_use(const struct snapshot *now, const char *device, bool answers,
                  struct failure *failure)
{
	char nics[160];

	list_nics(now->nics, has_carrier, nics, sizeof(nics));
	if (*now->way)
		say_loading(now->way, failure);
	else if (!*nics)
		diagnose_links(now, failure);
	else if (answers)
		failure_set(failure, FAIL_NOTREADY, device, "it is being mounted, and answers on ",
		            nics, NULL);
	else
		say_silent(device, nics, failure);
}
