#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# A target that comes late is found at once, and one that is killed and started again goes on
# serving a guest that is reading.
. tests/qemu/scenario.sh

use_kernel 6.12
tiny_root "$scratch/root.img"
socket=$scratch/aoe.sock

serve() {
	exec "$etherroot" serve --qemu "$socket" "0.0=$scratch/root.img,ro" >>"$scratch/serve.log" 2>&1
}

boot --image "$scratch/root.img" --lan "qemu:$socket" --append 'root=aoe:e0.0 ro do=read-disk' \
	--after kill --expect 'TINY-ROOT ended after 400 blocks' >"$scratch/boot.log" 2>&1 &
guest=$!
check 'without a target the init waits' \
	wait_for_text "$scratch/console.log" 'waiting: E-NOTARGET: e0.0'
in_background serve
target=$!
check 'a target that comes late is found' \
	wait_for_text "$scratch/console.log" 'etherroot: discover: e0.0'
check 'the guest reads' wait_for_text "$scratch/console.log" 'TINY-ROOT read 50 blocks'
kill -KILL "$target"
wait "$target" || :
in_background serve
if wait "$guest"; then
	ok 'the guest reads on from the target that was started again'
else
	not_ok 'the guest reads on from the target that was started again' "$scratch/boot.log"
fi
done_testing
