/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "init/protect.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <unistd.h>

#include "init/report.h"
#include "init/shutdown.h"
#include "tools/base/text.h"

/* Where systemd looks for the root and program that end the machine (systemd-shutdown(8)). */
#define SHUTDOWN_ROOT "/run/initramfs"

/* A file of ours in /run, while it is written. */
struct note {
	const char *path;
	int fd;
	int rc; /* what went wrong first */
};

/* Makes the directories above a path. */
static void make_way(const char *path)
{
	char directory[128];

	for (const char *slash = strchr(path + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
		size_t length = (size_t)(slash - path);
		struct text text;

		text_begin(&text, directory, sizeof(directory));
		text_add_bytes(&text, path, length);
		mkdir(directory, 0755);
	}
}

static struct note begin_note(const char *path, mode_t mode)
{
	struct note note = {.path = path};

	make_way(path);
	note.fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode);
	note.rc = note.fd < 0 ? -errno : 0;
	return note;
}

static void write_note(struct note *note, const char *string)
{
	size_t length = strlen(string);
	ssize_t written = note->rc ? 0 : write(note->fd, string, length);

	if (!note->rc && written != (ssize_t)length)
		note->rc = written < 0 ? -errno : -ENOSPC;
}

/* Closes it; `consequence` is what the user is told it means if it could not be written. */
static void end_note(const struct note *note, const char *consequence)
{
	if (note->fd >= 0)
		close(note->fd);
	if (note->rc)
		report_warning(note->path, "not written, ", report_errno(note->rc), ": ",
		               consequence);
}

/* Also what a VLAN or bond stands on, with or without a carrier of its own. */
static bool carries_root(const struct nic *nic)
{
	return nic->below || (nic->chosen && nic->carrier);
}

static void keep_name(struct note *note, const struct nic *nic)
{
	char line[256], mac[MAC_TEXT];

	text_join(line, sizeof(line), "SUBSYSTEM==\"net\", ATTR{address}==\"",
	          mac_format(nic->mac, mac), "\", KERNEL==\"", nic->name, "\", NAME=\"", nic->name,
	          "\"\n", NULL);
	write_note(note, line);
}

static void leave_udev_rules(const struct nics *nics)
{
	/* udev writes the '!' of the kernel's name as '/'. */
	static const char disks[] =
	        "SUBSYSTEM==\"block\", KERNEL==\"etherd/*\", ACTION!=\"remove\", "
	        "IMPORT{builtin}=\"blkid\"\n"
	        "SUBSYSTEM==\"block\", KERNEL==\"etherd/*\", ENV{ID_FS_UUID_ENC}==\"?*\", "
	        "SYMLINK+=\"disk/by-uuid/$env{ID_FS_UUID_ENC}\"\n"
	        "SUBSYSTEM==\"block\", KERNEL==\"etherd/*\", ENV{ID_FS_LABEL_ENC}==\"?*\", "
	        "SYMLINK+=\"disk/by-label/$env{ID_FS_LABEL_ENC}\"\n"
	        "SUBSYSTEM==\"block\", KERNEL==\"etherd/*\", ENV{ID_PART_ENTRY_UUID}==\"?*\", "
	        "SYMLINK+=\"disk/by-partuuid/$env{ID_PART_ENTRY_UUID}\"\n"
	        "SUBSYSTEM==\"block\", KERNEL==\"etherd/*\", ENV{ID_PART_ENTRY_NAME}==\"?*\", "
	        "SYMLINK+=\"disk/by-partlabel/$env{ID_PART_ENTRY_NAME}\"\n";
	/* Behind udev's 60-persistent-storage.rules, before its 80-net-setup-link.rules. */
	struct note note = begin_note("/run/udev/rules.d/70-etherroot.rules", 0644);

	write_note(&note, disks);
	for (unsigned i = 0; i < nics->count; i++)
		if (carries_root(&nics->nic[i]))
			keep_name(&note, &nics->nic[i]);
	end_note(&note, "the OS may rename the NIC");
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
		note = begin_note(text_join(path, sizeof(path), head, nic ? "ifup@" : "networking",
		                            nic ? nic->name : "", tail, NULL),
		                  0644);
		write_note(&note, "[Service]\nExecStop=\nKillMode=process\n");
		end_note(&note, "ifupdown may hang the machine at its end");
	}
}

/*
 * NetworkManager leaves an interface alone that is up and has an address when it starts: the kernel
 * has given itself one, of IPv6, where a router announces itself, and that would be all.
 */
static void hand_to_networkmanager(const struct nics *nics, const struct cmdline *cmdline)
{
	struct note note = begin_note("/run/NetworkManager/conf.d/50-etherroot.conf", 0644);

	write_note(&note, "[device-etherroot]\nkeep-configuration=no\nmatch-device=");
	for (unsigned i = 0; i < nics->count; i++) {
		if (!carries_root(&nics->nic[i]) || nic_bond(&nics->nic[i], cmdline))
			continue;
		write_note(&note, "interface-name:");
		write_note(&note, nics->nic[i].name);
		write_note(&note, ";");
	}
	write_note(&note, "\n");
	end_note(&note, "NetworkManager may take the NIC for one that others configure");
}

/*
 * The slaves of a bond are its own: networkd and NetworkManager would take one out of it to
 * configure it as any other card.
 */
static void keep_slave(const struct nic *nic)
{
	char path[128];
	struct note note =
	        begin_note(text_join(path, sizeof(path), "/run/systemd/network/05-etherroot-",
	                             nic->name, ".network", NULL),
	                   0644);

	write_note(&note, "[Match]\nName=");
	write_note(&note, nic->name);
	write_note(&note, "\n[Link]\nUnmanaged=yes\n");
	end_note(&note, "networkd may take it out of its bond");
	note = begin_note(text_join(path, sizeof(path), "/run/NetworkManager/conf.d/50-etherroot-",
	                            nic->name, ".conf", NULL),
	                  0644);
	write_note(&note, "[device-etherroot-");
	write_note(&note, nic->name);
	write_note(&note, "]\nmanaged=0\nmatch-device=interface-name:");
	write_note(&note, nic->name);
	write_note(&note, "\n");
	end_note(&note, "NetworkManager may take it out of its bond");
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
	struct note note = begin_note(SHUTDOWN_ROOT "/shutdown", 0755);
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
	end_note(&note, "the root is not unmounted at the machine's end, but only made read-only");
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
