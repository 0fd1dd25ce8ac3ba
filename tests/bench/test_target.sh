#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# tests/bench/target: that it measures, and prints what it has measured. What the figures are is not
# this test's business.
# shellcheck source=tests/lib.sh
. tests/lib.sh

mkdir -p "$scratch/build/bench"
ln -s "$(realpath "$etherroot")" "$scratch/build/etherroot"
export BUILD="$scratch/build"

check 'a row that is not known' fails_with 2 '--only fast: none of durable direct cached restart slow hung many guest storm' \
	tests/bench/target --only fast
check 'rounds that are none' fails_with 2 "--rounds: '0' is no number" tests/bench/target --rounds 0
check 'nothing was measured yet' fails_with 1 'tests/bench/target: --print: nothing was measured yet' \
	tests/bench/target --print
if ! unshare --net --mount --map-root-user --user true 2>/dev/null; then
	skip 'it measures' 'this machine gives no network namespaces to its users'
	done_testing
	exit
fi
check 'it measures' tests/bench/target --rounds 1 --seconds 1 --only durable --only cached --only restart \
	--only many
check 'the table again, for figures.md' sh -c "tests/bench/target --print --markdown >'$scratch/table'"
# Figures of both sides: on a busy machine a second may pass without a write on the disk.
measured() {
	grep -E "^\| $1.* \| [0-9]+(\.[0-9])? \| [0-9]+(\.[0-9])? \| ([0-9]+\.[0-9]+|-) \|\$" "$scratch/table"
}
check 'durable writes' measured 'durable 4 KiB random writes, depth 32, per second; vblade -s'
check 'cached reads' measured 'cached 4 KiB random reads, depth 32, per second; vblade'
check 'per second of the processor' measured '... per second of its processor'
check 'a restart' measured 'a restart under durable writes, longest time without an answer, ms; vblade -s'
check 'many exports' measured '1,000 exports, 256 clients, durable writes per second; 1 export, 1 client'
check 'and what they take' measured '... descriptors'

# A vblade that does not start, and one that nothing comes of.
mkdir "$scratch/bin"
printf '#!/bin/sh\necho "vblade: it hurts" >&2\nexit 3\n' >"$scratch/bin/vblade"
chmod +x "$scratch/bin/vblade"
check 'a side that fails is lost' fails_with 1 \
	'tests/bench/target: cached, vblade: lost, the others go on:' \
	env PATH="$scratch/bin:$PATH" tests/bench/target --rounds 2 --seconds 1 --only cached
check 'and why' contains "$scratch/fails.log" 'lan1: e0.0: no answer within 5 s: nobody answers'
check 'the others have their figures' grep -q '^cached ours rate [1-9]' \
	"$scratch/build/bench/target-figures"
check 'the table says what is lost, again too' fails_with 1 'Lost: cached, vblade, 2 times' \
	tests/bench/target --print
cat >"$scratch/bin/taskset" <<'END_FAKE'
#!/bin/sh
[ "$1" != -pc ] || { echo 'list: 0,1'; exit; }
exec sleep 1000
END_FAKE
chmod +x "$scratch/bin/taskset"
check 'a side that takes too long is lost' fails_with 1 'it took too long' \
	env BENCH_LIMIT=2 PATH="$scratch/bin:$PATH" tests/bench/target --rounds 1 --only durable
check 'and the others go on' contains "$scratch/fails.log" 'Lost: durable, vblade, 1 times'

# A median is no mean, and a ratio is of medians.
printf 'cached ours rate %s\n' 100 900 300 >"$scratch/build/bench/target-figures"
printf 'cached vblade rate %s\n' 100 200 >>"$scratch/build/bench/target-figures"
check 'medians and their ratio' sh -c \
	"tests/bench/target --print --markdown | grep -qF '| 300 | 150 | 2.00 |'"

# What a guest gets is a table of its own.
for kind in ours:200:40 vblade:100:80 nbd:50:40 iscsi:400:10; do
	echo "$kind" | sed 's/\(.*\):\(.*\):\(.*\)/guest \1 read \2\nguest \1 write \3/'
done >"$scratch/build/bench/target-figures"
tests/bench/target --print --markdown >"$scratch/table"
check 'a guest against others' contains "$scratch/table" \
	'| reads per second | 200 | 100 (x 0.50) | 50 (x 0.25) | 400 (x 2.00) |'
check 'its writes too' grep -qF '| 40 | 80 (x 2.00) | 40 (x 1.00) | 10 (x 0.25) |' "$scratch/table"
check 'and nothing else' test "$(wc -l <"$scratch/table")" = 5
done_testing
