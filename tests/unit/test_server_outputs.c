/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is made from an inventory, word for word; and that no name becomes a command. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tools/serve/config/directives.h"
#include "tools/server/outputs.h"

#define LAN  "interface lan0\naddress 10.20.0.1/24\n"
#define MARK "# Made from /etc/etherroot/machines by 'etherroot server apply': change it there.\n"

static void parse(const char *text, struct inventory *inventory)
{
	struct place place;
	struct why why;

	if (inventory_parse(text, strlen(text), inventory, &place, &why))
		fail_msg("%lu:%lu: %s", place.line, place.column, why.text);
}

/* What one of the writers makes of an inventory. */
static void writes(int (*write)(const struct inventory *inventory, struct buffer *text),
                   const char *inventory_text, const char *expected)
{
	struct inventory inventory;
	struct buffer text = {0};

	parse(inventory_text, &inventory);
	assert_int_equal(write(&inventory, &text), 0);
	assert_int_equal(buffer_append(&text, "", 1), 0);
	assert_string_equal((char *)text.data, expected);
	buffer_free(&text);
	inventory_release(&inventory);
}

static void test_serve(void **state)
{
	(void)state;
	writes(outputs_write_serve,
	       LAN "dhcp none\n"
	           "machine ws1 mac=52:54:00:00:00:01,52:54:00:00:00:02 export=0.0 "
	           "disk=\"/srv/a \\\"b\\\".img\" direct\n"
	           "machine lab1 mac=52:54:00:00:00:03 export=0.7 shared=/srv/l snapshot-size=4G\n"
	           "machine lab2 mac=52:54:00:00:00:04 export=0.7 shared=/srv/l\n"
	           "export 9.0 \"/srv/my own.img\" ro # for the backup\n",
	       MARK "interface lan0\n"
	            "export 0.0 \"/srv/a \\\"b\\\".img\" "
	            "mac=52:54:00:00:00:01+52:54:00:00:00:02 direct\n"
	            "export 0.7 /srv/l mac=52:54:00:00:00:03+52:54:00:00:00:04 "
	            "snapshot-dir=/var/lib/etherroot snapshot-size=4G\n"
	            "export 9.0 \"/srv/my own.img\" ro # for the backup\n");
}

/* The target keeps 64 layers if nobody says more. */
static void test_a_layer_for_each_card(void **state)
{
	struct buffer text = {0}, serve = {0};
	struct inventory inventory;

	(void)state;
	assert_int_equal(buffer_printf(&text, LAN "dhcp none\n"), 0);
	for (unsigned int i = 0; i < 65; i++)
		assert_int_equal(buffer_printf(&text,
		                               "machine l%u mac=5200000000%02x export=0.0 "
		                               "shared=/a\n",
		                               i, i),
		                 0);
	assert_int_equal(buffer_append(&text, "", 1), 0);
	parse((char *)text.data, &inventory);
	assert_int_equal(outputs_write_serve(&inventory, &serve), 0);
	assert_int_equal(buffer_append(&serve, "", 1), 0);
	assert_non_null(strstr((char *)serve.data, " snapshot-layers=65\n"));
	inventory_release(&inventory);
	buffer_free(&text);
	buffer_free(&serve);
}

