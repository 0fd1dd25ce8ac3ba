#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# The Debian packages, on fresh machines with Debian 12 and 13: one builds them (guest-build), another one
# installs, upgrades, removes and purges them (guest-install).
. tests/lib.sh

why=$(tests/release/fresh-machine.sh --check) || {
	skip 'the Debian packages' "$why"
	done_testing
	exit
}

# tell FILE: the results in it as results of ours
tell() {
	while read -r line; do
		case $line in
		'ok '*) ok "$suite: ${line#ok }" ;;
		'not ok '*) not_ok "$suite: ${line#not ok }" "$log" ;;
		'# '* | '#') echo "$line" ;;
		esac
	done <"$1"
}

for suite in ${SUITES:-bookworm trixie}; do
	log=$build/tests/log/packages-$suite.log
	mkdir -p "${log%/*}"
	tests/release/fresh-machine.sh "$suite" tests/packages/guest-build >"$scratch/built" 2>"$log" || :
	sed '/^done$/q' "$scratch/built" >"$scratch/results"
	check "$suite: packages are built" grep -qx 'done' "$scratch/results"
	tell "$scratch/results"
	tail -c +$(($(wc -c <"$scratch/results") + 1)) "$scratch/built" >"$scratch/debs.tar"
	tests/release/fresh-machine.sh "$suite" tests/packages/guest-install <"$scratch/debs.tar" \
		>"$scratch/stream" 2>"$log" || :
	sed 's/^\(not \)\{0,1\}ok [0-9]* - /\1ok /' "$scratch/stream" >"$scratch/results"
	check "$suite: packages are installed" grep -q '^1\.\.' "$scratch/results"
	tell "$scratch/results"
done
done_testing
