/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The door of this folder: a root image: which partition holds the root file system, which kernels
 * it has, and those taken out of it. Done by debugfs(8), so no privileges and no mount; taken-out
 * kernels are cached by what identifies them, so that a changed image is noticed.
 */
#ifndef TOOLS_BOOT_IMAGE_IMAGE_H
#define TOOLS_BOOT_IMAGE_IMAGE_H

#include <stdint.h>

#include "tools/boot/image/disk.h"
#include "tools/boot/image/kernelfile.h"

struct image {
	const char *path;
	int fd;
	uint64_t size;         /* bytes */
	struct disk_part part; /* where the root is; number 0: the whole disk */
	char *file_system;     /* of the root, or NULL when none was recognised */
	char *others;          /* what else was seen, for messages: "p1 vfat, p2 xfs" */
};

/* A kernel that was taken out of an image. */
struct image_kernel {
	char *version;
	char *directory; /* holds vmlinuz, and lib/modules/VERSION: a --root for `etherroot initrd`
	                  */
	char *vmlinuz;
	int lock; /* keeps the cache from throwing it away while it is used */
};

/*
 * Opens an image and finds the root: the first ext4 with /lib/modules in it, else the first one
 * with a file system of any kind that can be a root. Returns 0 or a negative errno of opening or
 * reading.
 */
int image_open(struct image *image, const char *path, int signals);

/* What is taken out. */
enum { IMAGE_KERNEL = 1, IMAGE_MODULES = 2 };

/*
 * Takes a kernel, its modules or both out. version: which one; NULL: the newest. Returns 0, or a
 * negative errno with *why (the caller frees) if there is something to tell: -ENODATA no ext4 root,
 * -ESRCH no (such) kernel, -ENOENT no debugfs, -EINTR a signal came.
 */
int image_take_kernel(struct image *image, const char *version, int what,
                      struct image_kernel *kernel, int signals, char **why);

void image_kernel_free(struct image_kernel *kernel);
void image_close(struct image *image);

#endif
