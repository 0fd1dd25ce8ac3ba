/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The stages of a boot on its console. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tools/boot/verdict/stages.h"

static void the_kernels_clock_is_read(void **state)
{
	(void)state;
	assert_true(stages_guest_time("[    2.264447] clocksource: Switched") == 2.264447);
	assert_true(stages_guest_time("ok\r[  123.000001][    T1] systemd[1]: hello") ==
	            123.000001);
	assert_true(stages_guest_time("host login: [    9.500000] late") == 9.5);
	assert_true(stages_guest_time("[  OK  ] Reached target") < 0);
	assert_true(stages_guest_time("[    2.26444] short") < 0);
	assert_true(stages_guest_time("[") < 0);
	assert_true(stages_guest_time("[1.123456") < 0);
	assert_true(stages_guest_time("") < 0);
}

static void a_whole_boot_has_all_its_stages(void **state)
{
	static const struct {
		const char *line, *name;
	} boot[] = {
	        {"SeaBIOS (version 1.16.2-debian-1.16.2-1)", "firmware"},
	        {"iPXE 1.0.0+git -- Open Source Network Boot Firmware -- http://ipxe.org", "ipxe"},
	        {"iPXE initialising devices...ok", NULL},
	        {"Next server: 10.0.2.2", "dhcp"},
	        {"boot.ipxe : 91 bytes [script]", "script"},
	        {"Booting from SAN device 0x80", "san"},
	        {"Welcome to GRUB!", "loader"},
	        {"initrd... ok", "files"},
	        {"[    0.000000] Linux version 6.1.0-56-amd64 (debian-kernel@lists", "kernel"},
	        {"[    2.313099] Run /init as init process", "init"},
	        {"[    2.4] x", NULL},
	        {"[    2.400000] etherroot: nic: eth0 virtio_net", "nic"},
	        {"[    2.410000] etherroot: carrier: eth0", "carrier"},
	        {"[    2.420000] etherroot: discover: e0.0", "discover"},
	        {"[    2.430000] etherroot: root: /dev/etherd/e0.0 ext4", "root"},
	        {"[    2.440000] EXT4-fs (etherd!e0.0): mounted filesystem with", "mount"},
	        {"[    2.450000] etherroot: mount: /dev/etherd/e0.0 ext4 rw", NULL},
	        {"[    2.460000] etherroot: switch: /sbin/init", "switch"},
	        {"[    3.000000] systemd[1]: systemd 252 running", "systemd"},
	        {"[    3.100000] systemd[1]: again", NULL},
	        {"[  OK  ] Reached target multi-user.target - Multi-User System.", "multi-user"},
	        {"etherroot login: ", "login"},
	};
	struct stages stages;
	size_t reached = 0;

	(void)state;
	stages_init(&stages);
	for (size_t i = 0; i < sizeof(boot) / sizeof(boot[0]); i++) {
		size_t new = stages_look(&stages, boot[i].line, 1000 * (int64_t)i);

		assert_int_equal(new, boot[i].name != NULL);
		if (!new)
			continue;
		assert_string_equal(stages.times[reached].name, boot[i].name);
		assert_int_equal(stages.times[reached].host, 1000 * (int64_t)i);
		reached++;
	}
	assert_int_equal(stages.count, reached);
	assert_true(stages_find(&stages, "init")->guest == 2.313099);
	assert_true(stages_find(&stages, "login")->guest < 0);
	assert_null(stages_find(&stages, "nonsense"));
	stages_free(&stages);
}

static void troubles_are_told_apart(void **state)
{
	bool hopeless;

	(void)state;
	assert_non_null(stages_trouble("[ 1.0] Kernel panic - not syncing: VFS", &hopeless));
	assert_true(hopeless);
	assert_non_null(stages_trouble("No bootable device.", &hopeless));
	assert_true(hopeless);
	assert_non_null(stages_trouble("(initramfs) ", &hopeless));
	assert_false(hopeless);
	assert_non_null(stages_trouble("etherroot: this machine could not be started: the lines "
	                               "above say why",
	                               &hopeless));
	assert_true(hopeless);
	/* With another server, or the generation before, it may still come to something. */
	assert_null(stages_trouble("etherroot: the kernel could not be loaded: x", &hopeless));
	assert_non_null(stages_trouble(
	        "etherroot: 52:54:00:12:34:56 is not known to this server, which has noted it",
	        &hopeless));
	assert_false(hopeless);
	assert_non_null(stages_trouble("etherroot: GRUB could not start this machine", &hopeless));
	assert_true(hopeless);
	assert_null(stages_trouble("all is well", &hopeless));
}

static void the_latest_failure_is_kept(void **state)
{
	struct stages stages;

	(void)state;
	stages_init(&stages);
	assert_string_equal(stages.failure, "");
	stages_look(&stages, "[    3.1] etherroot: waiting: E-NOTARGET: e0.0: no target", 1);
	assert_string_equal(stages.failure, "E-NOTARGET: e0.0: no target");
	stages_look(&stages, "[    4.1] etherroot: E-MOUNT: /dev/etherd/e0.0: no such device", 2);
	stages_look(&stages, "[    4.2] etherroot: mount: E-not one of them", 3);
	stages_look(&stages, "[    4.3] E-NOFS: another's", 3);
	assert_string_equal(stages.failure, "E-MOUNT: /dev/etherd/e0.0: no such device");
	stages_free(&stages);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(the_kernels_clock_is_read),
	        cmocka_unit_test(a_whole_boot_has_all_its_stages),
	        cmocka_unit_test(troubles_are_told_apart),
	        cmocka_unit_test(the_latest_failure_is_kept),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
