/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What another DHCP server, ISC's Kea, is told of these machines: kea-dhcp4.conf. */
#include <arpa/inet.h>
#include <string.h>

#include "tools/cli/json.h"
#include "tools/server/outputs.h"

static const char head[] = "// Made from " INVENTORY_PATH " by 'etherroot server kea'.\n"
                           "%s"
                           "{\n"
                           "  \"Dhcp4\": {\n"
                           "    \"interfaces-config\": { \"interfaces\": [ ";

/* As dnsmasq does: iPXE waits for no other boot server. */
static const char options[] =
        " ] },\n"
        "    \"valid-lifetime\": %d,\n"
        "    // Spares iPXE the wait for another boot server.\n"
        "    \"option-def\": [\n"
        "      { \"name\": \"ipxe\", \"code\": 175, \"type\": \"empty\", \"encapsulate\": "
        "\"ipxe\" },\n"
        "      { \"name\": \"no-pxedhcp\", \"code\": 176, \"type\": \"uint8\", \"space\": "
        "\"ipxe\" }\n"
        "    ],\n";

/* Client architectures are those of RFC 5970's registry, as in write_services.c. */
static const char classes[] =
        "    // The network card's firmware gets iPXE, for BIOS or for UEFI; iPXE gets the "
        "script.\n"
        "    \"client-classes\": [\n"
        "      {\n"
        "        \"name\": \"etherroot-ipxe\",\n"
        "        \"test\": \"option[175].exists\",\n"
        "        \"boot-file-name\": \"" OUTPUTS_SCRIPT "\",\n"
        "        \"option-data\": [\n"
        "          { \"name\": \"ipxe\" },\n"
        "          { \"name\": \"no-pxedhcp\", \"space\": \"ipxe\", \"data\": \"1\" }\n"
        "        ]\n"
        "      },\n"
        "      {\n"
        "        \"name\": \"etherroot-uefi\",\n"
        "        \"test\": \"not member('etherroot-ipxe') and (option[93].hex == 0x0007 or "
        "option[93].hex == 0x0009)\",\n"
        "        \"boot-file-name\": \"ipxe.efi\"\n"
        "      },\n";

static const char http_class[] =
        "      {\n"
        "        \"name\": \"etherroot-http\",\n"
        "        \"test\": \"not member('etherroot-ipxe') and option[93].hex == 0x0010\",\n"
        "        \"boot-file-name\": \"http://%s:%u/ipxe.efi\",\n"
        "        \"option-data\": [\n"
        "          { \"name\": \"vendor-class-identifier\", \"data\": \"HTTPClient\", "
        "\"always-send\": true }\n"
        "        ]\n"
        "      },\n";

static const char bios_class[] = "      {\n"
                                 "        \"name\": \"etherroot-bios\",\n"
                                 "        \"test\": \"not member('etherroot-ipxe') and "
                                 "option[93].hex == 0x0000\",\n"
                                 "        \"boot-file-name\": \"undionly.kpxe\"\n"
                                 "      }\n"
                                 "    ],\n";

static const char *show(struct in_addr address, char text[INET_ADDRSTRLEN])
{
	return inet_ntop(AF_INET, &address, text, INET_ADDRSTRLEN);
}

static int write_head(const struct inventory *inventory, struct buffer *text)
{
	int rc = buffer_printf(text, head,
	                       inventory->dhcp == INVENTORY_DHCP_RANGE
	                               ? "// Two DHCP servers disturb each other: 'dhcp none' "
	                                 "there ends this server's own.\n"
	                               : "");

	if (!rc)
		rc = json_string(text, inventory->interface, strlen(inventory->interface));
	return rc ? rc : buffer_printf(text, options, OUTPUTS_LEASE * 3600);
}

static int write_classes(const struct inventory *inventory, struct buffer *text)
{
	char address[INET_ADDRSTRLEN];
	int rc = buffer_printf(text, "%s", classes);

	if (!rc && inventory->http)
		rc = buffer_printf(text, http_class, show(inventory->address, address),
		                   inventory->http);
	return rc ? rc : buffer_printf(text, "%s", bios_class);
}

/* The addresses that it gives are this server's range, if it has one, or for its owner to say. */
static int write_pools(const struct inventory *inventory, struct buffer *text)
{
	char low[INET_ADDRSTRLEN], high[INET_ADDRSTRLEN];

	if (inventory->dhcp != INVENTORY_DHCP_RANGE)
		return buffer_printf(text, "        // The addresses that it gives, as { \"pool\": "
		                           "\"FIRST - LAST\" }.\n"
		                           "        \"pools\": [ ],\n");
	return buffer_printf(text, "        \"pools\": [ { \"pool\": \"%s - %s\" } ],\n",
	                     show(inventory->low, low), show(inventory->high, high));
}

static int write_routes(const struct inventory *inventory, struct buffer *text)
{
	char address[INET_ADDRSTRLEN];
	int rc = buffer_printf(text, "        \"option-data\": [");

	if (!rc && inventory->router.s_addr)
		rc = buffer_printf(
		        text, "\n          { \"name\": \"routers\", \"data\": \"%s\" }%s",
		        show(inventory->router, address), inventory->dns_count ? "," : "");
	for (size_t i = 0; !rc && i < inventory->dns_count; i++)
		rc = buffer_printf(
		        text, "%s%s",
		        i ? ", " : "\n          { \"name\": \"domain-name-servers\", \"data\": \"",
		        show(inventory->dns[i], address));
	if (!rc && inventory->dns_count)
		rc = buffer_printf(text, "\" }");
	return rc ? rc : buffer_printf(text, " ],\n");
}

/* So machines that have the same image learn what they are called. */
static int write_reservations(const struct inventory *inventory, struct buffer *text)
{
	const char *before = "";
	char mac[MAC_TEXT];
	int rc = buffer_printf(text, "        \"reservations\": [");

	for (size_t i = 0; i < inventory->machine_count; i++) {
		const struct inventory_machine *machine = &inventory->machines[i];

		for (size_t k = 0; !rc && k < machine->mac_count; k++) {
			rc = buffer_printf(text,
			                   "%s\n          { \"hw-address\": \"%s\", \"hostname\": "
			                   "\"%s\" }",
			                   before, mac_format(machine->macs[k], mac),
			                   machine->name);
			before = ",";
		}
	}
	return rc ? rc : buffer_printf(text, " ]\n");
}

static int write_subnet(const struct inventory *inventory, struct buffer *text)
{
	char network[INET_ADDRSTRLEN], address[INET_ADDRSTRLEN];
	int rc = buffer_printf(text,
	                       "    \"subnet4\": [\n"
	                       "      {\n"
	                       "        \"id\": 1,\n"
	                       "        \"subnet\": \"%s/%u\",\n"
	                       "        \"next-server\": \"%s\",\n",
	                       show(inventory_network(inventory), network), inventory->prefix,
	                       show(inventory->address, address));

	if (!rc)
		rc = write_pools(inventory, text);
	if (!rc)
		rc = write_routes(inventory, text);
	if (!rc)
		rc = write_reservations(inventory, text);
	return rc ? rc
	          : buffer_printf(text, "      }\n"
	                                "    ]\n"
	                                "  }\n"
	                                "}\n");
}

int outputs_write_kea(const struct inventory *inventory, struct buffer *text)
{
	int rc = write_head(inventory, text);

	if (!rc)
		rc = write_classes(inventory, text);
	return rc ? rc : write_subnet(inventory, text);
}
