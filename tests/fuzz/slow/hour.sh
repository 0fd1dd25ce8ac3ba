#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# An hour of fuzzing, shared out among the targets, as many at a time as there are processors.
. tests/lib.sh

hour=${ETHERROOT_FUZZ_SECONDS:-3600}
targets=$(tests/fuzz/run --list)
each=$((hour / $(echo "$targets" | wc -l) + 1))

echo "$targets" | xargs -P "$(nproc)" -I TARGET sh -c \
	"tests/fuzz/run TARGET $each >'$scratch/TARGET.log' 2>&1; echo \$? >'$scratch/TARGET.status'"
for target in $targets; do
	if [ "$(cat "$scratch/$target.status")" = 0 ]; then
		ok "$target: $each s"
	else
		not_ok "$target: $each s" "$scratch/$target.log"
	fi
done
done_testing
