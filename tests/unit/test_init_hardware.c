/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Network cards without a driver, as the kernel shows them: one of each bus, in a tree of files. */
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

#include "init/hardware.h"

static char busses[] = "/tmp/etherroot-test-XXXXXX";
static struct modules modules = {.directory = -1};

static int make_busses(void **state)
{
	(void)state;
	strcpy(strrchr(busses, '-') + 1, "XXXXXX");
	return mkdtemp(busses) ? 0 : -1;
}

static int remove_busses(void **state)
{
	char command[64];

	(void)state;
	snprintf(command, sizeof(command), "rm -r %s", busses);
	return system(command);
}

/* Gives a device one attribute; the first one makes it. */
static void device_has(const char *bus, const char *device, const char *attribute, const char *text)
{
	char path[256];
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s", busses, bus);
	mkdir(path, 0700);
	snprintf(path, sizeof(path), "%s/%s/devices", busses, bus);
	mkdir(path, 0700);
	snprintf(path, sizeof(path), "%s/%s/devices/%s", busses, bus, device);
	mkdir(path, 0700);
	snprintf(path, sizeof(path), "%s/%s/devices/%s/%s", busses, bus, device, attribute);
	file = fopen(path, "w");
	assert_non_null(file);
	fprintf(file, "%s\n", text);
	fclose(file);
}

static void assert_found(const char *device)
{
	struct driverless found;

	hardware_find_driverless(&modules, busses, &found);
	assert_string_equal(found.device, device);
	assert_string_equal(found.driver, "");
}

static void none(void **state)
{
	(void)state;
	assert_found("");
}

static void a_pci_card(void **state)
{
	(void)state;
	device_has("pci", "0000:00:02.0", "class", "0x030000"); /* a display */
	device_has("pci", "0000:00:03.0", "class", "0x028000"); /* Wi-Fi */
	assert_found("");
	device_has("pci", "0000:00:04.0", "class", "0x020000");
	device_has("pci", "0000:00:04.0", "vendor", "0x8086");
	device_has("pci", "0000:00:04.0", "device", "0x100e");
	assert_found("pci 0000:00:04.0 (8086:100e)");
	/* A link, in truth. */
	device_has("pci", "0000:00:04.0", "driver", "");
	assert_found("");
}

static void a_virtio_card(void **state)
{
	(void)state;
	device_has("virtio", "virtio0", "device", "0x0002"); /* a disk */
	assert_found("");
	device_has("virtio", "virtio1", "device", "0x0001");
	device_has("virtio", "virtio1", "vendor", "0x1af4");
	assert_found("virtio virtio1 (1af4:0001)");
}

/* A CDC Ethernet, and an NCM; other interfaces of the same device are none. */
static void a_usb_card(void **state)
{
	(void)state;
	device_has("usb", "1-1:1.1", "modalias",
	           "usb:v0525pA4A2d0100dc02dsc00dp00ic0Aisc00ip00in01");
	device_has("usb", "1-2:1.0", "modalias",
	           "usb:v046DpC31Cd6402dc00dsc00dp00ic03isc01ip01in00");
	assert_found("");
	device_has("usb", "1-1:1.0", "modalias",
	           "usb:v0525pA4A2d0100dc02dsc00dp00ic02isc06ip00in00");
	assert_found("usb 1-1:1.0");
	device_has("usb", "1-1:1.0", "driver", "");
	device_has("usb", "1-3:2.0", "modalias",
	           "usb:v0BDAp8156d3104dc00dsc00dp00ic02isc0Dip00in00");
	assert_found("usb 1-3:2.0");
}

static void a_vmbus_card(void **state)
{
	(void)state;
	device_has("vmbus", "disk", "class_id", "{ba6163d9-04a1-4d29-b605-72e2ffb1dc7f}");
	assert_found("");
	device_has("vmbus", "card", "class_id", "{f8615163-df3e-46c5-913f-f2d2f965ed0e}");
	assert_found("vmbus card");
}

static void a_xen_card(void **state)
{
	(void)state;
	device_has("xen", "vbd-768", "devtype", "vbd");
	assert_found("");
	device_has("xen", "vif-0", "devtype", "vif");
	assert_found("xen vif-0");
}

#define test(function) cmocka_unit_test_setup_teardown(function, make_busses, remove_busses)

int main(void)
{
	const struct CMUnitTest tests[] = {
	        test(none),       test(a_pci_card),   test(a_virtio_card),
	        test(a_usb_card), test(a_vmbus_card), test(a_xen_card),
	};

	return cmocka_run_group_tests_name("init: hardware", tests, NULL, NULL);
}