static void test_dnsmasq(void **state)
{
	(void)state;
	writes(outputs_write_dnsmasq,
	       LAN
	       "dhcp range 10.20.0.100 10.20.0.199\nrouter 10.20.0.254\ndns 9.9.9.9 10.20.0.254\n"
	       "machine ws1 mac=52:54:00:00:00:01,52:54:00:00:00:02 export=0.0 disk=/a\n",
	       MARK "port=0\n"
	            "interface=lan0\n"
	            "bind-dynamic\n"
	            "enable-tftp\n"
	            "tftp-root=/srv/etherroot/boot\n"
	            "dhcp-range=10.20.0.100,10.20.0.199,255.255.255.0,12h\n"
	            "dhcp-option=option:router,10.20.0.254\n"
	            "dhcp-option=option:dns-server,9.9.9.9,10.20.0.254\n"
	            "dhcp-host=52:54:00:00:00:01,52:54:00:00:00:02,ws1\n"
	            "\n"
	            "# The network card's firmware gets iPXE, for BIOS or for UEFI; iPXE gets the "
	            "script.\n"
	            "dhcp-match=set:ipxe,175\n"
	            "dhcp-match=set:uefi,option:client-arch,7\n"
	            "dhcp-match=set:uefi,option:client-arch,9\n"
	            "dhcp-boot=undionly.kpxe\n"
	            "dhcp-boot=tag:uefi,ipxe.efi\n"
	            "dhcp-match=set:http,option:client-arch,16\n"
	            "dhcp-boot=tag:http,http://10.20.0.1:8067/ipxe.efi\n"
	            "dhcp-option-force=tag:http,60,HTTPClient\n"
	            "dhcp-boot=tag:ipxe,boot.ipxe\n"
	            "\n"
	            "# Spares iPXE two waits, of up to 16 seconds, at every boot: for another boot "
	            "server, and\n"
	            "# for an IPv6 router. (The 0 says that nobody is to use this server as a "
	            "router.)\n"
	            "dhcp-option=tag:ipxe,encap:175,176,1b\n"
	            "enable-ra\n"
	            "dhcp-range=::,constructor:lan0,ra-only\n"
	            "ra-param=lan0,60,0\n");
}

