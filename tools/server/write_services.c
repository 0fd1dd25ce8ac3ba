/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The configuration of the three services: exports, DHCP and TFTP, HTTP. */
#include <arpa/inet.h>
#include <string.h>

#include "tools/serve/config/options.h"
#include "tools/server/outputs.h"

static const char mark[] = OUTPUTS_MARK "\n";

/* ---- the target ---- */

static bool same_export(const struct inventory_machine *a, const struct inventory_machine *b)
{
	return !aoe_address_compare(a->export, b->export);
}

/* The cards of all machines that have this one's disk, which share it or are this one alone. */
static int write_macs(const struct inventory *inventory, const struct inventory_machine *machine,
                      struct buffer *text, size_t *count)
{
	char mac[MAC_TEXT];
	int rc = 0;

	*count = 0;
	for (size_t i = 0; i < inventory->machine_count; i++) {
		const struct inventory_machine *other = &inventory->machines[i];

		for (size_t k = 0; !rc && same_export(machine, other) && k < other->mac_count; k++)
			rc = buffer_printf(text, "%s%s", (*count)++ ? "+" : " mac=",
			                   mac_format(other->macs[k], mac));
	}
	return rc;
}

static bool is_first(const struct inventory *inventory, const struct inventory_machine *machine)
{
	const struct inventory_machine *m = inventory->machines;

	while (!same_export(m, machine))
		m++;
	return m == machine;
}

static int write_export(const struct inventory *inventory, const struct inventory_machine *machine,
                        struct buffer *text)
{
	char address[AOE_ADDRESS_TEXT];
	size_t macs;
	int rc =
	        buffer_printf(text, "export %s ", aoe_address_format(machine->export, address) + 1);

	if (!rc)
		rc = words_add(text, machine->disk);
	if (!rc)
		rc = write_macs(inventory, machine, text, &macs);
	if (!rc && machine->shared)
		rc = buffer_printf(text, " snapshot-dir=" INVENTORY_LAYERS);
	if (!rc && machine->shared && macs > SNAPSHOT_LAYERS)
		rc = buffer_printf(text, " snapshot-layers=%zu", macs);
	if (!rc)
		rc = buffer_append(text, machine->options.data, machine->options.size);
	return rc ? rc : buffer_append(text, "\n", 1);
}

/* Which is only read: any number of machines boot off it at a time. */
static int write_installer(const struct inventory_installer *installer, struct buffer *text)
{
	char address[AOE_ADDRESS_TEXT];
	int rc = buffer_printf(text, "export %s ",
	                       aoe_address_format(installer->export, address) + 1);

	if (!rc)
		rc = words_add(text, installer->disk);
	return rc ? rc : buffer_printf(text, " ro\n");
}

int outputs_write_serve(const struct inventory *inventory, struct buffer *text)
{
	int rc = buffer_printf(text, "%sinterface %s\n", mark, inventory->interface);

	for (size_t i = 0; !rc && i < inventory->machine_count; i++)
		if (is_first(inventory, &inventory->machines[i]))
			rc = write_export(inventory, &inventory->machines[i], text);
	if (!rc && inventory->installer.disk)
		rc = write_installer(&inventory->installer, text);
	for (size_t i = 0; !rc && i < inventory->export_count; i++)
		rc = buffer_printf(text, "%s\n", inventory->exports[i].line);
	return rc;
}

/* ---- dnsmasq ---- */

static const char *show(struct in_addr address, char text[INET_ADDRSTRLEN])
{
	return inet_ntop(AF_INET, &address, text, INET_ADDRSTRLEN);
}

/* Whoever is not named is named as nobody: dnsmasq would name itself. */
static int write_routes(const struct inventory *inventory, struct buffer *text)
{
	char address[INET_ADDRSTRLEN];
	int rc = buffer_printf(text, "dhcp-option=option:router");

	if (!rc && inventory->router.s_addr)
		rc = buffer_printf(text, ",%s", show(inventory->router, address));
	if (!rc)
		rc = buffer_printf(text, "\ndhcp-option=option:dns-server");
	for (size_t i = 0; !rc && i < inventory->dns_count; i++)
		rc = buffer_printf(text, ",%s", show(inventory->dns[i], address));
	return rc ? rc : buffer_printf(text, "\n");
}

/* Words that dnsmasq takes for something else where a host's name may stand: a lease's time. */
static bool is_taken(const char *name)
{
	size_t digits = strspn(name, "0123456789");

	return !strcmp(name, "ignore") || !strcmp(name, "infinite") ||
	       (digits && (!name[digits] || (strchr("smhdw", name[digits]) && !name[digits + 1])));
}

/* So machines that have the same image learn what they are called. */
static int write_hosts(const struct inventory *inventory, struct buffer *text)
{
	char mac[MAC_TEXT];
	int rc = 0;

	for (size_t i = 0; !rc && i < inventory->machine_count; i++) {
		const struct inventory_machine *machine = &inventory->machines[i];

		if (is_taken(machine->name))
			continue;
		rc = buffer_printf(text, "dhcp-host=");
		for (size_t k = 0; !rc && k < machine->mac_count; k++)
			rc = buffer_printf(text, "%s,", mac_format(machine->macs[k], mac));
		if (!rc)
			rc = buffer_printf(text, "%s\n", machine->name);
	}
	return rc;
}

