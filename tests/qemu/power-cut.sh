#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# An acknowledged write survives a power cut of the target's machine. What does not keep that promise
# must lose data in the same rig, or it would prove nothing.
. tests/qemu/storage/rig.sh

storage ours 'target -i eth0 0.0=/dev/vda'
power_cuts "${POWER_CUTS:-3}"
check "no acknowledged write is lost in $cuts power cuts" test "$lost" -eq 0
check 'and there were many' test "$acknowledged" -gt "$enough"

# Writes that stay in the machine's page cache.
# shellcheck disable=SC2046 # words of a command
storage vblade 'vblade 0 0 eth0 /dev/vda' \
	$(with_program "$(command -v vblade)")
one_cut_after_writing_all
check 'vblade loses what it has acknowledged' test "$lost" -gt 0

# Writes that reach the disk, but are not flushed.
storage unflushed 'target -i eth0 0.0=/dev/vda,direct,cache=writeback'
one_cut_after_writing_all
check "so does a target that does not flush the disk's cache" test "$lost" -gt 0
done_testing
