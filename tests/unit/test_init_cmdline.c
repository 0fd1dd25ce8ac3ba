/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The kernel command line as the init reads it. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "init/cmdline.h"

/* The parser cuts its line up, so each test hands it a copy of exactly the right size. */
static char *line;
static struct cmdline cmdline;
static struct cmdline_error error;

static int parse(const char *text)
{
	free(line);
	line = strdup(text);
	assert_non_null(line);
	return cmdline_parse(line, &cmdline, &error);
}

static int drop_line(void **state)
{
	(void)state;
	free(line);
	line = NULL;
	return 0;
}

static void assert_root(const char *text, unsigned shelf, unsigned slot, unsigned partition)
{
	char whole[128] = "root=";
	assert_int_equal(parse(strcat(whole, text)), 0);
	assert_int_equal(cmdline.root.kind, ROOT_AOE);
	assert_int_equal(cmdline.root.address.shelf, shelf);
	assert_int_equal(cmdline.root.address.slot, slot);
	assert_int_equal(cmdline.root.partition, partition);
}

static void root_takes_addresses(void **state)
{
	(void)state;
	assert_root("aoe:e0.0", 0, 0, 0);
	assert_root("aoe:e65534.254p255", 65534, 254, 255);
	assert_root("/dev/etherd/e7.1p2", 7, 1, 2);
}

static void root_takes_uuid_and_label(void **state)
{
	(void)state;
	assert_int_equal(parse("root=UUID=11111111-2222"), 0);
	assert_int_equal(cmdline.root.kind, ROOT_UUID);
	assert_string_equal(cmdline.root.value, "11111111-2222");
	assert_int_equal(parse("root=\"LABEL=my disk\" rw"), 0);
	assert_int_equal(cmdline.root.kind, ROOT_LABEL);
	assert_string_equal(cmdline.root.value, "my disk");
	assert_true(cmdline.read_write);
	assert_int_equal(parse("root=/dev/disk/by-label/top"), 0);
	assert_string_equal(cmdline.root.value, "top");
}

static void root_takes_the_uuid_and_label_of_a_partition(void **state)
{
	(void)state;
	assert_int_equal(parse("root=PARTUUID=4F68BCE3-02"), 0);
	assert_int_equal(cmdline.root.kind, ROOT_PARTUUID);
	assert_int_equal(cmdline.root.beyond, 0);
	assert_true(root_is_uuid(&cmdline.root, "4f68bce3-02"));
	assert_false(root_is_uuid(&cmdline.root, "4f68bce3-0"));
	assert_false(root_is_uuid(&cmdline.root, "4f68bce3-021"));
	assert_int_equal(parse("root=PARTUUID=4f68bce3-02/PARTNROFF=1"), 0);
	assert_true(root_is_uuid(&cmdline.root, "4f68bce3-02"));
	assert_false(root_is_uuid(&cmdline.root, ""));
	assert_int_equal(cmdline.root.beyond, 1);
	assert_int_equal(parse("root=/dev/disk/by-partuuid/4f68bce3-02/PARTNROFF=-255"), 0);
	assert_int_equal(cmdline.root.kind, ROOT_PARTUUID);
	assert_int_equal(cmdline.root.beyond, -255);
	/* Many a device has none. */
	assert_int_equal(parse("root=UUID=/1"), 0);
	assert_false(root_is_uuid(&cmdline.root, ""));
	assert_int_equal(parse("root=PARTLABEL=a/b"), 0);
	assert_int_equal(cmdline.root.kind, ROOT_PARTLABEL);
	assert_string_equal(cmdline.root.value, "a/b");
	assert_int_equal(parse("root=/dev/disk/by-partlabel/a\\x20b"), 0);
	assert_true(root_is_label(&cmdline.root, "a b"));
}

static void root_may_be_left_to_the_firmware(void **state)
{
	(void)state;
	assert_int_equal(parse("root=abft rd.target=02:00:00:00:00:01"), 0);
	assert_int_equal(cmdline.root.kind, ROOT_ABFT);
	assert_true(cmdline.has_target);
	assert_int_equal(parse("root=aoe:e0.0 root=abft"), 0);
	assert_int_equal(cmdline.root.kind, ROOT_ABFT);
	assert_int_equal(parse("root=LABEL=a rd.target=02:00:00:00:00:01"), 0);
	assert_true(cmdline.target_is_ignored);
}

static void assert_refused(const char *text, const char *word, size_t position,
                           const char *problem_part)
{
	assert_int_equal(parse(text), -EINVAL);
	assert_string_equal(error.word, word);
	assert_int_equal(error.position, position);
	assert_non_null(strstr(error.problem, problem_part));
}

