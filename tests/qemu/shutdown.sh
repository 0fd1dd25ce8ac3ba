#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# The end of a machine: the root is unmounted and written before it goes off or starts anew, and a disk
# that does not take it does not keep the machine on.
. tests/qemu/scenario.sh

use_kernel 6.12
tiny_root "$scratch/root.img"

written='etherroot: unmount: all that was mounted is written'
is_clean() {
	dumpe2fs -h "$scratch/root.img" >"$scratch/superblock" 2>/dev/null
	cat "$scratch/superblock"
	grep -q '^Filesystem state: *clean$' "$scratch/superblock" &&
		! grep -q needs_recovery "$scratch/superblock"
}
boots 'it goes off' 'reboot: Power down' --image "$scratch/root.img" --append 'rw do=shutdown:poweroff'
check 'with all written' contains "$scratch/console.log" "$written"
check 'and the root clean' is_clean
boots 'it starts anew' 'reboot: Restarting system' --image "$scratch/root.img" \
	--append 'rw do=shutdown:reboot'
check 'with the root clean' is_clean

socket=$scratch/aoe.sock
in_background "$etherroot" serve --qemu "$socket" "0.0=$scratch/root.img,fault=write-hang" \
	>"$scratch/serve.log" 2>&1
boots 'a disk that takes no writes is given up' 'reboot: Power down' --image "$scratch/root.img" \
	--lan "qemu:$socket" --append 'root=aoe:e0.0 ro do=shutdown-stuck:poweroff'
check 'which was said while it was waited for' contains "$scratch/console.log" \
	'etherroot: waiting: E-SILENT: e0.0: does not answer as it is unmounted'
check 'and at the end' contains "$scratch/console.log" \
	'etherroot: E-SILENT: e0.0: has not answered for a minute as it was unmounted'
done_testing
