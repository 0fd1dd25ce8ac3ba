/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/server/troubles.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "tools/server/disks.h"
#include "tools/server/edits.h"
#include "tools/server/interface.h"
#include "tools/server/kernels.h"
#include "tools/server/units.h"

/* ---- files ---- */

static void find_edits(const struct site *site, struct args *list)
{
	struct edits edits;
	struct why why;

	if (edits_find(site, &edits, &why)) {
		args_add(list, "%s", why.text);
		return;
	}
	for (size_t i = 0; i < edits.count; i++)
		args_add(list, "%s: %s: 'etherroot server apply' makes it as the inventory says",
		         edits.list[i].full,
		         edits.list[i].existed ? "is out of date" : "is missing");
	edits_release(&edits);
}

/* What TFTP and HTTP give out is read by users that own nothing. */
static void find_unreadable(const struct site *site, const char *path, const char *remedy,
                            struct args *list)
{
	char *full = site_path(site, path);
	struct stat status;

	if (stat(full, &status))
		args_add(list, "%s: %s: %s", full, strerror(errno), remedy);
	else if (!S_ISREG(status.st_mode) || !(status.st_mode & S_IROTH))
		args_add(list, "%s: not a file that all may read: chmod a+r", full);
	free(full);
}

/* What names the kernel; nobody else's doing puts it there before that is complete. */
static void find_kernel(const struct site *site, const struct inventory_machine *machine,
                        struct args *list)
{
	char *path = args_text(OUTPUTS_BOOT "/%s/" OUTPUTS_GENERATION, machine->name);
	char *remedy = args_text("etherroot publish%s%s %s", *site->root ? " --root " : "",
	                         site->root, machine->name);

	find_unreadable(site, path, remedy, list);
	free(remedy);
	free(path);
}

static void find_disk(const struct site *site, const struct inventory_machine *machine,
                      const struct disk_look *look, struct args *list)
{
	char *full = site_path(site, machine->disk);

	if (look->rc == -EACCES || look->rc == -EPERM)
		args_add(list, "%s: the disk of %s: the user %s may not open it: chown %s", full,
		         machine->name, OWNER_NAME, OWNER_NAME);
	else if (look->rc == -ETIMEDOUT)
		args_add(list, "%s: the disk of %s does not answer", full, machine->name);
	else if (look->rc)
		args_add(list, "%s: the disk of %s: %s", full, machine->name, strerror(-look->rc));
	if (look->installing == INSTALLING_BEGUN)
		args_add(list, "%s: the disk of %s is not installed yet: %s", full, machine->name,
		         look->text);
	free(full);
}

static void find_machine(const struct site *site, const struct inventory_machine *machine,
                         const struct disk_look *look, struct args *list)
{
	find_disk(site, machine, look, list);
	if (look->installing == INSTALLING_BEGUN)
		return; /* it has no kernel yet */
	find_kernel(site, machine, list);
	kernels_find_troubles(site, machine, list);
}

static void find_machines(const struct site *site, struct args *list)
{
	struct owner owner = owner_find(site);
	struct disk_look *looks = disks_look(site, &owner);

	if (!owner.found)
		args_add(list, "there is no user %s, which the target runs as: systemd-sysusers",
		         OWNER_NAME);
	for (size_t i = 0; looks && i < site->inventory.machine_count; i++)
		find_machine(site, &site->inventory.machines[i], &looks[i], list);
	free(looks);
}

/* ---- what runs ---- */

static void find_address(const struct site *site, struct args *list)
{
	const struct inventory *inventory = &site->inventory;
	char text[INET_ADDRSTRLEN];
	struct in_addr address;
	unsigned int prefix;

	inet_ntop(AF_INET, &inventory->address, text, sizeof(text));
	if (!interface_address(inventory->interface, &address, &prefix))
		args_add(list, "%s: has no address, or is not there: %s is that of the inventory",
		         inventory->interface, text);
	else if (address.s_addr != inventory->address.s_addr || prefix != inventory->prefix)
		args_add(list, "%s: its first address is not %s/%u, as the inventory says",
		         inventory->interface, text, inventory->prefix);
}

static void find_unit(const char *unit, struct args *list)
{
	if (!units_is_active(unit))
		args_add(list, "%s: does not run: journalctl -u %s", unit, unit);
}

static void find_units(const struct site *site, struct args *list)
{
	const char *reason;

	if (!units_run(site, &reason))
		return;
	find_unit(UNITS_SERVE, list);
	find_unit(UNITS_DNSMASQ, list);
	if (site->inventory.http)
		find_unit(UNITS_HTTP, list);
	if (site->inventory.trial)
		find_unit(UNITS_TRIAL, list);
	find_unit(UNITS_PUBLISH, list);
}

void troubles_find(const struct site *site, struct args *list)
{
	static const char ipxe[] = "apt install ipxe";

	find_edits(site, list);
	find_unreadable(site, OUTPUTS_BOOT "/undionly.kpxe", ipxe, list);
	find_unreadable(site, OUTPUTS_BOOT "/ipxe.efi", ipxe, list);
	find_machines(site, list);
	if (site_is_here(site))
		find_address(site, list);
	find_units(site, list);
}