static void root_errors_name_the_place(void **state)
{
	(void)state;
	assert_refused("root=aoe:x0.0", "root=aoe:x0.0", 9, "expected e<shelf>.<slot>");
	assert_refused("root=aoe:e", "root=aoe:e", 10, "shelf");
	assert_refused("root=aoe:e65535.0", "root=aoe:e65535.0", 10, "0 to 65534");
	assert_refused("root=aoe:e0", "root=aoe:e0", 11, "'.'");
	assert_refused("root=aoe:e0.x", "root=aoe:e0.x", 12, "slot");
	assert_refused("root=aoe:e0.255", "root=aoe:e0.255", 12, "0 to 254");
	assert_refused("root=aoe:e0.0q", "root=aoe:e0.0q", 13, "nothing more");
	assert_refused("root=aoe:e0.0p", "root=aoe:e0.0p", 14, "partition");
	assert_refused("root=aoe:e0.0p0", "root=aoe:e0.0p0", 14, "1 to 255");
	assert_refused("root=aoe:e0.0p256", "root=aoe:e0.0p256", 14, "1 to 255");
	assert_refused("root=aoe:e99999999999999999999.0", "root=aoe:e99999999999999999999.0", 10,
	               "shelf");
	assert_refused("root=/dev/sda1", "root=/dev/sda1", 5, "or abft");
	assert_refused("root=UUID=", "root=UUID=", 10, "value");
	assert_refused("root=abft1", "root=abft1", 9, "nothing more");
	assert_refused("root=PARTLABEL=", "root=PARTLABEL=", 15, "value");
	assert_refused("root=PARTUUID=/PARTNROFF=1", "root=PARTUUID=/PARTNROFF=1", 14, "UUID");
	assert_refused("root=PARTUUID=1/2", "root=PARTUUID=1/2", 15, "PARTNROFF=");
	assert_refused("root=PARTUUID=1/PARTNROFF=", "root=PARTUUID=1/PARTNROFF=", 26, "number");
	assert_refused("root=PARTUUID=1/PARTNROFF=256", "root=PARTUUID=1/PARTNROFF=256", 26,
	               "-255 to 255");
	assert_refused("root=PARTUUID=1/PARTNROFF=-1x", "root=PARTUUID=1/PARTNROFF=-1x", 28,
	               "number");
	assert_refused("rd.hook=/h root=aoe:e0.0 root=/dev/mapper/x rd.hook=", "rd.hook=", 8,
	               "path");
	assert_refused("root=aoe:x \"root=/dev/mapper/a b\"", "root=/dev/mapper/a b", 5, "or abft");
	assert_refused("root=", "root=", 5, "aoe:");
	assert_refused("rd.netconsole=10.0.0.x", "rd.netconsole=10.0.0.x", 21, "IP");
	assert_refused("rd.netconsole", "rd.netconsole", 13, "IP");
	assert_refused("root", "root", 4, "aoe:");
}

static void netroot_is_the_disk_that_a_name_is_looked_for_on(void **state)
{
	(void)state;
	assert_int_equal(parse("root=UUID=1 netroot=aoe:e1.2"), 0);
	assert_int_equal(cmdline.netroot.kind, ROOT_AOE);
	assert_int_equal(cmdline.netroot.address.slot, 2);
	assert_false(cmdline.netroot_is_ignored);
	assert_int_equal(cmdline.root.kind, ROOT_UUID);
	assert_int_equal(parse("netroot=aoe:e0.0 root=PARTLABEL=x"), 0);
	assert_false(cmdline.netroot_is_ignored);
	assert_int_equal(parse("netroot=aoe:e0.0 root=aoe:e0.1p1"), 0);
	assert_true(cmdline.netroot_is_ignored);
	assert_int_equal(cmdline.netroot.kind, ROOT_ABFT);
	assert_int_equal(cmdline.root.kind, ROOT_AOE);
	assert_int_equal(parse("netroot=aoe:e0.0"), 0);
	assert_true(cmdline.netroot_is_ignored);
	assert_int_equal(parse("netroot=aoe:e0.0 rd.hook=/h root=/dev/mapper/x"), 0);
	assert_true(cmdline.netroot_is_ignored);
	assert_int_equal(parse("root=abft"), 0);
	assert_false(cmdline.netroot_is_ignored);
	assert_refused("root=UUID=1 netroot=iscsi:10.0.0.1", "netroot=iscsi:10.0.0.1", 8, "aoe:");
	assert_refused("root=UUID=1 netroot=aoe:e0.0p1", "netroot=aoe:e0.0p1", 8, "a disk");
	assert_refused("root=UUID=1 netroot=LABEL=x", "netroot=LABEL=x", 8, "a disk");
	assert_refused("root=UUID=1 netroot", "netroot", 7, "aoe:");
}

static void assert_overlay(const char *text, const char *size, enum root_kind kind)
{
	assert_int_equal(parse(text), 0);
	assert_true(cmdline.overlay.wanted);
	assert_string_equal(cmdline.overlay.size, size);
	assert_int_equal(cmdline.overlay.device.kind, kind);
}

