/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A store in a file or block device. What is in the page cache is read at once, all else elsewhere.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include "tools/host/container.h"
#include "tools/serve/store/store.h"

enum {
	SECTOR = 512,
	/* O_DIRECT: the largest logical block, and so the alignment, of any disk in use. */
	ALIGNMENT = 4096,
};

struct file {
	struct store store;
	/* Of its device, once their device is set. The cached one is the pool's: it has the writes
	 * to the page cache and their syncs, which are done in order. */
	struct io_user user, cached;
	int fd;
	/*
	 * Blocks at the ends that are not the export's alone are written through the page cache:
	 * the kernel keeps the others' bytes in them, whoever writes those. -1: there are none.
	 */
	int shared_fd;
	uint64_t start; /* bytes before the export in the file */
	bool read_only;
	bool can_try; /* the file system can read without waiting */
	size_t block; /* with O_DIRECT, what offsets and lengths must be multiples of; else 1 */
};

static struct file *file_of(struct store *store)
{
	return (struct file *)(void *)store;
}

/* ---- transfers ---- */

static void finish(struct store_request *request, int error)
{
	const struct file *file = file_of(request->store);

	if (!error && request->bounce && request->operation == STORE_READ)
		memcpy(request->data,
		       (uint8_t *)request->bounce + (file->start + request->offset) % file->block,
		       request->length);
	free(request->bounce);
	request->bounce = NULL;
	request->error = error;
	request->done(request);
}

/* The task did a part: the rest. Returns false when there is none. */
static bool go_on(struct io_task *task)
{
	size_t done = (size_t)task->result;

	task->data = (uint8_t *)task->data + done;
	task->offset += done;
	task->length -= done;
	if (task->length)
		io_submit(task->user, task);
	return task->length;
}

/* Again, if a signal came to whoever did it. Returns false if none did. */
static bool try_again(struct io_task *task)
{
	bool interrupted = task->result == -EINTR;

	if (interrupted)
		io_submit(task->user, task);
	return interrupted;
}

static void transferred(struct io_task *task)
{
	struct store_request *request =
	        (struct store_request *)(void *)((char *)task -
	                                         offsetof(struct store_request, task));
	bool transfer = task->operation == IO_READ || task->operation == IO_WRITE;

	request->size = task->size;
	if (try_again(task))
		return;
	if (task->result < 0)
		finish(request, (int)task->result);
	else if (!task->result && transfer)
		finish(request, -EIO); /* the file became shorter */
	else if (!transfer || !go_on(task))
		finish(request, 0);
}

static void submit_to(struct io_user *user, struct store_request *request, struct io_task task)
{
	request->task = task;
	request->task.done = transferred;
	io_submit(user, &request->task);
}

static void submit(struct file *file, struct store_request *request, struct io_task task)
{
	submit_to(&file->user, request, task);
}

/* ---- O_DIRECT: whole blocks, in aligned memory ---- */

/* The whole blocks that a request lies in. */
struct blocks {
	uint64_t offset; /* in the file */
	size_t before;   /* bytes in front of the request */
	size_t length;
};

static struct blocks blocks_of(const struct file *file, const struct store_request *request)
{
	uint64_t offset = file->start + request->offset;
	size_t before = offset % file->block;

	return (struct blocks){offset - before, before,
	                       (before + request->length + file->block - 1) / file->block *
	                               file->block};
}

/* The blocks are read: the request's bytes go into them, and they are written as a whole. */
static void blocks_read(struct io_task *task)
{
	struct store_request *request =
	        (struct store_request *)(void *)((char *)task -
	                                         offsetof(struct store_request, task));
	struct file *file = file_of(request->store);
	struct blocks blocks = blocks_of(file, request);

	if (try_again(task))
		return;
	if (task->result <= 0) {
		finish(request, task->result ? (int)task->result : -EIO);
		return;
	}
	if (go_on(task))
		return;
	memcpy((uint8_t *)request->bounce + blocks.before, request->data, request->length);
	submit(file, request,
	       (struct io_task){.operation = IO_WRITE,
	                        .fd = file->fd,
	                        .data = request->bounce,
	                        .offset = blocks.offset,
	                        .length = blocks.length});
}

static bool is_shared(const struct file *file, const struct blocks *blocks)
{
	return blocks->offset < file->start ||
	       blocks->offset + blocks->length > file->start + file->store.size;
}

static bool is_aligned(const struct file *file, const struct store_request *request)
{
	return blocks_of(file, request).length == request->length &&
	       !((uintptr_t)request->data % ALIGNMENT);
}

static void start_aligned(struct file *file, struct store_request *request)
{
	submit(file, request,
	       (struct io_task){.operation = request->operation == STORE_READ ? IO_READ : IO_WRITE,
	                        .fd = file->fd,
	                        .data = request->data,
	                        .offset = file->start + request->offset,
	                        .length = request->length});
}

