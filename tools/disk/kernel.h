/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Linux kernel images for x86 (Documentation/arch/x86/boot.rst of the kernel). Pure. */
#ifndef TOOLS_DISK_KERNEL_H
#define TOOLS_DISK_KERNEL_H

#include <stdbool.h>
#include <stddef.h>

/* Bytes from the image's start that kernel_version may want to see. */
enum { KERNEL_HEAD = 64 * 1024 };

/*
 * The version in a bzImage's head, as modules are named by it: "6.1.0-56-amd64". Returns 0,
 * -ENOEXEC (no bzImage) or -ENODATA (no version in it). The caller frees *version.
 */
int kernel_version(const void *head, size_t n, char **version);

/*
 * Where in a bzImage of n bytes the compressed kernel proper lies. Returns 0 or -ENOEXEC (no
 * bzImage, too old to say, or cut off).
 */
int kernel_payload(const void *image, size_t n, size_t *offset, size_t *length);

/*
 * Whether an uncompressed kernel (vmlinux, n bytes) can be entered directly by a virtual machine:
 * it is a 64-bit ELF with Xen's PVH entry among its notes (xen/include/public/elfnote.h: 18).
 */
bool kernel_has_pvh_entry(const void *vmlinux, size_t n);

#endif
