#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Ten boots in a row, each with faults of its own that chance has chosen: each comes to the OS, or to a
# failure that has a name. SEED=NUMBER repeats a run, and BOOTS=COUNT makes it longer.
. tests/qemu/scenario.sh

seed=${SEED:-$(date +%s)}
echo "# SEED=$seed"
use_kernel newest
tiny_root "$scratch/root.img"
console=$scratch/console.log

serve() {
	exec "$etherroot" serve --max-age "$any_age" --qemu "$scratch/target.sock" "0.0=$scratch/root.img,ro" \
		>>"$scratch/serve.log" 2>&1
}
# choose BOOT: the options of its wire, and behind a "/" the stages in which the target is killed. What
# turns bits or cuts frames does so until the disk is read: no checksum guards what the OS is started from.
choose() {
	awk -v seed=$((seed + $1)) '
		function draw(n) { return int(rand() * n) }
		BEGIN {
			srand(seed)
			split("nic carrier discover mount", stage, " ")
			kind = draw(4)
			if (kind == 0)
				printf "cut=%d first=60", 5 + draw(20)
			else if (kind == 1)
				printf "flip=%d first=60", 5 + draw(20)
			else
				printf "drop=%d double=%d swap=%d", draw(4), draw(10), draw(10)
			printf " seed=%d /", seed
			for (i = 1; kind > 1 && i <= 4; i++)
				if (draw(2))
					printf " %s", stage[i]
			print ""
		}'
}
# kill_in STAGE...: the target, when the guest has come to it, and brings it back
kill_in() {
	for stage in "$@"; do
		wait_for_text "$console" "etherroot: $stage: "
		kill -KILL "$target"
		wait "$target" 2>/dev/null || :
		in_background serve
		target=$!
	done
}

in_background serve
target=$!
until_done "$etherroot" discover --qemu "$scratch/target.sock"
for boot in $(seq "${BOOTS:-10}"); do
	chosen=$(choose "$boot")
	: >"$console"
	# shellcheck disable=SC2086 # words
	in_background "$build/tests/qemu/wire" "$scratch/guest.sock" "$scratch/target.sock" ${chosen%%/*} \
		>"$scratch/wire"
	wire=$!
	wait_for_text "$scratch/wire" ready
	begin_boot --image "$scratch/root.img" --lan "qemu:$scratch/guest.sock" --after kill \
		--append "root=aoe:e0.0 ro rd.timeout=$((deadline / 2)) rd.onfail=poweroff" \
		--expect 'TINY-ROOT /dev/etherd/e0.0 ext4 ro|etherroot: E-[A-Z]+: ' >"$scratch/boot.log" 2>&1
	guest=$!
	# shellcheck disable=SC2086 # words
	kill_in ${chosen##*/}
	if wait "$guest"; then
		ok "boot $boot: $chosen"
		grep -aoE 'TINY-ROOT .*|etherroot: E-.*' "$console" | sed 's/^/# /'
	else
		not_ok "boot $boot: $chosen" "$scratch/boot.log"
	fi
	kill "$wire"
	wait "$wire" 2>/dev/null || :
done
done_testing
