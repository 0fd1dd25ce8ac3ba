/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "init/disk.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "init/report.h"
#include "init/status.h"
#include "init/sysfs.h"
#include "tools/base/text.h"

/* The kernel's name of e0.0 is "etherd/e0.0"; sysfs writes '!' for the '/'. */
static const char SYS_BLOCK[] = "/sys/class/block", PREFIX[] = "etherd!", NODES[] = "/dev/etherd/",
                  SYS_NUMBERS[] = "/sys/dev/block/";

/* By the device mapper, or MD; partitions of the latter are "md0p1". */
bool disk_is_made(const char *name)
{
	return text_begins(name, "dm-") || text_begins(name, "md");
}

int disk_discover(void)
{
	/* Any write will do (drivers/block/aoe/aoechr.c). */
	return sysfs_write("/dev/etherd/discover", "\n");
}

static const char *attribute_path(char *path, size_t size, const char *disk, const char *name)
{
	return text_join(path, size, SYS_BLOCK, "/", disk_is_made(disk) ? "" : PREFIX, disk, name,
	                 NULL);
}

static uint64_t read_attribute(const char *disk, const char *name)
{
	char path[80], text[TEXT_NUMBER];
	const char *at = text;
	uint64_t number = 0;

	sysfs_read(attribute_path(path, sizeof(path), disk, name), text, sizeof(text));
	text_read_number(&at, UINT64_MAX, &number);
	return number;
}

bool disk_exists(const char *name)
{
	char path[64];

	return !access(attribute_path(path, sizeof(path), name, ""), F_OK);
}

struct listing {
	const char *disk; /* NULL: whole disks */
	struct text text;
};

static bool add_to_list(void *context, const char *entry)
{
	struct listing *listing = context;
	const char *name = entry + sizeof(PREFIX) - 1;
	size_t length = listing->disk ? strlen(listing->disk) : 0;

	if (!text_begins(entry, PREFIX))
		return true;
	if (listing->disk ? (strncmp(name, listing->disk, length) != 0 || name[length] != 'p')
	                  : strchr(name, 'p') != NULL)
		return true;
	if (listing->text.used)
		text_add(&listing->text, ", ");
	text_add(&listing->text, name);
	return true;
}

void disk_list(const char *disk, char *buffer, size_t size)
{
	struct listing listing = {.disk = disk};

	text_begin(&listing.text, buffer, size);
	sysfs_each(SYS_BLOCK, add_to_list, &listing);
}

/* The disk of a partition, which has no target of its own. */
static char *whole_disk(char disk[DISK_NAME], const char *name)
{
	text_join(disk, DISK_NAME, name, NULL);
	disk[strcspn(disk, "p")] = '\0';
	return disk;
}

void disk_interfaces(const char *name, char *buffer, size_t size)
{
	char path[80], disk[DISK_NAME];

	/* drivers/block/aoe/aoeblk.c: "eth0,eth1" */
	sysfs_read(attribute_path(path, sizeof(path), whole_disk(disk, name), "/netif"), buffer,
	           size);
}

void disk_nic(const char *name, char *nic, size_t size)
{
	disk_interfaces(name, nic, size);
	nic[strcspn(nic, ",")] = '\0';
}

void disk_report(const char *name, unsigned questions)
{
	char path[80], mac[64], nic[64], number[TEXT_NUMBER], mib[TEXT_NUMBER];
	char disk[DISK_NAME];

	if (disk_is_made(name))
		return;
	whole_disk(disk, name);
	/* "525400abcdef" of drivers/block/aoe/aoeblk.c */
	sysfs_read(attribute_path(path, sizeof(path), disk, "/mac"), mac, sizeof(mac));
	disk_interfaces(disk, nic, sizeof(nic));
	report_stage("discover", disk, " on ", nic, " from ", mac, ", ",
	             text_decimal(mib, read_attribute(disk, "/size") >> 11), " MiB, asked ",
	             text_decimal(number, questions), questions == 1 ? " time" : " times", NULL);
}

/* Reads up to `wanted` bytes in all into bytes, which has `length` of them. Returns how many. */
static ssize_t read_up_to(int fd, uint8_t *bytes, size_t length, size_t wanted, off_t start)
{
	while (length < wanted) {
		ssize_t n = pread(fd, bytes + length, wanted - length, start + (off_t)length);

		if (n < 0 && errno != EINTR)
			return -errno;
		if (!n)
			break;
		length += n > 0 ? (size_t)n : 0;
	}
	return (ssize_t)length;
}

