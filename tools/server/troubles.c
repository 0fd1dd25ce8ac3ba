/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/server/troubles.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "images/image.h"
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
static void find_kernel(const struct site *site, const char *machine, struct args *list)
{
	char *path = args_text(OUTPUTS_BOOT "/%s/" OUTPUTS_GENERATION, machine);
	char *remedy = args_text("etherroot publish%s%s %s", *site->root ? " --root " : "",
	                         site->root, machine);

	find_unreadable(site, path, remedy, list);
	free(remedy);
	free(path);
}

static void find_installer_kernel(const struct site *site, struct args *list)
{
	char *remedy = args_text("etherroot server installer%s%s --image %s%s",
	                         *site->root ? " --root " : "", site->root, site->root,
	                         site->inventory.installer.disk);

	find_unreadable(site, OUTPUTS_BOOT "/" INVENTORY_INSTALLER "/" OUTPUTS_GENERATION, remedy,
	                list);
	free(remedy);
}

/* A disk that is whose: "of ws1". */
static void find_disk(const struct site *site, const char *disk, const char *whose,
                      const struct disk_look *look, struct args *list)
{
	char *full = site_path(site, disk);

	if (look->rc == -EACCES || look->rc == -EPERM)
		args_add(list, "%s: the disk %s: the user %s may not open it: chown %s", full,
		         whose, OWNER_NAME, OWNER_NAME);
	else if (look->rc == -ETIMEDOUT)
		args_add(list, "%s: the disk %s does not answer", full, whose);
	else if (look->rc)
		args_add(list, "%s: the disk %s: %s", full, whose, strerror(-look->rc));
	free(full);
}

/* The answers of a machine that will get them from here, or gets them now. */
static void find_answers(const struct site *site, const struct inventory_machine *machine,
                         struct args *list)
{
	char *path = args_text(OUTPUTS_BOOT "/%s/%s", machine->name, machine->install);
	char *full = site_path(site, path);
	struct settings answers = {0};
	struct why why;

	find_unreadable(site, path, "what is to be installed", list);
	if (!access(full, R_OK) && answers_load(full, &answers, &why))
		args_add(list, "%s", why.text);
	settings_free(&answers);
	free(full);
	free(path);
}

/* Returns true if its disk is not finished, and has no kernel yet. */
static bool find_installation(const struct site *site, const struct inventory_machine *machine,
                              const struct disk_look *look, struct args *list)
{
	const char *state = disks_tell(machine, look);

	if (!state)
		return false;
	args_add(list, "%s%s: the disk of %s is not installed yet: %s", site->root, machine->disk,
	         machine->name, state);
	if (machine->install && *machine->install != '/')
		find_answers(site, machine, list);
	return true;
}

static void find_machine(const struct site *site, const struct inventory_machine *machine,
                         const struct disk_look *look, struct args *list)
{
	char *whose = args_text("of %s", machine->name);

	find_disk(site, machine->disk, whose, look, list);
	free(whose);
	if (find_installation(site, machine, look, list) || machine->install)
		return;
	find_kernel(site, machine->name, list);
	kernels_find_troubles(site, machine, list);
}

static void find_disks(const struct site *site, const struct disk_look *looks, struct args *list)
{
	const struct inventory *inventory = &site->inventory;

	if (!owner_find(site).found)
		args_add(list, "there is no user %s, which the target runs as: systemd-sysusers",
		         OWNER_NAME);
	for (size_t i = 0; i < inventory->machine_count; i++)
		find_machine(site, &inventory->machines[i], &looks[i], list);
	if (!inventory->installer.disk)
		return;
	find_disk(site, inventory->installer.disk, "that installs",
	          &looks[inventory->machine_count], list);
	find_installer_kernel(site, list);
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

void troubles_find(const struct site *site, const struct disk_look *looks, struct args *list)
{
	static const char ipxe[] = "apt install ipxe";

	find_edits(site, list);
	find_unreadable(site, OUTPUTS_BOOT "/undionly.kpxe", ipxe, list);
	find_unreadable(site, OUTPUTS_BOOT "/ipxe.efi", ipxe, list);
	find_disks(site, looks, list);
	if (site_is_here(site))
		find_address(site, list);
	find_units(site, list);
}
