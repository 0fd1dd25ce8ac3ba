#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# A running target, seen and told what to do over its control socket.
. tests/lib.sh

socket=$scratch/serve.sock
truncate -s 1M "$scratch/disk"
cat >"$scratch/serve.conf" <<END
qemu $scratch/lan
export 7.3 $scratch/disk
END

start() {
	mkfifo "$scratch/ready"
	"$etherroot" serve "$@" --ready-fd 3 3>"$scratch/ready" 2>"$scratch/log" &
	target=$!
	timeout 20 head -c1 "$scratch/ready" >"$scratch/line"
	rm "$scratch/ready"
	[ -s "$scratch/line" ]
}

not() {
	! "$@" >"$scratch/out" 2>&1
}

stop() {
	kill "$target"
	wait "$target"
}

ask() {
	"$etherroot" "$@" --control "$socket" >"$scratch/out" 2>"$scratch/err"
}

# The status that it ends with, and what it says on standard error.
refuses() {
	wanted=$1 message=$2 status=0
	shift 2
	ask "$@" || status=$?
	[ "$status" = "$wanted" ] && grep -qF -e "$message" "$scratch/err"
}

load() {
	"$etherroot" bench --qemu "$scratch/lan" --target 7.3 --count 200 --depth 4 "$@" \
		>"$scratch/bench" 2>&1
}

finds() {
	"$etherroot" discover --qemu "$scratch/lan" --timeout 0.3 >"$scratch/found" 2>&1 &&
		grep -q '^e7.3' "$scratch/found"
}

finds_nothing() {
	! finds
}

says() {
	ask "$1" ${2:+"$2"} && grep -qE -e "$said" "$scratch/out"
}

socket_is_private() {
	[ "$(stat -c %a "$socket")" = 660 ]
}

# until_listed COUNT: that many clients that are at work now, none of them twice
until_listed() {
	for _ in $(seq 1200); do
		"$etherroot" status --control "$socket" >"$scratch/listed" || return 1
		count=$(awk '/^EXPORT +CLIENT/ { on = 1; next } on && $3 > 0 && $6 < 60 { print $2 }' \
			"$scratch/listed" | sort -u | wc -l)
		# Two that worked before are there as well.
		if [ "$count" -ge "$1" ] && [ "$count" -le "$(($1 + 2))" ]; then
			return 0
		fi
		sleep 0.1
	done
	cat "$scratch/listed"
	return 1
}

# What all clients have read is what the export has.
adds_up() {
	"$etherroot" status --json --control "$socket" >"$scratch/json" || return 1
	awk '{
		line = $0
		while (match(line, /"mac": "[^"]*", "reads": [0-9]+/)) {
			part = substr(line, RSTART, RLENGTH)
			sub(/.*: /, "", part)
			all += part
			line = substr(line, RSTART + RLENGTH)
		}
		if (match($0, /"total": \{"reads": [0-9]+/)) {
			part = substr($0, RSTART, RLENGTH)
			sub(/.*: /, "", part)
			total = part
		}
	} END { exit !(total > 0 && all == total) }' "$scratch/json"
}

check 'a target with a control socket starts' start --config "$scratch/serve.conf" --control "$socket"
children="$children $target"
check 'only its user and group may connect' socket_is_private
# Each is a client of its own. A request may be repeated, and counted as such, where it is slow.
check 'reads are done' load
check 'and writes' load --pattern write --overwrite
said='^e7\.3 +serving +2048 .*/disk$'
check 'the table has the export' says status
said='^LAN +.*/lan: up, MTU '
check 'and the LAN' says status
said='^e7\.3 +02:[0-9a-f:]{14} +[78][0-9]{2} +0 '
check 'and the client that read' says status
said='^e7\.3 +02:[0-9a-f:]{14} +0 +[78][0-9]{2} '
check 'and the one that wrote' says status
said='"total": \{"reads": [12][0-9]{2}, "writes": [12][0-9]{2}, "bytes_read": [78][0-9]{5}, '
check 'what was done is there as JSON' says status --json
said='^etherroot_written_bytes_total\{export="e7\.3"\} [78][0-9]{5}$'
check 'and for Prometheus' says status --prometheus
said='^etherroot_clients\{export="e7\.3"\} 2$'
check 'how many clients' says status --prometheus
said='^etherroot_read_seconds\{export="e7\.3",quantile="0\.99"\} [0-9.e-]*[1-9]'
check 'how long reads took' says status --prometheus
said='^etherroot_lan_received_frames_total\{lan=".*/lan"\} [1-9]'
check 'and what the LAN did' says status --prometheus

