/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef IMAGES_IMAGE_H
#define IMAGES_IMAGE_H

/* For who sets up a server, which has machines install themselves: answers, and sizes of disks. */
#include "images/load.h"
#include "images/values.h"

/* `etherroot image`: argv[0] is the subcommand's name; returns an enum cli_exit. */
int image_main(int argc, char **argv);
int install_main(int argc, char **argv);

#endif
