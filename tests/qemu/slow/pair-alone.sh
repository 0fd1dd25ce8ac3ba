#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Both storage machines of a pair lose their power, one after the other. The one that was cut first has
# the older half: when it comes back alone, it does not serve. The other one does at once.
. tests/qemu/pair/rig.sh

# It is not known whether the other one wrote something since (1).
wrong_one() {
	start beta
	is_up beta && on beta up && on beta 'fence 1' && ! on beta promote
}

right_one() {
	start alpha
	is_up alpha && on alpha up && on alpha promote && writes_go_on
}

pair_serves
must 'the secondary is cut, and the primary goes on' lose_other alpha beta
tell_figure 'power cut of the secondary'
stop alpha
must 'the wrong one comes back alone, and does not serve' wrong_one
stop beta
must 'the right one comes back alone, and serves' right_one
must 'the wrong one comes back, and gets what it has missed' rejoin beta
must 'until it is whole' on beta whole
must 'and then can serve' move alpha beta
check 'all that was acknowledged is there' all_is_there
done_testing
