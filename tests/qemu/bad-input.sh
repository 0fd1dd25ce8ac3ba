#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Boots that cannot work: each says what it failed on, what it saw and what to do.
. tests/qemu/scenario.sh

use_kernel 6.1
tiny_root "$scratch/root.img"
truncate -s 16M "$scratch/empty.img"
mkdir "$scratch/nothing"
mke2fs -q -F -t ext4 -d "$scratch/nothing" "$scratch/no-init.img" 16M

fails_to_boot 'root= that cannot be parsed names the place' \
	'E-CMDLINE: root=aoe:e0.x: character 13: expected a slot, 0 to 254' \
	'root=aoe:e0.x' --image "$scratch/root.img"
fails_to_boot 'no root= at all' \
	'E-CMDLINE: root=: character 6: expected aoe:eX.Y behind it' \
	'root=' --image "$scratch/root.img"
fails_to_boot 'a parameter that is not supported yet is named' \
	'E-UNSUPPORTED: netroot=aoe:e0.0: not supported yet' \
	'root=aoe:e0.0 netroot=aoe:e0.0' --image "$scratch/root.img"
fails_to_boot 'a root that is to be checked by what is not in the image' \
	'E-NOMODULE: dm-verity: not in this image (etherroot initrd --verity) for kernel 6.1' \
	"root=aoe:e0.0 roothash=$(printf '%064d' 0)" --image "$scratch/root.img"
fails_to_boot 'a breakpoint at what is no stage: those that there are' \
	'E-CMDLINE: rd.break=: no stage is called nosuch; there are abft, listen, load, find, toram, ' \
	'root=aoe:e0.0 rd.break=mount rd.break=nosuch' --image "$scratch/root.img"
fails_to_boot 'a device of somebody else without a hook' \
	'E-CMDLINE: root=/dev/mapper/root: character 6: expected aoe:eX.Y, ' \
	'root=/dev/mapper/root' --image "$scratch/root.img"
fails_to_boot 'no target on the LAN' \
	'E-NOTARGET: e0.0: no AoE target answers on eth0: check that the target runs' \
	'root=aoe:e0.0 rd.timeout=20' --image "$scratch/root.img" --no-target
waits_in_vain 'a wrong shelf: what does answer is listed' \
	'E-NOEXPORT: e1.0: it does not answer on eth0, but these do: e0.0' \
	'root=aoe:e1.0' --image "$scratch/root.img"
fails_to_boot 'a NIC without a driver in the image' \
	'(8086:100e): this image has no driver that takes this network card' \
	'root=aoe:e0.0 rd.timeout=2' --image "$scratch/root.img" --nic e1000
waits_in_vain 'no carrier' \
	'E-NOCARRIER: eth0: no carrier: check the cable and the switch port' \
	'root=aoe:e0.0' --image "$scratch/root.img" --no-carrier
waits_in_vain 'an export without a file system' \
	'E-NOFS: /dev/etherd/e0.0: it holds no file system that is known' \
	'root=aoe:e0.0' --image "$scratch/empty.img"
mkfs.xfs -q -d file,name="$scratch/xfs.img",size=320m
fails_to_boot 'a file system whose driver is not in the image' \
	'E-FSMODULE: /dev/etherd/e0.0: it holds xfs, whose driver is not in this image' \
	'root=aoe:e0.0' --image "$scratch/xfs.img"
# mdadm's kind 1.0: a file system as any other, but for its last 8 KiB (drivers/md/md.c).
tiny_root "$scratch/raid.img" -L on-raid
printf '\374N+\251\1\0\0\0' | dd of="$scratch/raid.img" bs=1 seek=$(((16 << 20) - 8192)) \
	conv=notrunc status=none
fails_to_boot 'a label that is on a member of a RAID' \
	'E-CONTAINER: /dev/etherd/e0.0: it is a member of a Linux RAID, which this init does not mount' \
	'root=LABEL=on-raid' --image "$scratch/raid.img"
truncate -s 128M "$scratch/one.img" "$scratch/two.img"
mkfs.btrfs -q -L on-two -d single -m single "$scratch/one.img" "$scratch/two.img" >"$scratch/mkfs.log"
in_background "$etherroot" serve --qemu "$scratch/two.sock" "0.0=$scratch/one.img,ro" \
	"0.1=$scratch/two.img,ro" >"$scratch/serve.log" 2>&1
fails_to_boot 'a Btrfs over two exports' 'it is one of several devices of a Btrfs' \
	'root=LABEL=on-two' --image "$scratch/one.img" --lan "qemu:$scratch/two.sock"
fails_to_boot 'a root without an init' \
	'E-NOINIT: /sbin/init: the root has neither this nor /etc/init nor /bin/init' \
	'root=aoe:e0.0' --image "$scratch/no-init.img"
fails_to_boot 'init= that is not there' \
	'E-NOINIT: /bin/missing: init= names no executable file on the root' \
	'root=aoe:e0.0 init=/bin/missing' --image "$scratch/root.img"
waits_in_vain 'a partition that the disk has not' \
	'E-NOPART: e0.0p3: the disk has no such partition; it has none' \
	'root=aoe:e0.0p3' --image "$scratch/root.img"
waits_in_vain 'a label that no disk has' \
	'E-NOFSLABEL: LABEL=missing: not on the disks found: e0.0' \
	'root=LABEL=missing' --image "$scratch/root.img"
waits_in_vain 'BOOTIF= of another machine' \
	'E-WRONGNIC: BOOTIF=01-02-02-02-02-02-02: no such interface; there is eth0 52:54:00:' \
	'root=aoe:e0.0 BOOTIF=01-02-02-02-02-02-02' --image "$scratch/root.img"
fails_to_boot 'a mount option that the file system does not know' \
	'E-MOUNT: /dev/etherd/e0.0: mounting it as ext4 with nonsense: invalid argument' \
	'root=aoe:e0.0 rootflags=nonsense' --image "$scratch/root.img"
done_testing
