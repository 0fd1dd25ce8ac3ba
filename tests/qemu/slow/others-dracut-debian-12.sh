#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# The same with Debian 12 and its dracut.
RELEASE=12 exec tests/qemu/slow/others-dracut.sh
