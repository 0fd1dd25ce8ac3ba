#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Linux's own initiator writes while the target is killed and restarted, again and again: the guest
# meets no error, and at the end every block holds what was written last.
. tests/qemu/scenario.sh

use_kernel 6.12
tiny_root "$scratch/root.img"
truncate -s 1M "$scratch/data"
socket=$scratch/aoe.sock
console=$scratch/console.log

serve() {
	exec "$etherroot" serve --max-age "$any_age" --qemu "$socket" "0.0=$scratch/root.img,ro" "0.1=$scratch/data" \
		>>"$scratch/serve.log" 2>&1
}

start_target() {
	in_background serve
	target=$!
}

# holds WRITER NUMBER: the block that the writer put it in still has it, or a later one of its
holds() {
	holds_found=$(dd if="$scratch/data" bs=4096 skip=$(($1 * 8 + $2 % 8)) count=1 2>/dev/null |
		sed -n "s/^writer $1 number \\([0-9]*\\) *\$/\\1/p")
	echo "writer $1: wrote $2, found ${holds_found:-nothing}"
	[ "${holds_found:-0}" -ge "$2" ]
}

# What the writer said is written, up to this number.
all_there() {
	for number in $(seq $(($2 > 8 ? $2 - 7 : 1)) "$2"); do
		holds "$1" "$number" || return 1
	done
}

latest_everywhere() {
	for writer in 0 1 2 3; do
		for number in $(seq 93 100); do
			[ "$(dd if="$scratch/data" bs=4096 skip=$((writer * 8 + number % 8)) count=1 \
				2>/dev/null | tr -d ' ')" = "writer${writer}number$number" ] || {
				echo "writer $writer: number $number is not where it belongs"
				return 1
			}
		done
	done
}

start_target
in_background "$etherroot" boot --accel tcg --via direct --kernel "$kernel" --initrd "$initrd" \
	--timeout "$deadline" --log "$console" --image "$scratch/root.img" --lan "qemu:$socket" \
	--append 'root=aoe:e0.0 ro do=write-disk:e0.1' \
	--expect 'TINY-ROOT writers ended' >"$scratch/boot.log" 2>&1
guest=$!

# Killed, and ended as a service manager does it, in turn.
for number in 10 20 30 40 50 60 70 80 90; do
	writer=$((number / 10 % 4))
	check "writer $writer wrote $number" wait_for_text "$console" "TINY-ROOT writer $writer wrote $number"
	if [ $((number / 10 % 2)) -eq 0 ]; then
		kill -KILL "$target"
		wait "$target" 2>/dev/null || :
	else
		kill "$target"
		check 'the target ends well' wait "$target"
	fi
	check 'what it wrote is there' all_there "$writer" "$number"
	start_target
done
if wait "$guest"; then
	ok 'all writers come to their end'
else
	not_ok 'all writers come to their end' "$scratch/boot.log"
fi
check 'and met no error' sh -c "! grep 'TINY-ROOT writer . met' '$console'"
check 'every block holds what was written last' latest_everywhere
done_testing
