#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Boots that cannot work: each says what it failed on, what it saw and what to do. (More of them are in
# slow/more-bad-input.sh.)
. tests/qemu/scenario.sh

use_kernel 6.1
tiny_root "$scratch/root.img"

fails_to_boot 'root= that cannot be parsed names the place' \
	'E-CMDLINE: root=aoe:e0.x: character 13: expected a slot, 0 to 254' \
	'root=aoe:e0.x' --image "$scratch/root.img"
fails_to_boot 'a breakpoint at what is no stage: those that there are' \
	'E-CMDLINE: rd.break=: no stage is called nosuch; there are abft, listen, load, find, toram, ' \
	'root=aoe:e0.0 rd.break=mount rd.break=nosuch' --image "$scratch/root.img"
fails_to_boot 'a NIC without a driver in the image' \
	'(8086:100e): this image has no driver that takes this network card' \
	'root=aoe:e0.0 rd.timeout=2' --image "$scratch/root.img" --nic e1000
waits_in_vain 'no carrier' \
	'E-NOCARRIER: eth0: no carrier: check the cable and the switch port' \
	'root=aoe:e0.0' --image "$scratch/root.img" --no-carrier
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
fails_to_boot 'init= that is not there' \
	'E-NOINIT: /bin/missing: init= names no executable file on the root' \
	'root=aoe:e0.0 init=/bin/missing' --image "$scratch/root.img"
fails_to_boot 'a mount option that the file system does not know' \
	'E-MOUNT: /dev/etherd/e0.0: mounting it as ext4 with nonsense: invalid argument' \
	'root=aoe:e0.0 rootflags=nonsense' --image "$scratch/root.img"
done_testing
