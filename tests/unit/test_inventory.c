/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The inventory of a boot server: what it means, where it is wrong, and how it is changed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/exact.h"
#include "tools/inventory/inventory.h"

#define LAN "interface lan0\naddress 10.20.0.1/24\ndhcp range 10.20.0.100 10.20.0.199\n"

static int parse(const char *text, struct inventory *inventory, struct place *place,
                 struct why *why)
{
	size_t length = strlen(text);
	char *bytes = exact_copy(text, length);
	int rc = inventory_parse(bytes, length, inventory, place, why);

	free(bytes);
	return rc;
}

static void taken(const char *text, struct inventory *inventory)
{
	struct place place;
	struct why why;

	if (parse(text, inventory, &place, &why))
		fail_msg("%lu:%lu: %s", place.line, place.column, why.text);
}

static void test_everything(void **state)
{
	struct inventory inventory;
	const struct inventory_machine *machine;

	(void)state;
	taken("interface lan0\n"
	      "address 10.20.0.1/24\n"
	      "dhcp range 10.20.0.100 10.20.0.199 # comment\n"
	      "router 10.20.0.254\n"
	      "dns 10.20.0.254 9.9.9.9\n"
	      "http 80\n"
	      "trial 81\n"
	      "unknown refuse\n"
	      "machine ws1 mac=52:54:00:12:34:56,525400123457 export=0.3 disk=\"/srv/a b\" "
	      "append=\"quiet x\" direct \"config=a b\"\n"
	      "machine lab-1 shared=/srv/lab.img export=e1.2 mac=52:54:00:12:34:58\n"
	      "  export 9.0 /srv/mine.img ro\n"
	      "installer 9.1 \"/srv/in stall.img\"\n"
	      "machine ws2 mac=52:54:00:12:34:59 export=0.4 disk=/srv/c install=answers\n",
	      &inventory);
	assert_string_equal(inventory.interface, "lan0");
	assert_int_equal(inventory.prefix, 24);
	assert_int_equal(ntohl(inventory.address.s_addr), 0x0a140001);
	assert_int_equal(ntohl(inventory_network(&inventory).s_addr), 0x0a140000);
	assert_int_equal(inventory.dhcp, INVENTORY_DHCP_RANGE);
	assert_int_equal(ntohl(inventory.high.s_addr), 0x0a1400c7);
	assert_int_equal(inventory.dns_count, 2);
	assert_int_equal(inventory.http, 80);
	assert_int_equal(inventory.trial, 81);
	assert_int_equal(inventory.unknown, INVENTORY_UNKNOWN_REFUSE);
	assert_int_equal(inventory.machine_count, 3);
	assert_null(inventory.machines[0].install);
	assert_string_equal(inventory.machines[2].install, "answers");
	assert_int_equal(inventory.installer.export.slot, 1);
	assert_string_equal(inventory.installer.disk, "/srv/in stall.img");
	machine = inventory_find(&inventory, "ws1");
	assert_non_null(machine);
	assert_int_equal(machine->place.line, 9);
	assert_int_equal(machine->mac_count, 2);
	assert_int_equal(machine->export.slot, 3);
	assert_string_equal(machine->disk, "/srv/a b");
	assert_false(machine->shared);
	assert_string_equal(machine->append, "quiet x");
	assert_memory_equal(machine->options.data, " direct \"config=a b\"", 20);
	assert_true(inventory.machines[1].shared);
	assert_ptr_equal(inventory_find_mac(&inventory, machine->macs[1]), machine);
	assert_null(inventory_find(&inventory, "ws3"));
	assert_string_equal(inventory.exports[0].line, "export 9.0 /srv/mine.img ro");
	inventory_release(&inventory);
}

static void test_what_need_not_be_said(void **state)
{
	struct inventory inventory;

	(void)state;
	taken("interface lan0\naddress 10.20.0.1/24\ndhcp proxy", &inventory);
	assert_int_equal(inventory.http, INVENTORY_HTTP_PORT);
	assert_int_equal(inventory.trial, INVENTORY_TRIAL_PORT);
	assert_int_equal(inventory.unknown, INVENTORY_UNKNOWN_MENU);
	assert_int_equal(inventory.router.s_addr, 0);
	inventory_release(&inventory);
	taken("interface lan0\naddress 10.20.0.1/24\ndhcp none\nhttp none\ntrial none", &inventory);
	assert_int_equal(inventory.http, 0);
	assert_int_equal(inventory.trial, 0);
	inventory_release(&inventory);
}

