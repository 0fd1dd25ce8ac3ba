#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# A pair of storage machines whose primary stands still, and thaws when the other has long taken over:
# nobody has shot it, DRBD on the other one only believes so. What it finds in its queues looks fresh,
# and it still is DRBD's primary. Yet nothing of that takes effect, and it does not answer. A second in
# which nobody takes over is only a pause.
. tests/qemu/pair/rig.sh

# For so many seconds that it stood still, and the client wrote elsewhere.
stays_still() {
	sleep "$1" && writes_go_on
}

pair_serves
must 'the primary stands still for a second, and goes on' pause alpha
tell_figure 'a second of standstill'
must 'the primary stands still, the other takes over' freeze_over alpha beta
tell_figure 'standstill'
must 'for a minute, in which the client writes' stays_still 60
must 'it thaws, and serves no more' thaws_aside alpha
tell_figure 'thaw'
check 'all that was acknowledged is there' all_is_there
done_testing
