/* SPDX-License-Identifier: GPL-2.0-or-later */
/* QEMU's command line: what a user's machine depends on is in it, and nothing can break out of it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "tools/boot/machine/qemu.h"

static const struct machine plain = {
        .memory = 512, .cpus = 2, .nic = "virtio-net-pci", .pxe = true, .qmp = 7};

/* All arguments in one line, with a blank before each. */
static const char *line_of(const struct machine *machine)
{
	static char line[8192];
	struct args args = {0};
	size_t n = 0;

	machine_args(machine, &args);
	assert_string_equal(args.v[0], "qemu-system-x86_64");
	assert_null(args.v[args.n]);
	for (size_t i = 0; i < args.n; i++)
		n += (size_t)snprintf(line + n, sizeof(line) - n, " %s", args.v[i]);
	args_free(&args);
	return line;
}

static void assert_has(const struct machine *machine, const char *part)
{
	if (!strstr(line_of(machine), part))
		fail_msg("'%s' is not in:%s", part, line_of(machine));
}

static void assert_has_not(const struct machine *machine, const char *part)
{
	if (strstr(line_of(machine), part))
		fail_msg("'%s' is in:%s", part, line_of(machine));
}

static void the_board_is_as_asked_for(void **state)
{
	struct machine m = plain;

	(void)state;
	assert_has(&m, " -nodefaults");
	assert_has(&m, " -display none");
	assert_has(&m, " -accel tcg,thread=single");
	assert_has(&m, " -m 512");
	assert_has(&m, " -smp 2");
	assert_has(&m, " -S");
	m.cpus = 1;
	assert_has(&m, " -accel tcg -cpu qemu64 ");
	m.kvm = true;
	assert_has(&m, " -accel kvm");
	assert_has(&m, " -cpu host");
	m.cpu = "max,la57=off";
	assert_has(&m, " -cpu max,la57=off ");
}

static void the_console_is_on_the_standard_streams_and_qmp_on_its_socket(void **state)
{
	(void)state;
	assert_has(&plain, " -chardev stdio,id=console,signal=off -serial chardev:console");
	assert_has(&plain, " -chardev socket,id=qmp,fd=7 -mon chardev=qmp,mode=control");
}

static void a_machine_that_does_not_reboot_ends(void **state)
{
	struct machine m = plain;

	(void)state;
	assert_has(&m, " -action reboot=shutdown,");
	m.reboots = true;
	assert_has(&m, " -action reboot=reset,");
}

static void pxe_has_a_rom_a_boot_file_and_tftp(void **state)
{
	struct machine m = plain;

	(void)state;
	m.user_network = true;
	m.tftp = "/run/tftp";
	m.bootfile = "boot.ipxe";
	assert_has(&m, " -netdev user,id=user,restrict=on,tftp=/run/tftp,bootfile=boot.ipxe");
	assert_has(&m, " -netdev hubport,id=port-user,hubid=0,netdev=user");
	assert_has(&m, " -device virtio-net-pci,id=nic,netdev=port-nic,bootindex=0");
	assert_has_not(&m, "-kernel");
	m.internet = true;
	assert_has(&m, " -netdev user,id=user,restrict=off,");
}

static void what_comes_by_http_is_a_folder_of_an_address_of_its_own(void **state)
{
	struct machine m = plain;

	(void)state;
	m.user_network = true;
	assert_has_not(&m, "guestfwd");
	m.http = "/run/a,b";
	assert_has(&m,
	           "restrict=on,guestfwd=tcp:10.0.2.100:80-cmd:busybox httpd -i -h '/run/a,,b'");
	/* QEMU takes the command apart as a shell does (g_shell_parse_argv). */
	m.http = "/run/a'b";
	assert_has(&m, "busybox httpd -i -h '/run/a'\\''b'");
}

static void the_firmwares_own_way_leaves_the_nic_without_a_rom(void **state)
{
	struct machine m = plain;

	(void)state;
	m.own_pxe = true;
	assert_has(&m, " -device virtio-net-pci,id=nic,netdev=port-nic,romfile=,bootindex=0");
	assert_has_not(&m, "-fw_cfg");
	m.own_http = true;
	assert_has(&m, " -fw_cfg name=opt/org.tianocore/IPv4PXESupport,string=n"
	               " -fw_cfg name=opt/org.tianocore/IPv6PXESupport,string=n");
}

static void a_medium_comes_first(void **state)
{
	struct machine m = plain;

	(void)state;
	m.pxe = false;
	m.medium = "/tmp/a,b";
	assert_has(&m, ",romfile=");
	assert_has(&m, " -drive if=none,id=medium,format=raw,readonly=on,file=/tmp/a,,b,media=cdrom"
	               " -device ide-cd,drive=medium,bootindex=0");
	m.medium_usb = true;
	assert_has(&m, " -drive if=none,id=medium,format=raw,readonly=on,file=/tmp/a,,b"
	               " -device qemu-xhci -device usb-storage,drive=medium,bootindex=0");
}

static void uefi_is_two_flash_chips_of_which_one_is_written(void **state)
{
	struct machine m = plain;

	(void)state;
	assert_has_not(&m, "pflash");
	m.uefi_code = "/usr/share/OVMF/CODE.fd";
	m.uefi_variables = "/tmp/a,b";
	assert_has(&m,
	           " -drive if=pflash,unit=0,format=raw,readonly=on,file=/usr/share/OVMF/CODE.fd"
	           " -drive if=pflash,unit=1,format=raw,file=/tmp/a,,b");
	assert_has_not(&m, "smm=on");
	m.uefi_secure = true;
	assert_has(&m, " -machine q35,smm=on,graphics=off ");
	assert_has(&m, " -global driver=cfi.pflash01,property=secure,value=on -drive if=pflash");
}

