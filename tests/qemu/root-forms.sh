#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Every form of root=, on a whole disk and on a partition.
. tests/qemu/scenario.sh

use_kernel 6.1
uuid=01234567-89ab-cdef-0123-456789abcdef
tiny_root "$scratch/root.img" -U "$uuid" -L "tiny root"
partitioned "$scratch/disk.img" "$scratch/root.img"

boots 'root=aoe: a whole disk, ro' 'TINY-ROOT /dev/etherd/e0.0 ext4 ro' \
	--image "$scratch/root.img" --append 'root=aoe:e0.0 ro'
boots 'root=/dev/etherd: a device path, rw' 'TINY-ROOT /dev/etherd/e0.0 ext4 rw' \
	--image "$scratch/root.img" --append 'root=/dev/etherd/e0.0 rw'
boots 'root=aoe: a partition, of another shelf and slot' 'TINY-ROOT /dev/etherd/e7.3p2 ext4' \
	--image "$scratch/disk.img" --address 7.3 --append 'root=aoe:e7.3p2'
boots 'root=UUID= on a partition' 'TINY-ROOT /dev/etherd/e0.0p2 ext4' \
	--image "$scratch/disk.img" --append "root=UUID=$uuid"
boots 'root=LABEL= with a blank in it, on a whole disk' 'TINY-ROOT /dev/etherd/e0.0 ext4' \
	--image "$scratch/root.img" --append 'root="LABEL=tiny root"'

socket=$scratch/aoe.sock
many() {
	exec "$etherroot" serve --qemu "$socket" "0.0=$scratch/disk.img,ro" "0.1=$scratch/disk.img,ro" \
		"0.2=$scratch/disk.img,ro" "0.3=$scratch/disk.img,ro" "0.4=$scratch/disk.img,ro" \
		"0.5=$scratch/disk.img,ro" "0.6=$scratch/disk.img,ro"
}
in_background many 2>"$scratch/serve.log"
wait_for_text "$scratch/serve.log" 'e0.6'
boots 'a partition of one of many exports, which all answer at once' \
	'TINY-ROOT /dev/etherd/e0.3p2 ext4 ro' \
	--image "$scratch/disk.img" --lan "qemu:$socket" --append 'root=aoe:e0.3p2 ro'
done_testing
