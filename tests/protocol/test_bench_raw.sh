#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# The load generator on real Ethernet interfaces (a veth pair in a network namespace), against our
# target and against Debian's vblade: what it measures is counted by the other side, what it
# verifies is on the disk, and a disk that is changed behind a target's back is found out.
. tests/namespaces.sh
again_in "$0" --net
. tests/lib.sh

ip link add lan0 type veth peer name lan1
ip link set lan0 mtu 9000 up
ip link set lan1 mtu 9000 up
truncate -s 8M "$scratch/ours" "$scratch/theirs"

mkfifo "$scratch/ready"
(exec "$etherroot" serve --ready-fd 9 -i lan0 "5.1=$scratch/ours" 9>"$scratch/ready" \
	2>"$scratch/serve.log") &
target=$!
children="$children $target"
read -r _ <"$scratch/ready"
in_background vblade 6 1 lan0 "$scratch/theirs" >"$scratch/vblade.log" 2>&1
listed() {
	"$etherroot" discover -i lan1 >"$scratch/discover.log" 2>&1 || :
	contains "$scratch/discover.log" "$1"
}
check 'vblade answers' until_done listed 'e6.1 '

bench() {
	"$etherroot" bench --interface lan1 "$@" >"$scratch/bench.log" 2>&1
}
says() {
	contains "$scratch/bench.log" "$1"
}
# frames INTERFACE: that it has received
frames() {
	ip -s -o link show "$1" | sed 's/.*RX:[^\\]*\\ *[0-9]* *\([0-9]*\).*/\1/'
}

for address in 5.1 6.1; do
	before=$(frames lan0)
	check "e$address: writes, verified, from four machines" bench --target $address \
		--pattern randwrite --clients 4 --count 4000 --overwrite --verify --json
	sent=$(($(frames lan0) - before))
	check "e$address: each is acknowledged" says '"acknowledged_writes": 4000,'
	check "e$address: none is bad" says '"lost": 0, "damaged": 0, "misplaced": 0, "never_written": 0'
	check "e$address: each is a frame on the wire" test "$sent" -ge 4000
	check "e$address: two frames to a block of 16 KiB" bench --target $address --pattern write \
		--block 16K --count 512 --overwrite --verify
	check "e$address: all blocks are good" says ' 512 blocks good, 0 lost'
	check "e$address: one sector at a time" bench --target $address --pattern mix=50 \
		--block 512 --count 4000 --overwrite --verify
done

changed_behind_its_back() {
	printf 'changed!' | dd of="$1" bs=1 seek=1000000 conv=notrunc status=none
	dd if="$1" of="$1" bs=4096 skip=3 seek=9 count=1 conv=notrunc status=none
	dd if=/dev/zero of="$1" bs=4096 seek=20 count=1 conv=notrunc status=none
}
for address in 5.1 6.1; do
	if [ $address = 5.1 ]; then disk=$scratch/ours; else disk=$scratch/theirs; fi
	check "e$address: a journal" bench --target $address --pattern write --count 2048 \
		--overwrite --journal "$scratch/journal.$address"
	check "e$address: what it says is on the disk" bench --target $address --check \
		--journal "$scratch/journal.$address"
	check "e$address: all of it" says '2048 blocks good, 0 lost'
	changed_behind_its_back "$disk"
	check "e$address: a disk that was changed is found out" fails_with 1 \
		'2045 blocks good, 1 lost, 1 damaged, 1 misplaced, 0 never written' \
		"$etherroot" bench -i lan1 --target $address --check --journal "$scratch/journal.$address"
done

check 'two targets at a time' bench --pattern randread --count 4000 --seconds 10 --json
check 'have a line each' sh -c "grep -c '\"address\"' '$scratch/bench.log' | grep -qx 2"

check 'a missing interface' fails_with 1 'etherroot bench: nosuch: no such interface' \
	"$etherroot" bench -i nosuch
check 'a file of another kind is no journal' fails_with 1 \
	"etherroot bench: $scratch/ours: line 1: this is no journal of etherroot bench" \
	"$etherroot" bench -i lan1 --target 5.1 --check --journal "$scratch/ours"

# ---- a target that ends in the middle ----
in_background "$etherroot" bench -i lan1 --target 5.1 --pattern randwrite --overwrite --seconds 300 \
	--patience 0.5 >"$scratch/end.log" 2>&1
loader=$!
before=$(frames lan1)
end=$(($(date +%s) + 20))
while [ $(($(frames lan1) - before)) -lt 1000 ] && [ "$(date +%s)" -lt $end ]; do :; done
kill "$target"
wait "$target" || :
ended=0
wait "$loader" || ended=$?
check 'a target that ends is told of' contains "$scratch/end.log" 'etherroot bench: e5.1: silent for 0.'
check 'and is a failure' test $ended -eq 1
done_testing
