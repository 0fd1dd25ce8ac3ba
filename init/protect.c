/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "init/protect.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <unistd.h>

#include "init/note.h"
#include "init/shutdown.h"
#include "tools/base/text.h"

/* Where systemd looks for the root and program that end the machine (systemd-shutdown(8)). */
#define SHUTDOWN_ROOT "/run/initramfs"

/* Also what a VLAN or bond stands on, with or without a carrier of its own. */
static bool carries_root(const struct nic *nic)
{
	return nic->below || (nic->chosen && nic->carrier);
}

/*
 * For good: neither a later rule nor a .link file of the OS has it renamed, which kernel 6.12 does
 * also to an interface that is up. The aoe module would go on to listen to the name of before.
 */
static void keep_name(struct note *note, const struct nic *nic)
{
	char line[256], mac[MAC_TEXT];

	text_join(line, sizeof(line), "SUBSYSTEM==\"net\", ATTR{address}==\"",
	          mac_format(nic->mac, mac), "\", KERNEL==\"", nic->name, "\", NAME:=\"", nic->name,
	          "\"\n", NULL);
	note_write(note, line);
}

static void leave_udev_rules(const struct nics *nics)
{
	/* udev writes the '!' of the kernel's name as '/'. */
	static const char disks[] =
	        "SUBSYSTEM!=\"block\", GOTO=\"nics\"\n"
	        "KERNEL!=\"etherd/*\", GOTO=\"nics\"\n"
	        "ACTION!=\"remove\", IMPORT{builtin}=\"blkid\"\n"
	        "ENV{ID_FS_UUID_ENC}==\"?*\", SYMLINK+=\"disk/by-uuid/$env{ID_FS_UUID_ENC}\"\n"
	        "ENV{ID_FS_LABEL_ENC}==\"?*\", SYMLINK+=\"disk/by-label/$env{ID_FS_LABEL_ENC}\"\n"
	        "ENV{ID_PART_ENTRY_UUID}==\"?*\", "
	        "SYMLINK+=\"disk/by-partuuid/$env{ID_PART_ENTRY_UUID}\"\n"
	        "ENV{ID_PART_ENTRY_NAME}==\"?*\", "
	        "SYMLINK+=\"disk/by-partlabel/$env{ID_PART_ENTRY_NAME}\"\n"
	        "LABEL=\"nics\"\n";
	/* Behind udev's 60-persistent-storage.rules, before its 80-net-setup-link.rules. */
	struct note note = note_begin("/run/udev/rules.d/70-etherroot.rules", 0644);

	note_write(&note, disks);
	for (unsigned i = 0; i < nics->count; i++)
		if (carries_root(&nics->nic[i]))
			keep_name(&note, &nics->nic[i]);
	note_end(&note, "the OS may rename the NIC");
}

/*
 * Debian's ifupdown takes down at the end of the OS all that it has brought up, which the root
 * still needs. What a unit does to stop is taken from the one that does this for all interfaces,
 * and from that of each NIC: bridges and the like on top of one are not to go either. Nor is the
 * DHCP client that such a unit has started: restarting the unit starts none, as all is up.
 *
 * Not in /run/systemd/system: where that is, systemd runs (sd_booted(3)), and this OS may have
 * another init.
 */
static void keep_ifupdown_off(const struct nics *nics)
{
	static const char head[] = "/run/systemd/system.control/",
	                  tail[] = ".service.d/50-etherroot.conf";
	char path[128];

	for (unsigned i = 0; i <= nics->count; i++) {
		const struct nic *nic = i < nics->count ? &nics->nic[i] : NULL;
		struct note note;

		if (nic && !carries_root(nic))
			continue;
		note = note_begin(text_join(path, sizeof(path), head, nic ? "ifup@" : "networking",
		                            nic ? nic->name : "", tail, NULL),
		                  0644);
		note_write(&note, "[Service]\nExecStop=\nKillMode=process\n");
		note_end(&note, "ifupdown may hang the machine at its end");
	}
}

/*
 * NetworkManager leaves an interface alone that is up and has an address when it starts: the kernel
 * has given itself one, of IPv6, where a router announces itself, and that would be all.
 */
