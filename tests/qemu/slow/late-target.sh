#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# A LAN that carries nothing at first, as where the switch reckons its spanning tree, or where the target
# is switched on later: it is asked more seldom after a while, and found as soon as it is there.
. tests/qemu/scenario.sh

use_kernel 6.12
tiny_root "$scratch/root.img" -L tiny
in_background "$etherroot" serve --max-age "$any_age" --qemu "$scratch/target.sock" "0.0=$scratch/root.img,ro" \
	>"$scratch/serve.log" 2>&1
until_done "$etherroot" discover --qemu "$scratch/target.sock"
in_background "$build/tests/qemu/wire" "$scratch/late.sock" "$scratch/target.sock" closed >"$scratch/wire"
wire=$!
wait_for_text "$scratch/wire" ready
in_background "$etherroot" boot --accel tcg --via direct --kernel "$kernel" --initrd "$initrd" \
	--timeout "$deadline" --log "$scratch/late.log" --image "$scratch/root.img" \
	--lan "qemu:$scratch/late.sock" --append 'root=LABEL=tiny ro' --after kill \
	--expect 'TINY-ROOT /dev/etherd/e0.0 ext4 ro' >"$scratch/late.boot" 2>&1
guest=$!

# Ten seconds of four questions each at the most, and then some more.
check 'it is asked' wait_for_text "$scratch/wire" question 48
intervals() {
	sed -n 's/^question after \([0-9]*\) ms$/\1/p' "$scratch/wire"
}
asks_seldom() {
	intervals | tail -n 3
	[ "$(intervals | tail -n 3 | awk '$1 >= 1900' | wc -l)" -eq 3 ]
}
check 'at last every two seconds' asks_seldom
kill -USR1 "$wire"
check 'the root is found by its label' wait "$guest"
is_found_soon() {
	after=$(sed -n 's/^found after \([0-9]*\) ms$/\1/p' "$scratch/wire")
	echo "found after $after ms"
	[ "$after" -le 4000 ]
}
check 'within two seconds of its appearing' is_found_soon
done_testing
