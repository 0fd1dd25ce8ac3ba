/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The scripts that iPXE runs: the table that leads each machine to its own, and that one. */
#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#include "ipxe/ipxe.h"
#include "tools/host/args.h"
#include "tools/host/ipxe.h"
#include "tools/server/outputs.h"

static const char head[] = "#!ipxe\n" OUTPUTS_MARK "\n";

/* ---- the table ---- */

/* Labels have a word before the machine's name, which may be that of any label. */
static int write_rows(const struct inventory *inventory, struct buffer *text)
{
	char mac[MAC_TEXT];
	int rc = 0;

	for (size_t i = 0; i < inventory->machine_count; i++) {
		const struct inventory_machine *machine = &inventory->machines[i];

		for (size_t k = 0; !rc && k < machine->mac_count; k++)
			rc = buffer_printf(text, "iseq ${netX/mac} %s && goto machine-%s ||\n",
			                   mac_format(machine->macs[k], mac), machine->name);
	}
	return rc ? rc : buffer_printf(text, "goto unknown\n\n");
}

static int write_names(const struct inventory *inventory, struct buffer *text)
{
	int rc = 0;

	for (size_t i = 0; !rc && i < inventory->machine_count; i++)
		rc = buffer_printf(text,
		                   ":machine-%s\n"
		                   "set folder %s\n"
		                   "goto machine\n"
		                   "\n",
		                   inventory->machines[i].name, inventory->machines[i].name);
	return rc;
}

/* By HTTP, and, should nobody answer there, from where this script came from. */
static int write_machine(const struct inventory *inventory, struct buffer *text)
{
	char address[INET_ADDRSTRLEN];
	int rc = buffer_printf(text, ":machine\n"
	                             "echo etherroot: this is ${folder}\n");

	if (!rc && inventory->http)
		rc = buffer_printf(
		        text, "chain --autofree http://%s:%u/${folder}/" OUTPUTS_SCRIPT " ||\n",
		        inet_ntop(AF_INET, &inventory->address, address, sizeof(address)),
		        inventory->http);
	if (rc)
		return rc;
	return buffer_printf(
	        text, "chain --autofree ${folder}/" OUTPUTS_SCRIPT " ||\n"
	              "echo etherroot: the script of ${folder} could not be loaded\n"
	              "echo " IPXE_FAILED ": the lines above say why\n"
	              "prompt --timeout 10000 Next try in 10 seconds; any key to try now ||\n"
	              "goto machine\n\n");
}

/* What a machine gets that is not in the table; its cards are seen by the DHCP server anyway. */
static const char *const unknown[] = {
        [INVENTORY_UNKNOWN_MENU] =
                ":unknown\n"
                "echo etherroot: ${netX/mac} is not known to this server\n"
                "menu etherroot: ${netX/mac} is not known to this server\n"
                "item --gap On the server: etherroot machine add NAME --mac "
                "${netX/mac} --new 20G\n"
                "item unknown-disk Go on with this machine's own disk\n"
                "item unknown-again Ask the server again\n"
                "item unknown-shell iPXE's shell\n"
                "choose --default unknown-disk --timeout 30000 choice || goto unknown-disk\n"
                "goto ${choice}\n"
                "\n"
                ":unknown-shell\n"
                "shell\n"
                "\n"
                ":unknown-again\n"
                "chain --replace --autofree " OUTPUTS_SCRIPT " || goto unknown\n"
                "\n"
                ":unknown-disk\n"
                "echo etherroot: going on with this machine's own disk\n"
                "exit\n",
        [INVENTORY_UNKNOWN_REGISTER] =
                ":unknown\n"
                "echo etherroot: ${netX/mac} is not known to this server, which has noted it\n"
                "prompt --timeout 30000 Next try in 30 seconds; any key to try now ||\n"
                "chain --replace --autofree " OUTPUTS_SCRIPT " || goto unknown\n",
        [INVENTORY_UNKNOWN_REFUSE] =
                ":unknown\n"
                "echo etherroot: ${netX/mac} is not known to this server: refused\n"
                "prompt --timeout 10000 Going on with the next boot device in 10 seconds ||\n"
                "exit 1\n",
};

