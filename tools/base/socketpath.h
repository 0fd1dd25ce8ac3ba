/* SPDX-License-Identifier: GPL-2.0-or-later */
/* UNIX sockets that have a name in the file system. */
#ifndef TOOLS_BASE_SOCKETPATH_H
#define TOOLS_BASE_SOCKETPATH_H

#include <sys/un.h>

/* Makes the address of it. Returns 0, or -ENAMETOOLONG: that leaves room for 107 bytes. */
int socketpath_address(const char *path, struct sockaddr_un *address);

/*
 * Makes way for a socket of that type (SOCK_STREAM, SOCK_DGRAM): removes the file of one whose
 * process is gone. Returns 0 when the path is free; -EADDRINUSE when somebody listens there;
 * -EEXIST when it is no socket, which is left alone; or a negative errno.
 */
int socketpath_make_way(const struct sockaddr_un *address, int type);

#endif
