/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Drivers for "this" machine, out of a sysfs made up for it, and the choice of modules behind. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "initramfs/drivers.h"
#include "initramfs/machine.h"
#include "initramfs/modset.h"

/* A tree with four modules that are none, and a machine with three interfaces. */
static const char script[] =
        "set -e; cd \"$1\"; m=tree/lib/modules/6.0.0; mkdir -p $m/kernel\n"
        "ko() { printf '__attribute__((section(\".modinfo\"), used)) static const char i[] = "
        "\"alias=%s\";' \"$2\" | cc -c -x c -o $m/kernel/$1.ko -; }\n"
        "ko nic-driver 'virtio:d00000001v*'; ko bridge 'pci:v00001AF4d*'; ko phy none\n"
        "ko unaliased none\n"
        "touch $m/modules.order $m/modules.builtin $m/modules.builtin.modinfo\n"
        "depmod -b tree 6.0.0\n"
        "d=sys/devices/pci0000:00; mkdir -p $d/0000:00:03.0/virtio0/net/eth0 sys/class/net\n"
        "echo pci:v00001AF4d00001000 >$d/0000:00:03.0/modalias\n"
        "echo virtio:d00000001v00001AF4 >$d/0000:00:03.0/virtio0/modalias\n"
        "mkdir -p sys/devices/virtual/net/lo sys/bus/x/drivers/nic sys/module/unaliased\n"
        "ln -s ../../devices/virtual/net/lo sys/class/net/lo\n"
        "ln -s ../../devices/pci0000:00/0000:00:03.0/virtio0/net/eth0 sys/class/net/eth0\n"
        "ln -s ../../../virtio0 $d/0000:00:03.0/virtio0/net/eth0/device\n"
        /* One whose driver has no alias for it, with a PHY; both known by their modules alone. */
        "p=sys/devices/platform/mac; mkdir -p $p/net/eth1 $p/driver $p/phy/driver\n"
        "ln -s ../../devices/platform/mac/net/eth1 sys/class/net/eth1\n"
        "ln -s ../../../mac $p/net/eth1/device\n"
        "ln -s ../../../../module/unaliased $p/driver/module\n"
        "ln -s ../../../../../module/phy $p/phy/driver/module\n"
        "ln -s ../../phy $p/net/eth1/phydev\n"
        /* And one that this kernel has no driver for. */
        "u=sys/devices/pci0000:00/0000:00:09.0; mkdir -p $u/net/eth2\n"
        "echo pci:vFFFFd0000 >$u/modalias; ln -s ../../../0000:00:09.0 $u/net/eth2/device\n"
        "ln -s ../../devices/pci0000:00/0000:00:09.0/net/eth2 sys/class/net/eth2\n"
        "mkdir -p bare/class/net\n";

struct world {
	char directory[64];
	struct tree tree;
	struct modset modules;
};

static void run(const char *what, const char *directory)
{
	char *command;

	assert_int_equal(setenv("ETHERROOT_TEST_SCRIPT", what, 1), 0);
	assert_true(asprintf(&command, "sh -c \"$ETHERROOT_TEST_SCRIPT\" sh %s", directory) > 0);
	assert_int_equal(system(command), 0);
	free(command);
}

static int make_world(void **state)
{
	struct world *world = calloc(1, sizeof(*world));
	char root[96];
	struct why why;

	assert_non_null(world);
	strcpy(world->directory, "/tmp/etherroot-machine.XXXXXX");
	assert_non_null(mkdtemp(world->directory));
	run(script, world->directory);
	snprintf(root, sizeof(root), "%s/tree", world->directory);
	assert_int_equal(tree_open(&world->tree, root, NULL, &why), 0);
	assert_int_equal(modset_open(&world->modules, &world->tree, &why), 0);
	*state = world;
	return 0;
}

