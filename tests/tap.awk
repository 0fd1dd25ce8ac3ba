# SPDX-License-Identifier: GPL-2.0-or-later
# tap.awk -v name=NAME -v status=STATUS -v took=SECONDS -v count=FILE [-v strict=1] SKIPS-LIST TAP
#
# What a test program said, in one line; and in the count file a line "PASSED FAILED SKIPPED", then the
# tests that were skipped, and those that may not be. A plan may come first or last, and each of
# several groups may have one. A program fails that ran other tests than it planned, that ended
# badly without a failed test, or that ran none. "# TODO" excuses nothing.

function failure(line)
{
	failed++
	notes = notes line "\n"
}

# cmocka says "not ok" of a test that it skips, with the same mark. A test that ran on another release
# has that and its program in its own name.
function skip(line,    test)
{
	sub(/^[ \t]*(not )?ok [0-9]+ *-? */, "", line)
	sub(/^# *[Ss][Kk][Ii][Pp] +/, "", line) # cmocka 1.1.7 has the name behind the mark
	test = name ": " line
	sub(/ *# [Ss][Kk][Ii][Pp].*/, "", test)
	sub(/^release-[^:]*: [^,]*, /, "", test)
	if (strict && !(test in listed)) {
		failure("may not be skipped: " line)
		return
	}
	skipped++
	notes = notes "skipped: " line "\n"
}

FILENAME == ARGV[1] {
	if (!/^#/ && sub(/ # .*/, ""))
		listed[$0] = 1
	next
}
/^[ \t]*(not )?ok [0-9].*# [Ss][Kk][Ii][Pp]/ {
	ran++
	skip($0)
	next
}
/^[ \t]*ok [0-9]/ { ran++; passed++ }
/^[ \t]*not ok [0-9]/ { ran++; failed++ }
/^1\.\.[0-9]+/ { plan += substr($0, 4) }

END {
	if (!ran || plan != ran || (status && !failed)) {
		broken = " (exit status " status ", " ran + 0 " of " plan + 0 " tests)"
		failed++
	}
	printf "%s %s: %d passed", failed ? "FAIL" : "pass", name, passed
	if (failed)
		printf ", %d failed%s", failed, broken
	if (skipped)
		printf ", %d skipped", skipped
	printf ", %d s\n", took
	printf "%d %d %d\n%s", passed, failed, skipped, notes >count
}
