#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# What was not as it should be is put right while the machine is on: in the rescue shell, or on the
# server.
. tests/qemu/scenario.sh

use_kernel 6.12 --shell
tiny_tree "$scratch/tiny"
cp -r "$scratch/tiny" "$scratch/whole"
mv "$scratch/tiny/sbin/init" "$scratch/tiny/sbin/later"
# Its label would begin a line of the log.
tiny_root "$scratch/root.img" -L "$(printf 'a\n<3>forged')" >"$scratch/mkfs.log"

# It panics, since nobody has asked for a shell: who is on the LAN could have brought it so far.
boots 'a root without an init is given up' 'Kernel panic - not syncing: Attempted to kill init' \
	--image "$scratch/root.img" --append 'root=aoe:e0.0 rw'
check 'which is told' contains "$scratch/console.log" 'etherroot: E-NOINIT: /sbin/init: '
check 'and is left clean, though it was mounted rw' is_clean "$scratch/root.img"

mend='busybox mount -t ext4 /dev/etherd/e0.0 /root; busybox mv /root/sbin/later /root/sbin/init'
boots 'or mended in the shell: it boots, and has its arguments' \
	'TINY-ROOT arguments one two' --image "$scratch/root.img" \
	--append 'rw rd.shell do=arguments -- one two' --type '# $=>'"$mend; busybox umount /root; exit"
check 'a label stays on its line' contains "$scratch/console.log" ' LABEL=a?<3>forged ['

# comes_later PART WHAT CODE IMAGE: the guest misses its root, of that partition, on an empty disk, and
# boots when the image is written over it
comes_later() {
	late=$scratch/late$1
	truncate -s 32M "$late.img"
	in_background "$etherroot" serve --max-age "$any_age" --qemu "$late.sock" "0.0=$late.img" >"$late.serve" 2>&1
	in_background "$etherroot" boot --accel tcg --via direct --kernel "$kernel" --initrd "$initrd" \
		--timeout "$deadline" --log "$late.log" --image "$scratch/root.img" \
		--lan "qemu:$late.sock" --append "root=aoe:e0.0$1 ro" --after kill \
		--expect "TINY-ROOT /dev/etherd/e0.0$1 ext4 ro" >"$late.boot" 2>&1
	guest=$!
	check "$2 is missing" wait_for_text "$late.log" "waiting: $3"
	# What the guest looks for comes last: it must not find it in front of what is not there yet.
	dd if="$4" of="$late.img" bs=1M skip=1 seek=1 conv=notrunc status=none
	dd if="$4" of="$late.img" bs=1M count=1 conv=notrunc status=none
	check 'and found when it is made later' wait "$guest"
}
mke2fs -q -F -t ext4 -d "$scratch/whole" "$scratch/whole.img" 16M >"$scratch/mkfs.log"
partitioned "$scratch/disk.img" "$scratch/whole.img"
comes_later '' 'a file system' 'E-NOFS: /dev/etherd/e0.0' "$scratch/whole.img"
comes_later p2 'a partition' 'E-NOPART: e0.0p2' "$scratch/disk.img"
done_testing
