#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# One root for many machines: nothing is written to it, and each machine's changes go to memory or to a
# disk of its own.
. tests/qemu/scenario.sh

use_kernel 6.12 --module loop
tiny_tree "$scratch/tiny"
: >"$scratch/tiny/etc/machine-id"
tiny_root "$scratch/root.img" -U 01234567-89ab-cdef-0123-456789abcdef
# As the machine that has made it left it: its journal holds a block that is not in its place yet.
printf 'jo\njw -b 9000 /dev/zero\njc\n' | debugfs -w "$scratch/root.img" >/dev/null 2>&1
cp "$scratch/root.img" "$scratch/as-it-was.img"
mkdir "$scratch/nothing"
mke2fs -q -F -t ext4 -d "$scratch/nothing" -L changes "$scratch/changes.img" 16M

boots 'changes go to memory, and so does the root itself, which stays reachable' \
	'TINY-ROOT layers overlay overlay rw; /etc: hostname machine-id written; below: init; id [0-9a-f]{32}, ws7 ws7' \
	--image "$scratch/root.img" --read-only \
	--append 'rd.overlay=tmpfs:8M rd.toram rd.hostname=ws7 do=layers:written'
check 'nothing is asked of the aoe module once it is gone' \
	sh -c '! grep -F "warning: aoe_iflist" "$1"' sh "$scratch/console.log"
cp "$scratch/console.log" "$scratch/first.log"

socket=$scratch/aoe.sock
# with_changes ROOT CHANGES-EXPORT...: a target for both
with_changes() {
	if [ "${target-}" ]; then
		kill "$target"
		wait "$target" || :
	fi
	in_background "$etherroot" serve --max-age "$any_age" --qemu "$socket" "0.0=$scratch/$1,ro" "$2" \
		>"$scratch/serve.log" 2>&1
	target=$!
	wait_for_text "$scratch/serve.log" "${2%%=*}"
}
same_id() {
	sed -n 's/.*TINY-ROOT layers.*id \([0-9a-f]*\),.*/\1/p' "$1"
}

boots 'changes go to a second disk' 'reboot: Power down' --image "$scratch/root.img" --read-only \
	--export "0.1=$scratch/changes.img" --append 'rd.overlay=LABEL=changes do=shutdown:poweroff'
check 'which is unmounted at the end' contains "$scratch/console.log" \
	'etherroot: unmount: all that was mounted is written'
check 'and clean' is_clean "$scratch/changes.img"
with_changes root.img "0.1=$scratch/changes.img"
boots 'and are there again' 'TINY-ROOT layers overlay overlay rw; /etc: machine-id more written;.* id [0-9a-f]+,' \
	--image "$scratch/root.img" --lan "qemu:$socket" \
	--append 'root=aoe:e0.0 rootfstype=ext4 rd.overlay=aoe:e0.1 do=layers:more'
check 'the machine is the same' \
	test "$(same_id "$scratch/console.log")" = "$(same_id "$scratch/first.log")"
check 'the root was mounted read-only, whatever the boot script says' \
	contains "$scratch/console.log" 'etherroot: mount: /dev/etherd/e0.0 ext4 ro'
check 'the root is as it was' cmp "$scratch/root.img" "$scratch/as-it-was.img"
waits_in_vain 'the second disk is missing, which is told from the root' \
	'E-NOEXPORT: rd.overlay=e0.2: it does not answer on eth0, but these do: e0.0, e0.1' \
	'root=aoe:e0.0 rd.overlay=aoe:e0.2' --image "$scratch/root.img" --lan "qemu:$socket"
tiny_root "$scratch/other.img" -U 76543210-89ab-cdef-0123-456789abcdef
with_changes other.img "0.1=$scratch/changes.img"
fails_to_boot 'changes of another root' \
	'etherroot: E-OVERLAY: /dev/etherd/e0.1: its changes are of the root 01234567-89ab-cdef-0123-456789abcdef, and this one is 76543210' \
	'root=aoe:e0.0 rd.overlay=aoe:e0.1' --image "$scratch/root.img" --lan "qemu:$socket"
done_testing
