#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Ten minutes of verified load on two Ethernets and a QEMU socket while everything happens to the
# target that can happen: links that come and go, an interface that is removed, smaller MTUs, a disk
# that fails and one that hangs, restarts, kills, a machine that stands still. ETHERROOT_SOAK_SECONDS
# and ETHERROOT_SOAK_SEED choose how long, and what comes after what.
. tests/namespaces.sh
again_in "$0" --net --mount
. tests/lib.sh

seconds=${ETHERROOT_SOAK_SECONDS:-600}
seed=${ETHERROOT_SOAK_SEED:-$(date +%s)}
echo "# ETHERROOT_SOAK_SEED=$seed"
random_state=$seed
disk_size=8M

# random N: 0 to N-1 in $random (the C standard's own example of rand)
random() {
	random_state=$(((random_state * 1103515245 + 12345) & 2147483647))
	random=$(((random_state >> 16) % $1))
}

# What happened and when, for whoever reads a failure.
note() {
	echo "$(date +%T) $*" >>"$scratch/story"
}

# served INTERFACE ADDRESS: the target answers there, within a minute
served() {
	served_end=$(($(date +%s) + 60))
	until "$etherroot" discover -i "$1" --timeout 0.5 2>&1 | grep -q "^e$2 "; do
		[ "$(date +%s)" -lt "$served_end" ] || return 1
	done
}

# ---- the LANs ----

# make_lan N M: interfaces lanN (the target's) and lanM, always with the same MACs
make_lan() {
	ip link add "lan$1" address "02:00:00:00:00:0$1" type veth \
		peer name "lan$2" address "02:00:00:00:00:0$2"
	ip link set "lan$1" mtu 9000 up
	ip link set "lan$2" mtu 9000 up
}

# ---- the disk that fails or hangs: while the file `fault` is there; while nbdkit stands still ----

start_bad_disk() {
	truncate -s "$disk_size" "$scratch/behind"
	mkdir "$scratch/bad"
	in_background nbdkit -f -U "$scratch/nbd" --filter=error file "$scratch/behind" \
		error=EIO error-rate=100% error-file="$scratch/fault" 2>"$scratch/nbdkit.log"
	nbdkit=$!
	start_end=$(($(date +%s) + 60))
	until nbdinfo "nbd+unix:///?socket=$scratch/nbd" >/dev/null 2>&1; do
		[ "$(date +%s)" -lt "$start_end" ] || return 1
	done
	in_background nbdfuse "$scratch/bad/disk" --unix "$scratch/nbd" 2>"$scratch/nbdfuse.log"
	nbdfuse=$!
	until [ -s "$scratch/bad/disk" ]; do
		[ "$(date +%s)" -lt "$start_end" ] || return 1
	done
}

stop_bad_disk() {
	umount "$scratch/bad"
	wait "$nbdfuse" || :
	kill "$nbdkit"
	wait "$nbdkit" || :
}

# ---- the target ----

# write_configuration [LINE]: what it serves, and perhaps one thing more
write_configuration() {
	cat >"$scratch/serve.conf" <<-END
		interface lan0
		interface lan2
		qemu $scratch/lan
		export 5.1 $scratch/good1
		export 5.2 $scratch/bad/disk
		export 5.3 $scratch/good3
		${1:-}
	END
}

start_target() {
	rm -f "$scratch/ready"
	mkfifo "$scratch/ready"
	write_configuration
	(exec "$etherroot" serve --ready-fd 9 --config "$scratch/serve.conf" \
		9>"$scratch/ready" 2>>"$scratch/serve.log") &
	target=$!
	children="$children $target"
	read -r _ <"$scratch/ready"
}

# ---- the clients ----

# works NUMBER ARGUMENT...: writes and reads export 5.NUMBER, until it is told to stop
works() {
	works_number=$1
	shift
	(exec "$etherroot" bench "$@" -t "5.$works_number" --size "$disk_size" -p mix=50 --overwrite \
		--verify --journal "$scratch/journal$works_number" --seconds 86400 --patience 180 --json \
		>"$scratch/bench$works_number.json" 2>"$scratch/bench$works_number.log") &
	client=$!
	children="$children $client"
}

# worked PID NUMBER: it found only good data, was refused nothing, and did something
worked() {
	kill "$1"
	wait "$1" || {
		tail -n 25 "$scratch/story"
		cat "$scratch/bench$2.log"
		return 1
	}
	grep -o -m 1 '"acknowledged_writes": .*}' "$scratch/bench$2.json" | sed "s/^/# e5.$2: /" >&3
	grep -q '"errors": 0,' "$scratch/bench$2.json" &&
		! grep -q '"read": {"operations": 0,' "$scratch/bench$2.json"
}

# ---- what happens; each thing that is switched on is switched off by its next turn ----

link_flaps() {
	random 2
	flapping=lan$((random * 2))
	note "$flapping is down"
	ip link set "$flapping" down
	doze
	ip link set "$flapping" up
}