int outputs_write_table(const struct inventory *inventory, struct buffer *text)
{
	int rc = buffer_printf(text, "%s", head);

	if (!rc)
		rc = write_rows(inventory, text);
	if (!rc)
		rc = write_names(inventory, text);
	if (!rc)
		rc = write_machine(inventory, text);
	return rc ? rc : buffer_printf(text, "%s", unknown[inventory->unknown]);
}

/* ---- the script of one machine ---- */

static const char ipxe[] = "#!ipxe\n";

static char *aoe_root(struct aoe_address export)
{
	char address[AOE_ADDRESS_TEXT];

	return args_text("aoe:%s", aoe_address_format(export, address));
}

/* A day, as a server may be away; and the name, which an image that many have cannot know. */
static char *make_append(const struct inventory_machine *machine)
{
	return args_text(
	        "rw aoe.aoe_deadsecs=86400%s%s%s%s", machine->shared ? " systemd.hostname=" : "",
	        machine->shared ? machine->name : "", *machine->append ? " " : "", machine->append);
}

/* What a machine gets that boots its root by network. */
static int write_start(const struct inventory_machine *machine, struct buffer *text,
                       struct why *why)
{
	char *append = make_append(machine), *root = aoe_root(machine->export);
	int rc = script_write(&(struct script){.kernel = "${generation}/vmlinuz",
	                                       .initrd = "${generation}/initrd.img",
	                                       .root = root,
	                                       .append = append,
	                                       .generation = OUTPUTS_GENERATION},
	                      text, why);

	free(root);
	free(append);
	return rc;
}

/* Where the installer gets the answers: in its own root, or beside the machine's script. */
static char *answers_of(const struct inventory *inventory, const struct inventory_machine *machine)
{
	char address[INET_ADDRSTRLEN];

	if (*machine->install == '/')
		return args_text("%s", machine->install);
	return args_text("http://%s:%u/%s/%s",
	                 inet_ntop(AF_INET, &inventory->address, address, sizeof(address)),
	                 inventory->http, machine->name, machine->install);
}

/*
 * What a machine gets that starts its disk by the disk's own boot loader: where there is none yet,
 * the installer. That one is also what starts where the disk could not be read, so it is told to
 * leave alone a disk with something on it, whatever the answers say.
 */
static int write_installation(const struct inventory *inventory,
                              const struct inventory_machine *machine, struct buffer *text,
                              struct why *why)
{
#define FOLDER "../" INVENTORY_INSTALLER "/"
	char *disk = aoe_root(machine->export), *root = aoe_root(inventory->installer.export);
	char *answers = answers_of(inventory, machine);
	char *append = args_text("ro rd.overlay aoe.aoe_deadsecs=86400 etherroot.install=%s "
	                         "etherroot.answers=%s etherroot.overwrite=no%s%s",
	                         disk, answers, *machine->append ? " " : "", machine->append);
	int rc = script_write(&(struct script){.kernel = FOLDER "${generation}/vmlinuz",
	                                       .initrd = FOLDER "${generation}/initrd.img",
	                                       .root = root,
	                                       .append = append,
	                                       .generation = FOLDER OUTPUTS_GENERATION,
	                                       .disk = disk},
	                      text, why);
#undef FOLDER

	free(append);
	free(answers);
	free(root);
	free(disk);
	return rc;
}

int outputs_write_script(const struct inventory *inventory, const struct inventory_machine *machine,
                         struct buffer *text, struct why *why)
{
	struct buffer script = {0};
	struct why what;
	int rc = machine->install ? write_installation(inventory, machine, &script, &what)
	                          : write_start(machine, &script, &what);

	if (rc)
		why_set(why, rc, "machine %s: %s", machine->name, what.text);
	else if (buffer_printf(text, "%s", head) ||
	         buffer_append(text, script.data + strlen(ipxe), script.size - strlen(ipxe)))
		rc = why_memory(why);
	buffer_free(&script);
	return rc;
}