static void test_kea(void **state)
{
	(void)state;
	writes(outputs_write_kea,
	       LAN "dhcp range 10.20.0.100 10.20.0.199\nrouter 10.20.0.254\n"
	           "dns 9.9.9.9 10.20.0.254\nhttp 8067\n"
	           "machine ws1 mac=52:54:00:00:00:01,52:54:00:00:00:02 export=0.0 disk=/a\n",
	       "// Made from /etc/etherroot/machines by 'etherroot server kea'.\n"
	       "// Two DHCP servers disturb each other: 'dhcp none' there ends this server's own.\n"
	       "{\n"
	       "  \"Dhcp4\": {\n"
	       "    \"interfaces-config\": { \"interfaces\": [ \"lan0\" ] },\n"
	       "    \"valid-lifetime\": 43200,\n"
	       "    // Spares iPXE the wait for another boot server.\n"
	       "    \"option-def\": [\n"
	       "      { \"name\": \"ipxe\", \"code\": 175, \"type\": \"empty\", \"encapsulate\": "
	       "\"ipxe\" },\n"
	       "      { \"name\": \"no-pxedhcp\", \"code\": 176, \"type\": \"uint8\", \"space\": "
	       "\"ipxe\" }\n"
	       "    ],\n"
	       "    // The network card's firmware gets iPXE, for BIOS or for UEFI; iPXE gets the "
	       "script.\n"
	       "    \"client-classes\": [\n"
	       "      {\n"
	       "        \"name\": \"etherroot-ipxe\",\n"
	       "        \"test\": \"option[175].exists\",\n"
	       "        \"boot-file-name\": \"boot.ipxe\",\n"
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
	       "      },\n"
	       "      {\n"
	       "        \"name\": \"etherroot-http\",\n"
	       "        \"test\": \"not member('etherroot-ipxe') and option[93].hex == 0x0010\",\n"
	       "        \"boot-file-name\": \"http://10.20.0.1:8067/ipxe.efi\",\n"
	       "        \"option-data\": [\n"
	       "          { \"name\": \"vendor-class-identifier\", \"data\": \"HTTPClient\", "
	       "\"always-send\": true }\n"
	       "        ]\n"
	       "      },\n"
	       "      {\n"
	       "        \"name\": \"etherroot-bios\",\n"
	       "        \"test\": \"not member('etherroot-ipxe') and option[93].hex == 0x0000\",\n"
	       "        \"boot-file-name\": \"undionly.kpxe\"\n"
	       "      }\n"
	       "    ],\n"
	       "    \"subnet4\": [\n"
	       "      {\n"
	       "        \"id\": 1,\n"
	       "        \"subnet\": \"10.20.0.0/24\",\n"
	       "        \"next-server\": \"10.20.0.1\",\n"
	       "        \"pools\": [ { \"pool\": \"10.20.0.100 - 10.20.0.199\" } ],\n"
	       "        \"option-data\": [\n"
	       "          { \"name\": \"routers\", \"data\": \"10.20.0.254\" },\n"
	       "          { \"name\": \"domain-name-servers\", \"data\": \"9.9.9.9, 10.20.0.254\" "
	       "} ],\n"
	       "        \"reservations\": [\n"
	       "          { \"hw-address\": \"52:54:00:00:00:01\", \"hostname\": \"ws1\" },\n"
	       "          { \"hw-address\": \"52:54:00:00:00:02\", \"hostname\": \"ws1\" } ]\n"
	       "      }\n"
	       "    ]\n"
	       "  }\n"
	       "}\n");
	writes(outputs_write_kea, LAN "dhcp none\nhttp none\n",
	       "// Made from /etc/etherroot/machines by 'etherroot server kea'.\n"
	       "{\n"
	       "  \"Dhcp4\": {\n"
	       "    \"interfaces-config\": { \"interfaces\": [ \"lan0\" ] },\n"
	       "    \"valid-lifetime\": 43200,\n"
	       "    // Spares iPXE the wait for another boot server.\n"
	       "    \"option-def\": [\n"
	       "      { \"name\": \"ipxe\", \"code\": 175, \"type\": \"empty\", \"encapsulate\": "
	       "\"ipxe\" },\n"
	       "      { \"name\": \"no-pxedhcp\", \"code\": 176, \"type\": \"uint8\", \"space\": "
	       "\"ipxe\" }\n"
	       "    ],\n"
	       "    // The network card's firmware gets iPXE, for BIOS or for UEFI; iPXE gets the "
	       "script.\n"
	       "    \"client-classes\": [\n"
	       "      {\n"
	       "        \"name\": \"etherroot-ipxe\",\n"
	       "        \"test\": \"option[175].exists\",\n"
	       "        \"boot-file-name\": \"boot.ipxe\",\n"
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
	       "      },\n"
	       "      {\n"
	       "        \"name\": \"etherroot-bios\",\n"
	       "        \"test\": \"not member('etherroot-ipxe') and option[93].hex == 0x0000\",\n"
	       "        \"boot-file-name\": \"undionly.kpxe\"\n"
	       "      }\n"
	       "    ],\n"
	       "    \"subnet4\": [\n"
	       "      {\n"
	       "        \"id\": 1,\n"
	       "        \"subnet\": \"10.20.0.0/24\",\n"
	       "        \"next-server\": \"10.20.0.1\",\n"
	       "        // The addresses that it gives, as { \"pool\": \"FIRST - LAST\" }.\n"
	       "        \"pools\": [ ],\n"
	       "        \"option-data\": [ ],\n"
	       "        \"reservations\": [ ]\n"
	       "      }\n"
	       "    ]\n"
	       "  }\n"
	       "}\n");
}

static void test_proxy(void **state)
{
	(void)state;
	writes(outputs_write_dnsmasq, LAN "dhcp proxy\nrouter 10.20.0.254\n",
	       MARK "port=0\n"
	            "interface=lan0\n"
	            "bind-dynamic\n"
	            "enable-tftp\n"
	            "tftp-root=/srv/etherroot/boot\n"
	            "dhcp-range=10.20.0.0,proxy\n"
	            "\n"
	            "# Addresses are another server's; this one adds the names of the files.\n"
	            "dhcp-match=set:ipxe,175\n"
	            "pxe-service=tag:!ipxe,x86PC,\"iPXE\",undionly.kpxe\n"
	            "pxe-service=tag:!ipxe,x86-64_EFI,\"iPXE\",ipxe.efi\n"
	            "pxe-service=tag:!ipxe,BC_EFI,\"iPXE\",ipxe.efi\n"
	            "dhcp-boot=tag:ipxe,boot.ipxe,,10.20.0.1\n");
	writes(outputs_write_dnsmasq, LAN "dhcp none\n",
	       MARK "port=0\n"
	            "interface=lan0\n"
	            "bind-dynamic\n"
	            "enable-tftp\n"
	            "tftp-root=/srv/etherroot/boot\n");
}

