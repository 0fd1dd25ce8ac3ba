/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The text of the boot script. Pure. */
#ifndef IPXE_SCRIPT_H
#define IPXE_SCRIPT_H

#include <stddef.h>

#include "tools/cli/buffer.h"
#include "tools/cli/why.h"

/* Strings are the caller's. */
struct script {
	/* A URL, or a name beside the script; NULL: the script only starts the disk of sanboot. */
	const char *kernel;
	const char *initrd;
	const char *root;   /* value of root= */
	const char *append; /* further arguments of the kernel, or "" */
	/*
	 * A script that is run first, a URL or a name beside this one, or NULL: it sets what is
	 * filled in for ${generation} in kernel and initrd, and ${previous}, which is tried when
	 * they cannot be loaded (`etherroot publish` writes one). It may set ${trial}, a URL that
	 * is asked before they are started, whose answer may set ${trial-over}: then ${previous} is
	 * started; and ${trial-args}, further arguments for such a start.
	 */
	const char *generation;
	/*
	 * URLs of servers, tried one after the other, which the names are then looked for on
	 * instead of beside the script; NULL where server_count is 0.
	 */
	const char *const *servers;
	size_t server_count;
	/* The SAN URI of a disk that is started by its own boot loader when all else fails; or
	 * NULL.
	 */
	const char *sanboot;
	/* The same of one that is started before all else, if it has a boot loader; or NULL. */
	const char *disk;
};

/*
 * Appends the script to TEXT. Returns 0, -ENOMEM, or -EINVAL with WHY naming the option and the
 * place in it that would break the script.
 */
int script_write(const struct script *script, struct buffer *text, struct why *why);

#endif