/* By way of other memory. */
static void start_bounced(struct file *file, struct store_request *request)
{
	struct blocks blocks = blocks_of(file, request);
	bool read = request->operation == STORE_READ;
	bool whole = blocks.length == request->length;

	if (posix_memalign(&request->bounce, ALIGNMENT, blocks.length)) {
		request->bounce = NULL;
		finish(request, -ENOMEM);
		return;
	}
	if (!read && whole)
		memcpy(request->bounce, request->data, request->length);
	submit(file, request,
	       (struct io_task){.operation = read || !whole ? IO_READ : IO_WRITE,
	                        .fd = file->fd,
	                        .data = request->bounce,
	                        .offset = blocks.offset,
	                        .length = blocks.length});
	if (!read && !whole)
		request->task.done = blocks_read;
}

/* ---- the store ---- */

static void start_buffered(struct file *file, struct store_request *request, int fd)
{
	bool write = request->operation == STORE_WRITE;
	bool quick = write && file->store.in_order;

	submit_to(quick ? &file->cached : &file->user, request,
	          (struct io_task){.operation = write ? IO_WRITE : IO_READ,
	                           .quick = quick,
	                           .fd = fd,
	                           .data = request->data,
	                           .offset = file->start + request->offset,
	                           .length = request->length});
}

static void start_sync(struct file *file, struct store_request *request)
{
	submit_to(file->store.in_order ? &file->cached : &file->user, request,
	          (struct io_task){.operation = IO_SYNC, .fd = file->fd});
}

static void start_transfer(struct file *file, struct store_request *request)
{
	struct blocks blocks = blocks_of(file, request);

	if (file->block == 1)
		start_buffered(file, request, file->fd);
	else if (file->shared_fd >= 0 && is_shared(file, &blocks))
		start_buffered(file, request, file->shared_fd);
	else if (is_aligned(file, request))
		start_aligned(file, request);
	else
		start_bounced(file, request);
}

static void file_start(struct store *store, struct store_request *request)
{
	struct file *file = file_of(store);

	request->store = store;
	request->bounce = NULL;
	if (request->operation == STORE_MEASURE)
		submit(file, request, (struct io_task){.operation = IO_SIZE, .fd = file->fd});
	else if (file->read_only && request->operation != STORE_READ)
		finish(request, request->operation == STORE_SYNC ? 0 : -EROFS);
	else if (request->operation == STORE_SYNC)
		start_sync(file, request);
	else
		start_transfer(file, request);
}

static int file_try_read(struct store *store, void *data, size_t length, uint64_t offset)
{
	struct file *file = file_of(store);
	struct iovec vector = {data, length};
	ssize_t n;

	if (!file->can_try)
		return -EAGAIN;
	n = preadv2(file->fd, &vector, 1, (off_t)(file->start + offset), RWF_NOWAIT);
	if (n < 0 && errno == EOPNOTSUPP)
		file->can_try = false;
	/* Of errors the read itself is to tell. */
	return n == (ssize_t)length ? 0 : -EAGAIN;
}

/* Closes one descriptor after the other. */
static void leave(struct io_task *task)
{
	struct store_request *request =
	        (struct store_request *)(void *)((char *)task -
	                                         offsetof(struct store_request, task));
	struct file *file = file_of(request->store);
	int *fd = file->fd >= 0 ? &file->fd : &file->shared_fd;

	if (*fd < 0) {
		finish(request, 0);
		return;
	}
	submit(file, request, (struct io_task){.operation = IO_CLOSE, .fd = *fd});
	request->task.done = leave;
	*fd = -1;
}

static void file_leave(struct store *store, struct store_request *request)
{
	request->store = store;
	request->bounce = NULL;
	leave(&request->task);
}

static void file_close(struct store *store)
{
	struct file *file = file_of(store);

	if (file->cached.device)
		io_leave(&file->cached);
	if (file->user.device)
		io_leave(&file->user);
	if (file->shared_fd >= 0)
		close(file->shared_fd);
	if (file->fd >= 0)
		close(file->fd);
	free(file);
}

static const struct store_operations file_operations = {file_try_read, file_start, file_leave,
                                                        file_close};

/* ---- opening ---- */

static void identify(const struct stat *status, struct file_store_facts *facts)
{
	facts->block_device = S_ISBLK(status->st_mode);
	facts->device = facts->block_device ? status->st_rdev : status->st_dev;
	facts->inode = facts->block_device ? 0 : status->st_ino;
	facts->changed = facts->block_device ? 0
	                                     : (int64_t)status->st_mtim.tv_sec * 1000000000 +
	                                               status->st_mtim.tv_nsec;
}

bool file_store_is_same(const struct file_store_facts *a, const struct file_store_facts *b)
{
	return a->device == b->device && a->inode == b->inode && a->block_device == b->block_device;
}

