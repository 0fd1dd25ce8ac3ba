#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# A pair of storage machines, planned: the target is killed and started again, and the service moves to
# the other machine and back, under a client that writes by Linux's own initiator. It meets no error,
# and all that was acknowledged is there.
. tests/qemu/pair/rig.sh

pair_serves
must 'the target is killed, and started again' restart_target alpha
tell_figure 'target killed'
for round in 1 2 3; do
	must "the service moves to the other ($round)" move alpha beta
	tell_figure 'planned move'
	must "and back ($round)" move beta alpha
	tell_figure 'planned move'
done
check 'all that was acknowledged is there' all_is_there
done_testing
