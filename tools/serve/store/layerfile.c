/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/serve/store/layerfile.h"

#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tools/serve/store/io.h"

static const char magic[16] = {'e', 't', 'h', 'e', 'r', 'r', 'o', 'o',
                               't', ' ', 'l', 'a', 'y', 'e', 'r', '\n'};

enum {
	VERSION = 1,
	LOADED = 8, /* sectors of the map that are read together: what file systems keep together */
};

/* ---- the format ---- */

uint64_t layerfile_blocks(uint64_t size)
{
	return size / BLOCKMAP_BLOCK + !!(size % BLOCKMAP_BLOCK);
}

uint64_t layerfile_map_at(uint64_t sector)
{
	return LAYERFILE_HEADER + sector * BLOCKMAP_SECTOR;
}

uint64_t layerfile_data_at(uint64_t size)
{
	uint64_t blocks = layerfile_blocks(size);
	uint64_t sectors = blocks / BLOCKMAP_SECTOR_BLOCKS + !!(blocks % BLOCKMAP_SECTOR_BLOCKS);

	return (layerfile_map_at(sectors) + BLOCKMAP_BLOCK - 1) / BLOCKMAP_BLOCK * BLOCKMAP_BLOCK;
}

static void put(uint8_t *to, uint64_t value, size_t length)
{
	value = htole64(value);
	memcpy(to, &value, length);
}

static uint64_t get(const uint8_t *from, size_t length)
{
	uint64_t value = 0;

	memcpy(&value, from, length);
	return le64toh(value);
}

void layerfile_make(const struct layerfile_base *base, uint8_t header[LAYERFILE_HEADER])
{
	memset(header, 0, LAYERFILE_HEADER);
	memcpy(header, magic, sizeof(magic));
	put(header + 16, VERSION, 4);
	put(header + 20, BLOCKMAP_BLOCK, 4);
	put(header + 24, base->size, 8);
	put(header + 32, base->start, 8);
	put(header + 40, (uint64_t)base->changed, 8);
}

int layerfile_parse(const uint8_t header[LAYERFILE_HEADER], struct layerfile_base *base)
{
	if (memcmp(header, magic, sizeof(magic)) != 0 || get(header + 16, 4) != VERSION ||
	    get(header + 20, 4) != BLOCKMAP_BLOCK)
		return -EBADMSG;
	for (size_t i = LAYERFILE_USED; i < LAYERFILE_HEADER; i++)
		if (header[i])
			return -EBADMSG;
	base->size = get(header + 24, 8);
	base->start = get(header + 32, 8);
	base->changed = (int64_t)get(header + 40, 8);
	return base->size > LAYERFILE_IMAGE_MAX ? -EBADMSG : 0;
}

/* ---- a new one ---- */

/* All of it or an error. */
static int write_all(int fd, const void *data, size_t length, uint64_t offset)
{
	struct io_task task = {.operation = IO_WRITE,
	                       .fd = fd,
	                       .data = (void *)(uintptr_t)data,
	                       .length = length,
	                       .offset = offset};

	io_perform(&task);
	if (task.result < 0)
		return (int)task.result;
	return task.result ? 0 : -EIO;
}

/* Gives it its name: nobody ever sees one there that is not whole. */
static int give_name(int fd, int directory, const char *name, const struct layerfile_base *base)
{
	uint8_t header[LAYERFILE_HEADER];
	char path[64];
	int rc;

	layerfile_make(base, header);
	rc = write_all(fd, header, sizeof(header), 0);
	if (rc)
		return rc;
	if (flock(fd, LOCK_EX | LOCK_NB) || fsync(fd))
		return -errno;
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	if (linkat(AT_FDCWD, path, directory, name, AT_SYMLINK_FOLLOW))
		return -errno;
	if (!fsync(directory))
		return 0;
	rc = -errno;
	unlinkat(directory, name, 0);
	return rc;
}

