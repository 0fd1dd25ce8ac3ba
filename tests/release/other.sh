#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# The whole of README's "Two commands" on a fresh machine with the other release of Debian: `make boot`
# without a terminal, then `make test`, each of whose tests is a test of this one too.
. tests/lib.sh

host=$(sed -n 's/^VERSION_CODENAME=//p' /etc/os-release)
case $host in
trixie) other=bookworm ;;
*) other=trixie ;;
esac

why=$(tests/release/fresh-machine.sh --check) || {
	skip "make boot and make test on a fresh $other" "$why"
	done_testing
	exit
}

# What runs there: the two commands, their output and the tests' TAP handed out as one stream.
# shellcheck disable=SC2016 # for the shell there
inside='
exec 3>&1 >&2
boot=0
make boot </dev/null || boot=$?
test=0
make test </dev/null || test=$?
echo "$boot $test" >&3
for tap in build/tests/log/*.tap; do
	[ ! -e "$tap" ] || { echo "= ${tap##*/}"; cat "$tap"; } >&3
done'
# shellcheck disable=SC2034 # the verdicts are in the stream
log=$build/tests/log/$other.log
mkdir -p "${log%/*}"
tests/release/fresh-machine.sh "$other" bash -c "$inside" >"$scratch/stream" 2>"$log" || :
boot="" test=""
read -r boot test <"$scratch/stream" || :

check_log() {
	if [ "$2" = 0 ]; then ok "$1"; else not_ok "$1" "$log"; fi
}
check_log "make boot on a fresh $other" "${boot:-never}"
check_log "make test on a fresh $other" "${test:-never}"

# Its tests, with numbers of ours. A skip of cmocka is "not ok", and has its reason before it.
awk -v count="$tap_count" -v other="$other" '
	/^= / { name = substr($0, 3); sub(/\.tap$/, "", name); next }
	/^[ \t]*(not )?ok [0-9]/ {
		sub(/^[ \t]*/, "")
		verdict = /^not/ ? "not ok" : "ok"
		sub(/^(not )?ok [0-9]+ *-? */, "")
		print verdict " " ++count " - " other ", " name ": " $0
		next
	}
	/^1\.\.[0-9]+$/ || /^[0-9]+ [0-9]+$/ { next }
	{ print "# " $0 }
	END { print "1.." count }' "$scratch/stream"
[ "${boot:-1}" = 0 ] && [ "${test:-1}" = 0 ]
