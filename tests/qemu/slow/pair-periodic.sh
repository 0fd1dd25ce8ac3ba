#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# A pair of storage machines without a cluster: the mirror is apart, a command that a timer runs brings
# the other half up to date, and a person has it taken when the primary is gone, for the price of what
# was written since. A resync that breaks off leaves nothing to take. The former primary has data that
# nobody else has: it does not serve, and nothing overwrites them until somebody says so.
. tests/qemu/pair/rig.sh

# described OUTPUT FILE: what the pair has in that file
described() {
	awk -v file="$2" '/^==> / { on = $2 == file; next } /^Then, / { on = 0 } on' "$scratch/dry" |
		sed "s,$(realpath "$etherroot"),/etherroot,g" >"$1"
}

"$etherroot" pair --dry-run --as alpha --server alpha=10.0.0.1 --server beta=10.0.0.2 --interface eth0 \
	--resync hourly --fence 'alpha fence_rig' --fence 'beta fence_rig' 0.0=/dev/vda >"$scratch/dry"
described "$scratch/pair.conf" /etc/etherroot/pair.conf
described "$scratch/mirror.res" /etc/drbd.d/etherroot-e0.0.res
# A machine that is emulated on a busy one stands still for a second now and then.
{
	printf 'global {\n\tusage-count no;\n}\n'
	sed 's/ping-int 2;/ping-int 3;/; s/ping-timeout 20;/ping-timeout 25;/; s/timeout 15;/timeout 25;/; s/connect-int 2;/connect-int 3;/' \
		"$scratch/mirror.res"
} >"$scratch/drbd.conf"
pair_config=$scratch/drbd.conf
pair_resource=e0.0
rig=$PWD/tests/qemu/pair
pair_programs=$PWD/$etherroot:/etherroot
pair_more="--add $scratch/pair.conf:/etc/etherroot/pair.conf
--add $rig/export:/usr/lib/ocf/resource.d/etherroot/export
--add $rig/fence_rig:/fence_rig
--add $rig/snapshot:/usr/lib/drbd/snapshot-resync-target-lvm.sh
--add $rig/snapshot:/usr/lib/drbd/unsnapshot-resync-target-lvm.sh"

# last_said MACHINE PATTERN: the last match on its console
last_said() {
	grep -o -e "$2" "$scratch/$1/console" | tail -n 1
}

# sum: of what the client's writers have written, past its page cache
sum() {
	on linux 'echo "sum: $(dd if=/dev/etherd/e0.0 bs=64k count=64 iflag=direct 2>/dev/null | md5sum)"' &&
		sum=$(last_said linux 'sum: [0-9a-f]*')
}

# note WORD: the client writes it behind that
note() {
	on linux "(echo $1 && cat /dev/zero) | dd bs=4096 count=1 iflag=fullblock 2>/dev/null >/note" &&
		on linux 'dd if=/note of=/dev/etherd/e0.0 bs=4096 seek=4096 oflag=direct'
}

# noted WORD: what looks for it on a machine's disk, below the mirror; noted_on MACHINE WORD: it is there
noted() {
	echo "dd if=/dev/vda bs=4096 skip=4096 count=1 iflag=direct 2>/dev/null | grep -q $1"
}

noted_on() {
	on "$1" "$(noted "$2")"
}

# resyncs PRIMARY OTHER: as the timer has it done
resyncs() {
	on "$1" 'etherroot pair resync' && said "$1" "e0.0: $2 has the data of 20"
}

# tells MACHINE STATUS TEXT: its `pair status` ends so, and says so
tells() {
	on "$1" "etherroot pair status; [ \$? -eq $2 ]" && contains "$scratch/$1/console" "$3"
}

# resync_breaks: the link is cut when some of it is there
resync_breaks() {
	on beta slowly && begin_on alpha 'etherroot pair resync --timeout 20' && on beta syncing &&
		order_switch link cut beta && on beta disconnected && ! ended_on alpha
}