/* Nobody is named as router or DNS server who was not named. */
static void test_nobody_routes(void **state)
{
	struct inventory inventory;
	struct buffer text = {0};

	(void)state;
	parse(LAN "dhcp range 10.20.0.9 10.20.0.10\nhttp none\n", &inventory);
	assert_int_equal(outputs_write_dnsmasq(&inventory, &text), 0);
	assert_int_equal(buffer_append(&text, "", 1), 0);
	assert_non_null(strstr((char *)text.data,
	                       "\ndhcp-option=option:router\ndhcp-option=option:dns-server\n"));
	assert_null(strstr((char *)text.data, "http"));
	inventory_release(&inventory);
	buffer_free(&text);
}

/* A machine may be called what dnsmasq would take for an order to ignore it, or for a time. */
static void test_names_that_are_words(void **state)
{
	static const char *const names[] = {"ignore", "infinite", "12h", "45", "3w", "0"};
	static const char *const others[] = {"ignored", "12hours", "h12", "4x", "1-2"};
	struct inventory inventory;
	struct buffer dnsmasq;
	char text[256];

	(void)state;
	for (size_t i = 0; i < 11; i++) {
		snprintf(text, sizeof(text),
		         LAN "dhcp range 10.20.0.9 10.20.0.10\n"
		             "machine %s mac=520000000001 export=1.2 disk=/a\n",
		         i < 6 ? names[i] : others[i - 6]);
		parse(text, &inventory);
		dnsmasq = (struct buffer){0};
		assert_int_equal(outputs_write_dnsmasq(&inventory, &dnsmasq), 0);
		assert_int_equal(buffer_append(&dnsmasq, "", 1), 0);
		if (!strstr((char *)dnsmasq.data, "dhcp-host") != (i < 6))
			fail_msg("%s", text);
		buffer_free(&dnsmasq);
		inventory_release(&inventory);
	}
}

static void test_http(void **state)
{
	(void)state;
	writes(outputs_write_http, LAN "dhcp none\nhttp 80\n", MARK "LISTEN=10.20.0.1:80\n");
}

static void test_table(void **state)
{
	(void)state;
	writes(outputs_write_table,
	       LAN "dhcp none\nunknown register\n"
	           "machine unknown mac=52:54:00:00:00:01,52:54:00:00:00:0A export=0.0 disk=/a\n",
	       "#!ipxe\n" MARK "iseq ${netX/mac} 52:54:00:00:00:01 && goto machine-unknown ||\n"
	       "iseq ${netX/mac} 52:54:00:00:00:0a && goto machine-unknown ||\n"
	       "goto unknown\n"
	       "\n"
	       ":machine-unknown\n"
	       "set folder unknown\n"
	       "goto machine\n"
	       "\n"
	       ":machine\n"
	       "echo etherroot: this is ${folder}\n"
	       "chain --autofree http://10.20.0.1:8067/${folder}/boot.ipxe ||\n"
	       "chain --autofree ${folder}/boot.ipxe ||\n"
	       "echo etherroot: the script of ${folder} could not be loaded\n"
	       "echo etherroot: this machine could not be started: the lines above say why\n"
	       "prompt --timeout 10000 Next try in 10 seconds; any key to try now ||\n"
	       "goto machine\n"
	       "\n"
	       ":unknown\n"
	       "echo etherroot: ${netX/mac} is not known to this server, which has noted it\n"
	       "prompt --timeout 30000 Next try in 30 seconds; any key to try now ||\n"
	       "chain --replace --autofree boot.ipxe || goto unknown\n");
}

static void make(const char *text, struct outputs *outputs)
{
	struct inventory inventory;
	struct why why;

	parse(text, &inventory);
	if (outputs_make(&inventory, outputs, &why))
		fail_msg("%s", why.text);
	inventory_release(&inventory);
}