static void an_overlay_is_in_memory_or_on_a_device(void **state)
{
	(void)state;
	assert_overlay("rd.overlay", "", ROOT_ABFT);
	assert_overlay("rd.overlay=1", "", ROOT_ABFT);
	assert_overlay("rd.overlay=tmpfs", "", ROOT_ABFT);
	assert_overlay("rd.overlay=tmpfs:512M", "512M", ROOT_ABFT);
	assert_overlay("rd.overlay=tmpfs:50%", "50%", ROOT_ABFT);
	assert_overlay("rd.overlay=tmpfs:1048576", "1048576", ROOT_ABFT);
	assert_overlay("rd.overlay=aoe:e1.2p3", "", ROOT_AOE);
	assert_int_equal(cmdline.overlay.device.partition, 3);
	assert_overlay("rd.overlay=\"LABEL=my changes\"", "", ROOT_LABEL);
	assert_string_equal(cmdline.overlay.device.value, "my changes");
	/* The last one counts, all of it. */
	assert_overlay("rd.overlay=aoe:e1.2 rd.overlay=tmpfs:9k", "9k", ROOT_ABFT);
	assert_overlay("rd.overlay=tmpfs:9k rd.overlay=UUID=12", "", ROOT_UUID);
	assert_int_equal(parse("rd.overlay=aoe:e1.2 rd.overlay=0"), 0);
	assert_false(cmdline.overlay.wanted);
	assert_int_equal(cmdline.overlay.device.kind, ROOT_ABFT);
}

static void overlay_errors_name_the_place(void **state)
{
	(void)state;
	assert_refused("rd.overlay=tmpfs:", "rd.overlay=tmpfs:", 17, "a size");
	assert_refused("rd.overlay=tmpfs:0", "rd.overlay=tmpfs:0", 18, "a size");
	assert_refused("rd.overlay=tmpfs:1MB", "rd.overlay=tmpfs:1MB", 18, "a size");
	assert_refused("rd.overlay=tmpfs:1,x", "rd.overlay=tmpfs:1,x", 18, "a size");
	assert_refused("rd.overlay=", "rd.overlay=", 11, "aoe:");
	assert_refused("rd.overlay=abft", "rd.overlay=abft", 11, "a device");
	assert_refused("rd.overlay=/dev/vda rd.hook=/bin/hook", "rd.overlay=/dev/vda", 11,
	               "a device");
	assert_refused("rd.overlay=aoe:e0.x", "rd.overlay=aoe:e0.x", 18, "a slot");
}

#define HASH "00112233445566778899aabbccddeeff00112233445566778899AABBCCDDEEFF"

static void a_root_hash_is_taken_whole(void **state)
{
	(void)state;
	assert_int_equal(parse("roothash=" HASH " rd.verity.hash=aoe:e0.1 rd.verity.offset=512"),
	                 0);
	assert_string_equal(cmdline.root_hash, HASH);
	assert_int_equal(cmdline.hash_tree.kind, ROOT_AOE);
	assert_true(cmdline.verity_is_placed);
	assert_int_equal(cmdline.verity_offset, 512);
	assert_int_equal(parse("roothash=" HASH HASH), 0);
	assert_refused("roothash=", "roothash=", 9, "hexadecimal");
	assert_refused("roothash", "roothash", 0, "hexadecimal");
	assert_refused("roothash=c0ffee", "roothash=c0ffee", 15, "hexadecimal");
	assert_refused("roothash=" HASH "0", "roothash=" HASH "0", 74, "hexadecimal");
	assert_refused("roothash=" HASH "xx", "roothash=" HASH "xx", 73, "hexadecimal");
	assert_refused("roothash=" HASH HASH "00", "roothash=" HASH HASH "00", 139, "64 to 128");
	assert_refused("rd.verity.offset=513", "rd.verity.offset=513", 17, "multiple");
	assert_refused("rd.verity.offset=x", "rd.verity.offset=x", 17, "multiple");
}

static void a_host_name_is_checked(void **state)
{
	(void)state;
	assert_int_equal(parse("rd.hostname=ws-7.example.org"), 0);
	assert_string_equal(cmdline.hostname, "ws-7.example.org");
	assert_refused("rd.hostname=ws_7", "rd.hostname=ws_7", 12, "a name");
	assert_refused("rd.hostname=", "rd.hostname=", 12, "a name");
	assert_refused("rd.hostname", "rd.hostname", 0, "a name");
}

static void a_hook_makes_any_device(void **state)
{
	(void)state;
	assert_int_equal(parse("root=/dev/vg/root rd.hook=/bin/hook"), 0);
	assert_int_equal(cmdline.root.kind, ROOT_DEVICE);
	assert_string_equal(cmdline.root.text, "/dev/vg/root");
	assert_string_equal(cmdline.hook, "/bin/hook");
	assert_int_equal(parse("rd.hook=/bin/hook root=/dev/etherd/e0.0"), 0);
	assert_int_equal(cmdline.root.kind, ROOT_AOE);
	assert_int_equal(parse("root=/dev/vg/root root=aoe:e0.0"), 0);
}

