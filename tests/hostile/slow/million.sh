#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# The hostile LAN of test_hostile.sh, a million frames of it.
ETHERROOT_HOSTILE_FRAMES=1000000 exec tests/hostile/test_hostile.sh
