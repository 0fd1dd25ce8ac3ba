/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Linux kernel images for x86 (Documentation/arch/x86/boot.rst of the kernel). Pure. */
#ifndef TOOLS_BOOT_KERNEL_H
#define TOOLS_BOOT_KERNEL_H

#include <stddef.h>

/* Bytes from the image's start that kernel_version may want to see. */
enum { KERNEL_HEAD = 64 * 1024 };

/*
 * The version in a bzImage's head, as modules are named by it: "6.1.0-56-amd64". Returns 0,
 * -ENOEXEC (no bzImage) or -ENODATA (no version in it). The caller frees *version.
 */
int kernel_version(const void *head, size_t n, char **version);

#endif
