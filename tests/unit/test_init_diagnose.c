/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the init says is missing, for what it sees of a machine: one test for each code. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "init/diagnose.h"

/* A machine where all is well but that the root's disk has not come yet; each test spoils it. */
static struct cmdline cmdline;
static struct nics nics;
static struct snapshot now;
static struct failure failure;

static int all_is_well(void **state)
{
	(void)state;
	cmdline =
	        (struct cmdline){.root = {.kind = ROOT_AOE, .text = "aoe:e3.1p2", .partition = 2}};
	cmdline.root.address = (struct aoe_address){3, 1};
	nics = (struct nics){.cmdline = &cmdline, .count = 1};
	nics.nic[0] = (struct nic){.index = 2,
	                           .name = "eth0",
	                           .mac = {{0x52, 0x54, 0, 1, 2, 3}},
	                           .ethernet = true,
	                           .up = true,
	                           .carrier = true,
	                           .chosen = true};
	now = (struct snapshot){.cmdline = &cmdline,
	                        .wanted = &cmdline.root,
	                        .parameter = "",
	                        .nics = &nics,
	                        .kernel = "6.1.0",
	                        .driverless = "",
	                        .untaken = "",
	                        .driver = "",
	                        .way = "",
	                        .has_aoe = true,
	                        .disks = "",
	                        .silent = ""};
	return 0;
}

static void assert_said(enum fail_code code, const char *thing, const char *saw)
{
	diagnose(&now, &failure);
	assert_int_equal(failure.code, code);
	assert_string_equal(failure.thing, thing);
	assert_string_equal(failure.saw, saw);
}

static void no_interface(void **state)
{
	(void)state;
	nics.count = 0;
	assert_said(FAIL_NONIC, "network", "no Ethernet interface found");
}

static void no_driver(void **state)
{
	(void)state;
	nics.count = 0;
	now.driverless = "pci 0000:00:03.0 (8086:100e)";
	assert_said(FAIL_NODRIVER, "pci 0000:00:03.0 (8086:100e)",
	            "this image has no driver that takes this network card");
}

/* A new initrd would not help: the driver is there. */
static void a_driver_that_did_not_take_it(void **state)
{
	(void)state;
	nics.count = 0;
	now.driverless = "pci 0000:00:03.0 (8086:100e)";
	now.untaken = "e1000";
	assert_said(FAIL_NOPROBE, "pci 0000:00:03.0 (8086:100e)",
	            "its driver e1000 is loaded, but did not take it");
}

/* Nor would another cable. */
static void an_interface_that_does_not_open(void **state)
{
	(void)state;
	nics.nic[0].up = nics.nic[0].carrier = false;
	nics.nic[0].refused = -ENOENT;
	nics.nic[1] = nics.nic[0];
	strcpy(nics.nic[1].name, "eth1");
	nics.nic[1].refused = 0;
	nics.count = 2;
	assert_said(FAIL_NOOPEN, "eth0", "the kernel does not set it up: no such file");
	/* With one at work it is not the reason. */
	nics.nic[1].carrier = true;
	assert_said(FAIL_NOTARGET, "e3.1", "no AoE target answers on eth1; no carrier on eth0");
}

/* With a NIC at work another one without a driver is no reason. */
static void no_driver_for_a_second_one(void **state)
{
	(void)state;
	now.driverless = "pci 0000:00:03.0 (8086:100e)";
	assert_said(FAIL_NOTARGET, "e3.1", "no AoE target answers on eth0");
}

static void the_wrong_interface(void **state)
{
	(void)state;
	cmdline.nics[cmdline.nic_count++] = (struct nic_choice){.name = "lan0", .text = "lan0"};
	nics.nic[0].chosen = false;
	nics.nic[1] = nics.nic[0];
	strcpy(nics.nic[1].name, "eth1");
	nics.nic[1].mac.octet[5] = 4;
	nics.nic[2] = (struct nic){.index = 1, .name = "lo"};
	nics.count = 3;
	assert_said(FAIL_WRONGNIC, "lan0",
	            "no such interface; there is eth0 52:54:00:01:02:03, eth1 52:54:00:01:02:04");
}

static void no_module(void **state)
{
	(void)state;
	now.has_aoe = false;
	assert_said(FAIL_NOMODULE, "aoe", "not in this image for kernel 6.1.0");
}

static void no_carrier(void **state)
{
	(void)state;
	nics.nic[0].carrier = false;
	assert_said(FAIL_NOCARRIER, "eth0", "no carrier");
}

