#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# initramfs-tools' initrd with an AoE root against our target, to Debian's login prompt.
. tests/qemu/scenario.sh

kernel=${KERNEL:-6.12} # of Debian 13; Debian 12's is 6.1
check "initramfs-tools, kernel $kernel, off our target" \
	"$etherroot" boot --accel tcg --via direct --image "$peers/$kernel/image" --snapshot \
	--kernel "$peers/$kernel/vmlinuz" --initrd "$peers/$kernel/initrd-aoe" \
	--append 'root=/dev/etherd/e0.0 rw' --timeout "$deadline" \
	--log "$scratch/console.log" --expect 'login: '
check 'and the root is the export' \
	grep -qE 'EXT4-fs \(etherd.e0\.0\): mounted' "$scratch/console.log"
done_testing