static void a_root_in_memory_takes_no_other_disk(void **state)
{
	(void)state;
	assert_int_equal(parse("root=aoe:e0.0 rd.toram rd.overlay=tmpfs roothash=" HASH), 0);
	assert_string_equal(cmdline.to_memory, "rd.toram");
	assert_int_equal(parse("rd.toram rd.verity.hash=aoe:e0.1"), 0);
	assert_int_equal(parse("rd.toram rd.toram=0 rd.overlay=aoe:e0.1"), 0);
	assert_refused("rd.toram rd.overlay=aoe:e0.1", "rd.toram", 0, "rd.overlay=tmpfs");
	assert_refused("rd.toram=1 rd.verity.hash=aoe:e0.1 roothash=" HASH, "rd.toram=1", 0,
	               "behind the root");
}

static void breakpoints_add_up(void **state)
{
	(void)state;
	assert_int_equal(parse("rd.break=find rd.netconsole=x rd.netconsole=10.0.0.1 rd.break"), 0);
	assert_int_equal(cmdline.break_count, 2);
	assert_string_equal(cmdline.breaks[0], "find");
	assert_string_equal(cmdline.breaks[1], "switch");
	assert_string_equal(cmdline.netconsole, "10.0.0.1");
	assert_refused("rd.break rd.break rd.break rd.break rd.break rd.break rd.break rd.break "
	               "rd.break",
	               "rd.break", 0, "too many");
}

static void values_are_taken(void **state)
{
	(void)state;
	assert_int_equal(
	        parse("BOOT_IMAGE=/vmlinuz root=aoe:e0.0 ro rw rootflags=noatime,data=journal "
	              "rootfstype=xfs,ext4 init=/bin/sh panic=10 rootwait rootdelay=3 "
	              "rd.timeout=60 rd.onfail=reboot rd.mtu=9000 rd.debug rd.quiet=0 "
	              "quiet splash foo.bar=1\n"),
	        0);
	assert_true(cmdline.read_write);
	assert_int_equal(cmdline.break_count, 0);
	assert_string_equal(cmdline.rootflags, "noatime,data=journal");
	assert_int_equal(cmdline.fstype_count, 2);
	assert_string_equal(cmdline.fstypes[0], "xfs");
	assert_string_equal(cmdline.fstypes[1], "ext4");
	assert_string_equal(cmdline.init, "/bin/sh");
	assert_true(cmdline.panic_given);
	assert_int_equal(cmdline.rootdelay, 3);
	assert_int_equal(cmdline.timeout, 60);
	assert_int_equal(cmdline.onfail, ONFAIL_REBOOT);
	assert_int_equal(cmdline.mtu, 9000);
	assert_true(cmdline.debug);
	assert_false(cmdline.quiet);
}

static void defaults_are_the_kernels(void **state)
{
	(void)state;
	assert_int_equal(parse(""), 0);
	assert_int_equal(cmdline.root.kind, ROOT_ABFT);
	assert_string_equal(cmdline.root.text, "abft");
	assert_false(cmdline.read_write);
	assert_string_equal(cmdline.rootflags, "");
	assert_null(cmdline.init);
	assert_int_equal(cmdline.timeout, 0);
	assert_int_equal(cmdline.onfail, ONFAIL_DEFAULT);
	assert_int_equal(cmdline.nic_count, 0);
}

static void the_last_of_two_wins(void **state)
{
	(void)state;
	assert_int_equal(parse("rw root=aoe:e0.0 ro root=aoe:e1.2"), 0);
	assert_false(cmdline.read_write);
	assert_int_equal(cmdline.root.address.shelf, 1);
}

/* As with the kernel: what a boot loader's configuration has first, the user's own word corrects.
 */
static void a_mistake_that_is_corrected_is_none(void **state)
{
	(void)state;
	assert_int_equal(parse("root=/dev/ram0 rd.timeout=never rd.timeout=5 root=aoe:e0.0"), 0);
	assert_int_equal(cmdline.root.kind, ROOT_AOE);
	assert_int_equal(cmdline.timeout, 5);
	assert_refused("root=aoe:e0.0 root=/dev/ram0", "root=/dev/ram0", 5, "expected aoe:");
	assert_int_equal(parse("root=abft root=aoe:e0.0"), 0);
	assert_refused("root=/dev/ram0 rd.mtu=1 root=aoe:e0.0", "rd.mtu=1", 7, "68");
}