/* Whether the end of the device says that it is a RAID's, whatever its beginning looks like. */
static int look_at_end(int fd, struct superblock *superblock)
{
	off_t size = lseek(fd, 0, SEEK_END);

	for (unsigned place = 0; size > 0 && place < 2; place++) {
		uint64_t at = superblock_raid_at((uint64_t)size, place);
		uint8_t bytes[SUPERBLOCK_RAID];
		ssize_t n = at ? read_up_to(fd, bytes, 0, sizeof(bytes), (off_t)at) : 0;

		if (n < 0)
			return (int)n;
		if (n == sizeof(bytes) && superblock_is_raid(bytes, superblock))
			break;
	}
	return 0;
}

static int identify(int fd, struct superblock *superblock)
{
	static const size_t steps[] = {SUPERBLOCK_NEAR, SUPERBLOCK_FAR};
	static uint8_t bytes[SUPERBLOCK_FAR];
	ssize_t length = 0;
	int rc = -ENOENT;

	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]) && rc == -ENOENT; i++) {
		length = read_up_to(fd, bytes, (size_t)length, steps[i], 0);
		rc = length < 0 ? (int)length
		                : superblock_identify(bytes, (size_t)length, superblock);
	}
	return rc ? rc : look_at_end(fd, superblock);
}

void disk_read_ahead(const char *path)
{
	/*
	 * Answers until the module waits for less than a second: its mean, which begins at 250 ms,
	 * nears what it sees by a 256th with each, and its time is ten times that (calc_rttavg and
	 * rto in drivers/block/aoe/aoecmd.c). The most that the kernel reads ahead are 2 MiB.
	 */
	enum { ANSWERS = 256, LEAST = 1024 };
	char disk[DISK_NAME];
	/* bytes of each answer; of a device that others are below that is not known */
	uint64_t payload = read_attribute(whole_disk(disk, disk_name_of(path)), "/payload");

	readahead(open(path, O_RDONLY | O_CLOEXEC), 0, ANSWERS * (payload ? payload : LEAST));
}

/* Returns a descriptor, or a negative errno: -ENODEV if there is no such device. */
static int open_device(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	return fd >= 0 ? fd : errno == ENOENT ? -ENODEV : -errno;
}

int disk_identify(const char *path, struct superblock *superblock)
{
	int fd = open_device(path);
	int rc;

	*superblock = (struct superblock){0};
	if (fd < 0)
		return fd;
	rc = identify(fd, superblock);
	close(fd);
	return rc;
}

uint64_t disk_size(const char *path)
{
	int fd = open_device(path);
	off_t size = fd < 0 ? 0 : lseek(fd, 0, SEEK_END);

	if (fd >= 0)
		close(fd);
	return size < 0 ? 0 : (uint64_t)size;
}

static int read_at(int fd, void *bytes, size_t size, uint64_t at)
{
	ssize_t n = read_up_to(fd, bytes, 0, size, (off_t)at);

	return n < 0 ? (int)n : (size_t)n < size ? -ENOENT : 0;
}

int disk_read(const char *path, void *bytes, size_t size, uint64_t at)
{
	int fd = open_device(path);
	int rc = fd < 0 ? fd : read_at(fd, bytes, size, at);

	if (fd >= 0)
		close(fd);
	return rc;
}

static int read_gpt(int fd, unsigned number, uint64_t start, struct partition *partition)
{
	uint8_t bytes[PARTITION_SECTOR];
	uint64_t offset;
	int rc = read_at(fd, bytes, sizeof(bytes), PARTITION_SECTOR);

	if (!rc)
		rc = partition_find_entry(bytes, number, &offset);
	if (!rc)
		rc = read_at(fd, bytes, PARTITION_ENTRY, offset);
	return rc ? rc : partition_of_gpt(bytes, start, partition);
}

int disk_read_table(int fd, unsigned number, uint64_t start, struct partition *partition)
{
	uint8_t sector[PARTITION_SECTOR];
	int rc = read_at(fd, sector, sizeof(sector), 0);

	if (!rc)
		rc = partition_of_mbr(sector, number, partition);
	return rc == -EAGAIN ? read_gpt(fd, number, start, partition) : rc;
}

