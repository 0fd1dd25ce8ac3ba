#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# A LAN full of frames that nobody means well with (tests/hostile/noise.c), most of them on Ethernet
# (veth) and some on a QEMU socket, while one client works with an export that is limited to it and
# verifies its data, and another reads. Once more with the target under the sanitizers.
. tests/namespaces.sh
again_in "$0" --net
. tests/lib.sh

frames=${ETHERROOT_HOSTILE_FRAMES:-100000}
noise=$build/tests/hostile/noise
# Where in the disk each export lies, in sectors. Between them nobody has a right to write.
locked=16384 open=2048 read_only=4096

ip link add lan0 type veth peer name lan1
ip link set lan0 mtu 9000 up
ip link set lan1 mtu 9000 up
victim=$(ip -o link show lan1 | sed 's/.*link\/ether \([0-9a-f:]*\).*/\1/')

# serves PROGRAM: the target, ready; its process is $target, its messages are in $scratch/serve.log
serves() {
	truncate -s 0 "$scratch/disk"
	truncate -s 16M "$scratch/disk"
	rm -f "$scratch/ready"
	mkfifo "$scratch/ready"
	# Freed memory that the sanitizer keeps is no growth of the target's.
	(ASAN_OPTIONS=quarantine_size_mb=4 exec "$1" serve --ready-fd 9 -i lan0 --qemu "$scratch/lan" \
		"5.1=$scratch/disk,length=$locked,lock=no,mac=$victim" \
		"5.2=$scratch/disk,offset=$((locked + 8)),length=$open,lock=no" \
		"5.3=$scratch/disk,offset=$((locked + open + 16)),length=$read_only,ro,lock=no" \
		9>"$scratch/ready" 2>"$scratch/serve.log") &
	target=$!
	children="$children $target"
	read -r _ <"$scratch/ready" || not_ok 'the target is ready' "$scratch/serve.log"
}

# works NAME ARGUMENT...: a client, until it is told to stop; its process is $client
works() {
	works_name=$1
	shift
	(exec "$etherroot" bench --seconds 86400 --json "$@" \
		>"$scratch/$works_name.json" 2>"$scratch/$works_name.log") &
	client=$!
	children="$children $client"
}

# ended PID NAME: it ends well, and had something to do
ended() {
	kill "$1"
	wait "$1" || {
		cat "$scratch/$2.log" "$scratch/$2.json"
		return 1
	}
	! grep -q '"read": {"operations": 0,' "$scratch/$2.json"
}

# disturb FRAMES: on both LANs at once. A QEMU socket holds ten frames: it gets one of ten.
disturb() {
	disturb_rc=0
	"$noise" --interface lan1 --frames "$(($1 - $1 / 10))" --victim "$victim" \
		--locked 5.1 --open 5.2 --sectors "$open" >"$scratch/noise1" 2>&1 &
	disturb_pid=$!
	"$noise" --qemu "$scratch/lan" --frames "$(($1 / 10))" --victim "$victim" \
		--locked 5.1 --open 5.2 --sectors "$open" >"$scratch/noise2" 2>&1 || disturb_rc=$?
	wait "$disturb_pid" || disturb_rc=$?
	sed 's/^/# /' "$scratch/noise1" "$scratch/noise2" >&3
	cat "$scratch/noise1" "$scratch/noise2"
	return "$disturb_rc"
}

resident() {
	sed -n 's/^VmRSS:[^0-9]*\([0-9]*\) kB/\1/p' "/proc/$target/status"
}

# What the first tenth made it take, it has; from then on no more. In KiB.
memory_is_bounded() {
	echo "$1 KiB before, $2 KiB after"
	[ $(($2 - $1)) -lt 16384 ]
}

# sectors START COUNT of the disk are as they were: zero
untouched() {
	tail -c +$(($1 * 512 + 1)) "$scratch/disk" | head -c $(($2 * 512)) | tr -d '\0' |
		head -c 1 | wc -c | grep -qx 0
}

no_right_no_write() {
	untouched "$locked" 8 && untouched $((locked + 8 + open)) 8 &&
		untouched $((locked + open + 16)) "$read_only" &&
		untouched $((locked + open + 16 + read_only)) 8
}

# Some lines in ten seconds, not one for each frame that deserves one: there are hundreds of those.
log_is_bounded() {
	wc "$scratch/serve.log"
	[ "$(wc -l <"$scratch/serve.log")" -lt $((60 + frames / 5000)) ]
}

ends_well() {
	kill "$target"
	wait "$target" || {
		cat "$scratch/serve.log"
		return 1
	}
}

# withstands PROGRAM NAME FRAMES
withstands() {
	serves "$1"
	rm -f "$scratch/journal"
	works victim -i lan1 -t 5.1 -p mix=50 --overwrite --verify --journal "$scratch/journal"
	victim_client=$client
	works reader -q "$scratch/lan" -t 5.3
	check "$2: the first of the noise" disturb $(($3 / 10))
	before=$(resident)
	check "$2: $3 frames of noise, and answers to the last" disturb $(($3 - $3 / 10))
	after=$(resident)
	check "$2: the client that verifies has only good data" ended "$victim_client" victim
	check "$2: what it was told is written is there" \
		"$etherroot" bench -i lan1 -t 5.1 --check --journal "$scratch/journal"
	check "$2: the other client was served all along" ended "$client" reader
	check "$2: nothing was written where nobody may" no_right_no_write
	check "$2: its memory is bounded" memory_is_bounded "$before" "$after"
	check "$2: so is its log" log_is_bounded
	check "$2: it ends well" ends_well
}

exec 3>&1
withstands "$etherroot" 'the target' "$frames"
withstands "$build/san/etherroot" 'under the sanitizers' $((frames / 2))
done_testing
