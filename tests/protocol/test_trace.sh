#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# etherroot trace: a file that tshark reads, whole however it ends.
. tests/lib.sh

socket=$scratch/serve.sock
file=$scratch/trace.pcap
truncate -s 1M "$scratch/disk" "$scratch/other"

start() {
	mkfifo "$scratch/ready"
	"$etherroot" serve --qemu "$scratch/lan" --control "$socket" \
		"7.3=$scratch/disk" "7.4=$scratch/other" --ready-fd 3 3>"$scratch/ready" 2>"$scratch/log" &
	target=$!
	children="$children $target"
	timeout 60 head -c1 "$scratch/ready" >"$scratch/line"
	rm "$scratch/ready"
	[ -s "$scratch/line" ]
}

# Starts a trace, and waits until it sees frames. What it says is read from descriptor 4. (A program
# that a shell starts beside itself ignores SIGINT; env gives it back.)
trace() {
	rm -f "$scratch/said"
	mkfifo "$scratch/said"
	env --default-signal=INT "$etherroot" trace --control "$socket" "$@" 2>"$scratch/said" &
	tracer=$!
	children="$children $tracer"
	exec 4<"$scratch/said"
	read -r line <&4 && [ "$line" = 'etherroot trace: tracing: interrupt it to end' ]
}

# The trace ends with that status, and says so many frames.
ends() {
	status=0
	wait "$tracer" || status=$?
	read -r line <&4 || line=
	echo "ended with $status: $line"
	frames=$(echo "$line" | sed -n 's/^etherroot trace: \([0-9]*\) frame.*/\1/p')
	[ "$status" = "$1" ] && [ "$frames" ]
}

interrupt() {
	kill -s "$1" "$tracer"
	ends 0 && expr "$line" : '.* none is missing$' >/dev/null
}

load() {
	"$etherroot" bench --qemu "$scratch/lan" --count 200 --depth 4 "$@" >"$scratch/bench" 2>&1
}

# The frames that tshark finds with this filter.
count() {
	tshark -r "$file" -Y "$1" 2>"$scratch/err" | wc -l
}

all_are_aoe() {
	[ "$(count '')" -eq "$frames" ] && [ "$(count 'aoe && !_ws.malformed')" -eq "$frames" ]
}

# Requests and answers of what the load did; some may have been repeated.
both_ways() {
	asked=$(count 'aoe.response == 0 && aoe.ata.cmd == 0x24 && aoe.major == 7 && aoe.minor == 3')
	answered=$(count 'aoe.response == 1 && aoe.ata.cmd == 0x24 || aoe.response == 1 && aoe.cmd == 0')
	echo "$asked asked, $answered answered"
	[ "$asked" -ge 200 ] && [ "$answered" -ge 200 ]
}

# Only frames about that export, or about all.
only_about() {
	[ "$(count "aoe.minor == $1")" -gt 100 ] &&
		[ "$(count "!(aoe.minor == $1 || aoe.minor == 255)")" -eq 0 ]
}

refuses() {
	wanted=$1
	said=$2
	shift 2
	status=0
	"$etherroot" trace "$@" >"$scratch/out" 2>"$scratch/err" || status=$?
	cat "$scratch/err"
	[ "$status" = "$wanted" ] && grep -qF -e "$said" "$scratch/err"
}

is_as_it_was() {
	[ "$(cat "$file")" = old ]
}

streams() {
	trace --output - >"$file"
}

check 'a target starts' start
echo old >"$file"
check 'a trace begins' trace --output "$file"
check 'machines read' load --target 7.3
check 'until it ends the file is as it was' is_as_it_was
check 'it ends when it is interrupted' interrupt INT
check 'tshark reads each frame as AoE' all_are_aoe
check 'requests and answers' both_ways

check 'one of an export begins' trace --export 7.4 -o "$file"
check 'machines read both' load --target 7.3,7.4 --clients 2
check 'and ends when it is told to' interrupt TERM
check 'what is there is about that export' only_about 4
check 'and all of it' all_are_aoe

check 'one of a number of frames begins' trace -c 7 -o "$file"
check 'machines read more' load --target 7.3
check 'it ends by itself' ends 0
check 'and has as many' test "$frames" -eq 7
check 'which are there' all_are_aoe

check 'one to standard output begins' streams
check 'machines read on' load --target 7.4
check 'the target is told to end' kill "$target"
check 'it ends with it' ends 0
check 'and has all until then' all_are_aoe
wait "$target"

check 'nobody there is told' refuses 1 'no target listens there' --control "$socket" -o "$file"
check 'and the old file stays' all_are_aoe
check 'a wrong client is wrong usage' refuses 2 "--client: 'me': not a MAC" --client me
check 'so is a wrong export' refuses 2 "--export: 'disk': not an export" --export disk
check 'and no frame at all' refuses 2 "--count: '0': not a number of frames" -c 0
check 'and what is named' refuses 2 "'7.3': nothing is to be named" 7.3

done_testing