static void no_target(void **state)
{
	(void)state;
	assert_said(FAIL_NOTARGET, "e3.1", "no AoE target answers on eth0");
	cmdline.root = (struct root_address){.kind = ROOT_LABEL, .text = "LABEL=x", .value = "x"};
	assert_said(FAIL_NOTARGET, "LABEL=x", "no AoE target answers on eth0");
}

/* As of one whose disk fails, so that the kernel never learns of a disk. */
static void a_target_that_answers_no_more_than_who_it_is(void **state)
{
	(void)state;
	now.was_heard = true;
	now.disks = "e0.0";
	assert_said(FAIL_NOTREADY, "e3.1",
	            "a target has answered on eth0, but not how large its disk is");
	cmdline.root = (struct root_address){.kind = ROOT_LABEL, .text = "LABEL=x", .value = "x"};
	assert_said(FAIL_NOFSLABEL, "LABEL=x", "not on the disks found: e0.0");
	now.disks = "";
	assert_said(FAIL_NOTREADY, "LABEL=x",
	            "a target has answered on eth0, but not how large its disk is");
}

/* As of a server whose management processor is a USB NIC, and always there. */
static void a_link_that_leads_elsewhere(void **state)
{
	(void)state;
	nics.nic[1] = nics.nic[0];
	strcpy(nics.nic[1].name, "usb0");
	nics.nic[0].carrier = false;
	nics.nic[2] = (struct nic){.index = 1, .name = "lo"};
	nics.count = 3;
	assert_said(FAIL_NOTARGET, "e3.1", "no AoE target answers on usb0; no carrier on eth0");
}

static void another_export(void **state)
{
	(void)state;
	now.disks = "e0.0, e0.1";
	assert_said(FAIL_NOEXPORT, "e3.1", "it does not answer on eth0, but these do: e0.0, e0.1");
}

static void another_label(void **state)
{
	(void)state;
	now.disks = "e0.0";
	cmdline.root = (struct root_address){.kind = ROOT_LABEL, .text = "LABEL=x", .value = "x"};
	assert_said(FAIL_NOFSLABEL, "LABEL=x", "not on the disks found: e0.0");
}

/* Of two devices it is said which. */
static void what_keeps_the_changes(void **state)
{
	static const struct root_address changes = {
	        .kind = ROOT_LABEL, .text = "LABEL=changes", .value = "changes"};
	static const struct root_address disk = {.kind = ROOT_AOE, .address = {0, 7}};

	(void)state;
	now.disks = "e3.1";
	now.parameter = "rd.overlay=";
	now.wanted = &changes;
	assert_said(FAIL_NOFSLABEL, "rd.overlay=LABEL=changes", "not on the disks found: e3.1");
	now.wanted = &disk;
	assert_said(FAIL_NOEXPORT, "rd.overlay=e0.7",
	            "it does not answer on eth0, but these do: e3.1");
}

static void a_disk_that_is_being_read(void **state)
{
	(void)state;
	now.disks = "e3.1";
	now.has_wanted_disk = true;
	assert_said(FAIL_NOTREADY, "e3.1", "it answers on eth0, and the kernel is reading it");
}

/* A driver that is not there yet is not missing; nor is the module. */
static void what_is_being_loaded(void **state)
{
	(void)state;
	now.has_aoe = false;
	now.way = "aoe";
	assert_said(FAIL_LOADING, "aoe", "still being loaded");
	nics.count = 0;
	now.driverless = "pci 0000:00:03.0 (8086:100e)";
	now.driver = "e1000";
	assert_said(FAIL_LOADING, "e1000", "still being loaded");
}

static void a_disk_that_does_not_answer(void **state)
{
	(void)state;
	now.disks = "e0.9";
	now.silent = "e0.9";
	cmdline.root = (struct root_address){.kind = ROOT_LABEL, .text = "LABEL=x", .value = "x"};
	assert_said(FAIL_SILENT, "e0.9", "answers on eth0, but not when it is read");
}

/* The root's disk is there and is being mounted. */
static void assert_said_in_use(bool answers, enum fail_code code, const char *thing)
{
	diagnose_use(&now, "e3.1p2", answers, &failure);
	assert_int_equal(failure.code, code);
	assert_string_equal(failure.thing, thing);
}

static void what_holds_up_the_mount(void **state)
{
	(void)state;
	assert_said_in_use(false, FAIL_SILENT, "e3.1p2");
	assert_said_in_use(true, FAIL_NOTREADY, "e3.1p2");
	nics.nic[0].carrier = false;
	assert_said_in_use(false, FAIL_NOCARRIER, "eth0");
	now.way = "ext4";
	assert_said_in_use(false, FAIL_LOADING, "ext4");
}