#define WS1 LAN "machine ws1 mac=52:54:00:00:00:01 export=0.0 disk=/a\n"

static void test_wrong(void **state)
{
	static const struct {
		const char *text;
		unsigned long line, column;
		const char *why;
	} cases[] = {
	        {"", 1, 1, "a line is missing: interface NAME"},
	        {"interface lan0\ndhcp none", 2, 10, "a line is missing: address"},
	        {"interface lan*", 1, 11, "'lan*': not the name of an interface"},
	        {"interface lan0\ninterface lan1", 2, 1, "a second interface"},
	        {"address 10.20.0.0/24", 1, 9, "'10.20.0.0/24': not the address of a host"},
	        {"address 10.20.0.1", 1, 9, "'10.20.0.1': not the address of a host"},
	        {"address 10.20.0.1/31", 1, 9, "'10.20.0.1/31': not the address of a host"},
	        {"dhcp on", 1, 6, "'on': dhcp is range, proxy or none"},
	        {"dhcp range 10.20.0.100", 1, 23, "the last address of the range is missing"},
	        {"dhcp none x", 1, 11, "'x': nothing more belongs here"},
	        {"http 65536", 1, 6, "'65536': not a port"},
	        {"trial off", 1, 7, "'off': not a port from 1 to 65535, nor none"},
	        {LAN "trial 80\nhttp 80", 5, 6, "http and trial: each has a port of its own"},
	        {LAN "http 8068", 4, 6, "http and trial: each has a port of its own"},
	        {"unknown hello", 1, 9, "'hello': unknown is menu, register or refuse"},
	        {"dns 1.2.3", 1, 5, "'1.2.3': not an IPv4 address"},
	        {"mashine ws1", 1, 1, "'mashine': unknown: there are interface, address,"},
	        {"interface lan0\naddress 10.20.0.1/24\ndhcp range 10.20.0.9 10.20.1.9", 3, 1,
	         "dhcp range: not two addresses of hosts in the network"},
	        {"interface lan0\naddress 10.20.0.1/24\ndhcp range 10.20.0.1 10.20.0.9", 3, 1,
	         "dhcp range: the server's own address"},
	        {LAN "router 10.20.0.150", 4, 1, "router: lies in the range"},
	        {LAN "router 10.21.0.1", 4, 1, "router: not in the network"},
	        {LAN "machine WS1 x", 4, 9, "'WS1': not a host name"},
	        {LAN "machine \"ws1 && shell\"", 4, 9, "'ws1 && shell': not a host name"},
	        {LAN "machine ../etc", 4, 9, "'../etc': not a host name"},
	        {LAN "machine ${uuid}", 4, 9, "'${uuid}': not a host name"},
	        {LAN "machine ws1-", 4, 9, "'ws1-': not a host name"},
	        {LAN "machine \"\"", 4, 9, "'': not a host name"},
	        {LAN "machine ws1", 4, 9, "mac= is missing"},
	        {LAN "machine ws1 mac=52:54:00:00:00:01", 4, 9, "export= is missing"},
	        {LAN "machine ws1 mac=52:54:00:00:00:01 export=0.0", 4, 9, "its disk is missing"},
	        {LAN "machine ws1 mac=01:54:00:00:00:01", 4, 13, "mac: '01:54:00:00:00:01'"},
	        {LAN "machine ws1 mac=", 4, 13, "mac: ''"},
	        {LAN "machine ws1 export=0.255", 4, 13, "export: '0.255'"},
	        {LAN "machine ws1 disk=a.img", 4, 13, "'a.img': a path from / on"},
	        {LAN "machine ws1 colour=red", 4, 13, "option 'colour=red': unknown"},
	        {LAN "machine ws1 disk=/a disk=/b", 4, 21, "a second disk="},
	        {LAN "machine ws1 mac=520000000001 export=0.0 shared=/a ro", 4, 9,
	         "option 'snapshot-dir': ro and snapshot exclude each other"},
	        {WS1 "machine ws1 mac=52:54:00:00:00:02 export=0.1 disk=/b", 5, 9,
	         "machine ws1: there is one already, in line 4"},
	        {WS1 "machine ws2 mac=52:54:00:00:00:01 export=0.1 disk=/b", 5, 9,
	         "machine ws2: MAC 52:54:00:00:00:01 is that of machine ws1 in line 4"},
	        {WS1 "machine ws2 mac=52:54:00:00:00:02 export=0.0 disk=/b", 5, 9,
	         "e0.0 is exported in line 4 already"},
	        {WS1 "machine ws2 mac=52:54:00:00:00:02 export=0.1 disk=/a", 5, 9,
	         "machine ws2: /a is the disk of machine ws1 in line 4: two machines"},
	        {WS1 "machine ws2 mac=52:54:00:00:00:02 export=0.1 shared=/a", 5, 9,
	         "machine ws2: /a is the disk of machine ws1 in line 4: two machines"},
	        {WS1 "export 0.0 /b", 5, 8, "e0.0 is exported in line 4 already"},
	        {LAN "machine l1 mac=520000000001 export=0.0 shared=/a\n"
	             "machine l2 mac=520000000002 export=0.1 shared=/a",
	         5, 9, "machine l2: /a is shared as export=0.0 in line 4"},
	        {LAN "machine l1 mac=520000000001 export=0.0 shared=/a\n"
	             "machine l2 mac=520000000002 export=0.0 shared=/a direct",
	         5, 9, "machine l2: options of a shared disk stand once"},
	        {LAN "installer", 4, 10, "an AoE address like 0.0 is missing"},
	        {LAN "installer 0", 4, 11, "'0': not an AoE address"},
	        {LAN "installer 0.0 i", 4, 15, "'i': a path from / on"},
	        {LAN "installer 0.0 /i ro", 4, 18, "'ro': nothing more belongs here"},
	        {LAN "installer 0.0 /i\ninstaller 0.1 /j", 5, 1, "a second installer"},
	        {WS1 "installer 0.0 /i", 5, 11, "e0.0 is exported in line 4 already"},
	        {WS1 "installer 0.1 /a", 5, 11, "/a is the installer and the disk of a machine"},
	        {LAN "installer 0.0 /i\nmachine ws1 mac=520000000001 export=0.1 shared=/a "
	             "install=a",
	         5, 9, "install=: of a disk that is one machine's own"},
	        {LAN "machine ws1 install=a/b", 4, 13, "install: 'a/b': neither the name"},
	        {LAN "machine ws1 install=/a/../b", 4, 13, "install: '/a/../b': neither the name"},
	        {LAN "machine ws1 \"install=a b\"", 4, 13, "install: 'a b': neither the name"},
	        {LAN "machine ws1 install=", 4, 13, "install: '': neither the name"},
	        {LAN "machine ws1 mac=520000000001 export=0.1 disk=/a install=a", 4, 9,
	         "machine ws1: install=: by which installer?"},
	        {LAN "http none\ninstaller 0.0 /i\n"
	             "machine ws1 mac=520000000001 export=0.1 disk=/a install=a",
	         6, 9, "machine ws1: install=a comes by HTTP, and there is none"},
	};
	struct inventory inventory;
	struct place place;
	struct why why;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		if (!parse(cases[i].text, &inventory, &place, &why))
			fail_msg("taken: %s", cases[i].text);
		if (strncmp(why.text, cases[i].why, strlen(cases[i].why)) != 0 ||
		    place.line != cases[i].line || place.column != cases[i].column)
			fail_msg("%s\n%lu:%lu: %s", cases[i].text, place.line, place.column,
			         why.text);
		assert_null(inventory.machines);
	}
}