/* The whole size in bytes, and which file it is. */
static int measure(int fd, uint64_t *size, struct file_store_facts *facts)
{
	struct stat status;

	if (fstat(fd, &status))
		return -errno;
	identify(&status, facts);
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
	/* Blocks at the end that are not whole cannot be transferred as a whole. */
	if (options->direct && size % file->block)
		return -EDOM;
	sectors -= options->offset;
	facts->unused = options->length ? 0 : size % SECTOR;
	file->start = options->offset * SECTOR;
	file->store.size = (options->length ? options->length : sectors) * SECTOR;
	facts->length = file->store.size;
	return 0;
}

int file_store_resize(struct store *store, const struct file_store_options *options, uint64_t size,
                      struct file_store_facts *facts)
{
	return choose(file_of(store), options, size, facts);
}

static int open_path(const struct file_store_options *options, bool exclusive, bool direct)
{
	int flags = options->read_only ? O_RDONLY : O_RDWR;
	int fd;

	flags |= O_CLOEXEC | O_NONBLOCK | O_NOCTTY; /* a FIFO or a tape must not hang it */
	if (direct)
		flags |= O_DIRECT;
	if (exclusive)
		flags |= O_EXCL; /* without O_CREAT: a block device that the kernel does not use */
	fd = open(options->path, flags);
	if (fd < 0)
		return -errno;
	/* From now on it may wait. */
	fcntl(fd, F_SETFL, flags & (O_ACCMODE | O_DIRECT));
	return fd;
}

/* Before it is opened: a block device that is in use cannot be. */
static bool is_block_device(const char *path, struct file_store_facts *facts)
{
	struct stat status;

	if (stat(path, &status) || !S_ISBLK(status.st_mode))
		return false;
	identify(&status, facts);
	return true;
}

/* With O_DIRECT, for the blocks at the ends that are not the export's alone. */
static int open_shared(struct file *file, const struct file_store_options *options)
{
	if (file->read_only || file->block == 1 ||
	    !(file->start % file->block || (file->start + file->store.size) % file->block))
		return 0;
	file->shared_fd = open_path(options, false, false);
	return file->shared_fd < 0 ? file->shared_fd : 0;
}

static int lock(int fd, bool read_only)
{
	if (!flock(fd, (read_only ? LOCK_SH : LOCK_EX) | LOCK_NB))
		return 0;
	return errno == EWOULDBLOCK ? -ETXTBSY : -errno;
}

/*
 * A regular file that begins like a qcow2 and the like. On block devices one finds what their users
 * wrote, and O_DIRECT is only for whole blocks: such a file is opened once more.
 */
static int check_format(const struct file *file, const struct file_store_options *options,
                        struct file_store_facts *facts)
{
	char head[CONTAINER_HEAD] = {0};
	int fd;

	if (options->raw || file->start || facts->block_device)
		return 0;
	fd = options->direct ? open(options->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)
	                     : file->fd;
	/* One that cannot be read is trouble of another kind, which may pass. */
	if (fd >= 0 && pread(fd, head, sizeof(head), 0) > 0)
		facts->container = container_recognise(head);
	if (fd >= 0 && fd != file->fd)
		close(fd);
	return facts->container ? -ENOEXEC : 0;
}

static int open_file(struct file *file, const struct file_store_options *options,
                     struct file_store_facts *facts)
{
	bool block_device = is_block_device(options->path, facts);
	bool exclusive = options->lock && !options->read_only && block_device;
	uint64_t size = 0;
	int rc;

	file->fd = open_path(options, exclusive, options->direct);
	if (file->fd < 0)
		return file->fd;
	rc = measure(file->fd, &size, facts);
	if (rc)
		return rc;
	facts->ground = (struct ground){.block_device = facts->block_device,
	                                .device = facts->device,
	                                .inode = facts->inode};
	ground_find("/sys", &facts->ground);
	file->block = options->direct ? direct_block(file->fd, facts->block_device) : 1;
	facts->block = options->direct ? file->block : SECTOR;
	file->can_try = !options->direct;
	file->store.in_order = !options->direct && !options->read_only;
	rc = choose(file, options, size, facts);
	if (!rc && options->lock)
		rc = lock(file->fd, options->read_only);
	if (!rc)
		rc = check_format(file, options, facts);
	return rc ? rc : open_shared(file, options);
}

int file_store_open(const struct file_store_options *options, struct store **store,
                    struct file_store_facts *facts)
{
	struct file *file = calloc(1, sizeof(*file));
	int rc;

	if (!file)
		return -ENOMEM;
	*facts = (struct file_store_facts){0};
	file->store.operations = &file_operations;
	file->read_only = options->read_only;
	file->fd = file->shared_fd = -1;
	rc = open_file(file, options, facts);
	if (rc) {
		file_close(&file->store);
		return rc;
	}
	*store = &file->store;
	return 0;
}

int file_store_join(struct store *store, struct io *io, const struct file_store_facts *facts)
{
	struct file *file = file_of(store);
	int rc = io_join(io, facts->device, &file->user);

	if (!rc && store->in_order)
		rc = io_join(io->pool, facts->device, &file->cached);
	return rc;
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
