#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# A target that comes late is found at once, and one that is killed and started again goes on
# serving a guest that is reading.
. tests/qemu/scenario.sh

use_kernel 6.12
tiny_root "$scratch/root.img"
socket=$scratch/aoe.sock

serve() {
	exec "$etherroot" serve --max-age "$any_age" --qemu "$socket" "0.0=$scratch/root.img,ro" \
		>>"$scratch/serve.log" 2>&1
}

in_background "$etherroot" boot --accel tcg --via direct --kernel "$kernel" --initrd "$initrd" \
	--timeout "$deadline" --log "$scratch/console.log" --image "$scratch/root.img" \
	--lan "qemu:$socket" --append 'root=aoe:e0.0 ro do=read-disk' \
	--expect 'TINY-ROOT ended' >"$scratch/boot.log" 2>&1
console=$scratch/console.log
check 'without a target the init waits' wait_for_text "$console" 'waiting: E-NOTARGET: e0.0'
in_background serve
target=$!
check 'a target that comes late is found' wait_for_text "$console" 'etherroot: discover: e0.0'
check 'the guest reads' wait_for_text "$console" 'TINY-ROOT read 50 blocks'
kill -KILL "$target"
wait "$target" || :
# What was read before may still be on its way to the log: a few lines at the most.
blocks=$((50 * ($(grep -c 'TINY-ROOT read ' "$console") + 10)))
in_background serve
check 'the guest reads on from the target that was started again' \
	wait_for_text "$console" "TINY-ROOT read $blocks blocks"
check 'and has met no error' sh -c "! grep 'TINY-ROOT ended' '$console'"
done_testing
