#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# The initrd of Debian 12's initramfs-tools.
KERNEL=6.1 exec tests/qemu/slow/interop-initramfs-tools.sh