static void has(const struct outputs *outputs, const char *path, const char *piece)
{
	const struct output *output = outputs_find(outputs, path);

	if (!output)
		fail_msg("%s is not made", path);
	else if (!memmem(output->text.data, output->text.size, piece, strlen(piece)))
		fail_msg("%s: %.*s", path, (int)output->text.size, output->text.data);
}

static void test_all_of_it(void **state)
{
	struct outputs outputs;

	(void)state;
	make(LAN "dhcp none\nmachine ws1 mac=520000000001 export=1.2 disk=/a append=\"quiet x=1\"\n"
	         "machine lab mac=520000000002 export=1.3 shared=/b\n",
	     &outputs);
	assert_int_equal(outputs.count, 9);
	has(&outputs, "/etc/etherroot/serve.conf", "export 1.2");
	has(&outputs, "/etc/etherroot/dnsmasq.conf", "enable-tftp");
	has(&outputs, "/etc/etherroot/http.env", "LISTEN=");
	has(&outputs, "/etc/etherroot/trial.env", "LISTEN=");
	has(&outputs, "/srv/etherroot/boot/boot.ipxe", "goto machine-lab");
	has(&outputs, "/srv/etherroot/boot/ipxe.efi", "/usr/lib/ipxe/ipxe.efi");
	has(&outputs, "/srv/etherroot/boot/undionly.kpxe", "/usr/lib/ipxe/undionly.kpxe");
	has(&outputs, "/srv/etherroot/boot/ws1/boot.ipxe",
	    "root=aoe:e1.2 BOOTIF=01-${netX/mac:hexhyp} rw aoe.aoe_deadsecs=86400 quiet x=1 "
	    "${trial-args} ||");
	has(&outputs, "/srv/etherroot/boot/ws1/boot.ipxe", "\nchain --autofree generation.ipxe ||");
	has(&outputs, "/srv/etherroot/boot/ws1/boot.ipxe",
	    "\nkernel --name kernel ${generation}/vmlinuz ");
	has(&outputs, "/srv/etherroot/boot/lab/boot.ipxe",
	    "rw aoe.aoe_deadsecs=86400 systemd.hostname=lab ${trial-args} ||");
	for (size_t i = 0; i < outputs.count; i++)
		assert_int_equal(outputs_is_marked((char *)outputs.list[i].text.data,
		                                   outputs.list[i].text.size),
		                 !outputs.list[i].link);
	outputs_release(&outputs);
	make(LAN "dhcp none\nhttp none\ntrial none\n", &outputs);
	assert_null(outputs_find(&outputs, OUTPUTS_HTTP));
	assert_null(outputs_find(&outputs, OUTPUTS_TRIAL));
	outputs_release(&outputs);
}

/* One that installs itself tries its own disk first, and has no kernel by network. */
static void test_installation(void **state)
{
	static const char inventory[] =
	        LAN "dhcp none\ninstaller 0.9 \"/i i\"\n"
	            "machine ws1 mac=520000000001 export=1.2 disk=/a append=quiet install=answers\n"
	            "machine ws2 mac=520000000002 export=1.3 disk=/b install=/etc/answers\n";
	static const char common[] =
	        "ro rd.overlay aoe.aoe_deadsecs=86400 etherroot.install=aoe:e1";
	struct outputs outputs;
	char text[256];

	(void)state;
	make(inventory, &outputs);
	has(&outputs, OUTPUTS_SERVE, "export 0.9 \"/i i\" ro\n");
	has(&outputs, OUTPUTS_BOOT "/ws1/boot.ipxe",
	    "goto no_address\n"
	    "echo etherroot: starting the disk by its own boot loader: aoe:e1.2\n"
	    "sanboot aoe:e1.2 ||\n"
	    "echo etherroot: the disk starts nothing\n"
	    "imgfree\n"
	    "clear trial-failed ||\n"
	    "chain --autofree ../_installer/generation.ipxe || goto no_generation\n");
	has(&outputs, OUTPUTS_BOOT "/ws1/boot.ipxe",
	    "kernel --name kernel ../_installer/${generation}/vmlinuz initrd=initrd "
	    "root=aoe:e0.9 ");
	snprintf(text, sizeof(text),
	         "%s.2 etherroot.answers=http://10.20.0.1:8067/ws1/answers "
	         "etherroot.overwrite=no quiet ",
	         common);
	has(&outputs, OUTPUTS_BOOT "/ws1/boot.ipxe", text);
	snprintf(text, sizeof(text), "%s.3 etherroot.answers=/etc/answers etherroot.overwrite=no ",
	         common);
	has(&outputs, OUTPUTS_BOOT "/ws2/boot.ipxe", text);
	outputs_release(&outputs);
}