/* As the kernel's next_arg (lib/cmdline.c). */
static void quotes_are_the_kernels(void **state)
{
	(void)state;
	assert_int_equal(parse("\"root=/dev/ram0\" root=\"LABEL=my \"own\" disk\""), 0);
	assert_string_equal(cmdline.root.value, "my \"own\" disk");
	assert_int_equal(parse("root=LABEL=\"my disk\" rw"), 0);
	assert_string_equal(cmdline.root.value, "my disk");
	assert_true(cmdline.read_write);
	assert_int_equal(parse("root=LABEL=a\"b c\"d rw"), 0);
	assert_string_equal(cmdline.root.value, "a\"b c\"d");
	assert_int_equal(parse("root=\"LABEL=never closed rw"), 0);
	assert_string_equal(cmdline.root.value, "never closed rw");
	assert_int_equal(parse("root=aoe:e0.0 \"\" \" \" =\"\" \""), 0);
}

static void assert_label(const char *text, const char *label, bool is_it)
{
	char whole[128] = "root=";

	assert_int_equal(parse(strcat(whole, text)), 0);
	assert_int_equal(root_is_label(&cmdline.root, label), is_it);
}

/* udev writes a label's odd bytes as \\xNN in /dev/disk/by-label, and people copy that. */
static void labels_are_compared_as_udev_writes_them(void **state)
{
	(void)state;
	assert_label("/dev/disk/by-label/My\\x20Root", "My Root", true);
	assert_label("LABEL=My\\x20Root", "My Root", true);
	assert_label("LABEL=My\\x20Root", "My\\x20Root", true);
	assert_label("LABEL=a\\x2fb\\xC3\\xa4", "a/b\xc3\xa4", true);
	assert_label("LABEL=a\\x2", "a", false);
	assert_label("LABEL=a\\x2", "a\\x2", true);
	assert_label("LABEL=a\\xzz", "a\\xzz", true);
	assert_label("LABEL=My", "My Root", false);
	assert_label("LABEL=My\\x20Root", "My", false);
	assert_label("LABEL=a\\x00b", "a", false);
}

static void words_for_init_are_left_alone(void **state)
{
	(void)state;
	assert_int_equal(parse("root=aoe:e0.0 -- root=nonsense rd.overlay"), 0);
	assert_int_equal(cmdline.word_count, 1);
}

static void a_rescue_behind_a_mistake_counts(void **state)
{
	(void)state;
	assert_refused("root=aoe:e0 rd.onfail=poweroff", "root=aoe:e0", 11, "'.'");
	assert_int_equal(cmdline.onfail, ONFAIL_POWEROFF);
	/* Of two mistakes the first is told. */
	assert_refused("root=aoe:e0 rd.timeout=never", "root=aoe:e0", 11, "'.'");
}

static void nics_have_a_limit(void **state)
{
	char many[512] = "", one[] = "BOOTIF=01-52-54-00-ab-cd-e0 ";

	(void)state;
	for (int i = 0; i < CMDLINE_NICS; i++, one[26]++)
		strcat(many, one);
	assert_int_equal(parse(many), 0);
	assert_int_equal(cmdline.nic_count, CMDLINE_NICS);
	assert_null(cmdline.unreadable_bootif);
	/* One more is the firmware's; a user's own is refused. */
	assert_int_equal(parse(strcat(many, one)), 0);
	assert_non_null(cmdline.unreadable_bootif);
	assert_int_equal(parse(strcat(many, " rd.nic=eth0")), -EINVAL);
	assert_non_null(strstr(error.problem, "too many"));
}

static void nics_are_chosen(void **state)
{
	static const struct mac mac = {{0x52, 0x54, 0x00, 0xab, 0xcd, 0xef}};

	(void)state;
	assert_int_equal(
	        parse("BOOTIF=01-52-54-00-AB-cd-ef rd.nic=eth1,52:54:00:ab:cd:ef,525400abcdef"), 0);
	assert_int_equal(cmdline.nic_count, 4);
	assert_null(cmdline.nics[0].name);
	assert_true(mac_equal(cmdline.nics[0].mac, mac));
	assert_string_equal(cmdline.nics[1].name, "eth1");
	assert_null(cmdline.nics[2].name);
	assert_true(mac_equal(cmdline.nics[2].mac, mac));
	assert_null(cmdline.nics[3].name);
	assert_true(mac_equal(cmdline.nics[3].mac, mac));
}

/* As firmware, pxelinux, iPXE and people write it. */
static void bootif_has_several_forms(void **state)
{
	static const struct mac mac = {{0x52, 0x54, 0x00, 0xab, 0xcd, 0xef}};
	static const char *const forms[] = {
	        "01-52-54-00-ab-cd-ef", "01-52-54-00-AB-CD-EF", "52-54-00-ab-cd-ef",
	        "52:54:00:ab:cd:ef",    "01:52:54:00:AB:cd:ef", "525400abcdef",
	};
	char text[64];

	(void)state;
	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
		strcat(strcpy(text, "BOOTIF="), forms[i]);
		assert_int_equal(parse(text), 0);
		assert_int_equal(cmdline.nic_count, 1);
		assert_true(mac_equal(cmdline.nics[0].mac, mac));
		assert_null(cmdline.unreadable_bootif);
	}
	assert_int_equal(parse("BOOTIF=01-52-54-00-ab-cd-ef BOOTIF=52:54:00:ab:cd:ef"), 0);
	assert_int_equal(cmdline.nic_count, 1);
}

