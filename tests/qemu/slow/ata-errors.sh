#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# A target that hands the errors of its disk on, which the kernel believes at once: at whatever point of
# the boot that is, it is said what the disk does, and the boot goes on when it does so no longer.
. tests/qemu/scenario.sh

use_kernel 6.12
tiny_root "$scratch/root.img"
console=$scratch/console.log
: >"$console"

# sector_of FILE BLOCK: of the file's block, by debugfs's name of the file; the image has blocks of 1 KiB
sector_of() {
	echo $(($(debugfs -R "bmap $1 $2" "$scratch/root.img" 2>/dev/null) * 2))
}
in_background "$build/tests/qemu/mute" "$scratch/aoe.sock" \
	"0.0=$scratch/root.img,error=identify,error=2,error=$(sector_of /sbin 0),error=$(sector_of '<8>' 0)" \
	>"$scratch/mute.log"
target=$!
wait_for_text "$scratch/mute.log" ready
begin_boot --image "$scratch/root.img" --lan "qemu:$scratch/aoe.sock" --after kill \
	--append 'root=aoe:e0.0 ro' --expect 'TINY-ROOT /dev/etherd/e0.0 ext4 ro' >"$scratch/boot.log" 2>&1
guest=$!

check 'an error instead of its size' wait_for_text "$console" \
	'waiting: E-NOTREADY: e0.0: a target has answered on eth0, but not how large its disk is'
kill -USR1 "$target"
check 'an error where the file system begins' wait_for_text "$console" \
	'waiting: E-IO: /dev/etherd/e0.0: reading what it holds: input/output error'
kill -USR1 "$target"
check 'an error where its journal is, which is then left alone' wait_for_text "$console" \
	'warning: /dev/etherd/e0.0: its journal cannot be read: mounted with noload'
check 'an error where the init is looked for' wait_for_text "$console" \
	'waiting: E-IO: /sbin/init: looking for it on the root: input/output error'
kill -USR1 "$target"
check 'and with none but the journal it boots' wait "$guest"

# To the mount both are the same: a journal that cannot be read, and writes that are refused.
in_background "$build/tests/qemu/mute" "$scratch/rw.sock" "0.0=$scratch/root.img,error=$(sector_of '<8>' 0)" \
	>"$scratch/rw.log"
target=$!
wait_for_text "$scratch/rw.log" ready
: >"$console"
begin_boot --image "$scratch/root.img" --lan "qemu:$scratch/rw.sock" --after kill \
	--append 'root=aoe:e0.0 rw' --expect 'waiting: E-READONLY: /dev/etherd/e0.0: ' >"$scratch/boot.log" 2>&1
guest=$!
check 'an error where the journal is, of a root that is to be written' wait_for_text "$console" \
	'waiting: E-IO: /dev/etherd/e0.0: mounting it as ext4: input/output error'
kill -USR1 "$target"
check 'and then of what is written' wait "$guest"
done_testing