/* As many cards as an export may be used by, and one more. */
static void test_shared_by_many(void **state)
{
	struct buffer text = {0};
	struct inventory inventory;
	struct place place;
	struct why why;

	(void)state;
	assert_int_equal(buffer_printf(&text, LAN), 0);
	for (unsigned int i = 0; i < 128; i++)
		assert_int_equal(buffer_printf(&text,
		                               "machine l%u mac=5200000000%02x export=0.0 "
		                               "shared=/a\n",
		                               i, i),
		                 0);
	assert_int_equal(inventory_parse((char *)text.data, text.size, &inventory, &place, &why),
	                 0);
	inventory_release(&inventory);
	assert_int_equal(buffer_printf(&text, "machine m mac=520000000101 export=0.0 shared=/a\n"),
	                 0);
	assert_true(inventory_parse((char *)text.data, text.size, &inventory, &place, &why) < 0);
	assert_int_equal(place.line, 132);
	assert_non_null(strstr(why.text, "at most 128 MAC addresses"));
	buffer_free(&text);
}

static void test_free_address(void **state)
{
	struct inventory inventory;
	struct aoe_address address;

	(void)state;
	taken(WS1 "export 0.1 /b\nmachine ws3 mac=52:54:00:00:00:03 export=0.3 disk=/c\n"
	          "installer 0.2 /i\n"
	          "machine ws4 mac=52:54:00:00:00:04 export=1.2 disk=/d\n",
	      &inventory);
	assert_int_equal(inventory_free_address(&inventory, 0, &address), 0);
	assert_int_equal(address.slot, 4);
	assert_int_equal(inventory_free_address(&inventory, 1, &address), 0);
	assert_int_equal(address.slot, 0);
	assert_int_equal(address.shelf, 1);
	inventory_release(&inventory);
}

