#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# What waiting and giving up look like: the reminder, the shell, the reboot, the panic.
. tests/qemu/scenario.sh

use_kernel 6.12
tiny_root "$scratch/root.img"

boots 'what is missing is said every ten seconds, and the wait goes on' \
	'waiting: E-NOTARGET: e0.0: no AoE target answers' \
	--image "$scratch/root.img" --no-target --append 'root=aoe:e0.0'
boots 'rd.onfail=reboot reboots' 'etherroot: reboot: as rd.onfail= says' \
	--image "$scratch/root.img" --no-target \
	--append 'root=aoe:e0.0 rd.timeout=1 rd.onfail=reboot'
boots 'panic= is left to the kernel' 'Rebooting in 1 seconds' \
	--image "$scratch/root.img" --no-target --append 'root=aoe:e0.0 rd.timeout=1 panic=1'
make_initrd "$initrd" --shell
boots 'rd.shell gives a shell that works' 'the answer is 42' \
	--image "$scratch/root.img" --no-target --append 'root=aoe:e0.0 rd.timeout=1 rd.shell' \
	--type '# $=>echo the answer is $((6 * 7))'
boots 'leaving the shell tries the boot again' 'etherroot: start: ' \
	--image "$scratch/root.img" --no-target --append 'root=aoe:e0.0 rd.timeout=1 rd.shell' \
	--type '# $=>exit'
boots 'rd.break= gives a shell, where a driver can be loaded, and the boot goes on' \
	'TINY-ROOT /dev/etherd/e0.0' --image "$scratch/root.img" \
	--append 'root=aoe:e0.0 modprobe.blacklist=virtio_net rd.break=find rd.break=switch' \
	--type '# $=>modprobe virtio_net && exit' --type '# $=>test -x /root/sbin/init && exit'
done_testing
