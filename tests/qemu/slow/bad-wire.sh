#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# A wire that loses frames, doubles them, has them overtake each other, cuts them short or turns bits
# of them: the boot comes to its end all the same, or to a failure that has a name.
. tests/qemu/scenario.sh

use_kernel 6.12
tiny_root "$scratch/root.img"
in_background "$etherroot" serve --max-age "$any_age" --qemu "$scratch/target.sock" "0.0=$scratch/root.img,ro" \
	>"$scratch/serve.log" 2>&1
until_done "$etherroot" discover --qemu "$scratch/target.sock"

# over WHAT EXPECT WIRE-OPTION...: a boot over such a wire
over() {
	over_what=$1
	over_expect=$2
	shift 2
	in_background "$build/tests/qemu/wire" "$scratch/guest.sock" "$scratch/target.sock" "$@" >"$scratch/wire"
	wire=$!
	wait_for_text "$scratch/wire" ready
	boots "$over_what" "$over_expect" --image "$scratch/root.img" --lan "qemu:$scratch/guest.sock" \
		--append "root=aoe:e0.0 ro rd.timeout=$((deadline / 2)) rd.onfail=poweroff"
	kill "$wire"
	wait "$wire" 2>/dev/null || :
	echo "# $(sort "$scratch/wire" | uniq -c | tr '\n' ' ') $(grep -ao 'mount: .*' "$scratch/console.log")"
}
# met COUNT CHANCE: so many frames at least were treated so
met() {
	[ "$(grep -cx "$2" "$scratch/wire")" -ge "$1" ]
}
# mounted_within SECONDS: since the init's start, as it says itself
mounted_within() {
	sed -n 's/.*etherroot: mount: .*\[+\([0-9]*\)\..*/\1/p' "$scratch/console.log" | grep . >"$scratch/mounted" &&
		cat "$scratch/mounted" && [ "$(cat "$scratch/mounted")" -lt "$1" ]
}

booted='TINY-ROOT /dev/etherd/e0.0 ext4 ro'
# With a tenth lost each way it takes one to two minutes: the module waits 16 s for each of the first.
for chance in drop double swap; do
	over "a wire that does to every tenth frame: $chance" "$booted" "$chance=10"
	check 'it did' met 5 "$chance"
	check 'and the root is mounted in time' mounted_within 300
done
over 'a wire that cuts frames short until the disk is there' "$booted" cut=20 first=60
check 'it did' met 5 cut
check 'and the root is mounted in time' mounted_within 300
# Neither is noticed by the aoe module: the one ends all that it says, the other has it wait for 262 s.
over 'a wire that changes an answer who is there, and forges one of long ago' "$booted" blank lose=0 stale
check 'it did' sh -c "grep -qx blank '$scratch/wire' && grep -qx stale '$scratch/wire'"
check 'and the root is mounted in time' mounted_within 150
# What is read wrong is not seen by AoE: the kernel may refuse what it reads. A checksum is what Ethernet has.
over 'a wire that turns bits: it boots, or a failure is named' "$booted|etherroot: E-[A-Z]*: " flip=10 first=200
check 'it did' met 5 flip
done_testing
