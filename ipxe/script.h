/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The text of the boot script. Pure. */
#ifndef IPXE_SCRIPT_H
#define IPXE_SCRIPT_H

#include "tools/cli/buffer.h"
#include "tools/cli/why.h"

/* Strings are the caller's. */
struct script {
	const char *kernel; /* URL, or a name beside the script */
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
};

/*
 * Appends the script to TEXT. Returns 0, -ENOMEM, or -EINVAL with WHY naming the option and the
 * place in it that would break the script.
 */
int script_write(const struct script *script, struct buffer *text, struct why *why);

#endif