static void is_text(struct buffer *buffer, const char *text)
{
	assert_int_equal(buffer->size, strlen(text));
	assert_memory_equal(buffer->data, text, buffer->size);
	buffer_free(buffer);
}

static void test_changes(void **state)
{
	static const char text[] = "# first\nmachine  ws1 mac=x # mine\n\nlast";
	struct buffer to = {0}, line = {0};

	(void)state;
	assert_int_equal(buffer_printf(&line, "new\n"), 0);
	assert_int_equal(inventory_text_add(text, strlen(text), &line, &to), 0);
	is_text(&to, "# first\nmachine  ws1 mac=x # mine\n\nlast\nnew\n");
	assert_int_equal(inventory_text_add("", 0, &line, &to), 0);
	is_text(&to, "new\n");
	assert_int_equal(inventory_text_remove(text, strlen(text), (struct place){2, 10}, &to), 0);
	is_text(&to, "# first\n\nlast");
	assert_int_equal(inventory_text_remove(text, strlen(text), (struct place){4, 1}, &to), 0);
	is_text(&to, "# first\nmachine  ws1 mac=x # mine\n\n");
	assert_int_equal(
	        inventory_text_replace(text, strlen(text), (struct place){2, 10}, "ws22", &to), 0);
	is_text(&to, "# first\nmachine  ws22 mac=x # mine\n\nlast");
	assert_int_equal(
	        inventory_text_replace(text, strlen(text), (struct place){4, 1}, "end", &to), 0);
	is_text(&to, "# first\nmachine  ws1 mac=x # mine\n\nend");
	buffer_free(&line);
}

/* What is written is read again as it was, whatever the path and the arguments hold. */
static void test_write_machine(void **state)
{
	char disk[] = "/srv/a \"b\" \\ && ${uuid} # ,\t.img", append[] = "x=\"y z\" \\";
	char answers[] = "/etc/etherroot/answers", image[] = "/srv/i \"i\".img";
	struct inventory_machine machine = {.name = "ws1",
	                                    .macs = {{{0x52}}, {{0x54}}},
	                                    .mac_count = 2,
	                                    .export = {7, 3},
	                                    .disk = disk,
	                                    .append = append,
	                                    .install = answers};
	struct inventory_installer installer = {.export = {7, 4}, .disk = image};
	struct buffer line = {0}, text = {0};
	struct inventory inventory;
	struct place place;
	struct why why;

	(void)state;
	assert_int_equal(inventory_write_machine(&machine, &line), 0);
	assert_int_equal(inventory_write_installer(&installer, &line), 0);
	assert_int_equal(inventory_text_add(LAN, strlen(LAN), &line, &text), 0);
	assert_int_equal(inventory_parse((char *)text.data, text.size, &inventory, &place, &why),
	                 0);
	assert_string_equal(inventory.machines[0].disk, disk);
	assert_string_equal(inventory.machines[0].append, append);
	assert_int_equal(inventory.machines[0].mac_count, 2);
	assert_int_equal(inventory.machines[0].export.shelf, 7);
	assert_string_equal(inventory.machines[0].install, answers);
	assert_string_equal(inventory.installer.disk, image);
	assert_int_equal(inventory.installer.export.slot, 4);
	inventory_release(&inventory);
	buffer_free(&line);
	buffer_free(&text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_everything),    cmocka_unit_test(test_what_need_not_be_said),
	        cmocka_unit_test(test_wrong),         cmocka_unit_test(test_shared_by_many),
	        cmocka_unit_test(test_free_address),  cmocka_unit_test(test_changes),
	        cmocka_unit_test(test_write_machine),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
