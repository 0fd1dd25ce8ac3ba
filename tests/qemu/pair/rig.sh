# shellcheck shell=sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Two storage machines in QEMU, alpha and beta, whose disks DRBD mirrors over a link of their own; one
# of them is primary and serves e0.0 to a LAN, from a MAC that moves with it. The client on that LAN
# keeps count of what was acknowledged. Each machine has the disk of tests/qemu/storage/rig.sh: what
# was not flushed is gone when its power is cut.
#
#   . tests/qemu/pair/rig.sh
#   pair_up
#   on alpha promote
#   load_begins randwrite
# shellcheck source=tests/qemu/storage/rig.sh
. tests/qemu/storage/rig.sh

orders=0

# DRBD's file, the resource in it, and what else the storage machines have: options of storage, and
# programs as with_program takes them
pair_config=$PWD/tests/qemu/pair/pair.res
pair_resource=pair
pair_more=
pair_programs=

# The options of storage that put DRBD and its tools in
with_drbd() {
	printf -- '--module\ndrbd\n--add\n%s\n--add\n%s\n' \
		"$pair_config:/etc/drbd.conf" \
		"$PWD/tests/qemu/pair/fence-peer:/fence-peer"
	# shellcheck disable=SC2086 # words of a command
	with_program /sbin/drbdadm:/sbin/drbdadm /sbin/drbdsetup:/sbin/drbdsetup \
		/sbin/drbdmeta:/sbin/drbdmeta /lib/drbd/drbdadm-84:/lib/drbd/drbdadm-84 \
		/lib/drbd/drbdsetup-84:/lib/drbd/drbdsetup-84 $pair_programs
}

# pair_machine NAME NUMBER
pair_machine() {
	# shellcheck disable=SC2046,SC2086 # words of a command
	storage "$1" "name=$1 number=$2 resource=$pair_resource
$(cat tests/qemu/pair/server.sh)" $(with_drbd) $pair_more
	yes yes | drbdmeta --force 0 v08 "$machine/disk" internal create-md >"$machine/metadata.log" 2>&1
}

# client_machine: one that writes to the pair by Linux's own initiator, named linux
client_machine() {
	storage linux "name=linux
$(cat tests/qemu/pair/client.sh)" --module aoe --add "$build/tests/qemu/pair/writer:/writer"
}

# start_switch NAME MACHINE...: orders go to its descriptor, see order_switch
start_switch() {
	switch_name=$1
	mkfifo "$scratch/$1.orders"
	shift
	switch_ports=
	for switch_machine; do
		switch_ports="$switch_ports $switch_machine=$scratch/$switch_machine/$switch_name"
	done
	# shellcheck disable=SC2086 # words of a command
	(exec "$build/tests/qemu/switch" $switch_ports <>"$scratch/$switch_name.orders" \
		>"$scratch/$switch_name.log") &
	children="$children $!"
	wait_for_text "$scratch/$switch_name.log" ready
}

# order_switch NAME VERB MACHINE
order_switch() {
	order_done=$(grep -cx "$2 $3" "$scratch/$1.log") || :
	echo "$2 $3" >"$scratch/$1.orders"
	wait_for_text "$scratch/$1.log" "$2 $3" "$((order_done + 1))"
}

# start MACHINE, stop MACHINE: its power; $nbdkit and $qemu are processes of the one that is in use
start() {
	machine=$scratch/$1
	case $1 in
	alpha) number=1 ;;
	beta) number=2 ;;
	*) number=3 ;;
	esac
	card=,mac=52:54:00:00:00:0$number
	more_hardware=
	[ "$1" = linux ] || more_hardware="-netdev dgram,id=link,local.type=unix,local.path=$machine/link.guest,remote.type=unix,remote.path=$machine/link
		-device virtio-net-pci,netdev=link,romfile=,mac=52:54:00:00:01:0$number"
	power_on
	echo "nbdkit=$nbdkit qemu=$qemu" >"$machine/processes"
	echo >>"$machine/starts"
}

stop() {
	machine=$scratch/$1
	# shellcheck source=/dev/null
	. "$machine/processes"
	power_off
}

# is_up MACHINE: it takes commands since it was started last
is_up() {
	wait_for_text "$scratch/$1/console" "pair: $1 is up" "$(wc -l <"$scratch/$1/starts")"
}

# begin_on MACHINE COMMAND: it is told, and not waited for; ended_on MACHINE does that
begin_on() {
	orders=$((orders + 1))
	machine=$scratch/$1
	echo "$orders" >"$machine/order"
	shift
	tell "$orders $*"
}

ended_on() {
	machine=$scratch/$1
	wait_for_text "$machine/console" "pair: $(cat "$machine/order") ended " || return 1
	grep -q "pair: $(cat "$machine/order") ended 0" "$machine/console" || {
		tail -n 20 "$machine/console"
		return 1
	}
}

# on MACHINE COMMAND: done there, with success
on() {
	begin_on "$@" && ended_on "$1"
}

# freeze MACHINE, thaw MACHINE: it stands still, and goes on
freeze() {
	# shellcheck source=/dev/null
	. "$scratch/$1/processes"
	kill -STOP "$qemu"
}

thaw() {
	# shellcheck source=/dev/null
	. "$scratch/$1/processes"
	kill -CONT "$qemu"
}

# move FROM TO: as it is planned, so that never two serve
move() {
	on "$1" demote && on "$2" promote && writes_go_on
}

# take_over MACHINE STATUS: it has lost the other, becomes primary and serves; DRBD's question whether
# the other is fenced gets this answer: 7 is yes, it was shot, 1 that nobody knows
take_over() {
	on "$1" "fence $2" && on "$1" disconnected && on "$1" promote && writes_go_on
}