int disk_partition(const char *name, int beyond, struct partition *partition)
{
	char disk[DISK_NAME], path[DISK_PATH], digits[TEXT_NUMBER];
	size_t length = strcspn(name, "p");
	const char *at = name + length + (name[length] == 'p');
	uint64_t number, start;
	int fd, rc;

	*partition = (struct partition){0};
	if (text_read_number(&at, PARTITION_MOST, &number) || (int)number <= beyond)
		return -ENOENT;
	number = (uint64_t)((int)number - beyond);
	text_join(disk, sizeof(disk), name, NULL);
	disk[length] = '\0';
	fd = open(disk_path(path, disk), O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	text_join(disk + length, sizeof(disk) - length, "p", text_decimal(digits, number), NULL);
	start = read_attribute(disk, "/start");
	rc = start ? disk_read_table(fd, (unsigned)number, start, partition) : -ENOENT;
	close(fd);
	return rc;
}

struct visit {
	bool (*visit)(void *context, const char *name);
	void *context;
};

static bool visit_disk(void *context, const char *entry)
{
	const struct visit *visit = context;

	return !text_begins(entry, PREFIX) ||
	       visit->visit(visit->context, entry + sizeof(PREFIX) - 1);
}

void disk_each(bool (*visit)(void *context, const char *name), void *context)
{
	struct visit each = {visit, context};

	sysfs_each(SYS_BLOCK, visit_disk, &each);
}

static bool note_entry(void *context, const char *name)
{
	(void)name;
	*(bool *)context = true;
	return false;
}

bool disk_is_held(const char *name)
{
	char path[80];
	bool held = false;

	sysfs_each(attribute_path(path, sizeof(path), name, "/holders"), note_entry, &held);
	return held;
}

static bool visit_made(void *context, const char *entry)
{
	const struct visit *visit = context;

	return !disk_is_made(entry) || strlen(entry) >= DISK_NAME ||
	       visit->visit(visit->context, entry);
}

void disk_each_made(bool (*visit)(void *context, const char *name), void *context)
{
	struct visit each = {visit, context};

	sysfs_each(SYS_BLOCK, visit_made, &each);
}

const char *disk_announced(const char *devname)
{
	static const char directory[] = "etherd/";

	return text_begins(devname, directory) ? devname + sizeof(directory) - 1
	       : disk_is_made(devname)         ? devname
	                                       : NULL;
}

char *disk_path(char path[DISK_PATH], const char *name)
{
	return text_join(path, DISK_PATH, disk_is_made(name) ? "/dev/" : NODES, name, NULL);
}

const char *disk_name_of(const char *path)
{
	return text_begins(path, NODES) ? path + sizeof(NODES) - 1 : path;
}

void disk_rescan(const char *name)
{
	char path[DISK_PATH];
	int fd = open(disk_path(path, name), O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return;
	ioctl(fd, BLKRRPART);
	close(fd);
}

/* Documentation/block/stat.rst: eleven numbers and more; reads are the first, writes the fifth. */
enum { READS = 0, WRITES = 4 };

/*
 * The numbers from `first` to that of writes that count transfers, added up, of a device's
 * directory in sysfs; 0 if there are none.
 */
static uint64_t transfers_in(const char *directory, int first)
{
	char path[320], text[256];
	const char *at = text;
	uint64_t number, sum = 0;

	sysfs_read(text_join(path, sizeof(path), directory, "/stat", NULL), text, sizeof(text));
	for (int i = 0; i <= WRITES; i++) {
		at += strspn(at, " ");
		if (text_read_number(&at, UINT64_MAX, &number))
			break;
		sum += i == first || i == WRITES ? number : 0;
	}
	return sum;
}

static bool add_transfers(void *context, const char *entry)
{
	char path[288];

	*(uint64_t *)context +=
	        transfers_in(text_join(path, sizeof(path), SYS_BLOCK, "/", entry, NULL), READS);
	return true;
}

uint64_t disk_transfers_of(const char *number)
{
	char path[64];
	uint64_t sum;

	sum = transfers_in(text_join(path, sizeof(path), SYS_NUMBERS, number, NULL), READS);
	if (access(path, F_OK))
		sysfs_each(SYS_BLOCK, add_transfers, &sum);
	return sum;
}

uint64_t disk_transfers_by_name(const char *name)
{
	char path[80];

	return transfers_in(attribute_path(path, sizeof(path), name, ""), READS);
}

/* Room for a device's number, "1048575:4095" at the most. */
enum { NUMBER = 2 * TEXT_NUMBER };

/* The number of the device with a path. */
static char *find_number(const char *path, char number[NUMBER])
{
	char minor_text[TEXT_NUMBER], major_text[TEXT_NUMBER];
	struct status status = {0};

	status_of(AT_FDCWD, path, 0, &status);
	return text_join(number, NUMBER, text_decimal(major_text, status.device_major), ":",
	                 text_decimal(minor_text, status.device_minor), NULL);
}

uint64_t disk_transfers(const char *path)
{
	char number[NUMBER];

	return disk_transfers_of(find_number(path, number));
}

uint64_t disk_writes(const char *path)
{
	char number[NUMBER], directory[64];

	return transfers_in(text_join(directory, sizeof(directory), SYS_NUMBERS,
	                              find_number(path, number), NULL),
	                    WRITES);
}

bool disk_is_asked(const char *path)
{
	char number[NUMBER], attribute[80], text[64];

	/* Documentation/ABI/stable/sysfs-block: how many reads, and how many writes */
	text_join(attribute, sizeof(attribute), SYS_NUMBERS, find_number(path, number), "/inflight",
	          NULL);
	sysfs_read(attribute, text, sizeof(text));
	return text[strspn(text, " 0")];
}