static void a_direct_start_needs_no_rom(void **state)
{
	struct machine m = plain;

	(void)state;
	m.pxe = false;
	m.kernel = "/boot/vmlinuz";
	m.initrd = "/boot/a,b";
	m.command_line = "root=aoe:e0.0 rw, really";
	assert_has(&m, ",romfile=");
	assert_has(&m, " -kernel /boot/vmlinuz -initrd /boot/a,b -append root=aoe:e0.0 rw, really");
	m.initrd = NULL;
	assert_has_not(&m, "-initrd");
}

/* It needs a bus, and has no ROM to be left out. */
static void a_usb_nic_has_its_bus(void **state)
{
	struct machine m = plain;

	(void)state;
	m.pxe = false;
	m.nic = "usb-net";
	assert_has(&m, " -device qemu-xhci ");
	assert_has(&m, " usb-net,id=nic,netdev=port-nic");
	assert_has_not(&m, ",romfile=");
	m.nic = "e1000";
	assert_has_not(&m, "qemu-xhci");
}

static void the_aoe_lan_is_a_pair_of_sockets_on_the_nics_hub(void **state)
{
	struct machine m = plain;

	(void)state;
	m.lan_local = "/tmp/guest";
	m.lan_remote = "/tmp/target";
	assert_has(&m, " -netdev dgram,id=lan,local.type=unix,local.path=/tmp/guest,"
	               "remote.type=unix,remote.path=/tmp/target");
	assert_has(&m, " -netdev hubport,id=port-lan,hubid=0,netdev=lan");
	assert_has(&m, " -netdev hubport,id=port-nic,hubid=0 ");
}

static void a_tap_lan_gets_no_dhcp_server_of_ours(void **state)
{
	struct machine m = plain;

	(void)state;
	m.tap = "lan0";
	assert_has(&m, " -netdev tap,id=lan,ifname=lan0,script=no,downscript=no");
	assert_has_not(&m, "-netdev user");
}

static void the_nic_has_the_mac_it_is_given(void **state)
{
	struct machine m = plain;

	(void)state;
	assert_has_not(&m, "mac=");
	m.mac = "52:54:00:aa:bb:cc";
	m.nic = "e1000";
	assert_has(&m, " -device e1000,id=nic,netdev=port-nic,mac=52:54:00:aa:bb:cc");
}

static void a_disk_is_virtio_and_raw(void **state)
{
	struct machine m = plain;

	(void)state;
	assert_has_not(&m, "-drive");
	m.disk = "/tmp/d.img";
	assert_has(&m, " -drive if=none,id=disk,format=raw,file=/tmp/d.img -device virtio-blk-pci");
	m.disk_read_only = true;
	assert_has(&m, "file=/tmp/d.img,read-only=on");
	m.disk_snapshot = true;
	assert_has(&m, "file=/tmp/d.img,snapshot=on");
	assert_has_not(&m, "drive=disk,bootindex");
	m.disk_boots = true;
	assert_has(&m, " virtio-blk-pci,drive=disk,bootindex=0");
}

static void commas_in_paths_stay_in_the_paths(void **state)
{
	struct machine m = plain;

	(void)state;
	m.user_network = true;
	m.tftp = "/a,hostfwd=tcp::22-:22";
	m.bootfile = "b,c";
	m.lan_local = "/g,1";
	m.lan_remote = "/t,2";
	m.disk = "/d,readonly=on";
	assert_has(&m, "tftp=/a,,hostfwd=tcp::22-:22,bootfile=b,,c");
	assert_has(&m, "local.path=/g,,1,remote.type=unix,remote.path=/t,,2");
	assert_has(&m, "file=/d,,readonly=on");
}

static void the_nics_drivers_are_known(void **state)
{
	(void)state;
	assert_string_equal(machine_nic_module("virtio-net-pci"), "virtio_net");
	assert_string_equal(machine_nic_module("rtl8139"), "8139cp");
	assert_string_equal(machine_nic_module("i82559er"), "e100");
	assert_string_equal(machine_nic_module("usb-net"), "cdc_ether");
	assert_null(machine_nic_module("nonsense"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(the_board_is_as_asked_for),
	        cmocka_unit_test(the_console_is_on_the_standard_streams_and_qmp_on_its_socket),
	        cmocka_unit_test(a_machine_that_does_not_reboot_ends),
	        cmocka_unit_test(pxe_has_a_rom_a_boot_file_and_tftp),
	        cmocka_unit_test(what_comes_by_http_is_a_folder_of_an_address_of_its_own),
	        cmocka_unit_test(the_firmwares_own_way_leaves_the_nic_without_a_rom),
	        cmocka_unit_test(a_medium_comes_first),
	        cmocka_unit_test(uefi_is_two_flash_chips_of_which_one_is_written),
	        cmocka_unit_test(a_direct_start_needs_no_rom),
	        cmocka_unit_test(a_usb_nic_has_its_bus),
	        cmocka_unit_test(the_aoe_lan_is_a_pair_of_sockets_on_the_nics_hub),
	        cmocka_unit_test(a_tap_lan_gets_no_dhcp_server_of_ours),
	        cmocka_unit_test(the_nic_has_the_mac_it_is_given),
	        cmocka_unit_test(a_disk_is_virtio_and_raw),
	        cmocka_unit_test(commas_in_paths_stay_in_the_paths),
	        cmocka_unit_test(the_nics_drivers_are_known),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
