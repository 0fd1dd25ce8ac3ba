#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# A pair of storage machines with trouble that is no death: the replication link is cut, the LAN of one
# is, both are, and a disk fails. Two never serve, and the way out loses nothing.
. tests/qemu/pair/rig.sh

lose_lan() {
	tell_stall && order_switch lan cut alpha && move alpha beta
}

mend_lan() {
	order_switch lan mend alpha && writes_go_on
}

# Nobody can tell whether the primary lives (1): neither of the two may serve.
refuses() {
	on alpha "fence $1" && on alpha disconnected && ! on alpha promote &&
		said alpha 'Refusing to be Primary while peer is not outdated'
}

mend_all() {
	order_switch lan mend beta && order_switch link mend beta
}

# DRBD on the primary asked whether the other is fenced, and stood still meanwhile.
is_freed() {
	said beta 'pair: asks for the fence' && on beta 'fence 1' && mend_all && on beta connected &&
		writes_go_on
}

fail_disk() {
	tell_stall && touch "$scratch/beta/broken" && writes_go_on && on beta diskless
}

replace_disk() {
	rm "$scratch/beta/broken" && on beta 'drbdadm attach pair' && on beta whole
}

pair_serves
must 'the replication link is cut: the primary goes on' lose_link alpha
tell_figure 'link cut'
must 'it is mended, and the mirror whole again' mend_link
must 'the LAN of the primary is cut: the service is moved' lose_lan
tell_figure 'LAN cut'
must 'it is mended: the other goes on' mend_lan
order_switch lan cut beta
order_switch link cut beta
must 'both are cut: the other one does not serve' refuses 1
must 'the primary goes on when they are mended' is_freed
tell_figure 'both cut'
must 'the disk of the primary fails: it goes on with the other one'\''s' fail_disk
tell_figure 'failed disk'
must 'the service moves to the one with a disk' move beta alpha
must 'with another disk it is whole again' replace_disk
check 'all that was acknowledged is there' all_is_there
done_testing
