#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Every fuzz target on its corpus, and for some seconds on what is made of it. An input that breaks
# something is kept; the message says where, and how it is tried again.
. tests/lib.sh

# Kept from one run to the next, or not: what was found is worth more than a clean slate.
seconds=${ETHERROOT_FUZZ_SECONDS:-1}

targets=$(tests/fuzz/run --list)
check 'there are targets' test "$targets"
for target in $targets; do
	check "$target: its corpus, and $seconds s more" tests/fuzz/run "$target" "$seconds"
done

done_testing
