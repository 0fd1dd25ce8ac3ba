/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef IPXE_IPXE_H
#define IPXE_IPXE_H

#include "ipxe/script.h" /* the text alone, for who sets up a server */

/* `etherroot ipxe`: argv[0] is the subcommand's name; returns an enum cli_exit. */
int ipxe_main(int argc, char **argv);

#endif
