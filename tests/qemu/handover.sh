#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# What the OS's init is handed: mounts, arguments, modules with their parameters.
. tests/qemu/scenario.sh

use_kernel 6.12
tiny_root "$scratch/root.img"

boots '/run is a tmpfs as systemd expects it' \
	'TINY-ROOT mounts tmpfs /run tmpfs rw,nosuid,nodev,.*mode=755' \
	--image "$scratch/root.img" --append 'do=mounts'
for mount in 'proc /proc proc rw,nosuid,nodev,noexec' 'sysfs /sys sysfs rw,nosuid,nodev,noexec' \
	'devtmpfs /dev devtmpfs rw,nosuid'; do
	check "${mount%% *} comes along" contains "$scratch/console.log" "TINY-ROOT mounts $mount"
done
boots 'words behind -- reach the OS' 'TINY-ROOT arguments one two' \
	--image "$scratch/root.img" --append 'do=arguments -- one two'
boots 'rd.mtu= is set' 'TINY-ROOT shows 1400' --image "$scratch/root.img" \
	--append 'aoe.aoe_deadsecs=54321 rd.mtu=1400 do=show:/sys/module/aoe/parameters/aoe_deadsecs,/sys/class/net/eth0/mtu'
check "and a module's parameter on the kernel command line counts" \
	contains "$scratch/console.log" 'TINY-ROOT shows 54321'
boots 'BOOTIF= picks the NIC' 'TINY-ROOT /dev/etherd/e0.0 ext4' \
	--image "$scratch/root.img" --mac 52:54:00:aa:bb:cc --append 'BOOTIF=01-52-54-00-aa-bb-cc'
systemd=/run/systemd/system.control
boots 'NetworkManager configures the NIC although it is up' '^match-device=interface-name:eth0;$' \
	--image "$scratch/root.img" \
	--append "do=show:$systemd/ifup@eth0.service.d/50-etherroot.conf,$systemd/networking.service.d/50-etherroot.conf,/run/systemd/system,/run/udev/rules.d/70-etherroot.rules,/run/NetworkManager/conf.d/50-etherroot.conf"
check 'ifupdown is kept from taking it down, and all of them at the end' \
	test "$(grep -c '^ExecStop=' "$scratch/console.log")" -eq 2
check 'nor is its DHCP client ended' contains "$scratch/console.log" 'KillMode=process'
check 'the NIC has its name for good' contains "$scratch/console.log" 'KERNEL=="eth0", NAME:="eth0"'
check 'another init is not taken for systemd' contains "$scratch/console.log" \
	"can't open '/run/systemd/system'"
boots 'the log of the init stays, whatever was not to be said' '^\[[0-9.]+\] mount: /dev/etherd/e0.0 ext4 rw ' \
	--image "$scratch/root.img" --append 'rd.quiet rd.break do=show:/run/etherroot/boot.log'
check 'warnings too: a breakpoint without a shell' contains "$scratch/console.log" \
	'] warning: rd.break=: switch: this image has no shell (initrd --shell)'
check 'and nothing else was said' sh -c '! grep -F "etherroot: mount: " "$1"' sh "$scratch/console.log"
boots 'init= names another init' 'BusyBox v' \
	--image "$scratch/root.img" --append 'init=/bin/busybox'
boots 'rootflags= reach the mount' '^/dev/etherd/e0.0 / ext4 rw,sync,noatime' \
	--image "$scratch/root.img" \
	--append 'rw rootfstype=ext4 rootflags=noatime,sync do=show:/proc/mounts'
boots 'rootdelay= holds the root back' 'etherroot: mount: .*\[\+([2-9]|[1-9][0-9]+)\.' \
	--image "$scratch/root.img" --append 'rootdelay=2 rootwait'
done_testing