int layerfile_create(int directory, const char *name, const struct layerfile_base *base)
{
	int fd = openat(directory, ".", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
	int rc = 0;

	if (fd < 0)
		return -errno;
	if (ftruncate(fd, (off_t)(layerfile_data_at(base->size) + base->size)))
		rc = -errno;
	if (!rc && name)
		rc = give_name(fd, directory, name, base);
	if (!rc)
		return fd;
	close(fd);
	return rc;
}

/* ---- one that is there ---- */

static int read_all(int fd, void *data, size_t length, uint64_t offset)
{
	struct io_task task = {
	        .operation = IO_READ, .fd = fd, .data = data, .length = length, .offset = offset};

	io_perform(&task);
	if (task.result < 0)
		return (int)task.result;
	return task.result ? 0 : -EBADMSG; /* it ends before that */
}

static int check(int fd, const struct layerfile_base *base)
{
	uint8_t header[LAYERFILE_HEADER];
	struct layerfile_base found;
	struct stat status;
	int rc;

	if (fstat(fd, &status))
		return -errno;
	if (!S_ISREG(status.st_mode))
		return -EBADMSG;
	rc = read_all(fd, header, sizeof(header), 0);
	if (!rc)
		rc = layerfile_parse(header, &found);
	if (rc)
		return rc;
	if (found.size != base->size || found.start != base->start ||
	    found.changed != base->changed)
		return -ESTALE;
	return (uint64_t)status.st_size == layerfile_data_at(base->size) + base->size ? 0
	                                                                              : -EBADMSG;
}

/* Some sectors of the map, one after the other. */
static int load_some(int fd, uint64_t first, uint64_t count, struct blockmap *map)
{
	uint8_t bits[LOADED][BLOCKMAP_SECTOR];
	int rc = read_all(fd, bits, count * BLOCKMAP_SECTOR, layerfile_map_at(first));

	for (uint64_t i = 0; !rc && i < count; i++) {
		struct blockmap_page page = {.number = first + i};

		memcpy(page.bits, bits[i], sizeof(page.bits));
		rc = blockmap_load(map, &page);
	}
	return rc;
}

/* What of the map is no hole: sectors. */
struct written {
	uint64_t first, end;
};

/* The next from that sector on. Returns 0, with *written empty at the end, or a negative errno. */
static int find_written(int fd, uint64_t from, uint64_t count, struct written *written)
{
	off_t data = lseek(fd, (off_t)layerfile_map_at(from), SEEK_DATA), hole;

	*written = (struct written){count, count};
	if (data < 0)
		return errno == ENXIO ? 0 : -errno;
	if ((uint64_t)data >= layerfile_map_at(count))
		return 0;
	hole = lseek(fd, data, SEEK_HOLE);
	if (hole < 0)
		return -errno;
	written->first = ((uint64_t)data - LAYERFILE_HEADER) / BLOCKMAP_SECTOR;
	if ((uint64_t)hole < layerfile_map_at(count))
		written->end = ((uint64_t)hole - LAYERFILE_HEADER - 1) / BLOCKMAP_SECTOR + 1;
	return 0;
}

/* The map of a large image is large too, and a hole for the most part. */
static int load(int fd, struct blockmap *map)
{
	struct written written = {0};
	int rc = 0;

	while (!rc && written.end < map->count) {
		rc = find_written(fd, written.end, map->count, &written);
		for (uint64_t at = written.first; !rc && at < written.end; at += LOADED) {
			uint64_t left = written.end - at;

			rc = load_some(fd, at, left < LOADED ? left : LOADED, map);
		}
	}
	return rc;
}

int layerfile_open(int directory, const char *name, const struct layerfile_base *base,
                   struct blockmap *map)
{
	/* A FIFO of that name must not hang it, nor a link lead anywhere. */
	int fd = openat(directory, name, O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY);
	int rc = 0;

	if (fd < 0)
		return errno == ELOOP || errno == EISDIR || errno == ENXIO ? -EBADMSG : -errno;
	if (flock(fd, LOCK_EX | LOCK_NB))
		rc = errno == EWOULDBLOCK ? -ETXTBSY : -errno;
	if (!rc)
		rc = check(fd, base);
	if (!rc)
		rc = load(fd, map);
	if (!rc)
		return fd;
	close(fd);
	return rc;
}

/*
 * A block that the map told of before it was stable would be read, after a power cut, in place of
 * what the image has there.
 */
int layerfile_save(int fd, const struct blockmap_page *pages, size_t count, bool *stable)
{
	int rc = fdatasync(fd) ? -errno : 0;

	*stable = !rc;
	for (size_t i = 0; !rc && i < count; i++)
		rc = write_all(fd, pages[i].bits, BLOCKMAP_SECTOR,
		               layerfile_map_at(pages[i].number));
	if (!rc && count && fdatasync(fd))
		rc = -errno;
	return rc;
}

const char *layerfile_explain(int error)
{
	switch (-error) {
	case EBADMSG:
		return "not the file of a layer, or damaged: move it out of the way";
	case ESTALE:
		return "the image has another size, or was changed since: bring back the image as "
		       "it was, or remove the layer";
	case ETXTBSY:
		return "in use by another process, which has locked it: stop that";
	case EOPNOTSUPP:
		return "its file system cannot make files without a name (O_TMPFILE): use another, "
		       "as ext4, XFS, Btrfs or tmpfs";
	case EFBIG:
		return "its file system does not hold a file as large as the image: use another, "
		       "as XFS or tmpfs";
	case EACCES:
	case EPERM:
		return "permission denied: make it writable for the target's user";
	case EROFS:
		return "it is read-only: name another folder";
	case ENOENT:
		return "there is no such folder: make it";
	default:
		return strerror(-error);
	}
}
