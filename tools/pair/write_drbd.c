/* SPDX-License-Identifier: GPL-2.0-or-later */
/* DRBD's file of one export. Words of DRBD 8.4, which is in the kernel: drbd.conf-8.4(5). */
#include "tools/pair/recipes.h"

/*
 * Of a pair that a timer brings up to date. The half that is behind is neither old nor new
 * meanwhile: where it is LVM's, a snapshot has it as it was. DRBD's own script does nothing
 * elsewhere. Nobody is fenced for DRBD: the server that is connected no more is outdated, and no
 * other one is promoted.
 */
static int write_resync_handlers(const char *name, const char *program, struct buffer *text)
{
	return buffer_printf(
	        text,
	        "\thandlers {\n"
	        "\t\tbefore-resync-target \"/usr/lib/drbd/snapshot-resync-target-lvm.sh\";\n"
	        "\t\tafter-resync-target \"%s pair note %s whole; "
	        "/usr/lib/drbd/unsnapshot-resync-target-lvm.sh\";\n"
	        "\t\tsplit-brain \"%s pair note %s split\";\n"
	        "\t}\n",
	        program, name, program, name);
}

/* Where the two are apart a server that boots would be waited for until the timer comes. */
static int write_startup(const struct pairing *pairing, struct buffer *text)
{
	if (pairing->cluster != PAIRING_NOBODY)
		return 0;
	return buffer_printf(text, "\tstartup {\n"
	                           "\t\twfc-timeout 10;\n"
	                           "\t\tdegr-wfc-timeout 10;\n"
	                           "\t\toutdated-wfc-timeout 10;\n"
	                           "\t}\n");
}

/* Asked before the one is promoted, or goes on, that does not see the other. */
static int write_handlers(const struct pairing *pairing, const char *name, const char *program,
                          struct buffer *text)
{
	if (pairing->cluster == PAIRING_NOBODY)
		return write_resync_handlers(name, program, text);
	if (pairing->cluster == PAIRING_KEEPALIVED)
		return buffer_printf(text, "\thandlers {\n\t\tfence-peer \"%s pair fence\";\n\t}\n",
		                     program);
	return buffer_printf(text,
	                     "\thandlers {\n"
	                     "\t\tfence-peer \"/usr/lib/drbd/crm-fence-peer.sh\";\n"
	                     "\t\tafter-resync-target \"/usr/lib/drbd/crm-unfence-peer.sh\";\n"
	                     "\t}\n");
}

static int write_fencing(const struct pairing *pairing, struct buffer *text)
{
	if (pairing->cluster == PAIRING_NOBODY)
		return buffer_printf(
		        text, "\t\t# A half that is left behind knows that it is: it is promoted "
		              "by force alone.\n"
		              "\t\tfencing resource-only;\n");
	return buffer_printf(
	        text,
	        "\t\t# Alone, it holds all writes until the other server is known to be off or "
	        "outdated.\n"
	        "\t\tfencing resource-and-stonith;\n");
}

static int write_options(const struct pairing *pairing, struct buffer *text)
{
	int rc = buffer_printf(
	        text,
	        "\tnet {\n"
	        "\t\t# A write is acknowledged when both disks have it.\n"
	        "\t\tprotocol C;\n"
	        "\t\t# A server that is gone is noticed within 4 s, one that stands still for less "
	        "than 2 s is not:\n"
	        "\t\t# seconds, tenths, tenths, seconds. timeout has to be the shortest.\n"
	        "\t\tping-int 2;\n"
	        "\t\tping-timeout 20;\n"
	        "\t\ttimeout 15;\n"
	        "\t\tconnect-int 2;\n"
	        "\t\t# Two histories are for a person to judge, never for a rule: "
	        "etherroot-pair(7).\n"
	        "\t\tafter-sb-0pri disconnect;\n"
	        "\t\tafter-sb-1pri disconnect;\n"
	        "\t\tafter-sb-2pri disconnect;\n"
	        "\t\tverify-alg crc32c;\n"
	        "\t}\n"
	        "\tdisk {\n"
	        "\t\t# A disk that fails is left, and the other server's is used: no error "
	        "reaches a client.\n"
	        "\t\ton-io-error detach;\n");

	if (!rc)
		rc = write_fencing(pairing, text);
	return rc ? rc
	          : buffer_printf(text, "\t\t# After a crash of the serving one as many extents of "
	                                "4 MiB are compared: 5 GiB.\n"
	                                "\t\tal-extents 1237;\n"
	                                "\t}\n");
}

static int write_server(const struct pairing_server *server, const struct pairing_export *export,
                        const char *volume, struct buffer *text)
{
	return buffer_printf(text,
	                     "\ton %s {\n"
	                     "\t\tdevice /dev/drbd%u;\n"
	                     "\t\tdisk \"%s\";\n"
	                     "\t\taddress %s:%u;\n"
	                     "\t\tmeta-disk internal;\n"
	                     "\t}\n",
	                     server->name, export->minor, volume, server->address, export->port);
}

int write_drbd(const struct pairing *pairing, const struct pairing_export *export,
               const char *program, struct buffer *text)
{
	char name[AOE_ADDRESS_TEXT];
	int rc = buffer_printf(text, "# " RECIPES_MADE ".\nresource \"%s\" {\n",
	                       aoe_address_format(export->address, name));

	if (!rc)
		rc = write_options(pairing, text);
	if (!rc)
		rc = write_startup(pairing, text);
	if (!rc)
		rc = write_handlers(pairing, name, program, text);
	for (size_t i = 0; i < PAIRING_SERVERS && !rc; i++)
		rc = write_server(&pairing->servers[i], export, export->volumes[i], text);
	return rc ? rc : buffer_append(text, "}\n", 2);
}