/*
 * A firmware that boots by HTTP (client architecture 16 of RFC 5970's registry: x86-64 UEFI) wants
 * its own vendor class back.
 */
static int write_http_boot(const struct inventory *inventory, struct buffer *text)
{
	char address[INET_ADDRSTRLEN];

	if (!inventory->http)
		return 0;
	return buffer_printf(text,
	                     "dhcp-match=set:http,option:client-arch,16\n"
	                     "dhcp-boot=tag:http,http://%s:%u/ipxe.efi\n"
	                     "dhcp-option-force=tag:http,60,HTTPClient\n",
	                     show(inventory->address, address), inventory->http);
}

static const char firmware[] =
        "\n"
        "# The network card's firmware gets iPXE, for BIOS or for UEFI; iPXE gets the script.\n"
        "dhcp-match=set:ipxe,175\n"
        "dhcp-match=set:uefi,option:client-arch,7\n"
        "dhcp-match=set:uefi,option:client-arch,9\n"
        "dhcp-boot=undionly.kpxe\n"
        "dhcp-boot=tag:uefi,ipxe.efi\n";

static const char waits[] =
        "\n"
        "# Spares iPXE two waits, of up to 16 seconds, at every boot: for another boot server, "
        "and\n"
        "# for an IPv6 router. (The 0 says that nobody is to use this server as a router.)\n"
        "dhcp-option=tag:ipxe,encap:175,176,1b\n"
        "enable-ra\n"
        "dhcp-range=::,constructor:%s,ra-only\n"
        "ra-param=%s,60,0\n";

static int write_range(const struct inventory *inventory, struct buffer *text)
{
	char low[INET_ADDRSTRLEN], high[INET_ADDRSTRLEN], mask[INET_ADDRSTRLEN];
	int rc = buffer_printf(text, "dhcp-range=%s,%s,%s,%dh\n", show(inventory->low, low),
	                       show(inventory->high, high),
	                       show(inventory_netmask(inventory), mask), OUTPUTS_LEASE);

	if (!rc)
		rc = write_routes(inventory, text);
	if (!rc)
		rc = write_hosts(inventory, text);
	if (!rc)
		rc = buffer_printf(text, "%s", firmware);
	if (!rc)
		rc = write_http_boot(inventory, text);
	if (!rc)
		rc = buffer_printf(text, "dhcp-boot=tag:ipxe," OUTPUTS_SCRIPT "\n");
	return rc ? rc : buffer_printf(text, waits, inventory->interface, inventory->interface);
}

static int write_proxy(const struct inventory *inventory, struct buffer *text)
{
	char network[INET_ADDRSTRLEN], address[INET_ADDRSTRLEN];

	return buffer_printf(text,
	                     "dhcp-range=%s,proxy\n"
	                     "\n"
	                     "# Addresses are another server's; this one adds the names of the "
	                     "files.\n"
	                     "dhcp-match=set:ipxe,175\n"
	                     "pxe-service=tag:!ipxe,x86PC,\"iPXE\",undionly.kpxe\n"
	                     "pxe-service=tag:!ipxe,x86-64_EFI,\"iPXE\",ipxe.efi\n"
	                     "pxe-service=tag:!ipxe,BC_EFI,\"iPXE\",ipxe.efi\n"
	                     "dhcp-boot=tag:ipxe," OUTPUTS_SCRIPT ",,%s\n",
	                     show(inventory_network(inventory), network),
	                     show(inventory->address, address));
}

int outputs_write_dnsmasq(const struct inventory *inventory, struct buffer *text)
{
	int rc = buffer_printf(text,
	                       "%s"
	                       "port=0\n"
	                       "interface=%s\n"
	                       "bind-dynamic\n"
	                       "enable-tftp\n"
	                       "tftp-root=" OUTPUTS_BOOT "\n",
	                       mark, inventory->interface);

	if (!rc && inventory->dhcp == INVENTORY_DHCP_RANGE)
		rc = write_range(inventory, text);
	if (!rc && inventory->dhcp == INVENTORY_DHCP_PROXY)
		rc = write_proxy(inventory, text);
	return rc;
}

static int write_listen(const struct inventory *inventory, uint16_t port, struct buffer *text)
{
	char address[INET_ADDRSTRLEN];

	return buffer_printf(text, "%sLISTEN=%s:%u\n", mark, show(inventory->address, address),
	                     port);
}

int outputs_write_http(const struct inventory *inventory, struct buffer *text)
{
	return write_listen(inventory, inventory->http, text);
}

int outputs_write_trial(const struct inventory *inventory, struct buffer *text)
{
	return write_listen(inventory, inventory->trial, text);
}
