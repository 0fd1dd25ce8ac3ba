/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/host/ipxe.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "tools/host/files.h"

enum { LIMIT = 16 << 20 /* bytes; Debian's have 1 MB */ };

int ipxe_look(size_t *size, bool *reads_autoexec)
{
	char *bytes = files_read(IPXE_EFI, LIMIT, size);

	if (!bytes)
		return -errno;
	*reads_autoexec = memmem(bytes, *size, IPXE_AUTOEXEC, strlen(IPXE_AUTOEXEC));
	free(bytes);
	return 0;
}