# rejoin MACHINE [COMMAND]: it was off, and gets what it has missed, after the command
rejoin() {
	start "$1"
	is_up "$1" && on "$1" "${2:-:}" && on "$1" up && on "$1" connected
}

# return_whole MACHINE: it was off, and has all of it again
return_whole() {
	rejoin "$1" && on "$1" whole && writes_go_on
}

# restart_target MACHINE: what serves is killed, and started again
restart_target() {
	# shellcheck disable=SC2016 # for the machine's shell
	on "$1" 'kill -KILL $target; wait $target; serve' && writes_go_on
}

# cut_over PRIMARY OTHER: the primary loses its power, the other one takes over
cut_over() {
	tell_stall && stop "$1" && take_over "$2" 7
}

# lose_other PRIMARY OTHER: the other one loses its power, the primary goes on alone
lose_other() {
	tell_stall && on "$1" 'fence 7' && stop "$2" && writes_go_on
}

# pause MACHINE: it stands still for a second, in which nobody takes over
pause() {
	tell_stall && freeze "$1" && sleep 1 && thaw "$1" && writes_go_on
}

# freeze_over PRIMARY OTHER: the primary stands still, and the other one believes that it was shot
freeze_over() {
	tell_stall && on "$1" 'rm -f /run/fence' && freeze "$1" && take_over "$2" 7
}

# thaws_aside MACHINE: it goes on, and asks first who serves by now. Its DRBD asks whether the other is
# fenced, which nobody tells it.
thaws_aside() {
	says_anew "$1" 'e0.0: taken: ' 'pair: asks for the fence'
	thaw "$1" && said_anew "$1" && writes_go_on
}

# lose_link PRIMARY: no replication; meanwhile the other one cannot become primary (4)
lose_link() {
	tell_stall && on "$1" 'fence 4' && order_switch link cut beta && on "$1" disconnected &&
		writes_go_on
}

mend_link() {
	order_switch link mend beta && on alpha whole && writes_go_on
}

# swap: the other one is the $primary from now on
swap() {
	swap_was=$primary
	primary=$other
	other=$swap_was
}

# must WHAT COMMAND...: a check without which there is nothing to look at
must() {
	must_failed=$tap_failed
	check "$@"
	[ "$tap_failed" -eq "$must_failed" ] || exit 1
}

# refused_on MACHINE COMMAND: it fails there; what it says is on its console
refused_on() {
	begin_on "$@" || return
	refused_machine=$scratch/$1
	wait_for_text "$refused_machine/console" "pair: $(cat "$refused_machine/order") ended " || return 1
	! grep -q "pair: $(cat "$refused_machine/order") ended 0" "$refused_machine/console"
}

# pair_serves: a client writes to a pair whose primary is alpha
pair_serves() {
	must 'two machines mirror each other' pair_up
	must 'one of them serves' on alpha promote
	must 'a client writes' writes_begin
}

# tell_figure WHAT: how long the client had to wait; on a machine that does other things too it is no
# measurement
tell_figure() {
	echo "# $1: the client stalled for $stall ms, load $(cut -d ' ' -f 1 /proc/loadavg)"
}

# said MACHINE TEXT [TIMES]: its console says so
said() {
	wait_for_text "$scratch/$1/console" "$2" "${3:-1}"
}

# says_anew MACHINE TEXT TEXT: from now on; said_anew MACHINE waits for both
says_anew() {
	anew_first=$2
	anew_firsts=$(grep -cF -e "$2" "$scratch/$1/console") || :
	anew_second=$3
	anew_seconds=$(grep -cF -e "$3" "$scratch/$1/console") || :
}
said_anew() {
	said "$1" "$anew_first" $((anew_firsts + 1)) && said "$1" "$anew_second" $((anew_seconds + 1))
}

# writes_begin: the client finds the disk and writes
writes_begin() {
	start linux
	is_up linux && on linux find_disk && on linux write && writes_go_on
}

# tell_stall: $stall milliseconds at the longest without a write since it was asked last, and $written
# since then
tell_stall() {
	stall_times=$(($(grep -c '^writer: stalled' "$scratch/linux/console") + 1))
	on linux stall && said linux 'writer: stalled' "$stall_times" || return 1
	stall_line=$(grep '^writer: stalled' "$scratch/linux/console" | tail -n 1)
	stall=${stall_line#writer: stalled }
	stall=${stall%% *}
	written=${stall_line##* ms, }
	written=${written%% *}
}

# writes_go_on: until the client has written something from now on; $stall is the longest since it was
# asked last
writes_go_on() {
	writes_end=$(($(date +%s) + deadline))
	tell_stall || return 1
	writes_longest=$stall
	until tell_stall && [ "$written" -gt 0 ]; do
		[ "$(date +%s)" -lt "$writes_end" ] || return 1
	done
	[ "$stall" -gt "$writes_longest" ] || stall=$writes_longest
}

# all_is_there: what was acknowledged to the client, none of its writes with an error
all_is_there() {
	on linux check
	grep '^writer: .* acknowledged' "$scratch/linux/console"
	grep -q '^writer: [1-9][0-9]* acknowledged, 0 errors, 0 lost, 0 damaged' "$scratch/linux/console"
}

# pair_up: both are on and mirror each other, the mirror is whole, and none is primary
pair_up() {
	mkdir "$scratch/client"
	client_machine
	pair_machine alpha 1
	pair_machine beta 2
	client=$scratch/client
	mkfifo "$client/ready"
	start_switch lan alpha beta client linux
	start_switch link alpha beta
	network="--qemu $client/lan"
	start alpha
	start beta
	is_up alpha
	is_up beta
	begin_on alpha up
	begin_on beta up
	ended_on alpha && ended_on beta &&
		on alpha connected && on alpha begin
}
