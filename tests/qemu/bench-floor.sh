#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# The floor that `make bench` measures our init against mounts the root: with one processor its disk
# shows some time before it can be opened.
. tests/qemu/scenario.sh
# shellcheck source=tests/bench/columns.sh
. tests/bench/columns.sh

use_kernel 6.1
# For columns.sh.
# shellcheck disable=SC2034
work=$scratch root=$scratch/root.img
tiny_root "$root"
check 'the floor has its orders from our init' make_floor
check 'it mounts the root' boot_early floor "$scratch/floor.log"
truncate -s 16M "$scratch/empty.img"
root=$scratch/empty.img
check 'what it cannot mount ends the boot at once' fails_with 1 'the kernel panicked' \
	boot_early floor "$scratch/floor.log"
done_testing
