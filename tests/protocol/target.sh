# shellcheck shell=sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Targets for a test in shell, and what discover finds of them.
# shellcheck disable=SC2154 # of tests/lib.sh

etherroot=${ETHERROOT:-$etherroot}

# serves NAME ARGUMENT...: a target, ready; its messages are in $scratch/NAME.log, its control socket
# is $scratch/NAME.sock
serves() {
	serves_name=$1
	shift
	rm -f "$scratch/$serves_name.ready"
	mkfifo "$scratch/$serves_name.ready"
	(exec "$etherroot" serve --ready-fd 9 --control "$scratch/$serves_name.sock" "$@" \
		9>"$scratch/$serves_name.ready" 2>"$scratch/$serves_name.log") &
	target=$!
	children="$children $target"
	# A newline when it is ready; the end of the file when it never will be.
	if ! read -r _ <"$scratch/$serves_name.ready"; then
		not_ok "$serves_name is ready" "$scratch/$serves_name.log"
	fi
}

# stops PID: ends it, and asserts that it ended well
stops() {
	kill "$1"
	wait "$1"
}

# lists TEXT ARGUMENT...: discover's output has it, if need be at another try: an answer may be late
lists() {
	until_done lists_now "$@"
}
lists_now() {
	lists_text=$1
	shift
	"$etherroot" discover "$@" >"$scratch/discover.log" 2>&1 || :
	contains "$scratch/discover.log" "$lists_text"
}

# mac_of INTERFACE
mac_of() {
	ip -o link show "$1" | sed 's/.*link\/ether \([0-9a-f:]*\).*/\1/'
}
