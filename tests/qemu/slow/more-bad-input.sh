#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# More boots that cannot work. What they say is in unit/test_init_cmdline.c, test_init_diagnose.c,
# test_init_choice.c and test_init_superblock.c too, and what leads there in other scenarios.
. tests/qemu/scenario.sh

use_kernel 6.1 --fs ext4,squashfs
tiny_root "$scratch/root.img" -L tiny
cp "$scratch/root.img" "$scratch/copy.img"
truncate -s 16M "$scratch/empty.img"
mkdir "$scratch/nothing"
mke2fs -q -F -t ext4 -d "$scratch/nothing" "$scratch/no-init.img" 16M

fails_to_boot 'no root= at all' \
	'E-CMDLINE: root=: character 6: expected aoe:eX.Y behind it' \
	'root=' --image "$scratch/root.img"
fails_to_boot 'a root that is to be checked by what is not in the image' \
	'E-NOMODULE: dm-verity: not in this image (etherroot initrd --verity) for kernel 6.1' \
	"root=aoe:e0.0 roothash=$(printf '%064d' 0)" --image "$scratch/root.img"
fails_to_boot 'a device of somebody else without a hook' \
	'E-CMDLINE: root=/dev/mapper/root: character 6: expected aoe:eX.Y, ' \
	'root=/dev/mapper/root' --image "$scratch/root.img"
fails_to_boot 'no target on the LAN' \
	'E-NOTARGET: e0.0: no AoE target answers on eth0: check that the target runs' \
	'root=aoe:e0.0 rd.timeout=20' --image "$scratch/root.img" --no-target
waits_in_vain 'a wrong shelf: what does answer is listed' \
	'E-NOEXPORT: e1.0: it does not answer on eth0, but these do: e0.0' \
	'root=aoe:e1.0' --image "$scratch/root.img"
waits_in_vain 'an export without a file system' \
	'E-NOFS: /dev/etherd/e0.0: it holds no file system that is known' \
	'root=aoe:e0.0' --image "$scratch/empty.img"
waits_in_vain 'a root that is to be written, on an export that takes no writes' \
	'E-READONLY: /dev/etherd/e0.0: it can be read, but it takes no writes: export it for writing, or ' \
	'root=aoe:e0.0 rw' --image "$scratch/root.img" --read-only
head -c 8M "$scratch/root.img" >"$scratch/short.img"
fails_to_boot 'an image that was cut off' \
	'E-MOUNT: /dev/etherd/e0.0: its ext4 takes 16777216 bytes, and it has only 8388608: it was cut off' \
	'root=aoe:e0.0' --image "$scratch/short.img"
truncate -s 128M "$scratch/one.img" "$scratch/two.img"
mkfs.btrfs -q -L on-two -d single -m single "$scratch/one.img" "$scratch/two.img" >"$scratch/mkfs.log"
in_background "$etherroot" serve --max-age "$any_age" --qemu "$scratch/two.sock" "0.0=$scratch/one.img,ro" \
	"0.1=$scratch/two.img,ro" >"$scratch/serve.log" 2>&1
fails_to_boot 'a Btrfs over two exports' 'it is one of several devices of a Btrfs' \
	'root=LABEL=on-two' --image "$scratch/one.img" --lan "qemu:$scratch/two.sock"
in_background "$etherroot" serve --max-age "$any_age" --qemu "$scratch/copies.sock" "0.0=$scratch/copy.img,ro" \
	"0.1=$scratch/copy.img,ro" >"$scratch/serve.log" 2>&1
boots 'a root that there is a copy of, by its label and its disk' 'TINY-ROOT /dev/etherd/e0.1 ext4' \
	--image "$scratch/root.img" --lan "qemu:$scratch/copies.sock" --append 'root=LABEL=tiny netroot=aoe:e0.1 ro'
waits_in_vain 'a label that is looked for on a disk that is not there' \
	'E-NOEXPORT: e0.7: it does not answer on eth0, but these do: e0.' \
	'root=LABEL=tiny netroot=aoe:e0.7' --image "$scratch/root.img" --lan "qemu:$scratch/copies.sock"
waits_in_vain 'or is not on the one that is' \
	'E-NOFSLABEL: LABEL=other: not on the disks found: e0.0:' \
	'root=LABEL=other netroot=aoe:e0.0' --image "$scratch/root.img" --lan "qemu:$scratch/copies.sock"
mksquashfs "$scratch/tiny" "$scratch/damaged.img" -noappend -quiet -all-root >"$scratch/mkfs.log"
tables=$(od -An -t u8 -j 64 -N 8 "$scratch/damaged.img" | tr -d ' ')
head -c 4000 /dev/urandom |
	dd of="$scratch/damaged.img" bs=1 seek="$((tables + 2))" conv=notrunc count=200 status=none
fails_to_boot 'a SquashFS that is damaged' \
	'E-MOUNT: /dev/etherd/e0.0: mounting it as squashfs: the file system is damaged: ' \
	'root=aoe:e0.0' --image "$scratch/damaged.img"
fails_to_boot 'a root without an init' \
	'E-NOINIT: /sbin/init: the root has neither this nor /etc/init nor /bin/init' \
	'root=aoe:e0.0' --image "$scratch/no-init.img"
waits_in_vain 'a partition that the disk has not' \
	'E-NOPART: e0.0p3: the disk has no such partition; it has none' \
	'root=aoe:e0.0p3' --image "$scratch/root.img"
waits_in_vain 'a label that no disk has' \
	'E-NOFSLABEL: LABEL=missing: not on the disks found: e0.0' \
	'root=LABEL=missing' --image "$scratch/root.img"
waits_in_vain 'BOOTIF= of another machine' \
	'E-WRONGNIC: BOOTIF=01-02-02-02-02-02-02: no such interface; there is eth0 52:54:00:' \
	'root=aoe:e0.0 BOOTIF=01-02-02-02-02-02-02' --image "$scratch/root.img"
done_testing
