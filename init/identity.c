/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "init/identity.h"

#include <fcntl.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "init/disk.h"
#include "init/newroot.h"
#include "init/note.h"
#include "init/report.h"
#include "init/sysfs.h"
#include "tools/base/hash.h"
#include "tools/base/text.h"

static const char MACHINE_ID[] = "/etc/machine-id", HOSTNAME[] = "/etc/hostname";

void identity_make(const char *source, char id[IDENTITY_TEXT])
{
	static const char variants[] = "89ab";
	char named[96], digits[TEXT_NUMBER];

	for (unsigned half = 0; half < 2; half++) {
		text_join(named, sizeof(named), half ? "2" : "1", " etherroot machine-id ", source,
		          NULL);
		text_join(id + half * 16, 17, text_hex(digits, hash_text(named), 16), NULL);
	}
	id[12] = '4';
	id[16] = variants[id[16] & 3];
}

bool identity_is_own(const char *uuid)
{
	static const char left_by_vendors[] = "03000200-0400-0500-0006-000700080009";

	return strlen(uuid) == sizeof(left_by_vendors) - 1 && strcmp(uuid, left_by_vendors) != 0 &&
	       uuid[strspn(uuid, "0-")] && uuid[strspn(uuid, "fF-")];
}

static bool take_nic(void *context, const char *disk)
{
	char *nic = context;

	disk_nic(disk, nic, NIC_NAME);
	return !*nic;
}

/* The firmware's UUID, or else the address of the card that the root is reached by. */
static void find_source(const char *disk, char *source, size_t size)
{
	char path[64], nic[NIC_NAME];

	sysfs_read("/sys/class/dmi/id/product_uuid", source, size);
	if (identity_is_own(source))
		return;
	if (take_nic(nic, disk)) /* others are below it */
		disk_each(take_nic, nic);
	sysfs_read(text_join(path, sizeof(path), "/sys/class/net/", nic, "/address", NULL), source,
	           size);
}

/* Reads the first line of a file of the root. Returns a negative errno if there is none. */
static int read_line(const char *path, char *line, size_t size)
{
	/* A FIFO in its place is not waited for. */
	int fd = newroot_open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY, 0);
	ssize_t n = fd < 0 ? 0 : read(fd, line, size - 1);

	line[n > 0 ? n : 0] = '\0';
	line[strcspn(line, "\n")] = '\0';
	if (fd >= 0)
		close(fd);
	return fd < 0 ? fd : 0;
}

/* Writes it, for who reads it as a line, to a file of the root that is this machine's. */
static void write_line(const char *path, const char *text)
{
	char line[80];
	int fd = newroot_open(path, O_WRONLY | O_CREAT | O_TRUNC | O_NONBLOCK | O_NOCTTY, 0644);
	ssize_t n = fd < 0 ? -1 : 0;

	text_join(line, sizeof(line), text, "\n", NULL);
	if (!n)
		n = write(fd, line, strlen(line));
	if (n < 0)
		report_warning(path, "not written: ", text);
	if (fd >= 0)
		close(fd);
}

/* As systemd does it with one that it has made for the time being (machine_id_setup). */
static void mount_over(const char *path, const char *id)
{
	static const char file[] = "/run/machine-id";
	struct note note = note_begin(file, 0444);
	char target[40], number[TEXT_NUMBER];
	int fd = newroot_open(path, O_PATH, 0);

	note_write(&note, id);
	note_write(&note, "\n");
	note_end(&note, "the OS makes an id of its own");
	if (fd < 0)
		return;
	text_join(target, sizeof(target), "/proc/self/fd/", text_decimal(number, (unsigned)fd),
	          NULL);
	if (mount(file, target, NULL, MS_BIND, NULL))
		report_warning(path, "the OS makes an id of its own");
	close(fd);
}

static void give_id(const struct cmdline *cmdline, const char *disk)
{
	char was[IDENTITY_TEXT], source[64], id[IDENTITY_TEXT];
	int rc = read_line(MACHINE_ID, was, sizeof(was));

	find_source(disk, source, sizeof(source));
	if (!*source)
		return;
	identity_make(source, id);
	if (cmdline->overlay.wanted) {
		if (!*was || !strcmp(was, "uninitialized"))
			write_line(MACHINE_ID, id);
	} else if (!rc && !*was && !cmdline->read_write) {
		mount_over(MACHINE_ID, id);
	}
}

void identity_give(const struct cmdline *cmdline, const char *disk)
{
	char was[80];

	give_id(cmdline, disk);
	if (!cmdline->hostname)
		return;
	sethostname(cmdline->hostname, strlen(cmdline->hostname));
	read_line(HOSTNAME, was, sizeof(was));
	if (cmdline->overlay.wanted && strcmp(was, cmdline->hostname) != 0)
		write_line(HOSTNAME, cmdline->hostname);
}
