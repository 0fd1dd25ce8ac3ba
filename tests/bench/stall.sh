#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# tests/bench/stall.sh: how long Linux's own initiator waits when the target is restarted while it
# reads. In a guest, which reads a block at a time, 6 restarts; prints milliseconds: how long the
# target was away, and the time between the last request that it got before and the first one after.
# `make test` has built what the guest boots. What was found is in profile.md.
. tests/qemu/scenario.sh

use_kernel 6.12
tiny_root "$scratch/root.img"
socket=$scratch/aoe.sock
console=$scratch/console.log

# start_target NUMBER: its requests are in trace.NUMBER
start_target() {
	rm -f "$scratch/ready"
	mkfifo "$scratch/ready"
	strace -f -ttt -e trace=recvmmsg -o "$scratch/trace.$1" "$etherroot" serve --qemu "$socket" \
		--ready-fd 3 "0.0=$scratch/root.img,ro" 3>"$scratch/ready" 2>>"$scratch/serve.log" &
	tracer=$!
	children="$children $tracer"
	head -c 1 "$scratch/ready" >/dev/null
	target=$(pgrep -P "$tracer")
}

# requests NUMBER: when that target got some
requests() {
	awk '/recvmmsg.*= [1-9]/ { print $2 }' "$scratch/trace.$1"
}

start_target 0
in_background "$etherroot" boot --accel tcg --via direct --kernel "$kernel" --initrd "$initrd" \
	--timeout "$deadline" --log "$console" --image "$scratch/root.img" --lan "qemu:$socket" \
	--append 'root=aoe:e0.0 ro do=read-disk' --expect 'TINY-ROOT ended' >"$scratch/boot.log" 2>&1
for number in 1 2 3 4 5 6; do
	# It believes its measurements after some thousand replies.
	wait_for_text "$console" "TINY-ROOT read $((600 + 200 * number)) blocks"
	ended=$(date +%s%3N)
	kill "$target"
	wait "$tracer"
	start_target "$number"
	echo "away $(($(date +%s%3N) - ended))" >>"$scratch/away"
done
wait_for_text "$console" 'TINY-ROOT read 2000 blocks'
for number in 1 2 3 4 5 6; do
	requests $((number - 1)) | tail -n 1
	requests "$number" | head -n 1
done | awk 'NR % 2 { before = $1; next } { printf "waited %.0f\n", ($1 - before) * 1000 }' |
	paste -d ' ' "$scratch/away" -
kill "$target"
wait "$tracer"
