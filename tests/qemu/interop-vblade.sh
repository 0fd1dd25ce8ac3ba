#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Our init against Debian's vblade, on an Ethernet of its own (a tap in a network namespace).
. tests/namespaces.sh
again_in "$0" --net
. tests/qemu/scenario.sh

use_kernel newest
tiny_root "$scratch/root.img"
ip tuntap add dev lan0 mode tap
ip link set lan0 up
in_background vblade 3 1 lan0 "$scratch/root.img" >"$scratch/vblade.log" 2>&1

boots 'the init finds and mounts a vblade export, rw' 'TINY-ROOT wrote by-vblade' \
	--image "$scratch/root.img" --lan tap:lan0 --append 'root=aoe:e3.1 rw do=write:by-vblade'
boots 'and reads back what it wrote' 'TINY-ROOT read by-vblade' \
	--image "$scratch/root.img" --lan tap:lan0 --append 'root=aoe:e3.1 do=read'
done_testing