/* The firmware's word is not the user's: what it garbles must not end the boot. */
static void a_bootif_that_cannot_be_read_is_a_warning(void **state)
{
	static const char *const words[] = {"BOOTIF=01-",
	                                    "BOOTIF=",
	                                    "BOOTIF",
	                                    "BOOTIF=52:54",
	                                    "BOOTIF=20-00-11-22-33-44-55-66-77",
	                                    "BOOTIF=01-52-54-00-12-34-5"};

	(void)state;
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		assert_int_equal(parse(words[i]), 0);
		assert_int_equal(cmdline.nic_count, 0);
		assert_string_equal(cmdline.unreadable_bootif, words[i]);
	}
}

static void an_automatic_type_is_none(void **state)
{
	(void)state;
	assert_int_equal(parse("rootfstype=auto"), 0);
	assert_int_equal(cmdline.fstype_count, 0);
	assert_int_equal(parse("rootfstype=xfs,auto"), 0);
	assert_int_equal(cmdline.fstype_count, 1);
}

static void a_server_is_chosen(void **state)
{
	static const struct mac mac = {{0x52, 0x54, 0x00, 0xab, 0xcd, 0xef}};

	(void)state;
	assert_int_equal(parse("rd.target=52:54:00:ab:cd:ef root=aoe:e0.0"), 0);
	assert_true(cmdline.has_target);
	assert_true(mac_equal(cmdline.target, mac));
	assert_ptr_equal(cmdline_disk(&cmdline), &cmdline.root);
	assert_int_equal(parse("rd.target=52:54:00:ab:cd:ef root=LABEL=x"), 0);
	assert_true(!cmdline.has_target && cmdline.target_is_ignored);
	assert_null(cmdline_disk(&cmdline));
	assert_int_equal(parse("netroot=aoe:e1.2 rd.target=52:54:00:ab:cd:ef root=LABEL=x"), 0);
	assert_true(cmdline.has_target && !cmdline.target_is_ignored);
	assert_ptr_equal(cmdline_disk(&cmdline), &cmdline.netroot);
	assert_refused("rd.target=52:54", "rd.target=52:54", 10, "MAC");
	assert_refused("rd.target=ff:ff:ff:ff:ff:ff", "rd.target=ff:ff:ff:ff:ff:ff", 10, "MAC");
	assert_refused("rd.target", "rd.target", 9, "MAC");
}

static void wrong_values_are_refused(void **state)
{
	(void)state;
	assert_refused("rd.nic=", "rd.nic=", 7, "name");
	assert_refused("rd.timeout=never", "rd.timeout=never", 11, "seconds");
	assert_refused("rd.timeout=5x", "rd.timeout=5x", 12, "seconds");
	assert_refused("rd.timeout", "rd.timeout", 10, "seconds");
	assert_refused("rd.onfail=explode", "rd.onfail=explode", 10, "poweroff");
	assert_refused("rd.mtu=10", "rd.mtu=10", 7, "68 to 65535");
	assert_refused("init=sh", "init=sh", 5, "absolute");
}

/* What stands before the mistake is shown with it: the place is a place of the whole word. */
static void a_mistake_in_a_list_is_shown_in_the_whole_list(void **state)
{
	(void)state;
	assert_refused("rd.nic=eth0,,eth1", "rd.nic=eth0,,eth1", 12, "name");
	assert_refused("rd.nic=eth0,eth1,", "rd.nic=eth0,eth1,", 17, "name");
	assert_refused("rd.nic=a,longer-than-any-interface-is-named",
	               "rd.nic=a,longer-than-any-interface-is-named", 9, "name");
	assert_refused("rd.nic=a,b,c,d,e,f,g,h,i", "rd.nic=a,b,c,d,e,f,g,h,i", 23, "too many");
	assert_refused("rootfstype=a,b,c,d,e,f,g,h,i", "rootfstype=a,b,c,d,e,f,g,h,i", 27,
	               "too many");
	assert_refused("rootfstype=ext4,,xfs", "rootfstype=ext4,,xfs", 16, "type");
}

static void too_many_words_are_named(void **state)
{
	char many[CMDLINE_WORDS * 2 + 32] = "";

	(void)state;
	for (int i = 0; i < CMDLINE_WORDS; i++)
		strcat(many, "a ");
	strcat(many, "last");
	assert_int_equal(parse(many), -EINVAL);
	assert_string_equal(error.word, "last");
}

