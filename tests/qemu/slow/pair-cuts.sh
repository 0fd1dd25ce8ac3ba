#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# A pair of storage machines whose primary loses its power, again and again (COUNT times): the other
# one takes over, and the dead one comes back and gets what it missed while the client writes. At last
# the primary is cut in the midst of that: the other one, which has half of it, does not serve; the
# primary comes back, and nothing is lost.
. tests/qemu/pair/rig.sh

# Not even where the other was shot.
sees_no_truth() {
	on beta disconnected && on beta 'fence 7' && ! on beta promote &&
		said beta 'Need access to UpToDate data'
}

# What was written meanwhile is what it has to get.
begin_resync() {
	rejoin beta slow && on beta syncing
}

serve_again() {
	start alpha
	is_up alpha && on alpha up && on alpha connected && on alpha promote && writes_go_on
}

pair_serves
primary=alpha
other=beta
for round in $(seq "${COUNT:-5}"); do
	must "$primary is cut, $other takes over ($round)" cut_over "$primary" "$other"
	tell_figure 'power cut of the primary'
	must "$primary comes back and is whole again ($round)" return_whole "$primary"
	swap
done
[ "$primary" = alpha ] || check 'alpha serves again' move beta alpha

must 'the secondary is cut, and the primary goes on' lose_other alpha beta
tell_figure 'power cut of the secondary'
must 'it comes back, and gets slowly what it has missed' begin_resync
stop alpha
must 'the primary is cut: half of it all is not served' sees_no_truth
must 'the primary comes back and serves' serve_again
must 'the other one gets the rest' on beta quickly
must 'and is whole' on beta whole
check 'all that was acknowledged is there' all_is_there
done_testing
