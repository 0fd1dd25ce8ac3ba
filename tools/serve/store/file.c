/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Storage in a file or block device. Reads and writes are done one after the other, at once; syncs,
 * which take longest, by a thread.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tools/serve/store/store.h"
#include "tools/serve/store/syncer.h"

enum {
	SECTOR = 512,
	/* O_DIRECT: the largest logical block, and so the alignment, of any disk in use. */
	ALIGNMENT = 4096,
};

struct file {
	struct store store;
	int fd;
	struct syncer *syncer; /* NULL if it is read-only: there is nothing to sync */
	uint64_t start;        /* bytes before the export in the file */
	bool read_only;
	size_t block; /* with O_DIRECT, what offsets and lengths must be multiples of; else 1 */
	void *bounce; /* with O_DIRECT, an aligned buffer */
	size_t bounce_size;
};

static struct file *file_of(struct store *store)
{
	return (struct file *)(void *)store;
}

static int read_all(int fd, void *data, size_t length, uint64_t offset)
{
	uint8_t *p = data;

	while (length) {
		ssize_t n = pread(fd, p, length, (off_t)offset);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n ? -errno : -EIO; /* the file became shorter */
		p += n;
		length -= (size_t)n;
		offset += (uint64_t)n;
	}
	return 0;
}

static int write_all(int fd, const void *data, size_t length, uint64_t offset)
{
	const uint8_t *p = data;

	while (length) {
		ssize_t n = pwrite(fd, p, length, (off_t)offset);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n ? -errno : -EIO;
		p += n;
		length -= (size_t)n;
		offset += (uint64_t)n;
	}
	return 0;
}

/* O_DIRECT: the whole blocks around the request, through the aligned buffer. */
static int transfer_direct(struct file *file, const struct store_request *request)
{
	uint64_t offset = file->start + request->offset;
	size_t before = offset % file->block;
	size_t length = (before + request->length + file->block - 1) / file->block * file->block;
	uint8_t *bounce;
	int rc = 0;

	offset -= before;
	if (length > file->bounce_size) {
		free(file->bounce);
		file->bounce = NULL;
		file->bounce_size = 0;
		rc = -posix_memalign(&file->bounce, ALIGNMENT, length);
		if (rc)
			return rc;
		file->bounce_size = length;
	}
	bounce = file->bounce;
	/* Reads, and writes of less than whole blocks, begin with what is there. */
	if (request->operation == STORE_READ || length != request->length)
		rc = read_all(file->fd, bounce, length, offset);
	if (!rc && request->operation == STORE_READ)
		memcpy(request->data, bounce + before, request->length);
	if (!rc && request->operation == STORE_WRITE) {
		memcpy(bounce + before, request->data, request->length);
		rc = write_all(file->fd, bounce, length, offset);
	}
	return rc;
}

static int transfer(struct file *file, const struct store_request *request)
{
	uint64_t offset = file->start + request->offset;

	if (request->operation == STORE_SYNC)
		return 0;
	if (request->operation == STORE_WRITE && file->read_only)
		return -EROFS;
	if (file->block > 1)
		return transfer_direct(file, request);
	return request->operation == STORE_READ
	               ? read_all(file->fd, request->data, request->length, offset)
	               : write_all(file->fd, request->data, request->length, offset);
}

static void file_start(struct store *store, struct store_request *request)
{
	struct file *file = file_of(store);

	if (request->operation == STORE_SYNC && file->syncer) {
		syncer_start(file->syncer, request);
		return;
	}
	request->error = transfer(file, request);
	request->done(request);
}

static void file_dispatch(struct store *store)
{
	syncer_dispatch(file_of(store)->syncer);
}

static void file_close(struct store *store)
{
	struct file *file = file_of(store);

	syncer_free(file->syncer);
	if (file->fd >= 0)
		close(file->fd);
	free(file->bounce);
	free(file);
}

static const struct store_operations file_operations = {file_start, file_dispatch, file_close};

/* The whole size in bytes, and whether it is a block device. */
static int measure(int fd, uint64_t *size, struct file_store_facts *facts)
{
	struct stat status;

	if (fstat(fd, &status))
		return -errno;
	facts->block_device = S_ISBLK(status.st_mode);
	facts->device = facts->block_device ? status.st_rdev : status.st_dev;
	facts->inode = facts->block_device ? 0 : status.st_ino;
	if (facts->block_device)
		return ioctl(fd, BLKGETSIZE64, size) ? -errno : 0;
	if (S_ISDIR(status.st_mode))
		return -EISDIR;
	if (!S_ISREG(status.st_mode))
		return -ENOTBLK;
	*size = (uint64_t)status.st_size;
	return 0;
}

