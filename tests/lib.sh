# shellcheck shell=sh
# SPDX-License-Identifier: GPL-2.0-or-later
# What every shell test stands on: TAP, a scratch folder, and the words that scenarios are told in.
#
#   . tests/lib.sh
#   check 'the sky is blue' test "$sky" = blue
#   done_testing
#
# Tests run from the top of the repository. A scratch folder $scratch is removed at the end.
set -eu
# shellcheck source=tests/namespaces.sh
. tests/namespaces.sh

PATH=$PATH:/usr/sbin:/sbin # mke2fs and its like, for whoever is not root
build=${BUILD:-build}
# shellcheck disable=SC2034 # for the tests
etherroot=$build/etherroot
# shellcheck disable=SC2034 # made by tests/peers/build.sh
peers=$build/peers
scratch=$(mktemp -d "${TMPDIR:-/tmp}/etherroot-test.XXXXXX")
# What a verdict may take at the most, in seconds; a boot takes a tenth of it on a slow machine.
deadline=${ETHERROOT_TEST_DEADLINE:-600}
tap_count=0
tap_failed=0
children=

# Ends what the test started, by process id, and removes the scratch folder.
clean_up() {
	for child in $children; do
		kill "$child" 2>/dev/null || :
	done
	rm -rf "$scratch"
}
trap clean_up EXIT
trap 'exit 1' HUP INT TERM

ok() {
	tap_count=$((tap_count + 1))
	echo "ok $tap_count - $1"
}

# not_ok WHAT [FILE]: with the last lines of FILE, which say why; the guest's console is kept
not_ok() {
	tap_count=$((tap_count + 1))
	tap_failed=$((tap_failed + 1))
	echo "not ok $tap_count - $1"
	if [ -e "${2:-}" ]; then
		tail -n 40 "$2" | sed 's/^/#   /'
	fi
	if [ "${TEST_LOG:-}" ] && [ -s "$scratch/console.log" ]; then
		cp "$scratch/console.log" "$TEST_LOG.$tap_count.console"
		echo "#   all of the console: $TEST_LOG.$tap_count.console"
	fi
}

skip() {
	tap_count=$((tap_count + 1))
	echo "ok $tap_count - $1 # SKIP $2"
}

# check WHAT COMMAND...: passes when the command succeeds; its output explains a failure
check() {
	check_what=$1
	shift
	if "$@" >"$scratch/check.log" 2>&1; then
		ok "$check_what"
	else
		not_ok "$check_what" "$scratch/check.log"
	fi
}

# contains FILE TEXT: FILE holds TEXT, literally, on one line
contains() {
	grep -qF -e "$2" "$1" || {
		echo "expected: $2"
		echo "in:"
		cat "$1"
		return 1
	}
}

# fails_with STATUS TEXT COMMAND...: the command ends with STATUS and says TEXT
fails_with() {
	fails_status=$1
	fails_text=$2
	shift 2
	fails_got=0
	"$@" >"$scratch/fails.log" 2>&1 || fails_got=$?
	if [ "$fails_got" -ne "$fails_status" ]; then
		echo "expected exit status $fails_status, got $fails_got:"
		cat "$scratch/fails.log"
		return 1
	fi
	contains "$scratch/fails.log" "$fails_text"
}

# in_background COMMAND...: started now, ended with the test; its process id is in $!. A function
# that is started so must exec what it runs, or that would be left behind.
in_background() {
	"$@" &
	children="$children $!"
}

# wait_for_text FILE TEXT [TIMES]: until FILE, which somebody is writing, holds TEXT, on so many lines
wait_for_text() {
	rm -f "$scratch/wait.fifo"
	mkfifo "$scratch/wait.fifo"
	timeout "$deadline" tail -n +1 -F "$1" >"$scratch/wait.fifo" 2>/dev/null &
	wait_tail=$!
	wait_found=$(grep -cm "${3:-1}" -F -e "$2" "$scratch/wait.fifo") || :
	kill "$wait_tail" 2>/dev/null || :
	wait "$wait_tail" 2>/dev/null || :
	[ "$wait_found" -eq "${3:-1}" ] || contains "$1" "$2 (${3:-1} times)"
}

# until_done COMMAND...: again and again until it succeeds. It waits itself for what it looks at.
until_done() {
	until_end=$(($(date +%s) + deadline))
	while ! "$@" >"$scratch/until.log" 2>&1; do
		if [ "$(date +%s)" -ge "$until_end" ]; then
			cat "$scratch/until.log"
			return 1
		fi
	done
}

done_testing() {
	echo "1..$tap_count"
	[ "$tap_failed" -eq 0 ]
}
