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

# What tshark reads in the file, a line for each frame: is it AoE, an answer, of which command (1 asks
# who is there), about which slot, malformed?
dissect() {
	tshark -r "$file" -T fields -E separator=, -e aoe -e aoe.response -e aoe.cmd -e aoe.minor \
		-e _ws.malformed >"$scratch/frames" 2>"$scratch/err"
}

# Lines that match are that many.
count() {
	grep -cE -e "$1" "$scratch/frames" || :
}

all_are_aoe() {
	dissect && [ "$(wc -l <"$scratch/frames")" -eq "$frames" ] &&
		[ "$(count '^[^,]+,.*,$')" -eq "$frames" ]
}

# Requests and answers of what the load did; some may have been repeated.
both_ways() {
	[ "$(count ',(0|False),0,')" -ge 200 ] && [ "$(count ',(1|True),0,')" -ge 200 ]
}

# Only frames about that slot, or about all.
only_about() {
	[ "$(count ",$1,\$")" -gt 100 ] && [ "$(count ",($1|0xff),\$")" -eq "$frames" ]
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

# The target stands still, as one whose loop does.
hangs() {
	kill -s STOP "$target"
	result=0
	refuses 1 "$socket: the target has not answered for 15 s" --control "$socket" -o "$scratch/none" ||
		result=$?
	kill -s CONT "$target"
	return $result
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
check 'tshark reads all of it' all_are_aoe
check 'and it is about that export' only_about 0x04

check 'one of a number of frames begins' trace -c 7 -o "$file"
check 'machines read more' load --target 7.3
check 'it ends by itself' ends 0
check 'and has as many' test "$frames" -eq 7
check 'which are there' all_are_aoe

check 'one that hangs is not waited for' hangs
check 'one to standard output begins' streams
check 'machines read on' load --target 7.4
check 'the target is told to end' kill "$target"
check 'it ends with it' ends 0
check 'and has all until then' all_are_aoe
wait "$target"

check 'nobody there is told' refuses 1 'no target listens there' --control "$socket" -o "$file"
check 'and the old file stays' all_are_aoe
# A pcap file would have the terminal do anything.
on_a_terminal() {
	status=0
	script -qec "$etherroot trace --control $socket" "$scratch/screen" >/dev/null </dev/null || status=$?
	cat "$scratch/screen"
	[ "$status" = 2 ] && grep -qF "standard output is a terminal: give --output FILE, or pipe it into tshark -r -" \
		"$scratch/screen"
}
check 'nor is anything written to a terminal' on_a_terminal
check 'a wrong client is wrong usage' refuses 2 "--client: 'me': not a MAC" --client me
check 'so is a wrong export' refuses 2 "--export: 'disk': not an export" --export disk
check 'and no frame at all' refuses 2 "--count: '0': not a number of frames" -c 0
check 'and what is named' refuses 2 "'7.3': nothing is to be named" 7.3

done_testing