/* What O_DIRECT transfers must be aligned to. */
static size_t direct_block(int fd, bool block_device)
{
	struct statx status;
	int block = 0;

	if (block_device && !ioctl(fd, BLKSSZGET, &block) && block >= SECTOR && block <= ALIGNMENT)
		return (size_t)block;
#ifdef STATX_DIOALIGN
	if (!statx(fd, "", AT_EMPTY_PATH, STATX_DIOALIGN, &status) &&
	    status.stx_mask & STATX_DIOALIGN && status.stx_dio_offset_align >= SECTOR &&
	    status.stx_dio_offset_align <= ALIGNMENT)
		return status.stx_dio_offset_align;
#endif
	(void)status;
	return ALIGNMENT;
}

/* The part of it that is exported. */
static int choose(struct file *file, const struct file_store_options *options, uint64_t size,
                  struct file_store_facts *facts)
{
	uint64_t sectors = size / SECTOR;

	if (!sectors)
		return -ENODATA;
	if (options->offset >= sectors || options->length > sectors - options->offset)
		return -EFBIG;
	sectors -= options->offset;
	facts->unused = options->length ? 0 : size % SECTOR;
	file->start = options->offset * SECTOR;
	file->store.size = (options->length ? options->length : sectors) * SECTOR;
	/* Blocks at the end that are not whole cannot be transferred as a whole. */
	if (options->direct && size % file->block)
		return -EDOM;
	return 0;
}

static int open_path(const struct file_store_options *options, bool exclusive)
{
	int flags = options->read_only ? O_RDONLY : O_RDWR;
	int fd;

	flags |= O_CLOEXEC | O_NONBLOCK | O_NOCTTY; /* a FIFO or a tape must not hang it */
	if (options->direct)
		flags |= O_DIRECT;
	if (exclusive)
		flags |= O_EXCL; /* without O_CREAT: a block device that the kernel does not use */
	fd = open(options->path, flags);
	return fd < 0 ? -errno : fd;
}

static bool is_block_device(const char *path)
{
	struct stat status;

	return !stat(path, &status) && S_ISBLK(status.st_mode);
}

int file_store_open(const struct file_store_options *options, struct store **store,
                    struct file_store_facts *facts)
{
	bool exclusive = options->lock && !options->read_only && is_block_device(options->path);
	struct file *file = calloc(1, sizeof(*file));
	uint64_t size = 0;
	int rc;

	if (!file)
		return -ENOMEM;
	*facts = (struct file_store_facts){0};
	file->store = (struct store){.operations = &file_operations, .fd = -1};
	file->read_only = options->read_only;
	file->fd = open_path(options, exclusive);
	rc = file->fd < 0 ? file->fd : measure(file->fd, &size, facts);
	if (!rc) {
		file->block = options->direct ? direct_block(file->fd, facts->block_device) : 1;
		facts->block = options->direct ? file->block : SECTOR;
		rc = choose(file, options, size, facts);
	}
	if (!rc && options->lock &&
	    flock(file->fd, (options->read_only ? LOCK_SH : LOCK_EX) | LOCK_NB))
		rc = errno == EWOULDBLOCK ? -ETXTBSY : -errno;
	if (!rc && !options->read_only)
		rc = syncer_create(file->fd, &file->syncer, &file->store.fd);
	if (rc) {
		file_close(&file->store);
		return rc;
	}
	*store = &file->store;
	return 0;
}

const char *file_store_explain(int error)
{
	switch (-error) {
	case ENOENT:
		return "no such file or device";
	case EACCES:
	case EPERM:
		return "permission denied: run as a user who may open it, or export it with ,ro";
	case EROFS:
		return "it is read-only: export it with ,ro";
	case EISDIR:
		return "a directory: an export is a file or a block device";
	case ENOTBLK:
	case ENXIO:
		return "neither a regular file nor a block device";
	case ENODATA:
		return "smaller than a sector (512 bytes): make it larger, as with truncate -s 1G";
	case EFBIG:
		return "offset and length reach beyond its end";
	case EDOM:
		return "direct needs a size that is a multiple of its block: make it a multiple of "
		       "4096, or leave out ,direct";
	case EBUSY:
		return "in use by this machine (mounted, or part of a RAID or volume group): "
		       "release "
		       "it, or export it with ,ro";
	case ETXTBSY:
		return "in use by another process that has locked it: stop that, or export it with "
		       ",ro on both sides, or with ,lock=no if its users coordinate";
	case EINVAL:
		return "this file system cannot open it past the page cache: leave out ,direct";
	default:
		return strerror(-error);
	}
}
