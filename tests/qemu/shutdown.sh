#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# The end of a machine: the root is unmounted and written before it goes off or starts anew, and a disk
# that does not take it does not keep the machine on.
. tests/qemu/scenario.sh

use_kernel 6.12
tiny_root "$scratch/root.img"

written='etherroot: unmount: all that was mounted is written'
boots 'it goes off' 'reboot: Power down' --image "$scratch/root.img" --append 'rw do=shutdown:poweroff'
check 'with all written' contains "$scratch/console.log" "$written"
check 'and the root clean' is_clean "$scratch/root.img"
boots 'it starts anew' 'reboot: Restarting system' --image "$scratch/root.img" \
	--append 'rw do=shutdown:reboot'
check 'with the root clean' is_clean "$scratch/root.img"

# begin EXPORT...: a target, and a way to change what its disks do
begin() {
	in_background "$etherroot" serve --max-age "$any_age" --control "$scratch/ctl" --qemu "$scratch/aoe.sock" "$@" \
		>"$scratch/serve.log" 2>&1
	target=$!
	wait_for_text "$scratch/serve.log" e0.0
}
fault() {
	"$etherroot" ctl --control "$scratch/ctl" fault "$@"
}
end() {
	kill "$target"
	wait "$target" || :
}

# Who waits for the disk has the root in use, until the disk has taken all.
begin "0.0=$scratch/root.img,fault=write-hang"
begin_boot --image "$scratch/root.img" --after kill --expect 'reboot: Power down' \
	--lan "qemu:$scratch/aoe.sock" --append 'root=aoe:e0.0 ro do=shutdown-stuck:poweroff' \
	>"$scratch/boot.log" 2>&1
guest=$!
check 'a disk that takes no writes is waited for' wait_for_text "$scratch/console.log" \
	'etherroot: waiting: E-SILENT: e0.0: does not answer as it is unmounted'
check 'until it takes them' fault e0.0 none
check 'and the machine goes off' wait "$guest"
check 'with all written' contains "$scratch/console.log" "$written"
check 'and unmounted' sh -c '! grep -F "still in use" "$1"' sh "$scratch/console.log"
check 'and clean' is_clean "$scratch/root.img"
end
done_testing
