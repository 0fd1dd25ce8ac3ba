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

# The second partition, named by itself, by its label and by the one before it.
cp "$scratch/disk.img" "$scratch/named.img"
sfdisk -q --part-uuid "$scratch/named.img" 1 11111111-2222-3333-4444-555555555555
sfdisk -q --part-uuid "$scratch/named.img" 2 "$uuid"
sfdisk -q --part-label "$scratch/named.img" 2 'root für ws1'
boots 'root=PARTUUID= of a GPT' 'TINY-ROOT /dev/etherd/e0.0p2 ext4' \
	--image "$scratch/named.img" --append "root=PARTUUID=$uuid"
boots 'root=PARTUUID= of the partition before it' 'TINY-ROOT /dev/etherd/e0.0p2 ext4' \
	--image "$scratch/named.img" \
	--append 'root=PARTUUID=11111111-2222-3333-4444-555555555555/PARTNROFF=1'
boots 'root=PARTLABEL=, with what is not ASCII' \
	'TINY-ROOT /dev/etherd/e0.0p2 ext4' \
	--image "$scratch/named.img" --append '"root=PARTLABEL=root für ws1"'
truncate -s 32M "$scratch/mbr.img"
printf 'label: dos\nlabel-id: 0x0badcafe\nstart=2048, size=2048\nstart=4096, size=32768\nstart=36864\n' |
	sfdisk -q "$scratch/mbr.img"
dd if="$scratch/root.img" of="$scratch/mbr.img" bs=1M seek=2 conv=notrunc status=none
boots 'root=PARTUUID= of an MBR' 'TINY-ROOT /dev/etherd/e0.0p2 ext4' \
	--image "$scratch/mbr.img" --append 'root=PARTUUID=0BADCAFE-02'
boots 'root=PARTUUID= of the partition behind it' 'TINY-ROOT /dev/etherd/e0.0p2 ext4' \
	--image "$scratch/mbr.img" --append 'root=PARTUUID=0badcafe-03/PARTNROFF=-1'

# A boot loader's words, the firmware's and those that were copied out of an fstab, all in one.
boots 'the last root= counts, by-label as udev writes it; what cannot be read is no obstacle' \
	'TINY-ROOT /dev/etherd/e0.0 ext4 ro' --image "$scratch/root.img" --append \
	'"root=/dev/ram0" BOOTIF=01- rootfstype=auto rootflags=_netdev,nofail,x-systemd.device-timeout=10 ro "root=/dev/disk/by-label/tiny\x20root"'
check 'and is told' contains "$scratch/console.log" 'etherroot: warning: BOOTIF=01-: it names no'

tiny_root "$scratch/ext3.img" -O ^extent,^64bit,^metadata_csum,^flex_bg,^huge_file,^dir_nlink,^extra_isize
boots 'rootfstype=ext3, which is the module ext4' 'TINY-ROOT /dev/etherd/e0.0 ext3 ro' \
	--image "$scratch/ext3.img" --append 'root=aoe:e0.0 rootfstype=ext3 ro'
# The kernel asks for the quotas' module by itself, as it does for a NIC's PHY.
tiny_root "$scratch/quota.img" -O quota
boots 'an ext4 with quotas, rw' 'TINY-ROOT /dev/etherd/e0.0 ext4 rw' \
	--image "$scratch/quota.img" --snapshot --append 'root=aoe:e0.0 rw'
# Left in the middle of its work: its journal holds a block that is not in its place yet.
cp "$scratch/root.img" "$scratch/dirty.img"
printf 'jo\njw -b 9000 /dev/zero\njc\n' | debugfs -w "$scratch/dirty.img" >/dev/null 2>&1
boots 'an export that may only be read, whose journal cannot be replayed' \
	'TINY-ROOT /dev/etherd/e0.0 ext4 ro' \
	--image "$scratch/dirty.img" --read-only --append 'root=aoe:e0.0 ro'
check 'and that is told' contains "$scratch/console.log" \
	'its journal could not be replayed, as on an export that may only be read: mounted with noload'

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
