/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Kernels unpacked on the host. Without KVM a guest spends seconds on its kernel's own
 * decompression, more than on all the rest up to /init; QEMU also starts the uncompressed kernel
 * (PVH).
 */
#ifndef TOOLS_BOOT_IMAGE_UNPACK_H
#define TOOLS_BOOT_IMAGE_UNPACK_H

/*
 * The uncompressed kernel of a bzImage, from the cache or into it. Returns 0 with *vmlinux, its
 * path (the caller frees), and *lock, which keeps it in the cache until closed; or a negative errno
 * when this kernel has to be started as it is: -ENOEXEC (not of the kind that can), or what went
 * wrong.
 */
int unpack_kernel(const char *file, char **vmlinux, int *lock);

#endif