/* A word that iPXE would take for the end of its command, or for a comment. */
static void test_no_command(void **state)
{
	static const char *const appends[] = {"a && shell", "b || c", "x ; y", "#z", "${uuid"};
	struct inventory inventory;
	struct outputs outputs;
	char text[256];
	struct why why;

	(void)state;
	for (size_t i = 0; i < sizeof(appends) / sizeof(appends[0]); i++) {
		snprintf(text, sizeof(text),
		         LAN "dhcp none\n"
		             "machine ws1 mac=520000000001 export=1.2 disk=/a append=\"%s\"\n",
		         appends[i]);
		parse(text, &inventory);
		assert_int_equal(outputs_make(&inventory, &outputs, &why), -EINVAL);
		assert_ptr_equal(strstr(why.text, "machine ws1: --append: "), why.text);
		assert_null(outputs.list);
		inventory_release(&inventory);
	}
}

/* The target reads from its configuration the path that the inventory has. */
static void test_paths_arrive(void **state)
{
	static const char *const paths[] = {"/a && b", "/${uuid}", "/\\\"x\\\" y", "/a#b",
	                                    "/ # c",   "/\\\\",    "/a\tb;c",      "/a,b"};
	struct inventory inventory;
	struct buffer serve;
	struct place place;
	struct plan plan;
	char text[256];
	struct why why;

	(void)state;
	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
		snprintf(text, sizeof(text),
		         LAN "dhcp none\nmachine ws1 mac=520000000001 export=1.2 disk=\"%s\"\n",
		         paths[i]);
		parse(text, &inventory);
		serve = (struct buffer){0};
		plan = (struct plan){0};
		assert_int_equal(outputs_write_serve(&inventory, &serve), 0);
		if (directives_parse((char *)serve.data, serve.size, &plan, &place, &why))
			fail_msg("%lu:%lu: %s", place.line, place.column, why.text);
		assert_string_equal(plan.exports[0].file.path, inventory.machines[0].disk);
		plan_release(&plan);
		buffer_free(&serve);
		inventory_release(&inventory);
	}
}

static void test_mark(void **state)
{
	static const char *const others[] = {"",
	                                     "#",
	                                     "\n" MARK,
	                                     "#!ipxe\n",
	                                     "#!ipxe\n\n" MARK,
	                                     "# Made from /etc/etherroot/machines"};

	(void)state;
	assert_true(outputs_is_marked(MARK, strlen(MARK)));
	assert_true(outputs_is_marked("#!ipxe\n" MARK "x", strlen("#!ipxe\n" MARK "x")));
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		assert_false(outputs_is_marked(others[i], strlen(others[i])));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_serve),         cmocka_unit_test(test_a_layer_for_each_card),
	        cmocka_unit_test(test_dnsmasq),       cmocka_unit_test(test_proxy),
	        cmocka_unit_test(test_nobody_routes), cmocka_unit_test(test_http),
	        cmocka_unit_test(test_table),         cmocka_unit_test(test_all_of_it),
	        cmocka_unit_test(test_installation),  cmocka_unit_test(test_no_command),
	        cmocka_unit_test(test_paths_arrive),  cmocka_unit_test(test_kea),
	        cmocka_unit_test(test_mark),          cmocka_unit_test(test_names_that_are_words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
