/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What we need to know of ELF files: a module's own description, its signature, its ballast. */
#ifndef INITRAMFS_ELFFILE_H
#define INITRAMFS_ELFFILE_H

#include <stdbool.h>
#include <stddef.h>

#include "tools/cli/buffer.h"

/* True for an ELF file that is a kernel module by its type (relocatable). */
bool elffile_is_module(const struct buffer *file);

/*
 * True if a module signature is appended (scripts/sign-file.c ends it with "~Module signature
 * appended~\n").
 */
bool elffile_is_signed(const struct buffer *file);

/*
 * The text of the section .modinfo: SIZE bytes of KEY=VALUE, each ended by a zero byte. It lies
 * inside FILE. NULL if there is none, or it does not end in a zero byte.
 */
const char *elffile_modinfo(const struct buffer *file, size_t *size);

/* True if FILE needs SYMBOL from elsewhere. */
bool elffile_needs(const struct buffer *file, const char *symbol);

/*
 * The dynamic loader that the program FILE asks for, inside FILE; NULL for a static program and for
 * anything that is not ELF.
 */
const char *elffile_interpreter(const struct buffer *file);

/*
 * The name of the shared library that the program or library FILE asks for as the INDEX-th, counted
 * from 0, inside FILE (DT_NEEDED); NULL when there are no more.
 */
const char *elffile_library(const struct buffer *file, size_t index);

/*
 * Removes the debug sections of a relocatable file, and their relocations. Their headers stay, as
 * SHT_NULL: no section changes its number, so symbols and relocations need no rewriting. Returns 0,
 * or a negative errno with FILE as it was (-ENOEXEC: not ELF as it should be).
 */
int elffile_strip(struct buffer *file);

#endif
