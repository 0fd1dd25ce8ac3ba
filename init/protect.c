/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "init/protect.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "init/report.h"
#include "tools/base/text.h"

void protect_root(const struct nics *nics)
{
	/* Behind udev's 60-persistent-storage.rules, before its 80-net-setup-link.rules; udev
	 * writes the '!' of the kernel's name as '/'. */
	static const char path[] = "/run/udev/rules.d/70-etherroot.rules";
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
	char line[256], mac[MAC_TEXT];
	bool written;
	int fd;

	mkdir("/run/udev", 0755);
	mkdir("/run/udev/rules.d", 0755);
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	written = fd >= 0 && write(fd, disks, sizeof(disks) - 1) == (ssize_t)sizeof(disks) - 1;
	for (unsigned i = 0; written && i < nics->count; i++) {
		const struct nic *nic = &nics->nic[i];

		if (!nic->chosen || !nic->carrier)
			continue;
		text_join(line, sizeof(line), "SUBSYSTEM==\"net\", ATTR{address}==\"",
		          mac_format(nic->mac, mac), "\", KERNEL==\"", nic->name, "\", NAME=\"",
		          nic->name, "\"\n", NULL);
		written = write(fd, line, strlen(line)) == (ssize_t)strlen(line);
	}
	if (fd >= 0)
		close(fd);
	if (!written)
		report_warning(path, "could not be written; the OS may rename the NIC");
}