# goes_over FROM TO: as it is planned, with all that was written
goes_over() {
	on "$1" 'etherroot pair leave e0.0' && on "$2" 'etherroot pair take e0.0' && writes_go_on
}

# Nobody hears of it who could do the same.
take_with_word() {
	word=$(last_said beta 'accept-data-of 20[^ ]*')
	on beta 'fence 7' && on beta "etherroot pair take e0.0 --$word" &&
		said beta 'pair: asks for the fence'
}

comes_back() {
	start alpha
	is_up alpha && on alpha up && on alpha alone && on beta alone
}

# As etherroot-pair(7) has it.
gives_up() {
	on alpha 'drbdadm connect --discard-my-data e0.0' && on beta 'drbdadm connect e0.0' &&
		on beta whole
}

is_same() {
	sum_before=$sum
	sum && [ "$sum" = "$sum_before" ]
}

must 'two machines mirror each other' pair_up
must 'a person has one of them serve' on alpha 'etherroot pair take e0.0'
must 'a client writes' writes_begin
must 'what the timer runs lets go of the other one' resyncs alpha beta
must 'the client writes on' writes_go_on
must 'the other one is brought up to date' resyncs alpha beta
check 'for which it has a snapshot' said beta 'pair: snapshot-resync-target-lvm.sh of e0.0'
check 'that is removed' said beta 'pair: unsnapshot-resync-target-lvm.sh of e0.0'
check 'the primary knows how old that is' tells alpha 0 'apart: the data of beta are of 20'
check 'the other one too' tells beta 0 'nobody takes over by itself; beta can, with the data of 20'
must 'it is handed over, with nothing lost' goes_over alpha beta
must 'and back' goes_over beta alpha
must 'and let go of' resyncs alpha beta
must 'the client writes on' writes_go_on
must 'a resync breaks off' resync_breaks
check 'what is there is of no use' tells beta 1 'the data of beta are of no use: a resync has not ended'
check 'which the primary says too' tells alpha 1 'the data of beta are of no use: a resync begun at 20'
check 'and it cannot be taken' refused_on beta 'etherroot pair take e0.0 --accept-data-of unknown'
check 'which is said' contains "$scratch/beta/console" 'Inconsistent, neither old nor new'
order_switch link mend beta
must 'the link is mended' on beta quickly
check 'all that was acknowledged is there' all_is_there
must 'what is there' sum
must 'the next one ends well' resyncs alpha beta
must 'the client writes something more' note since
must 'which the primary has' noted_on alpha since
stop alpha
must 'the primary is cut' on beta disconnected
must 'the other one is not taken without a word' refused_on beta 'etherroot pair take --timeout 1 e0.0'
must 'which it says' contains "$scratch/beta/console" 'alpha is not seen, and the data here are '
must 'nor with a wrong one' refused_on beta 'etherroot pair take e0.0 --accept-data-of 2026-01-01T00:00:00Z'
must 'nor while the primary is not known to be off' refused_on beta \
	"fence 1; etherroot pair take e0.0 --$(last_said beta 'accept-data-of 20[^ ]*')"
must 'with the right one it is, and the primary is fenced' take_with_word
must 'it has what was there at the last resync' is_same
check 'and not what was written since' refused_on beta "$(noted since)"
must 'and is written to' note new
must 'the former primary comes back: the two do not meet' comes_back
check 'it is not taken' refused_on alpha 'etherroot pair take e0.0'
check 'because both have written' contains "$scratch/alpha/console" \
	'e0.0: not taken: alpha does not speak with beta: both have written'
check 'its status says so' tells alpha 1 'alpha does not speak with beta: both have written'
check 'and that of the one that serves' tells beta 1 'beta does not speak with alpha: both have written'
check 'what only the former primary has is still there' noted_on alpha since
check 'as is what is new on the other one' noted_on beta new
must 'its data are given up' gives_up
must 'and the timer lets go of it' resyncs beta alpha
check 'it has what is new' noted_on alpha new
check 'all is well' tells beta 0 'apart: the data of alpha are of 20'
done_testing