static void hand_to_networkmanager(const struct nics *nics, const struct cmdline *cmdline)
{
	struct note note = note_begin("/run/NetworkManager/conf.d/50-etherroot.conf", 0644);

	note_write(&note, "[device-etherroot]\nkeep-configuration=no\nmatch-device=");
	for (unsigned i = 0; i < nics->count; i++) {
		if (!carries_root(&nics->nic[i]) || nic_bond(&nics->nic[i], cmdline))
			continue;
		note_write(&note, "interface-name:");
		note_write(&note, nics->nic[i].name);
		note_write(&note, ";");
	}
	note_write(&note, "\n");
	note_end(&note, "NetworkManager may take the NIC for one that others configure");
}

/*
 * The slaves of a bond are its own: networkd and NetworkManager would take one out of it to
 * configure it as any other card.
 */
static void keep_slave(const struct nic *nic)
{
	char path[128];
	struct note note =
	        note_begin(text_join(path, sizeof(path), "/run/systemd/network/05-etherroot-",
	                             nic->name, ".network", NULL),
	                   0644);

	note_write(&note, "[Match]\nName=");
	note_write(&note, nic->name);
	note_write(&note, "\n[Link]\nUnmanaged=yes\n");
	note_end(&note, "networkd may take it out of its bond");
	note = note_begin(text_join(path, sizeof(path), "/run/NetworkManager/conf.d/50-etherroot-",
	                            nic->name, ".conf", NULL),
	                  0644);
	note_write(&note, "[device-etherroot-");
	note_write(&note, nic->name);
	note_write(&note, "]\nmanaged=0\nmatch-device=interface-name:");
	note_write(&note, nic->name);
	note_write(&note, "\n");
	note_end(&note, "NetworkManager may take it out of its bond");
}

static void keep_slaves(const struct nics *nics, const struct cmdline *cmdline)
{
	for (unsigned i = 0; i < nics->count; i++)
		if (nic_bond(&nics->nic[i], cmdline))
			keep_slave(&nics->nic[i]);
}

/* Copies this program, whatever the initramfs calls it. */
static void leave_shutdown(void)
{
	static const char *const directories[] = {SHUTDOWN_ROOT "/proc", SHUTDOWN_ROOT "/sys",
	                                          SHUTDOWN_ROOT "/dev", SHUTDOWN_ROOT OLD_ROOT};
	struct note note = note_begin(SHUTDOWN_ROOT "/shutdown", 0755);
	int program = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
	ssize_t n = program < 0 ? -1 : 1;

	while (!note.rc && n > 0)
		n = sendfile(note.fd, program, NULL, 1 << 20);
	if (!note.rc && n < 0)
		note.rc = -errno;
	if (program >= 0)
		close(program);
	for (size_t i = 0; i < sizeof(directories) / sizeof(directories[0]); i++)
		mkdir(directories[i], 0755);
	note_end(&note, "the root is not unmounted at the machine's end, but only made read-only");
	if (note.rc)
		unlink(note.path); /* half a program is worse than none */
}

void protect_root(const struct nics *nics, const struct cmdline *cmdline)
{
	leave_udev_rules(nics);
	keep_ifupdown_off(nics);
	hand_to_networkmanager(nics, cmdline);
	keep_slaves(nics, cmdline);
	leave_shutdown();
}

/* Leaves a file for systemd, which outdoes those of its generators and of the root. */
static void leave_unit(const char *name, const char *text, const char *consequence)
{
	char path[128];
	struct note note = note_begin(
	        text_join(path, sizeof(path), "/run/systemd/system.control/", name, NULL), 0644);

	note_write(&note, text);
	note_end(&note, consequence);
}

void protect_layers(const struct cmdline *cmdline)
{
	/*
	 * An overlay refuses others' options from fsconfig(2), and leaves them alone from mount(2)
	 * (fs/overlayfs/params.c); the variable is libmount's.
	 */
	if (cmdline->overlay.wanted)
		leave_unit("systemd-remount-fs.service.d/50-etherroot.conf",
		           "[Service]\nEnvironment=LIBMOUNT_FORCE_MOUNT2=always\n",
		           "systemd-remount-fs.service may fail");
	/* systemd reads the same parameter (systemd-veritysetup-generator(8)), and would look for
	 * partitions with UUIDs of its own making. */
	if (cmdline->root_hash)
		leave_unit("systemd-veritysetup@root.service",
		           "[Unit]\nDefaultDependencies=no\n"
		           "[Service]\nType=oneshot\nExecStart=/bin/true\n",
		           "systemd may wait for what is there already");
}
