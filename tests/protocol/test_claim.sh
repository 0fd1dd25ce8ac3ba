#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Two servers for one address on real Ethernet interfaces: the second one notices before it serves.
# The other is etherroot, and Debian's vblade. Where the other is to be heard, so long is listened
# that it is on any machine.
. tests/namespaces.sh
again_in "$0" --net
. tests/lib.sh
. tests/protocol/target.sh

# says NAME PATTERN: the status of that target has a line like this
says() {
	"$etherroot" status --control "$scratch/$1.sock" >"$scratch/status" 2>&1 || :
	grep -qE -e "$2" "$scratch/status" || {
		cat "$scratch/status" "$scratch/$1.log"
		return 1
	}
}

quiet() {
	! grep -e 'taken' -e 'answers for' "$1"
}

ip link add lan0 type veth peer name lan1
ip link set lan0 up
ip link set lan1 up
truncate -s 1M "$scratch/disk" "$scratch/disk2"

# ---- two of our own ----
serves first -i lan0 "7.3=$scratch/disk"
first=$target
serves second -i lan1 --listen 60000 "7.3=$scratch/disk2" "7.4=$scratch/disk,ro,lock=no,duplicate=allow"
second=$target
taken="etherroot serve: e7.3: taken: $(mac_of lan0) on lan1 answers for it already"
check 'the second one says who has the address' wait_for_text "$scratch/second.log" "$taken"
check 'and in its status' says second \
	"^e7\\.3 +taken .*/disk2 \\($(mac_of lan0) on lan1 answers, for [0-9]+ s\\)"
check 'and in the line that it starts with' wait_for_text "$scratch/second.log" \
	'; 1 of them taken by others'
check 'its other export is served' lists 'e7.4     lan0' -i lan0
check 'and that one is not found there' sh -c "! grep -q '^e7.3' '$scratch/discover.log'"
check 'the first one goes on undisturbed' quiet "$scratch/first.log"
check 'resume lists it taken still' fails_with 1 "etherroot ctl: e7.3: taken: $(mac_of lan0) on lan1" \
	"$etherroot" ctl --control "$scratch/second.sock" resume e7.3
check '--force belongs to resume' fails_with 2 'etherroot ctl: --force belongs to resume alone' \
	"$etherroot" ctl --control "$scratch/second.sock" withdraw e7.3 --force
check 'resume --force does not ask' \
	"$etherroot" ctl --control "$scratch/second.sock" resume e7.3 --force
check 'and then both answer' lists 'e7.3*' -i lan0 -i lan1
check 'which the first one says' wait_for_text "$scratch/first.log" \
	"e7.3: $(mac_of lan1) on lan0 answers for the same address"
check 'the second one ends well' stops "$second"
check 'the first one ends well' stops "$first"

# ---- one that stands still while another takes over what moves with its address ----
moves="7.6=$scratch/disk,vmac=02:ae:00:00:00:06"
serves frozen -i lan0 "$moves"
frozen=$target
kill -STOP "$frozen"
serves heir -i lan1 --listen 1500 "7.6=$scratch/disk2,vmac=02:ae:00:00:00:06"
check 'who is frozen answers nobody, and another serves' says heir '^e7\.6 +serving '
kill -CONT "$frozen"
check 'when it thaws it says that it stood still' wait_for_text "$scratch/frozen.log" \
	'this machine stood still for '
check 'and asks before it answers' wait_for_text "$scratch/frozen.log" \
	'e7.6: taken: 02:ae:00:00:00:06 on lan0 answers for it already'
check 'the other goes on' says heir '^e7\.6 +serving '
check 'and ends well' stops "$target"
check 'then the first one serves again' wait_for_text "$scratch/frozen.log" \
	'e7.6: 02:ae:00:00:00:06 on lan0 does not answer for it any more'
check 'and ends well too' stops "$frozen"

# ---- vblade has it, and goes ----
in_background vblade 7 3 lan1 "$scratch/disk2" >"$scratch/vblade.log" 2>&1
vblade=$!
check 'vblade serves' lists 'e7.3     lan0' -i lan0
serves after -i lan0 --listen 5000 "7.3=$scratch/disk"
check 'after vblade it is taken' wait_for_text "$scratch/after.log" \
	"e7.3: taken: $(mac_of lan1) on lan0 answers for it already"
kill "$vblade"
check 'and served when vblade is gone' wait_for_text "$scratch/after.log" \
	"etherroot serve: e7.3: $(mac_of lan1) on lan0 does not answer for it any more: it is served there now"
check 'as its status says' says after '^e7\.3 +serving '
check 'and it is found' lists 'e7.3     lan1' -i lan1
check 'it ends well' stops "$target"

# ---- a link that is down at first ----
in_background vblade 7 3 lan1 "$scratch/disk2" >"$scratch/vblade.log" 2>&1
vblade=$!
check 'vblade serves again' lists 'e7.3     lan0' -i lan0
ip link set lan0 down
serves unplugged -i lan0 --listen 60000 "7.3=$scratch/disk"
check 'without a link nobody is waited for' wait_for_text "$scratch/unplugged.log" \
	'lan0 (link down)'
ip link set lan0 up
check 'they are asked when it is up' wait_for_text "$scratch/unplugged.log" \
	"e7.3: taken: $(mac_of lan1) on lan0 answers for it already"
check 'and it ends well' stops "$target"
kill "$vblade"
wait "$vblade" 2>/dev/null || :

# ---- both our interfaces are on one switch, one of them comes later ----
ip link add lan2 type veth peer name lan3
ip link set lan3 up
ip link add br0 type bridge
ip link set lan1 master br0
ip link set lan3 master br0
ip link set br0 up
serves twofold -i lan0 -i lan2 --listen 3000 "7.3=$scratch/disk" \
	"7.5=$scratch/disk2,vmac=02:ae:00:00:00:05"
check 'one of two interfaces serves' lists "$(mac_of lan0)" -i br0
ip link set lan2 up
check 'and the other one, which hears the first' lists "$(mac_of lan2)" -i br0
check 'they do not accuse each other' quiet "$scratch/twofold.log"
check 'all are served' says twofold '^e7\.3 +serving '
check 'also what has an address of its own' says twofold '^e7\.5 +serving '
check 'and it ends well' stops "$target"

done_testing