/* vlan=vlan5:eth0, whose VLAN is not there yet. */
static void expect_vlan(void)
{
	cmdline.uppers[0] = (struct upper){.name = "vlan5",
	                                   .vlan = 5,
	                                   .lower = {{.name = "eth0"}},
	                                   .lower_count = 1,
	                                   .options = ""};
	cmdline.upper_count = 1;
	nics.nic[0].chosen = false;
	nics.nic[0].below = 1;
}

static void a_vlan_that_is_being_made(void **state)
{
	(void)state;
	expect_vlan();
	assert_said(FAIL_LOADING, "8021q", "still being loaded");
}

static void a_vlan_without_its_module(void **state)
{
	(void)state;
	expect_vlan();
	nics.making[0].refused = -EOPNOTSUPP;
	assert_said(FAIL_NOMODULE, "8021q",
	            "vlan5 takes it, and this image for kernel 6.1.0 has it not (initrd --module)");
}

static void a_bond_that_the_kernel_does_not_make(void **state)
{
	(void)state;
	expect_vlan();
	cmdline.uppers[1] = (struct upper){.name = "bond0", .options = "mode=x"};
	cmdline.upper_count = 2;
	nics.making[1].refused = -EINVAL;
	assert_said(FAIL_NOOPEN, "bond0", "the kernel does not make it: invalid argument");
}

/* The cable is that of what it stands on. */
static void a_vlan_without_carrier(void **state)
{
	(void)state;
	expect_vlan();
	nics.nic[0].carrier = false;
	nics.nic[1] = nics.nic[0];
	strcpy(nics.nic[1].name, "vlan5");
	nics.nic[1].below = 0;
	nics.nic[1].chosen = true;
	nics.count = 2;
	assert_said(FAIL_NOCARRIER, "eth0, vlan5", "no carrier");
}

static void what_a_vlan_stands_on_does_not_open(void **state)
{
	(void)state;
	expect_vlan();
	nics.nic[0].carrier = false;
	nics.nic[0].refused = -ENOENT;
	assert_said(FAIL_NOOPEN, "eth0", "the kernel does not set it up: no such file");
}

static void a_vlan_on_what_is_not_there(void **state)
{
	(void)state;
	expect_vlan();
	nics.nic[0].below = 0;
	strcpy(nics.nic[0].name, "eth1");
	assert_said(FAIL_WRONGNIC, "eth0", "no such interface; there is eth1 52:54:00:01:02:03");
	cmdline.uppers[0].lower[0] = (struct lower){.mac = {{2, 0, 0, 0, 0, 9}}};
	assert_said(FAIL_WRONGNIC, "02:00:00:00:00:09",
	            "no such interface; there is eth1 52:54:00:01:02:03");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test_setup(no_interface, all_is_well),
	        cmocka_unit_test_setup(no_driver, all_is_well),
	        cmocka_unit_test_setup(no_driver_for_a_second_one, all_is_well),
	        cmocka_unit_test_setup(a_driver_that_did_not_take_it, all_is_well),
	        cmocka_unit_test_setup(an_interface_that_does_not_open, all_is_well),
	        cmocka_unit_test_setup(the_wrong_interface, all_is_well),
	        cmocka_unit_test_setup(no_module, all_is_well),
	        cmocka_unit_test_setup(no_carrier, all_is_well),
	        cmocka_unit_test_setup(no_target, all_is_well),
	        cmocka_unit_test_setup(a_target_that_answers_no_more_than_who_it_is, all_is_well),
	        cmocka_unit_test_setup(a_link_that_leads_elsewhere, all_is_well),
	        cmocka_unit_test_setup(another_export, all_is_well),
	        cmocka_unit_test_setup(another_label, all_is_well),
	        cmocka_unit_test_setup(what_keeps_the_changes, all_is_well),
	        cmocka_unit_test_setup(a_disk_that_is_being_read, all_is_well),
	        cmocka_unit_test_setup(what_is_being_loaded, all_is_well),
	        cmocka_unit_test_setup(a_disk_that_does_not_answer, all_is_well),
	        cmocka_unit_test_setup(what_holds_up_the_mount, all_is_well),
	        cmocka_unit_test_setup(a_vlan_that_is_being_made, all_is_well),
	        cmocka_unit_test_setup(a_vlan_without_its_module, all_is_well),
	        cmocka_unit_test_setup(a_bond_that_the_kernel_does_not_make, all_is_well),
	        cmocka_unit_test_setup(a_vlan_without_carrier, all_is_well),
	        cmocka_unit_test_setup(what_a_vlan_stands_on_does_not_open, all_is_well),
	        cmocka_unit_test_setup(a_vlan_on_what_is_not_there, all_is_well),
	};

	return cmocka_run_group_tests_name("init: diagnose", tests, NULL, NULL);
}