static void modules_get_their_parameters(void **state)
{
	char buffer[64];

	(void)state;
	assert_int_equal(parse("aoe.aoe_deadsecs=9 virtio-net.csum=0 aoe.aoe_iflist=\"eth0 eth1\" "
	                       "aoex.a=1 aoe. other"),
	                 0);
	assert_int_equal(cmdline_module_parameters(&cmdline, "aoe", buffer, sizeof(buffer)), 0);
	assert_string_equal(buffer, "aoe_deadsecs=9 \"aoe_iflist=eth0 eth1\"");
	assert_int_equal(cmdline_module_parameters(&cmdline, "virtio_net", buffer, sizeof(buffer)),
	                 0);
	assert_string_equal(buffer, "csum=0");
	assert_int_equal(cmdline_module_parameters(&cmdline, "ext4", buffer, sizeof(buffer)), 0);
	assert_string_equal(buffer, "");
	assert_int_equal(cmdline_module_parameters(&cmdline, "aoe", buffer, 20), -E2BIG);
	assert_string_equal(buffer, "aoe_deadsecs=9");
	/* Half a parameter is none. */
	assert_int_equal(cmdline_module_parameters(&cmdline, "aoe", buffer, 14), -E2BIG);
	assert_string_equal(buffer, "");
}

static void blacklists_are_honoured(void **state)
{
	(void)state;
	assert_int_equal(parse("modprobe.blacklist=e1000,virtio-net"), 0);
	assert_true(cmdline_blacklists(&cmdline, "virtio_net"));
	assert_true(cmdline_blacklists(&cmdline, "e1000"));
	assert_false(cmdline_blacklists(&cmdline, "e100"));
}

/* The forms of dracut.cmdline(7). */
static void assert_vlan(const char *text, const char *name, unsigned id, const char *lower)
{
	static const struct mac other = {{1}};

	assert_int_equal(parse(text), 0);
	assert_int_equal(cmdline.upper_count, 1);
	assert_string_equal(cmdline.uppers[0].name, name);
	assert_int_equal(cmdline.uppers[0].vlan, id);
	assert_true(upper_stands_on(&cmdline.uppers[0], lower, NULL));
	assert_false(upper_stands_on(&cmdline.uppers[0], "eth7", &other));
}

static void vlans_are_named_as_in_dracut(void **state)
{
	static const struct mac mac = {{0x52, 0x54, 0, 1, 2, 3}};

	(void)state;
	assert_vlan("vlan=vlan5:eth0", "vlan5", 5, "eth0");
	assert_vlan("vlan=vlan0005:eth0", "vlan0005", 5, "eth0");
	assert_vlan("vlan=eth0.5:eth0", "eth0.5", 5, "eth0");
	assert_vlan("vlan=eth0.0005:bond0", "eth0.0005", 5, "bond0");
	assert_vlan("vlan=a.b.4094:eth0", "a.b.4094", 4094, "eth0");
	assert_int_equal(parse("vlan=vlan5:52:54:00:01:02:03"), 0);
	assert_true(upper_stands_on(&cmdline.uppers[0], "eth7", &mac));
	assert_false(upper_stands_on(&cmdline.uppers[0], "eth7", NULL));
}

static void bonds_are_named_as_in_dracut(void **state)
{
	const struct upper *bond = &cmdline.uppers[0];

	(void)state;
	assert_int_equal(parse("bond=bond0:eth0,eth1:mode=active-backup,miimon=100"), 0);
	assert_string_equal(bond->name, "bond0");
	assert_int_equal(bond->vlan, 0);
	assert_int_equal(bond->lower_count, 2);
	assert_string_equal(bond->lower[1].name, "eth1");
	assert_string_equal(bond->options, "mode=active-backup,miimon=100");
	assert_int_equal(parse("bond=lan:52:54:00:01:02:03,eth1,52-54-00-01-02-04:mode=1"), 0);
	assert_int_equal(bond->lower_count, 3);
	assert_int_equal(bond->lower[2].mac.octet[5], 4);
	assert_string_equal(bond->options, "mode=1");
	assert_int_equal(parse("bond=bond0:eth0"), 0);
	assert_string_equal(bond->options, "");
}

static void upper_interfaces_are_counted_by_name(void **state)
{
	(void)state;
	assert_int_equal(parse("vlan=vlan5:eth0 bond=b:eth1 vlan=vlan6:b vlan=vlan5:eth2"), 0);
	assert_int_equal(cmdline.upper_count, 3);
	assert_string_equal(cmdline.uppers[0].lower[0].name, "eth2");
	assert_refused("vlan=vlan1:e vlan=vlan2:e vlan=vlan3:e vlan=vlan4:e vlan=vlan5:e",
	               "vlan=vlan5:e", 5, "too many");
	/* One that is right is no excuse for another. */
	assert_refused("vlan=vlan0:eth0 vlan=vlan6:eth0", "vlan=vlan0:eth0", 5, "1 to 4094");
}

