#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# tests/bench/target: that it measures, and prints what it has measured. What the figures are is not
# this test's business.
# shellcheck source=tests/lib.sh
. tests/lib.sh

mkdir -p "$scratch/build/bench"
ln -s "$(realpath "$etherroot")" "$scratch/build/etherroot"
export BUILD="$scratch/build"

check 'a row that is not known' fails_with 2 '--only fast: none of durable, direct, cached, slow, hung, many' \
	tests/bench/target --only fast
check 'rounds that are none' fails_with 2 "--rounds: '0' is no number" tests/bench/target --rounds 0
check 'nothing was measured yet' fails_with 1 'tests/bench/target: --print: nothing was measured yet' \
	tests/bench/target --print
if ! unshare --net --mount --map-root-user --user true 2>/dev/null; then
	skip 'it measures' 'this machine gives no network namespaces to its users'
	done_testing
	exit
fi
check 'it measures' tests/bench/target --rounds 1 --seconds 1 --only durable --only cached --only many
check 'the table again, for README' sh -c "tests/bench/target --print --markdown >'$scratch/table'"
measured() {
	grep -E "^\| $1.* \| [1-9][0-9]* \| [1-9][0-9]* \| [0-9]+\.[0-9]+ \|\$" "$scratch/table"
}
check 'durable writes' measured 'durable 4 KiB random writes, depth 32, per second; vblade -s'
check 'cached reads' measured 'cached 4 KiB random reads, depth 32, per second; vblade'
check 'per second of the processor' measured '... per second of its processor'
check 'many exports' measured '1,000 exports, 256 clients, durable writes per second; 1 export'
check 'and what they take' measured '... descriptors'

# A median is no mean, and a ratio is of medians.
printf 'cached ours rate %s\n' 100 900 300 >"$scratch/build/bench/target-figures"
printf 'cached vblade rate %s\n' 100 200 >>"$scratch/build/bench/target-figures"
check 'medians and their ratio' sh -c \
	"tests/bench/target --print --markdown | grep -qF '| 300 | 150 | 2.00 |'"
done_testing