static int end_world(void **state)
{
	struct world *world = *state;

	modset_close(&world->modules);
	tree_close(&world->tree);
	run("rm -r \"$1\"", world->directory);
	free(world);
	return 0;
}

static int add_drivers(struct world *world, const char *sys)
{
	char path[96];
	struct why why;

	snprintf(path, sizeof(path), "%s/%s", world->directory, sys);
	return machine_add_drivers_of(&world->modules, path, &why);
}

static void drivers_come_with_the_busses_above(void **state)
{
	struct world *world = *state;
	struct module *module;

	assert_int_equal(add_drivers(world, "sys"), 2);
	module = modset_find(&world->modules, "nic_driver");
	assert_non_null(module);
	assert_string_equal(module->path, "kernel/nic-driver.ko");
	assert_string_equal(module->reason, "network driver (this: eth0)");
	module = modset_find(&world->modules, "bridge");
	assert_non_null(module);
	assert_string_equal(module->reason, "bus of eth0");
}

static void a_driver_in_use_needs_no_alias(void **state)
{
	struct world *world = *state;
	struct module *driver, *phy;

	assert_int_equal(add_drivers(world, "sys"), 2);
	driver = modset_find(&world->modules, "unaliased");
	phy = modset_find(&world->modules, "phy");
	assert_non_null(driver);
	assert_non_null(phy);
	assert_string_equal(phy->reason, "PHY of eth1");
	assert_int_equal(driver->pre.count, 1);
	assert_ptr_equal(driver->pre.item[0], phy);
	assert_int_equal(world->modules.count, 4);
}

static void a_machine_without_cards_has_none(void **state)
{
	struct world *world = *state;
	struct why why;

	assert_int_equal(add_drivers(world, "bare"), 0);
	assert_int_equal(world->modules.count, 0);
	assert_int_equal(machine_add_drivers_of(&world->modules, "/nowhere", &why), -ENOENT);
	assert_string_equal(why.text,
	                    "drivers 'this': /nowhere/class/net: No such file or directory");
}

static void a_list_that_comes_to_nothing_is_an_error(void **state)
{
	struct world *world = *state;
	struct why why;

	assert_int_equal(drivers_add(&world->modules, "all", &why), -ENOENT);
	assert_string_equal(why.text, "drivers 'all': the kernel has no Ethernet driver");
	assert_int_equal(drivers_add(&world->modules, "virtual", &why), -ENOENT);
	assert_string_equal(why.text, "drivers 'virtual': the kernel has no driver for a virtual "
	                              "machine's network device");
	assert_int_equal(drivers_add(&world->modules, "phy,,bridge", &why), -EINVAL);
	assert_string_equal(why.text, "drivers 'phy,,bridge': a name is missing");
}

static void names_are_found_with_either_dash(void **state)
{
	struct world *world = *state;
	struct why why;

	assert_int_equal(modset_add(&world->modules, "nic-driver", "test", &why), MODSET_ADDED);
	assert_int_equal(modset_add(&world->modules, "nic_driver", "test", &why), MODSET_ADDED);
	assert_int_equal(world->modules.count, 1);
	assert_int_equal(modset_add(&world->modules, "nic", "test", &why), MODSET_NONE);
	assert_int_equal(modset_add(&world->modules, "", "test", &why), MODSET_NONE);
	assert_int_equal(modset_add(&world->modules, "../nic-driver", "test", &why), MODSET_NONE);
}

#define IN_A_WORLD(test) cmocka_unit_test_setup_teardown(test, make_world, end_world)

int main(void)
{
	static const struct CMUnitTest tests[] = {
	        IN_A_WORLD(drivers_come_with_the_busses_above),
	        IN_A_WORLD(a_driver_in_use_needs_no_alias),
	        IN_A_WORLD(a_machine_without_cards_has_none),
	        IN_A_WORLD(a_list_that_comes_to_nothing_is_an_error),
	        IN_A_WORLD(names_are_found_with_either_dash),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
