#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# tests/run itself, in a tree of its own with test programs that are none.
# shellcheck source=tests/lib.sh
. tests/lib.sh

tree=$scratch/tree
mkdir -p "$tree/tests/peers" "$tree/tests/unit" "$tree/tests/qemu/slow" "$tree/tests/release" "$tree/tests/a" \
	"$tree/build/tests/unit"
cp tests/run tests/tap.awk "$tree/tests"
printf '#!/bin/sh\n: >peers-are-built\n' >"$tree/tests/peers/build.sh"
chmod +x "$tree/tests/peers/build.sh"
cat >"$tree/tests/skips.list" <<'END_LIST'
# PROGRAM: TEST # WHY
a-test_skips: the moon # it is new
END_LIST

# program FILE LINE...: a test program
program() {
	program_file=$tree/$1
	shift
	{
		echo '#!/bin/sh'
		printf '%s\n' "$@"
	} >"$program_file"
	chmod +x "$program_file"
}
# alone NAME LINE...: the one program of the tree: tests/a/test_NAME.sh
alone() {
	rm -f "$tree"/tests/a/* "$tree"/tests/unit/* "$tree"/build/tests/unit/* "$tree"/tests/qemu/slow/*
	alone_name=$1
	shift
	program "tests/a/test_$alone_name.sh" "$@"
}
# gives STATUS LAST-LINE OPTION...: tests/run ends with STATUS, and that is its last line
gives() {
	gives_status=$1
	gives_last=$2
	gives_got=0
	shift 2
	env -u BUILD -u ETHERROOT_NO_SKIPS "$tree/tests/run" "$@" >"$scratch/out" 2>&1 || gives_got=$?
	cat "$scratch/out"
	[ "$gives_got" -eq "$gives_status" ] && [ "$(tail -n 1 "$scratch/out")" = "$gives_last" ]
}

# ---- what a program says ---------------------------------------------------------------------------
alone good 'echo "ok 1 - one"; echo "ok 2 - two"; echo 1..2'
check 'tests that pass' gives 0 '2 passed, 0 failed'
alone bad 'echo 1..2; echo "ok 1 - one"; echo "not ok 2 - two"; echo "# because"; exit 1'
check 'a test that fails' gives 1 '1 passed, 1 failed'
check 'is shown with what it said' contains "$scratch/out" '# because'
alone dies 'echo 1..2; echo "ok 1 - one"; kill -KILL $$'
check 'a program that dies in the midst' gives 1 '1 passed, 1 failed'
check 'is told with its end' contains "$scratch/out" '(exit status 137, 1 of 2 tests)'
alone late 'echo 1..1; echo "ok 1 - one"; echo "leaked" >&2; exit 1'
check 'a program whose tests pass and that ends badly' gives 1 '1 passed, 1 failed'
check 'is shown with its last words' contains "$scratch/out" 'leaked'
alone short 'echo 1..3; echo "ok 1 - one"; echo "ok 2 - two"'
check 'a plan that was not kept' gives 1 '2 passed, 1 failed'
alone long 'echo 1..1; echo "ok 1 - one"; echo "ok 2 - two"'
check 'more tests than planned' gives 1 '2 passed, 1 failed'
alone planless 'echo "ok 1 - one"'
check 'no plan at all' gives 1 '1 passed, 1 failed'
alone silent ':'
check 'a program that says nothing' gives 1 '0 passed, 1 failed'
alone none 'echo 1..0'
check 'a program that plans nothing' gives 1 '0 passed, 1 failed'
alone groups 'echo 1..1; echo "ok 1 - one"; echo "# ok"; echo 1..1; echo "ok 1 - two"'
check 'two groups, each with its plan' gives 0 '2 passed, 0 failed'
alone todo 'echo "not ok 1 - one # TODO some day"; echo "ok 2 - two # TODO not yet"; echo 1..2'
check 'a test that fails is not excused as something to do' gives 1 '1 passed, 1 failed'

cp tests/lib.sh tests/namespaces.sh "$tree/tests"
# shellcheck disable=SC2016 # for the program
alone guest '. tests/lib.sh' 'echo "Kernel panic" >"$scratch/console.log"' 'check boots false' done_testing
check 'a guest that fails' gives 1 '0 passed, 1 failed'
check "has its console kept" grep -qx 'Kernel panic' "$tree/build/tests/log/a-test_guest.1.console"
check 'which is told' contains "$scratch/out" 'a-test_guest.1.console'

# ---- skips -------------------------------------------------------------------------------------------
alone skips 'echo "ok 1 - the sun"; echo "ok 2 - the moon # SKIP it is cloudy"; echo 1..2'
check 'a test that is skipped' gives 0 '1 passed, 0 failed, 1 skipped'
check 'is told, with the reason' contains "$scratch/out" \
	'a-test_skips: skipped: the moon # SKIP it is cloudy'
check 'where none may be skipped, one that is listed still may' \
	gives 0 '1 passed, 0 failed, 1 skipped' --no-skips
alone skips 'echo "ok 1 - the stars # SKIP it is cloudy"; echo "ok 2 - sun"; echo 1..2'
check 'one that is not listed passes elsewhere' gives 0 '1 passed, 0 failed, 1 skipped'
check 'and fails there' gives 1 '1 passed, 1 failed' --no-skips
check 'which is told' contains "$scratch/out" \
	'a-test_skips: may not be skipped: the stars # SKIP it is cloudy'
alone others 'echo "ok 1 - the moon # skip it is cloudy"; echo 1..1'
check "another program's test of that name is not listed" gives 1 '0 passed, 1 failed' --no-skips
alone skips 'echo "# a reason"; echo "not ok 1 - the moon # SKIP"; echo 1..1'
check 'cmocka skips with "not ok"' gives 0 '0 passed, 0 failed, 1 skipped' --no-skips
alone skips 'echo "not ok 1 # SKIP the moon"; echo 1..1'
check 'or has the name behind the mark' gives 0 '0 passed, 0 failed, 1 skipped' --no-skips
alone skips 'echo "not ok 1 - the stars # SKIP"; echo 1..1'
check 'and fails like any other' gives 1 '0 passed, 1 failed' --no-skips
no_skips_by_environment() {
	status=0
	ETHERROOT_NO_SKIPS=1 "$tree/tests/run" || status=$?
	[ "$status" -eq 1 ]
}
check 'the environment asks for it as well' no_skips_by_environment
check 'as continuous integration does' grep -q '^export ETHERROOT_NO_SKIPS=1$' .ci/run
# Each line of our own list is for a test that is there; some programs run others' tests in their way,
# and some skip where the rig does that they stand on.
listed_tests_exist() {
	sed -n '/^#/d; s/ # .*//; s/^\([^:]*\): \(.*\)/\1 \2/p' tests/skips.list >"$scratch/listed"
	[ -s "$scratch/listed" ] || return 1
	while read -r name test; do
		listed=${name%%-*}/${name#*-}
		case $listed in */slow-*) listed=${listed%%/slow-*}/slow/${listed#*/slow-} ;; esac
		set -- "tests/$listed".*
		[ -e "$1" ] && grep -rqF "$test" "tests/${listed%%/*}" || return 1
	done <"$scratch/listed"
}
check 'every test on the list of skips is there' listed_tests_exist

# ---- which programs run ------------------------------------------------------------------------------
alone one 'echo "ok 1 - one"; echo 1..1'
program tests/a/test_two.sh 'echo "ok 1 - two"; echo 1..1'
program tests/a/test_three.sh 'echo "ok 1 - three"; echo 1..1'
program tests/qemu/slow/slow.sh 'echo "ok 1 - slow"; echo 1..1'
program tests/release/other.sh 'echo "ok 1 - all of it elsewhere"; echo 1..1'
check 'all of them' gives 0 '3 passed, 0 failed'
check 'the slow ones too, and the other release' gives 0 '5 passed, 0 failed' --all
program tests/release/other.sh 'echo "ok 1 - woody, a-test_skips: the moon # SKIP it is cloudy"
	echo "ok 2 - woody, a-test_skips: the stars # SKIP it is cloudy"; echo 1..2'
check "the list is for the other release's tests as well" gives 1 '0 passed, 1 failed, 1 skipped' \
	--all --no-skips other
program tests/release/other.sh 'echo "ok 1 - all of it elsewhere"; echo 1..1'
check 'those that are named' gives 0 '2 passed, 0 failed' two three
check 'none that is called so' gives 2 'tests/run: no test program is called that: four' four
check 'the list' gives 0 tests/qemu/slow/slow.sh --all --list two slow
: >"$tree/tests/unit/test_c.c"
check 'one that was not built' gives 1 '3 passed, 1 failed'
rm "$tree/tests/unit/test_c.c"
program build/tests/unit/test_old 'echo "not ok 1 - old"; echo 1..1'
check 'one whose source is gone is left alone' gives 0 '3 passed, 0 failed'
check 'for what is written in shell the images are built' test -e "$tree/peers-are-built"
rm "$tree/peers-are-built"
: >"$tree/tests/unit/test_c.c"
program build/tests/unit/test_c 'echo "ok 1 - c"; echo 1..1'
check 'one that is written in C' gives 0 '1 passed, 0 failed' test_c
check 'needs none' test ! -e "$tree/peers-are-built"
rm "$tree/tests/unit/test_c.c"

# Two that wait for each other, by a FIFO that each opens: side by side they pass.
alone one 'timeout "$(cat patience)" sh -c "echo >fifo" && echo "ok 1 - met" || echo "not ok 1 - alone"; echo 1..1'
program tests/a/test_two.sh \
	'timeout "$(cat patience)" cat fifo >/dev/null && echo "ok 1 - met" || echo "not ok 1 - alone"; echo 1..1'
mkfifo "$tree/fifo"
echo 60 >"$tree/patience"
check 'two at a time' gives 0 '2 passed, 0 failed' --jobs 2
echo 1 >"$tree/patience"
check 'one at a time' gives 1 '0 passed, 2 failed' --jobs 1
for jobs in 0 x ''; do
	check "not '$jobs' at a time" fails_with 2 "tests/run: --jobs $jobs: not a number of programs" \
		"$tree/tests/run" --jobs "$jobs"
done
check 'an option that is not known' fails_with 2 'tests/run: --fast: not known' "$tree/tests/run" --fast

# ---- again and again -----------------------------------------------------------------------------------
# Its loads are fakes: a program is told that it has one processor, and a burner waits.
cp tests/soak "$tree/tests"
mkdir "$scratch/bin"
cat >"$scratch/bin/taskset" <<'END_FAKE'
#!/bin/sh
case $1 in
-cp) echo "pid $2's current affinity list: 7,9-11" ;;
-c) processor=$2; shift 2; PROCESSOR=$processor exec "$@" ;;
esac
END_FAKE
cat >"$scratch/bin/nice" <<'END_FAKE'
#!/bin/sh
echo $$ >>burners
exec sleep 1000
END_FAKE
chmod +x "$scratch/bin/taskset" "$scratch/bin/nice"
soaks() {
	soaks_status=$1
	soaks_got=0
	shift
	env -u BUILD PATH="$scratch/bin:$PATH" "$tree/tests/soak" "$@" >"$scratch/out" 2>&1 ||
		soaks_got=$?
	cat "$scratch/out"
	[ "$soaks_got" -eq "$soaks_status" ]
}
alone load 'echo >>runs; echo 1..2' \
	'[ "${PROCESSOR:-}" = 7 ] && echo "not ok 1 - many" || echo "ok 1 - many"' \
	'[ "$(wc -l <runs)" -ne 2 ] || timeout 60 tail -n +1 -F burners 2>/dev/null | grep -m "$(nproc)" . >&2' \
	'[ "$(cat burners 2>/dev/null | wc -l)" -eq "$([ "$(wc -l <runs)" -eq 1 ] && echo 0 || nproc)" ] &&' \
	'echo "ok 2 - burners" || echo "not ok 2 - burners"'
check 'one that fails on one processor' soaks 1 --runs 5
check 'fails there' grep -q '^run 3 of 5, one-processor: 1 passed, 1 failed, ' "$scratch/out"
check 'and on none of the others' test "$(grep -c ': 2 passed, 0 failed, ' "$scratch/out")" -eq 4
check 'which is counted' test "$(tail -n 1 "$scratch/out")" = '5 runs, 1 of them failed; failures: 1'
check 'its log is kept' contains "$tree/build/soak/3-one-processor/a-test_load.tap" 'not ok 1 - many'
check 'and no other' test "$(ls "$tree/build/soak")" = 3-one-processor
no_burner_is_left() {
	[ -s "$tree/burners" ] || return 1
	while read -r burner; do
		! kill -0 "$burner" 2>/dev/null || return 1
	done <"$tree/burners"
}
check 'no burner is left' no_burner_is_left
rm "$tree/runs" "$tree/burners"
check 'it runs those that are named' soaks 0 --runs 1 test_load
check 'and no others' soaks 1 --runs 1 test_four
check 'not so often' fails_with 2 'tests/soak: --runs x: not a number of runs' "$tree/tests/soak" --runs x
done_testing
