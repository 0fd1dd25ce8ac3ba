#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# The tests of what is done with disks once more, by threads: the others are done by io_uring where
# the kernel allows it. (Layers, a target's life and its trouble are in test_sanitized_threads.sh.)
set -eu
cd "$(dirname "$0")/../.."

export ETHERROOT_TEST_IO=threads
status=0
for name in commands fault; do
	"${BUILD:-build}/tests/protocol/test_serve_$name" || status=1
done
exit $status
