/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The door of this folder: a root image, which partition holds the root file system, which kernels
 * it has, and those taken out of it; without privileges or a mount, and also while a machine has it
 * mounted: what is taken was there at one moment. Kernels that were taken out are cached by what
 * identifies them, so that a changed image is noticed.
 */
#ifndef TOOLS_DISK_IMAGE_H
#define TOOLS_DISK_IMAGE_H

#include <stdbool.h>
#include <stdint.h>

#include "tools/cli/why.h"
#include "tools/disk/kernelfile.h"
#include "tools/disk/partitions.h"

/* ---- image.c: where the root is -------------------------------------------------------------- */

struct image {
	const char *path;
	int fd;
	int signals;           /* a signalfd: what arrives there ends the reading; or -1 */
	uint64_t size;         /* bytes */
	struct partition part; /* where the root is; number 0: the whole disk */
	char *file_system;     /* of the root, or NULL when none was recognised */
	char *others;          /* what else was seen, for messages: "p1 vfat, p2 xfs" */
};

/*
 * Opens an image and finds the root: the first ext4 with /lib/modules in it, else the first one
 * with a file system of any kind that can be a root. Returns 0 or a negative errno with *why:
 * -EINTR a signal came (*why is empty then), -EMEDIUMTYPE it is a disk packed into some other
 * format.
 */
int image_open(struct image *image, const char *path, int signals, struct why *why);

void image_close(struct image *image);

/* Says of damage (-EUCLEAN) what is to be done; other reasons are told already. Returns rc. */
int image_explain(const struct image *image, int rc, struct why *why);

/* ---- take.c: its kernels -----------------------------------------------------------------------
 */

/* A kernel that was taken out of an image. */
struct image_kernel {
	char *version;
	char *directory; /* a --root for `etherroot initrd`: vmlinuz, lib/modules/VERSION */
	char *vmlinuz;
	int lock; /* keeps the cache from throwing it away while it is used */
};

/* What is taken out. */
enum { IMAGE_KERNEL = 1, IMAGE_MODULES = 2 };

/*
 * Takes a kernel, its modules or both out. version: which one; NULL: the newest. Returns 0 or a
 * negative errno with *why: -ENODATA no ext4 root, -ESRCH no (such) kernel, -EUCLEAN damage, -EINTR
 * a signal came (*why is empty then). image_kernel_free is due in any case.
 */
int image_take_kernel(const struct image *image, const char *version, int what,
                      struct image_kernel *kernel, struct why *why);

void image_kernel_free(struct image_kernel *kernel);

/* ---- tree.c: all that a boot server needs of it ------------------------------------------------
 */

/* What `etherroot initrd --root` reads, and the kernel, as it was in the image at one moment. */
struct image_tree {
	char *version;
	char *identity; /* one line, which is another when any of it changes */
	char *passed;   /* a newer version that is not wholly installed yet, or NULL */
	bool taken;
};

/*
 * Takes a kernel (vmlinuz) with its modules, its configuration, the firmware that its network
 * drivers want, and modprobe's configuration into a directory of the host that is not there yet.
 * version: which one; NULL: the newest that is wholly installed. When one of the lines in known,
 * which may be NULL, is its identity, nothing is taken. Returns and ends as image_take_kernel does,
 * image_tree_free.
 */
int image_take_tree(const struct image *image, const char *version, const char *known,
                    const char *directory, struct image_tree *tree, struct why *why);

void image_tree_free(struct image_tree *tree);

#endif
