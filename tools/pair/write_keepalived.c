/* SPDX-License-Identifier: GPL-2.0-or-later */
/* keepalived's file: a virtual router for each export, which has no address but the export. */
#include "tools/pair/recipes.h"

/*
 * keepalived insists on an address for each: one of the loopback's, which is nobody's.
 *
 * Three advertisements without an answer, and the other server takes over. Both begin as BACKUP and
 * stay what they are when the other comes back: nothing moves that need not.
 */
static int write_router(const struct pairing *pairing, size_t server, size_t index,
                        const char *program, struct buffer *text)
{
	const struct pairing_server *own = &pairing->servers[server],
	                            *other = &pairing->servers[!server];
	char name[AOE_ADDRESS_TEXT];

	aoe_address_format(pairing->exports[index].address, name);
	return buffer_printf(
	        text,
	        "\n# What is not 0 in it moves the export away: 'etherroot pair move'.\n"
	        "track_file away_%s {\n"
	        "\tfile \"/run/etherroot-%s.away\"\n"
	        "\tweight 0\n"
	        "\tinit_file 0\n"
	        "}\n\n"
	        "vrrp_instance %s {\n"
	        "\tstate BACKUP\n"
	        "\tnopreempt\n"
	        "\tpriority 100\n"
	        "\tvirtual_router_id %zu\n"
	        "\tadvert_int 0.3\n"
	        "\tinterface %s\n"
	        "\tunicast_src_ip %s\n"
	        "\tunicast_peer {\n\t\t%s\n\t}\n"
	        "\tvirtual_ipaddress {\n\t\t127.66.0.%zu/32 dev lo scope host\n\t}\n"
	        "\ttrack_interface {\n\t\t%s\n\t}\n"
	        "\ttrack_file {\n\t\taway_%s\n\t}\n"
	        "\tnotify_master \"%s pair take %s\"\n"
	        "\tnotify_backup \"%s pair leave %s\"\n"
	        "\tnotify_fault \"%s pair leave %s\"\n"
	        "\tnotify_stop \"%s pair leave %s\"\n"
	        "}\n",
	        name, name, name, index + 1, pairing->link, own->address, other->address, index + 1,
	        pairing->interface, name, program, name, program, name, program, name, program,
	        name);
}

int write_keepalived(const struct pairing *pairing, size_t server, const char *program,
                     struct buffer *text)
{
	int rc = buffer_printf(text, "# " RECIPES_MADE ".\n"
	                             "global_defs {\n"
	                             "\tvrrp_version 3\n"
	                             "\tscript_user root\n"
	                             "\tenable_script_security\n"
	                             "}\n");

	for (size_t i = 0; i < pairing->export_count && !rc; i++)
		rc = write_router(pairing, server, i, program, text);
	return rc;
}
