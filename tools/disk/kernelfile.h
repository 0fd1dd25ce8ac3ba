/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Kernels in files of the host: their version, and unpacked. Without KVM a guest spends seconds on
 * its kernel's own decompression, more than on all the rest up to /init; QEMU also starts the
 * uncompressed kernel (PVH).
 */
#ifndef TOOLS_DISK_KERNELFILE_H
#define TOOLS_DISK_KERNELFILE_H

/*
 * The version of the bzImage in a file. Returns 0 (the caller frees *version), -ENOEXEC (no
 * bzImage), -ENODATA (no version in it) or the negative errno of reading it.
 */
int kernel_file_version(const char *file, char **version);

/*
 * The uncompressed kernel of a bzImage, from the cache or into it. Returns 0 with *vmlinux, its
 * path (the caller frees), and *lock, which keeps it in the cache until closed; or a negative errno
 * when this kernel has to be started as it is: -ENOEXEC (not of the kind that can), or what went
 * wrong.
 */
int kernel_file_unpack(const char *file, char **vmlinux, int *lock);

#endif
