#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# What can be wrong with a disk that is to keep the changes, or with one that has the hash tree; and who the
# machine is without either.
. tests/qemu/scenario.sh

use_kernel newest --verity
tiny_tree "$scratch/tiny"
: >"$scratch/tiny/etc/machine-id"
tiny_root "$scratch/root.img"
mkdir "$scratch/nothing"
mke2fs -q -F -t ext4 -d "$scratch/nothing" -L changes "$scratch/changes.img" 16M
cp "$scratch/changes.img" "$scratch/twin.img"
# Of its 16 inodes 11 are ext4's own.
mkdir "$scratch/much"
touch "$scratch/much/1" "$scratch/much/2" "$scratch/much/3" "$scratch/much/4" "$scratch/much/5"
mke2fs -q -F -t ext4 -d "$scratch/much" -N 16 "$scratch/full.img" 1M
socket=$scratch/aoe.sock
target=
# with_changes EXPORT...: a target for them beside the root
with_changes() {
	if [ "$target" ]; then
		kill "$target"
		wait "$target" || :
	fi
	: >"$scratch/serve.log"
	in_background "$etherroot" serve --max-age "$any_age" --qemu "$socket" "0.0=$scratch/root.img,ro" "$@" \
		>"$scratch/serve.log" 2>&1
	target=$!
	wait_for_text "$scratch/serve.log" "e${1%%=*}"
}
# refuses WHAT TEXT APPEND: the root is e0.0, and the init says TEXT of what is with it
refuses() {
	fails_to_boot "$1" "etherroot: $2" "root=aoe:e0.0 $3" --image "$scratch/root.img" --lan "qemu:$socket"
}
# waits WHAT TEXT APPEND: it waits, and says so
waits() {
	waits_in_vain "$1" "$2" "root=aoe:e0.0 $3" --image "$scratch/root.img" --lan "qemu:$socket"
}

boots 'without an overlay, off a root that is not written to, a machine has an id of its own' \
	'TINY-ROOT shows 7c9de6d998b94d16beb9ca9e14641a99' \
	--image "$scratch/root.img" --read-only --append 'ro do=show:/etc/machine-id'

with_changes "0.1=$scratch/changes.img" "0.2=$scratch/twin.img,ro" "0.3=$scratch/full.img"
refuses 'rd.timeout= counts for the second disk as well' \
	'E-NOEXPORT: rd.overlay=e0.9: it does not answer on eth0, but these do: ' \
	'rd.overlay=aoe:e0.9 rd.timeout=30'
refuses 'two disks with the label' \
	'E-AMBIGUOUS: LABEL=changes: it is on ' \
	'rd.overlay=LABEL=changes'
refuses 'the root itself' \
	'E-OVERLAY: /dev/etherd/e0.0: the root itself cannot keep the changes to it' \
	'rd.overlay=aoe:e0.0'
refuses 'a disk that is full' \
	'E-OVERLAY: /dev/etherd/e0.3: making a directory on it: no space left' \
	'rd.overlay=aoe:e0.3'
refuses 'where no hash tree is' \
	'E-VERITY: /dev/etherd/e0.1: hash tree at byte 512: no hash tree begins there' \
	"roothash=$(printf '%064d' 0) rd.verity.hash=aoe:e0.1 rd.verity.offset=512"
waits 'a disk that may only be read' \
	'E-OVERLAY: /dev/etherd/e0.2: it can be read, but it takes no writes: ' \
	'rd.overlay=aoe:e0.2'

with_changes "0.1=$scratch/changes.img,fault=write-hang"
waits 'a disk that takes no writes is told from the root' \
	'E-SILENT: e0.1: answers on eth0, but not when it is read' \
	'rd.overlay=aoe:e0.1'
done_testing