# While they work, each with what it did itself.
"$etherroot" bench --qemu "$scratch/lan" --target 7.3 --clients 64 --depth 1 --seconds 600 \
	>"$scratch/crowd" 2>&1 &
crowd=$!
children="$children $crowd"
check '64 clients are listed while they work' until_listed 64
check 'and what they did is what the export did' adds_up
kill "$crowd"
wait "$crowd" 2>/dev/null || :

check 'an export is withdrawn' ask ctl withdraw e7.3
check 'it is not found any more' finds_nothing
said='^e7\.3 +withdrawn '
check 'which is what the status says' says status
check 'and resumed' ask ctl resume 7.3
check 'it is found again' finds
check 'and does what it did' load
check 'one that there is not is told' refuses 1 'etherroot ctl: e9.9: there is no such export' ctl withdraw e9.9

printf 'export 7.4 %s\n' "$scratch/none" >>"$scratch/serve.conf"
check 'a file that names what is not there is not taken' refuses 1 "$scratch/none: no such file" ctl reload
printf 'nonsense\n' >>"$scratch/serve.conf"
check 'nor one that is wrong, and the place is told' refuses 1 "$scratch/serve.conf:4:1: " ctl reload
check 'the old state goes on' load
sed -i '3,$d' "$scratch/serve.conf"
truncate -s 1M "$scratch/none"
printf 'export 7.4 %s\n' "$scratch/none" >>"$scratch/serve.conf"
check 'a right one is taken' ask ctl reload
said='^e7\.4 +serving '
check 'at once' says status

check 'trouble is rehearsed on it' ask ctl fault e7.4 read-delay:1ms+seed:7
said='/none \(FAULTS ARE ON: read-delay:1ms\+seed:7\)$'
check 'which is what the status says' says status
check 'and taken off' ask ctl fault 7.4 none
said='/none$'
check 'which it says no more' says status
check 'a fault that there is not is wrong usage' refuses 2 "'sulk': there are delay" ctl fault e7.4 sulk
check 'and what stands behind one' refuses 2 'has other characters' ctl fault e7.4 hang now

check 'wrong words are wrong usage' refuses 2 'say one of' ctl forget e7.3
check 'so is an export that is none' refuses 2 'say one of' ctl withdraw disk
check 'a second target needs a path of its own' \
	not "$etherroot" serve --qemu "$scratch/lan2" --control "$socket" "1.1=$scratch/disk,ro,lock=no"
check 'it ends well' stop
check 'and takes its socket along' test ! -e "$socket"
check 'nobody there is told' refuses 1 'no target listens there' status

# ---- what takes long ----
cp "$scratch/serve.conf" "$scratch/whole"
sed '/^export/d' "$scratch/whole" >"$scratch/serve.conf"
check 'a target without an export starts' start --config "$scratch/serve.conf" --control "$socket" \
	--listen 7000
children="$children $target"
cp "$scratch/whole" "$scratch/serve.conf"
waits() {
	ask ctl reload && contains "$scratch/err" \
		'etherroot ctl: the target is at it: waiting until that is done'
}
check 'a reload that asks others for long is waited for, which is said' waits
said='^e7\.3 +serving '
check 'and then it serves' says status
check 'it ends well too' stop

start --config "$scratch/serve.conf" --control "$socket"
children="$children $target"
kill -9 "$target"
wait "$target" 2>/dev/null || :
check 'the socket of one that was killed is replaced' \
	start --config "$scratch/serve.conf" --control "$socket"
children="$children $target"
said='^e7\.3 +serving '
check 'and answers' says status
stop

done_testing