static void wrong_upper_interfaces_are_refused(void **state)
{
	(void)state;
	assert_refused("vlan", "vlan", 4, "vlan5:eth0");
	assert_refused("vlan=", "vlan=", 5, "vlan5:eth0");
	assert_refused("vlan=vlan5", "vlan=vlan5", 10, "below");
	assert_refused("vlan=vlan5:", "vlan=vlan5:", 11, "name or MAC");
	assert_refused("vlan=5:eth0", "vlan=5:eth0", 5, "1 to 4094");
	assert_refused("vlan=vlan4095:eth0", "vlan=vlan4095:eth0", 5, "1 to 4094");
	assert_refused("vlan=vlan5x:eth0", "vlan=vlan5x:eth0", 5, "1 to 4094");
	assert_refused("vlan=eth0.:eth0", "vlan=eth0.:eth0", 5, "1 to 4094");
	assert_refused("vlan=../5:eth0", "vlan=../5:eth0", 5, "vlan5:eth0");
	assert_refused("vlan=vlan5:eth/0", "vlan=vlan5:eth/0", 14, "nothing more");
	assert_refused("vlan=vlan5:eth0,eth1", "vlan=vlan5:eth0,eth1", 15, "nothing more");
	assert_refused("vlan=a23456789012345.5:eth0", "vlan=a23456789012345.5:eth0", 5,
	               "vlan5:eth0");
	assert_refused("bond=bond0", "bond=bond0", 10, "interfaces");
	assert_refused("bond=bond0:eth0,", "bond=bond0:eth0,", 16, "name or MAC");
	assert_refused("bond=bond0:eth0:", "bond=bond0:eth0:", 16, "mode=");
	assert_refused("bond=bond0:eth0:mode", "bond=bond0:eth0:mode", 20, "mode=");
	assert_refused("bond=bond0:eth0:mode=1,", "bond=bond0:eth0:mode=1,", 23, "mode=");
	assert_refused("bond=bond0:eth0:../x=1", "bond=bond0:eth0:../x=1", 16, "mode=");
	assert_refused("bond=bond0:eth0:mode=1:9000", "bond=bond0:eth0:mode=1:9000", 22, "rd.mtu=");
	assert_refused("bond=b:1,2,3,4,5,6,7,8,9", "bond=b:1,2,3,4,5,6,7,8,9", 23, "too many");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(root_takes_addresses),
	        cmocka_unit_test(root_takes_uuid_and_label),
	        cmocka_unit_test(root_takes_the_uuid_and_label_of_a_partition),
	        cmocka_unit_test(root_may_be_left_to_the_firmware),
	        cmocka_unit_test(root_errors_name_the_place),
	        cmocka_unit_test(netroot_is_the_disk_that_a_name_is_looked_for_on),
	        cmocka_unit_test(an_overlay_is_in_memory_or_on_a_device),
	        cmocka_unit_test(overlay_errors_name_the_place),
	        cmocka_unit_test(a_root_hash_is_taken_whole),
	        cmocka_unit_test(a_host_name_is_checked),
	        cmocka_unit_test(a_hook_makes_any_device),
	        cmocka_unit_test(a_root_in_memory_takes_no_other_disk),
	        cmocka_unit_test(breakpoints_add_up),
	        cmocka_unit_test(values_are_taken),
	        cmocka_unit_test(defaults_are_the_kernels),
	        cmocka_unit_test(the_last_of_two_wins),
	        cmocka_unit_test(a_mistake_that_is_corrected_is_none),
	        cmocka_unit_test(quotes_are_the_kernels),
	        cmocka_unit_test(labels_are_compared_as_udev_writes_them),
	        cmocka_unit_test(bootif_has_several_forms),
	        cmocka_unit_test(a_bootif_that_cannot_be_read_is_a_warning),
	        cmocka_unit_test(an_automatic_type_is_none),
	        cmocka_unit_test(words_for_init_are_left_alone),
	        cmocka_unit_test(a_rescue_behind_a_mistake_counts),
	        cmocka_unit_test(nics_are_chosen),
	        cmocka_unit_test(nics_have_a_limit),
	        cmocka_unit_test(a_server_is_chosen),
	        cmocka_unit_test(wrong_values_are_refused),
	        cmocka_unit_test(a_mistake_in_a_list_is_shown_in_the_whole_list),
	        cmocka_unit_test(too_many_words_are_named),
	        cmocka_unit_test(modules_get_their_parameters),
	        cmocka_unit_test(blacklists_are_honoured),
	        cmocka_unit_test(vlans_are_named_as_in_dracut),
	        cmocka_unit_test(bonds_are_named_as_in_dracut),
	        cmocka_unit_test(upper_interfaces_are_counted_by_name),
	        cmocka_unit_test(wrong_upper_interfaces_are_refused),
	};

	return cmocka_run_group_tests_name("init: command line", tests, NULL, drop_line);
}
