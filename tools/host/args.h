/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Argument vectors of the programs that boot starts, grown one argument at a time. */
#ifndef TOOLS_HOST_ARGS_H
#define TOOLS_HOST_ARGS_H

#include <stddef.h>

/* Zero-initialised it is empty. v is always NULL-terminated once something was added. */
struct args {
	char **v;
	size_t n;
};

/* Adds one argument, formatted. The command has nothing to fall back on without memory: it aborts.
 */
void args_add(struct args *args, const char *format, ...) __attribute__((format(printf, 2, 3)));

void args_free(struct args *args);

/* asprintf that aborts without memory; the caller frees. */
char *args_text(const char *format, ...) __attribute__((format(printf, 1, 2), malloc));

/*
 * A value as it stands in a list of options, key=value,key=value, of QEMU or of `etherroot serve`:
 * a comma in it is written twice. The caller frees.
 */
char *args_quoted(const char *value);

/* A text of any kind as one word of a shell's, or of GRUB's: between quotes. The caller frees. */
char *args_shell_word(const char *value);

#endif
