#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# A second disk that takes no writes at the machine's end: the others are written at once, and it is
# given up after a minute.
. tests/qemu/scenario.sh

use_kernel 6.12
tiny_root "$scratch/root.img"

# Behind the second disk's file system there is room for a word.
cp "$scratch/root.img" "$scratch/second.img"
truncate -s +512 "$scratch/second.img"
in_background "$etherroot" serve --max-age "$any_age" --control "$scratch/ctl" --qemu "$scratch/aoe.sock" \
	"0.0=$scratch/root.img" "0.1=$scratch/second.img" >"$scratch/serve.log" 2>&1
wait_for_text "$scratch/serve.log" e0.1
begin_boot --image "$scratch/root.img" --after kill --expect 'reboot: Power down' \
	--lan "qemu:$scratch/aoe.sock" --append 'root=aoe:e0.0 rw do=shutdown-second:poweroff' \
	>"$scratch/boot.log" 2>&1
guest=$!
wait_for_text "$scratch/console.log" 'TINY-ROOT mounted'
check 'a second disk takes no writes any more' \
	"$etherroot" ctl --control "$scratch/ctl" fault e0.1 write-hang
printf GO | dd of="$scratch/second.img" bs=512 seek=32768 conv=notrunc status=none
wait_for_text "$scratch/console.log" 'etherroot: waiting: E-SILENT: e0.1: '
check 'the root is clean' until_done is_clean "$scratch/root.img"
check 'before the second disk is given up' sh -c '! grep -F "for a minute" "$1"' sh "$scratch/console.log"
check 'the machine goes off' wait "$guest"
check 'and says of the second disk alone that it has given it up' contains "$scratch/console.log" \
	'etherroot: E-SILENT: e0.1: has not answered for a minute as it was unmounted'
done_testing
