#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# The target under ThreadSanitizer, while the tests talk to it: the threads that do the transfers
# and the syncs beside its loop.
. tests/protocol/sanitized.sh

# It wants an address space that is not shuffled much. Where that may not be switched off it usually
# goes well all the same.
if [ -z "${NOT_SHUFFLED:-}" ] && setarch -R true 2>/dev/null; then
	NOT_SHUFFLED=1 exec setarch -R "$0"
fi
status=0
sanitized "$build/tsan/etherroot" test_serve_hostile test_serve_raw test_serve_control test_raw.sh || status=1
# What is done with disks is done by more threads where it is not done by io_uring.
export ETHERROOT_TEST_IO=threads
sanitized "$build/tsan/etherroot" test_serve_layers test_serve_layers_kept test_serve_life \
	test_serve_trouble test_serve_traced ||
	status=1
exit $status