interface_is_removed() {
	note 'lan2 is removed'
	ip link del lan2
	doze
	make_lan 2 3
}

mtu_changes() {
	case ${mtu:-9000} in
	9000) mtu=1500 ;;
	*) mtu=9000 ;;
	esac
	note "lan0 has MTU $mtu"
	ip link set lan0 mtu "$mtu"
}

disk_fails() {
	if [ -e "$scratch/fault" ]; then
		note 'the disk works'
		rm "$scratch/fault"
	else
		note 'the disk fails'
		: >"$scratch/fault"
		faults=$((faults + 1))
	fi
}

disk_hangs() {
	note 'the disk hangs'
	kill -STOP "$nbdkit"
	doze
	doze
	kill -CONT "$nbdkit"
}

target_restarts() {
	note 'the target is restarted'
	kill "$target"
	wait "$target" || {
		note "it ended with $?"
		bad_ends=$((bad_ends + 1))
	}
	start_target
}

# An export comes, goes, or cannot be read.
target_reloads() {
	random 3
	case $random in
	0) write_configuration "export 5.9 $scratch/more" ;;
	1) write_configuration ;;
	2) write_configuration 'export 5.9' ;;
	esac
	note "the target reloads: $(tail -n 1 "$scratch/serve.conf")"
	reloads=$(reloads_told)
	kill -HUP "$target"
	reload_end=$(($(date +%s) + 60))
	until [ "$(reloads_told)" -gt "$reloads" ]; do
		[ "$(date +%s)" -lt "$reload_end" ] || {
			note 'and says nothing of it'
			mute_reloads=$((mute_reloads + 1))
			return
		}
	done
}

# How often the target has said that it reloaded, or why it did not.
reloads_told() {
	grep -cE '^etherroot serve: (not )?reloaded: ' "$scratch/serve.log" || :
}

target_is_killed() {
	note 'the target is killed'
	kill -KILL "$target"
	wait "$target" 2>/dev/null || :
	start_target
}

machine_stands_still() {
	note 'the target stands still'
	kill -STOP "$target"
	doze
	kill -CONT "$target"
}

# The load goes on for a while: up to three seconds.
doze() {
	random 30
	sleep "$((random / 10)).$((random % 10))"
}

# Every kind once in a round, in another order in each.
event() {
	if [ $((events % 9)) -eq 0 ]; then
		random 9
		kind=$random
		random 3
		stride=$((1 << random)) # 1, 2 or 4: each has nothing in common with 9
	fi
	events=$((events + 1))
	kind=$(((kind + stride) % 9))
	case $kind in
	0) link_flaps ;;
	1) interface_is_removed ;;
	2) mtu_changes ;;
	3) disk_fails ;;
	4) disk_hangs ;;
	5) target_restarts ;;
	6) target_reloads ;;
	7) target_is_killed ;;
	8) machine_stands_still ;;
	esac
}

all_is_well() {
	[ "${mtu:-9000}" = 9000 ] || mtu_changes
	[ ! -e "$scratch/fault" ] || disk_fails
	served lan1 5.1 && served lan3 5.2
}

checked() {
	"$etherroot" bench "$@" --check --patience 60
}

exec 3>&1
make_lan 0 1
make_lan 2 3
truncate -s "$disk_size" "$scratch/good1"
truncate -s "$disk_size" "$scratch/good3"
truncate -s "$disk_size" "$scratch/more"
check 'there is a disk that can fail' start_bad_disk
start_target
check 'the target is ready' kill -0 "$target"
# Of a kilobyte each, which the smallest MTU carries too.
works 1 -i lan1 --block 1K
client1=$client
works 2 -i lan3
client2=$client
works 3 -q "$scratch/lan"
client3=$client

events=0 faults=0 bad_ends=0 mute_reloads=0
end=$(($(date +%s) + seconds))
while [ "$(date +%s)" -lt "$end" ]; do
	doze
	event
done
echo "# $events events, $faults times the disk failed"
check 'the target serves again by itself' all_is_well
check 'a restart ends it well, every time' test "$bad_ends" -eq 0
check 'each reload was told' test "$mute_reloads" -eq 0
check 'the first client has only good data' worked "$client1" 1
check 'so has the one whose disk fails' worked "$client2" 2
check 'and the one on the QEMU socket' worked "$client3" 3
check 'what the first was told is written is there' checked -i lan1 --block 1K -t 5.1 --journal "$scratch/journal1"
check 'and what the second was told' checked -i lan3 -t 5.2 --journal "$scratch/journal2"
check 'and what the third was told' checked -q "$scratch/lan" -t 5.3 --journal "$scratch/journal3"
check 'the log names the failing disk' \
	sh -c "[ $faults -eq 0 ] || grep -q 'etherroot serve: e5.2: ' '$scratch/serve.log'"
check 'the log is bounded' test "$(wc -l <"$scratch/serve.log")" -lt $((events * 12 + 100))
check 'the target ends well' sh -c "kill $target && tail --pid=$target -f /dev/null"
stop_bad_disk
done_testing
