#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# A hundred power cuts of the target's machine, at random moments. tests/qemu/power-cut.sh has three,
# and shows that the rig takes away what was not flushed.
. tests/qemu/storage/rig.sh

storage ours 'target -i eth0 0.0=/dev/vda'
power_cuts "${POWER_CUTS:-100}"
check "no acknowledged write is lost in $cuts power cuts" test "$lost" -eq 0
check 'and there were many' test "$acknowledged" -gt "$enough"

storage writeback 'target -i eth0 0.0=/dev/vda,cache=writeback'
one_cut_after_writing_all
check 'cache=writeback loses what it has acknowledged, as its manual page says' test "$lost" -gt 0

storage_with_layers layers
power_cuts "${POWER_CUTS:-10}"
check "no acknowledged write to a kept layer is lost in $cuts power cuts" test "$lost" -eq 0
check 'and there were many of those too' test "$acknowledged" -gt "$enough"
done_testing
