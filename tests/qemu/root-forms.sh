#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# The forms of root=, on a whole disk and on a partition. (More of them are in slow/more-root-forms.sh.)
. tests/qemu/scenario.sh

use_kernel 6.1
uuid=01234567-89ab-cdef-0123-456789abcdef
tiny_root "$scratch/root.img" -U "$uuid" -L "tiny root"
partitioned "$scratch/disk.img" "$scratch/root.img"

boots 'root=aoe: a whole disk, ro' 'TINY-ROOT /dev/etherd/e0.0 ext4 ro' \
	--image "$scratch/root.img" --append 'root=aoe:e0.0 ro'
boots 'root=aoe: a partition, of another shelf and slot' 'TINY-ROOT /dev/etherd/e7.3p2 ext4' \
	--image "$scratch/disk.img" --address 7.3 --append 'root=aoe:e7.3p2'
boots 'root=UUID= on a partition' 'TINY-ROOT /dev/etherd/e0.0p2 ext4' \
	--image "$scratch/disk.img" --append "root=UUID=$uuid"
boots 'root=LABEL= with a blank in it, on a whole disk' 'TINY-ROOT /dev/etherd/e0.0 ext4' \
	--image "$scratch/root.img" --append 'root="LABEL=tiny root"'

# The second partition, named by itself and by its label.
cp "$scratch/disk.img" "$scratch/named.img"
sfdisk -q --part-uuid "$scratch/named.img" 2 "$uuid"
sfdisk -q --part-label "$scratch/named.img" 2 'root für ws1'
boots 'root=PARTUUID= of a GPT' 'TINY-ROOT /dev/etherd/e0.0p2 ext4' \
	--image "$scratch/named.img" --append "root=PARTUUID=$uuid"
boots 'root=PARTLABEL=, with what is not ASCII' \
	'TINY-ROOT /dev/etherd/e0.0p2 ext4' \
	--image "$scratch/named.img" --append '"root=PARTLABEL=root für ws1"'
# A boot loader's words, the firmware's and those that were copied out of an fstab, all in one.
boots 'the last root= counts, by-label as udev writes it; what cannot be read is no obstacle' \
	'TINY-ROOT /dev/etherd/e0.0 ext4 ro' --image "$scratch/root.img" --append \
	'"root=/dev/ram0" BOOTIF=01- rootfstype=auto rootflags=_netdev,nofail,x-systemd.device-timeout=10 ro "root=/dev/disk/by-label/tiny\x20root"'
check 'and is told' contains "$scratch/console.log" 'etherroot: warning: BOOTIF=01-: it names no'

# Left in the middle of its work: its journal holds a block that is not in its place yet.
cp "$scratch/root.img" "$scratch/dirty.img"
printf 'jo\njw -b 9000 /dev/zero\njc\n' | debugfs -w "$scratch/dirty.img" >/dev/null 2>&1
boots 'an export that may only be read, whose journal cannot be replayed' \
	'TINY-ROOT /dev/etherd/e0.0 ext4 ro' \
	--image "$scratch/dirty.img" --read-only --append 'root=aoe:e0.0 ro'
check 'and that is told' contains "$scratch/console.log" \
	'its journal could not be replayed, as on an export that may only be read: mounted with noload'

done_testing
