#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# A pair of storage machines that meets one thing after the other, at random: ROUNDS of them, from SEED,
# by which a run can be repeated. Whatever comes, the client meets no error, and all that was
# acknowledged is there.
. tests/qemu/pair/rig.sh

# What comes next, in full; both are there and whole afterwards.
event() {
	on alpha 'rm -f /run/fence' && on beta 'rm -f /run/fence' || return
	case $1 in
	0) restart_target "$primary" ;;
	1) move "$primary" "$other" && swap ;;
	2) cut_over "$primary" "$other" && return_whole "$primary" && swap ;;
	3) lose_other "$primary" "$other" && return_whole "$other" ;;
	4) pause "$primary" ;;
	5) freeze_over "$primary" "$other" && thaws_aside "$primary" && stop "$primary" &&
		return_whole "$primary" && swap ;;
	6) lose_link "$primary" && mend_link ;;
	esac
}

name_of() {
	set -- "$(($1 + 1))" 'target killed' 'planned move' 'power cut of the primary' \
		'power cut of the secondary' 'a second of standstill' 'standstill and thaw' 'link cut'
	shift "$1"
	echo "$1"
}

seed=${SEED:-$(od -A n -N 2 -t u2 /dev/urandom | tr -d ' ')}
echo "# SEED=$seed"
pair_serves
primary=alpha
other=beta
for round in $(seq "${ROUNDS:-20}"); do
	random 7
	must "$round: $(name_of "$random"), $primary was primary" event "$random"
	tell_figure "$(name_of "$random")"
done
check 'all that was acknowledged is there' all_is_there
done_testing
