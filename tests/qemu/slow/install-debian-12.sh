#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# The installation of Debian 12, by an installer that is one.
RELEASE=12 exec tests/qemu/slow/install-debian.sh
