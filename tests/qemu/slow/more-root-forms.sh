#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# More forms of root=, and of what it is: partitions by their neighbours, other ext file systems, F2FS, one
# export of many.
. tests/qemu/scenario.sh

use_kernel 6.1 --fs ext4,f2fs
tiny_root "$scratch/root.img"
partitioned "$scratch/disk.img" "$scratch/root.img"

boots 'root=/dev/etherd: a device path, rw' 'TINY-ROOT /dev/etherd/e0.0 ext4 rw' \
	--image "$scratch/root.img" --append 'root=/dev/etherd/e0.0 rw'

# Partitions before and behind one that is named, in both kinds of tables.
cp "$scratch/disk.img" "$scratch/named.img"
sfdisk -q --part-uuid "$scratch/named.img" 1 11111111-2222-3333-4444-555555555555
boots 'root=PARTUUID= of the partition before it' 'TINY-ROOT /dev/etherd/e0.0p2 ext4' \
	--image "$scratch/named.img" \
	--append 'root=PARTUUID=11111111-2222-3333-4444-555555555555/PARTNROFF=1'
truncate -s 32M "$scratch/mbr.img"
printf 'label: dos\nlabel-id: 0x0badcafe\nstart=2048, size=2048\nstart=4096, size=32768\nstart=36864\n' |
	sfdisk -q "$scratch/mbr.img"
dd if="$scratch/root.img" of="$scratch/mbr.img" bs=1M seek=2 conv=notrunc status=none
boots 'root=PARTUUID= of an MBR' 'TINY-ROOT /dev/etherd/e0.0p2 ext4' \
	--image "$scratch/mbr.img" --append 'root=PARTUUID=0BADCAFE-02'
boots 'root=PARTUUID= of the partition behind it' 'TINY-ROOT /dev/etherd/e0.0p2 ext4' \
	--image "$scratch/mbr.img" --append 'root=PARTUUID=0badcafe-03/PARTNROFF=-1'

tiny_root "$scratch/ext3.img" -O ^extent,^64bit,^metadata_csum,^flex_bg,^huge_file,^dir_nlink,^extra_isize
boots 'rootfstype=ext3, which is the module ext4' 'TINY-ROOT /dev/etherd/e0.0 ext3 ro' \
	--image "$scratch/ext3.img" --append 'root=aoe:e0.0 rootfstype=ext3 ro'
# The kernel asks for the quotas' module by itself, as it does for a NIC's PHY.
tiny_root "$scratch/quota.img" -O quota
boots 'an ext4 with quotas, rw' 'TINY-ROOT /dev/etherd/e0.0 ext4 rw' \
	--image "$scratch/quota.img" --snapshot --append 'root=aoe:e0.0 rw'

truncate -s 64M "$scratch/f2fs.img"
mkfs.f2fs -q -l f2fs-root "$scratch/f2fs.img"
sload.f2fs -f "$scratch/tiny" "$scratch/f2fs.img" >"$scratch/sload.log"
boots 'an F2FS root by its label' 'TINY-ROOT /dev/etherd/e0.0 f2fs ro' \
	--image "$scratch/f2fs.img" --append 'root=LABEL=f2fs-root ro'

socket=$scratch/aoe.sock
many() {
	exec "$etherroot" serve --max-age "$any_age" --qemu "$socket" "0.0=$scratch/disk.img,ro" "0.1=$scratch/disk.img,ro" \
		"0.2=$scratch/disk.img,ro" "0.3=$scratch/disk.img,ro" "0.4=$scratch/disk.img,ro" \
		"0.5=$scratch/disk.img,ro" "0.6=$scratch/disk.img,ro"
}
in_background many 2>"$scratch/serve.log"
wait_for_text "$scratch/serve.log" 'e0.6'
boots 'a partition of one of many exports, which all answer at once' \
	'TINY-ROOT /dev/etherd/e0.3p2 ext4 ro' \
	--image "$scratch/disk.img" --lan "qemu:$socket" --append 'root=aoe:e0.3p2 ro'
done_testing
