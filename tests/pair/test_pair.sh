#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# `etherroot pair`: its files, judged by the programs that read them; what it refuses; and, with stand-ins
# for DRBD and the cluster, in which order it asks them for what.
. tests/namespaces.sh
again_in "$0" --net --mount --uts
. tests/lib.sh

hostname alpha
mkdir "$scratch/etc"
cp -a /etc/alternatives /etc/passwd /etc/group "$scratch/etc/" # awk is an alternative
# Debian 13's keepalived does not start without this one.
options=/etc/keepalived/keepalived.config-opts
[ ! -e $options ] || install -D -m 644 $options "$scratch$options"
mount -t tmpfs none /run
mount --bind "$scratch/etc" /etc
export STANDINS="$scratch/standins" ETHERROOT_PROC_DRBD="$scratch/drbd"
mkdir "$STANDINS"
: >"$STANDINS/calls"
path=$PATH
# stands_in NAME...
stands_in() {
	mkdir -p "$scratch/bin"
	for name in "$@"; do
		cp tests/pair/stand-in "$scratch/bin/$name"
	done
}

pair() {
	"$etherroot" pair "$@"
}

# described ARGUMENT...: the pair of the examples
described() {
	pair --server alpha=10.30.0.1 --server beta=10.30.0.2 --interface lan0 \
		--fence 'alpha fence_ipmilan ip=10.30.0.9 "password=a <b>"' \
		--fence 'beta fence_ipmilan ip=10.30.0.10' "$@"
}

# part FILE: what --dry-run has printed of it
part() {
	awk -v file="$1" '/^==> / { on = $2 == file; next } /^Then, / { on = 0 } on' "$scratch/dry"
}

# ---- what it prints ----

described --dry-run 0.1=/dev/vdb 0.2=/dev/vdc,/dev/vdd >"$scratch/dry"
check 'the order of its commands' contains "$scratch/dry" 'Then, on alpha:'
check 'nothing was done' sh -c "! ls -d /etc/etherroot /etc/drbd.d /etc/corosync 2>/dev/null"
described --dry-run --as beta 0.1=/dev/vdb >"$scratch/beta"
check 'the other server promotes nothing' sh -c "! grep -q 'primary --force' '$scratch/beta'"

# It wants to know itself by its address.
ip link set lo up
ip address add 10.30.0.1/32 dev lo
# dump FILE: drbdadm of DRBD 8.4, which is in the kernel
dump() {
	part "/etc/drbd.d/etherroot-$1.res" >"$scratch/$1.res"
	/lib/drbd/drbdadm-84 -c "$scratch/$1.res" dump >"$scratch/dump" && contains "$scratch/dump" "$2"
}
check 'DRBD reads the first mirror' dump e0.1 '/dev/vdb;'
check 'and the second' dump e0.2 '/dev/vdd;'

# The scheduler of Pacemaker itself says what it would do.
simulate() {
	crm_simulate --xml-file "$CIB_file" --quorum=true --simulate "$@" 2>"$scratch/simulate.err" \
		>"$scratch/simulated"
}
# comes_before A B: both are among the actions, in that order
comes_before() {
	awk -v a="$1" -v b="$2" 'index($0, a) && !at { at = NR } index($0, b) && at && NR > at { ok = 1 }
		END { exit !ok }' "$scratch/simulated" || { cat "$scratch/simulated"; return 1; }
}
set_attribute() {
	crm_attribute --node "$1" --name "$2" --update "$3" --lifetime reboot
}
judge_cib() {
	export CIB_file="$scratch/cib.xml"
	part /etc/etherroot/pair-cib.xml >"$scratch/part.xml"
	cibadmin --empty |
		sed 's,<nodes/>,<nodes><node id="1" uname="alpha"/><node id="2" uname="beta"/></nodes>,' \
			>"$CIB_file"
	check 'Pacemaker takes its part' cibadmin --modify --allow-create --scope=configuration \
		--xml-file "$scratch/part.xml"
	check "a fence's password is as it was" contains "$CIB_file" 'value="a &lt;b&gt;"'
	check 'it starts the mirrors' simulate --node-up alpha --node-up beta --save-output "$scratch/up.xml"
	mv "$scratch/up.xml" "$CIB_file"
	check 'and serves nothing that is not promoted' sh -c \
		"! grep -q 'e0.1 .*start on' '$scratch/simulated'"
	for server in alpha beta; do
		set_attribute "$server" master-drbd-e0.1 10000
		set_attribute "$server" lan 1
	done
	check 'a good half is promoted' simulate --save-output "$scratch/serving.xml"
	check 'and then served' comes_before 'drbd-e0.1       promote on alpha' 'e0.1            start on alpha'
	check 'but not one that its agent says nothing of' sh -c \
		"! grep -q 'drbd-e0.2 .*promote on' '$scratch/simulated'"
	mv "$scratch/serving.xml" "$CIB_file"
	check 'a server dies' simulate --node-fail alpha
	check 'it is fenced before the other one is promoted' comes_before 'Fencing alpha' \
		'drbd-e0.1       promote on beta'
	check 'which then serves' comes_before 'drbd-e0.1       promote on beta' \
		'e0.1            start on beta'
	check 'what watches the LAN fails, and cannot be stopped' simulate \
		--op-inject lan:0_monitor_2000@alpha=1 --op-fail lan_stop_0@alpha=1
	check 'nobody is fenced for that' sh -c "! grep -i 'fencing' '$scratch/simulated'"
	set_attribute alpha lan 0
	check 'the LAN of one server is cut' simulate
	check 'it serves no more before it is demoted' comes_before 'e0.1            stop on alpha' \
		'drbd-e0.1       demote on alpha'
	check 'and the other one is promoted after that' comes_before 'drbd-e0.1       demote on alpha' \
		'drbd-e0.1       promote on beta'
	set_attribute beta lan 0
	check 'both are' simulate
	check 'nothing moves' sh -c "! grep -E 'demote on|promote on|stop on' '$scratch/simulated'"
	unset CIB_file
}
judge_cib

described --dry-run --fence-delay 20 0.1=/dev/vdb >"$scratch/dry"
check 'of two that serve nothing one waits for the slower fence' contains "$scratch/dry" \
	'<nvpair id="fence-beta-delay" name="pcmk_delay_base" value="20s"/>'
check 'and not the other one' sh -c "! grep -q fence-alpha-delay '$scratch/dry'"
check 'who serves has twice that' contains "$scratch/dry" 'name="priority-fencing-delay" value="40s"'

described --dry-run --cluster keepalived --link repl0 0.1=/dev/vdb 0.2=/dev/vdc >"$scratch/dry"
part /etc/keepalived/keepalived.conf >"$scratch/keepalived.conf"
ip link add lan0 type veth peer name lan1
ip link add repl0 type veth peer name repl1
check 'keepalived takes its file' keepalived --config-test --use-file "$scratch/keepalived.conf"
check 'and asks for both' contains "$scratch/keepalived.conf" 'pair take e0.2"'

described --dry-run --resync '*-*-* 03:00' 0.1=/dev/vdb >"$scratch/dry"
check 'a timer in the place of a cluster' contains "$scratch/dry" 'OnCalendar=*-*-* 03:00'
check 'which has it made again' contains "$scratch/dry" 'resync "*-*-* 03:00"'
check 'with nothing of a cluster' sh -c "! grep -qE 'corosync|pacemaker|keepalived' '$scratch/dry'"
mkdir "$scratch/units"
for unit in service timer; do
	part "/etc/systemd/system/etherroot-pair-resync.$unit" >"$scratch/units/etherroot-pair-resync.$unit"
done
check 'systemd takes its units' systemd-analyze verify --man=no "$scratch/units/etherroot-pair-resync.timer"
check 'DRBD its mirror' dump e0.1 'fencing          resource-only;'
check 'which a boot does not wait for' contains "$scratch/dump" 'wfc-timeout'
check 'not both' fails_with 2 'say one of the two' \
	described --dry-run --resync daily --cluster pacemaker 0.1=/dev/vdb

# ---- what it refuses ----

# What it stands on, whatever is installed here.
stands_in drbdadm corosync pacemakerd cibadmin arping fence_ipmilan
PATH=$scratch/bin:$path
check 'nothing without a fence' fails_with 2 'nothing can switch alpha off' \
	pair --dry-run --as alpha --server alpha=10.30.0.1 --server beta=10.30.0.2 -i lan0 0.1=/dev/vdb
check 'nor on another machine' fails_with 2 "gamma: not one of the two servers" \
	described --dry-run --as gamma 0.1=/dev/vdb
check 'nor without a word' fails_with 1 '/etc/etherroot/pair.conf: No such file' pair
mkdir "$scratch/few"
cp "$scratch/bin/corosync" "$scratch/bin/arping" "$scratch/few/"
# shellcheck disable=SC2123 # of the command's programs
with_few() {
	(PATH=$scratch/few && "$@")
}
check 'nor without its packages' fails_with 1 \
	'etherroot pair: not installed here: drbd-utils, pacemaker, pacemaker-cli-utils' \
	with_few described "0.1=$scratch/none"
check 'a timer needs no cluster, but DRBD' fails_with 1 \
	'etherroot pair: not installed here: drbd-utils' with_few described --resync hourly "0.1=$scratch/none"
check 'and nothing else' sh -c '! grep -E "keepalived|pacemaker" "$1"' sh "$scratch/fails.log"
cp "$scratch/bin/drbdadm" "$scratch/bin/pacemakerd" "$scratch/bin/cibadmin" "$scratch/few/"
check 'nor without what fences' fails_with 1 'fence_ipmilan, which is to switch beta off, is not here' \
	with_few described "0.1=$scratch/none"
check 'nor a volume that is none' fails_with 1 "$scratch/none: No such file" \
	described "0.1=$scratch/none"
truncate -s 8M "$scratch/volume"
check 'nor a file' fails_with 1 "$scratch/volume: not a block device" described "0.1=$scratch/volume"

# ---- what it does ----

stands_in drbdadm systemctl cibadmin crm_resource crm_mon ssh scp env systemd-analyze
PATH=$scratch/bin:$path

# asked COMMAND...: the stand-ins were called so, one after the other, and not otherwise
asked() {
	printf '%s\n' "$@" | diff - "$STANDINS/calls"
}

sets_up() {
	loop=$(losetup -f --show "$scratch/volume")
	# The other server joins a little later.
	cp tests/pair/recorded/crm_mon.xml "$STANDINS/joined.xml"
	sed 's/name="beta" id="2" online="true"/name="beta" id="2" online="false"/' "$STANDINS/joined.xml" \
		>"$STANDINS/alone.xml"
	cat >"$STANDINS/crm_mon" <<'END'
xml=joined
[ "$(grep -c crm_mon "$STANDINS/calls")" -gt 1 ] || xml=alone
cat "$STANDINS/$xml.xml"
END
	check 'a blank volume is taken' described "0.1=$loop"
	check 'what was done' asked \
		'drbdadm create-md --force e0.1' 'drbdadm adjust e0.1' 'drbdadm wait-connect e0.1' \
		'drbdadm primary --force e0.1' 'drbdadm secondary e0.1' \
		'systemctl enable corosync.service pacemaker.service' \
		'systemctl restart corosync.service pacemaker.service' \
		'crm_mon --one-shot --output-as=xml' 'crm_mon --one-shot --output-as=xml' \
		'cibadmin --modify --allow-create --scope=configuration --xml-file /etc/etherroot/pair-cib.xml'
	check 'passwords are root'\''s alone' test \
		"$(stat -c %a /etc/etherroot/pair.conf /etc/etherroot/pair-cib.xml | sort -u)" = 600
	mke2fs -qF "$loop"
	: >"$STANDINS/calls"
	rm -r /etc/drbd.d
	check 'one with a file system is not' fails_with 1 \
		"$loop: has data on it (ext2): --data-of alpha keeps it, and overwrites the other server's; --overwrite alpha:$loop gives it up" \
		pair
	check 'nothing was done then' sh -c "test ! -e /etc/drbd.d && test ! -s '$STANDINS/calls'"
	check 'that may be lost it is' pair --overwrite "alpha:$loop"
	check 'and one that is kept' pair --data-of alpha
	check 'not of the other one' fails_with 1 'has data on it' pair --data-of beta
	echo mine >/etc/corosync/corosync.conf
	check "another's file is not overwritten" fails_with 1 \
		'/etc/corosync/corosync.conf: is there, and was not made by this command' \
		pair --data-of alpha
	check 'unless it is named' pair --data-of alpha --replace /etc/corosync/corosync.conf
	: >"$STANDINS/calls"
	check 'the other server by ssh' pair --data-of alpha --overwrite "beta:/dev/a b" --ssh root@beta
	check 'it is told the same' contains "$STANDINS/calls" \
		"ssh root@beta etherroot pair --data-of alpha --overwrite 'beta:/dev/a b'"
	echo ' 1: cs:Connected ro:Secondary/Secondary ds:UpToDate/UpToDate C r-----' >"$ETHERROOT_PROC_DRBD"
	: >"$STANDINS/calls"
	check 'a mirror that is up is left as it is' pair
	check 'nothing is made anew' sh -c "! grep -qE 'create-md|primary' '$STANDINS/calls'"
	: >"$STANDINS/calls"
	echo false >"$STANDINS/systemd-analyze"
	check 'a timer that would never come is refused' fails_with 1 \
		'resync: systemd-analyze calendar often: failed: it is a time as systemd.time(7) has it' \
		described --resync often "0.1=$loop"
	check 'before anything is done' asked 'systemd-analyze calendar often'
	: >"$STANDINS/systemd-analyze"
	: >"$STANDINS/calls"
	check 'one that comes is set up' described --resync hourly "0.1=$loop"
	check 'and begun with' asked 'systemd-analyze calendar hourly' 'drbdadm adjust e0.1' \
		'systemctl daemon-reload' 'systemctl enable drbd.service' \
		'systemctl enable --now etherroot-pair-resync.timer'
	losetup -d "$loop"
}
if losetup -f >/dev/null 2>&1; then
	sets_up
else
	skip 'setting up' 'a loop device is for root to make'
fi

# ---- what it says, and has done ----

mkdir -p /etc/etherroot
described --dry-run 0.1=/dev/vdb >"$scratch/dry"
part /etc/etherroot/pair.conf >"$scratch/pair.conf"
cp "$scratch/pair.conf" /etc/etherroot/
# mirror CONNECTION ROLES DISKS
mirror() {
	echo " 1: cs:$1 ro:$2 ds:$3 C r-----" >"$ETHERROOT_PROC_DRBD"
}
cp tests/pair/recorded/crm_mon.xml "$STANDINS/crm_mon.xml"
echo 'cat "$STANDINS/crm_mon.xml"' >"$STANDINS/crm_mon"

mirror Connected Secondary/Primary UpToDate/UpToDate
check 'all is well' pair status
check 'and said' sh -c "'$etherroot' pair status | grep -qx '  mirror: whole'"
check 'as JSON too' sh -c "'$etherroot' pair status --json | grep -qF '\"served_by\": \"beta\", \"here\": \"\", \"mirror\": \"whole\"'"
sed -i 's/name="alpha" id="1" online="true"/name="alpha" id="1" online="false"/' "$STANDINS/crm_mon.xml"
check 'a server that is not there is seen' fails_with 1 'if beta died now: alpha cannot take over: it is not there' \
	pair status
cp tests/pair/recorded/crm_mon.xml "$STANDINS/crm_mon.xml"

: >"$STANDINS/calls"
cat >"$STANDINS/crm_resource" <<'END'
case $1 in
--move) echo ' 1: cs:Connected ro:Primary/Secondary ds:UpToDate/UpToDate C r-----' >"$ETHERROOT_PROC_DRBD" ;;
esac
END
check 'it moves' pair move e0.1
check 'by a constraint that is taken back' asked \
	'crm_mon --one-shot --output-as=xml' \
	'crm_resource --move --resource=drbd-e0.1-clone --promoted --node=alpha --lifetime=PT5M' \
	'crm_resource --wait --timeout=60s' 'crm_resource --clear --resource=drbd-e0.1-clone'
: >"$STANDINS/calls"
# One that is ended before it is done has done nothing.
cat >"$STANDINS/crm_resource" <<'END'
[ "$1" != --clear ] || {
	sleep 0.5
	: >"$STANDINS/cleared"
}
END
mirror Connected Secondary/Primary UpToDate/UpToDate
"$etherroot" pair move e0.1 >"$scratch/move.log" 2>&1 &
move=$!
children="$children $move"
check 'a move by Pacemaker' until_done grep -q 'crm_resource --move' "$STANDINS/calls"
kill -INT "$move"
kill -TERM "$move"
check 'that is ended' until_done grep -q 'ended by a signal' "$scratch/move.log"
check 'leaves no constraint behind' test -e "$STANDINS/cleared"
mirror Connected Secondary/Primary UpToDate/UpToDate
sed -i 's/name="alpha" id="1" online="true" standby="false"/name="alpha" id="1" online="true" standby="true"/' \
	"$STANDINS/crm_mon.xml"
check 'not to one on standby' fails_with 1 'e0.1: not moved: the other server is not online, or on standby' \
	pair move e0.1
cp tests/pair/recorded/crm_mon.xml "$STANDINS/crm_mon.xml"
mirror SyncSource Primary/Secondary UpToDate/Inconsistent
check 'not to one that is not whole' fails_with 1 'e0.1: not moved: its mirror is not whole (ahead), and beta may not' \
	pair move e0.1
mirror Connected Primary/Primary UpToDate/UpToDate
check 'nor what both have promoted' fails_with 1 'e0.1: it is promoted on both servers: ' pair move e0.1
check 'nor what nobody knows' fails_with 1 'e9.9: no export of this pair' pair move e9.9

described --dry-run --cluster keepalived --link repl0 0.1=/dev/vdb >"$scratch/dry"
part /etc/etherroot/pair.conf >"$scratch/pair.conf"
cp "$scratch/pair.conf" /etc/etherroot/
agent='OCF_ROOT=/usr/lib/ocf OCF_RESKEY_device=/dev/drbd1 OCF_RESKEY_nic=lan0 OCF_RESKEY_shelf=0 OCF_RESKEY_slot=1 OCF_RESKEY_vmac=02:ae:00:00:00:01 /usr/lib/ocf/resource.d/etherroot/export'
: >"$STANDINS/calls"
# The other server lets go at the third try.
cat >"$STANDINS/drbdadm" <<'END'
[ "$1" != primary ] || [ "$(grep -c 'drbdadm primary' "$STANDINS/calls")" -ge 3 ]
END
mirror Connected Secondary/Primary UpToDate/UpToDate
check 'keepalived has it taken' pair take e0.1
check 'promoted, then served' asked 'drbdadm primary e0.1' 'drbdadm primary e0.1' 'drbdadm primary e0.1' \
	"env $agent start"
: >"$STANDINS/calls"
check 'and left' pair leave e0.1
check 'served no more, then demoted' asked "env $agent stop" 'drbdadm secondary e0.1'
: >"$STANDINS/calls"

# begin_take: in the background; its log says nothing of one before it
begin_take() {
	rm -f "$scratch/take.log"
	"$etherroot" pair take e0.1 >"$scratch/take.log" 2>&1 &
	take=$!
	children="$children $take"
}
# take_ended: with success
take_ended() {
	wait "$take" || {
		echo "exit status $?"
		cat "$scratch/take.log"
		return 1
	}
}
mirror WFConnection Secondary/Unknown Consistent/DUnknown
# As after a power cut of both: the halves do not know each other yet.
begin_take
check 'what may be old is not taken' until_done grep -q \
	'e0.1: trying for 60 seconds: e0.1: not taken: the data here are Consistent' "$scratch/take.log"
check 'nothing is promoted, and nobody fenced' test ! -s "$STANDINS/calls"
mirror Connected Secondary/Secondary UpToDate/UpToDate
check 'until it is known to be the newest' take_ended
check 'then it is promoted and served' asked 'drbdadm primary e0.1' 'drbdadm primary e0.1' 'drbdadm primary e0.1' \
	"env $agent start"
: >"$STANDINS/calls"
mirror WFConnection Secondary/Unknown Consistent/DUnknown
begin_take
check 'one that is tried' until_done grep -q 'trying for' "$scratch/take.log"
check 'is given up' pair leave e0.1
check 'when it is not wanted any more' take_ended
check 'with nothing promoted' sh -c "! grep -q primary '$STANDINS/calls'"
: >"$STANDINS/calls"
echo 'false' >"$STANDINS/env"
mirror Connected Primary/Secondary UpToDate/UpToDate
check 'a target that does not end keeps it' fails_with 1 'etherroot pair leave: ' pair leave e0.1
check 'so that it is not demoted under it' sh -c "! grep -q secondary '$STANDINS/calls'"

mirror Connected Primary/Secondary UpToDate/UpToDate
"$etherroot" pair move e0.1 >"$scratch/move.log" 2>&1 &
move=$!
children="$children $move"
check 'keepalived is asked to move it' until_done grep -qx 1 /run/etherroot-e0.1.away
kill -TERM "$move"
check 'a move that is ended' until_done grep -q 'ended by a signal' "$scratch/move.log"
check 'and is not asked for any more' grep -qx 0 /run/etherroot-e0.1.away

# Nobody there: the other server could not take it, and has asked this one again.
check 'a move to one that does not take it ends' fails_with 1 \
	'e0.1: beta was not promoted within 1 s, and it is with alpha again' pair move --timeout 1 e0.1
: >"$STANDINS/env"
echo 'false' >"$STANDINS/drbdadm"
mirror Connected Secondary/Secondary UpToDate/UpToDate
"$etherroot" pair take --timeout 0 e0.1 >"$scratch/take.log" 2>&1 &
take=$!
children="$children $take"
check 'who cannot take it steps aside' until_done grep -qx 1 /run/etherroot-e0.1.away
mirror Connected Secondary/Primary UpToDate/UpToDate
check 'until the other one has it' until_done grep -qx 0 /run/etherroot-e0.1.away
take_got=0
wait "$take" || take_got=$?
check 'and has failed' test "$take_got" -eq 1
check 'which it says' contains "$scratch/take.log" 'e0.1: the other server is asked for a while: '

mirror Connected Primary/Secondary UpToDate/UpToDate
stands_in fence_ipmilan
echo 'cat >"$STANDINS/parameters"' >"$STANDINS/fence_ipmilan"
fences() {
	fences_got=0
	DRBD_MINOR=1 pair fence >"$scratch/fence.log" 2>&1 || fences_got=$?
	[ "$fences_got" -eq "$1" ]
}
check 'DRBD hears that the other server is off' fences 7
check 'which an agent did' sh -c "printf 'action=off\nip=10.30.0.10\n' | cmp - '$STANDINS/parameters'"
rm "$STANDINS/parameters"
mirror WFConnection Secondary/Unknown Consistent/DUnknown
check 'it does not for data that may be old' fences 1
check 'and says so' contains "$scratch/fence.log" 'beta is not known to be off: the data here are Consistent'
check 'nobody was asked' test ! -e "$STANDINS/parameters"
# What a server reads that waits before it fences: first a pipe, then what took its place meanwhile.
# changes_to CONNECTION ROLES DISKS
changes_to() {
	rm "$ETHERROOT_PROC_DRBD"
	mkfifo "$ETHERROOT_PROC_DRBD"
	(
		exec 8>"$ETHERROOT_PROC_DRBD"
		rm "$ETHERROOT_PROC_DRBD"
		mirror "$@"
		echo ' 1: cs:WFConnection ro:Secondary/Unknown ds:UpToDate/DUnknown C r-----' >&8
	) &
	children="$children $!"
}
changes_to WFConnection Secondary/Unknown Outdated/DUnknown
check 'nor for data that got old while it waited' fences 1
check 'which it says' contains "$scratch/fence.log" 'the data here are Outdated'
changes_to Connected Secondary/Primary UpToDate/UpToDate
check 'nor if the other server is seen again' fences 1
check 'which is said too' contains "$scratch/fence.log" 'it is seen again'
check 'nobody was asked then either' test ! -e "$STANDINS/parameters"
mirror WFConnection Primary/Unknown UpToDate/DUnknown
fences_without_room() {
	(trap '' XFSZ && ulimit -f 0 && DRBD_MINOR=1 pair fence 2>&1) | grep 'known to be off: memory: File too large'
}
check 'an agent gets all of its parameters, or is not run' fences_without_room
echo 'false' >"$STANDINS/fence_ipmilan"
check 'or that it is not known' fences 1
check 'and why' contains "$scratch/fence.log" 'beta is not known to be off: fence_ipmilan: failed: writes stay held'

# ---- one of two that neither sees nor serves waits longer than the other ----

pair --dry-run --server beta=10.30.0.2 --server alpha=10.30.0.1 -i lan0 --cluster keepalived --link repl0 \
	--fence 'alpha fence_ipmilan' --fence 'beta fence_ipmilan' --fence-delay 1 0.1=/dev/vdb >"$scratch/dry"
part /etc/etherroot/pair.conf >"$scratch/pair.conf"
cp "$scratch/pair.conf" /etc/etherroot/
: >"$STANDINS/fence_ipmilan"
mirror WFConnection Secondary/Unknown UpToDate/DUnknown
begin=$(date +%s%3N)
check 'the second one fences' fences 7
check 'after the first one, by its delay' test $(($(date +%s%3N) - begin)) -ge 6000

# ---- a timer in the place of a cluster ----

mount -t tmpfs none /var/lib
notes=/var/lib/etherroot/pair/e0.1
described --dry-run --resync hourly 0.1=/dev/vdb >"$scratch/dry"
part /etc/etherroot/pair.conf >"$scratch/pair.conf"
cp "$scratch/pair.conf" /etc/etherroot/
: >"$STANDINS/env"
# apart, and what there is to see once the two look for each other
cat >"$STANDINS/drbdadm" <<'END'
case $1 in
connect) cp "$STANDINS/met" "$ETHERROOT_PROC_DRBD" ;;
disconnect) echo ' 1: cs:StandAlone ro:Primary/Unknown ds:UpToDate/Outdated   r-----' >"$ETHERROOT_PROC_DRBD" ;;
esac
END
# meets CONNECTION ROLES DISKS
meets() {
	echo " 1: cs:$1 ro:$2 ds:$3 C r-----" >"$STANDINS/met"
	mirror StandAlone Primary/Unknown UpToDate/Outdated
	: >"$STANDINS/calls"
}
# says TEXT: pair status does
says() {
	pair status >"$scratch/status" || :
	contains "$scratch/status" "$1"
}

meets Connected Primary/Secondary UpToDate/UpToDate
check 'the other half is brought up to date' pair resync
check 'and let go of' asked 'drbdadm connect e0.1' 'drbdadm disconnect e0.1'
check 'when that was is noted' grep -qx 'whole [1-9][0-9]*' "$notes"
check 'and said' says 'mirror: apart: the data of beta are of 20'
check 'what may not be moved is not' fails_with 1 "'etherroot pair leave e0.1' where it is served" pair move e0.1
meets SyncSource Primary/Secondary UpToDate/Inconsistent
check 'one that does not get on is let go of' fails_with 1 'e0.1: nothing has happened for 1 s (SyncSource)' \
	pair resync --timeout 1
check 'and not left connected' asked 'drbdadm connect e0.1' 'drbdadm disconnect e0.1'
check 'what is there is of no use' says 'the data of beta are of no use: a resync begun at 20'
meets WFConnection Primary/Unknown UpToDate/Outdated
check 'one that does not answer is named' fails_with 1 'e0.1: beta has not answered for 1 s' \
	pair resync --timeout 1 e0.1
meets StandAlone Primary/Unknown UpToDate/DUnknown
check 'and so is a split' fails_with 1 'both have written' pair resync
check 'which DRBD tells' pair note e0.1 split
check 'the status too' says 'mirror: alpha does not speak with beta: both have written'
check 'DRBD tells when it is over' pair note e0.1 whole
check 'which is then gone' says 'mirror: apart: the data of beta are of 20'
mirror WFConnection Secondary/Unknown Outdated/DUnknown
: >"$STANDINS/calls"
check 'the other server has nothing to do' pair resync
check 'and does nothing' test ! -s "$STANDINS/calls"

echo 'whole 1795834807' >"$notes"
word=2026-11-28T03:00:07Z
check 'how old it is can be read there' says "etherroot pair take e0.1 --accept-data-of $word'"
: >"$STANDINS/calls"
check 'what is old is not taken' fails_with 1 \
	'e0.1: not taken: beta is not seen, and the data here are ' pair take --timeout 0 e0.1
check 'which tells the word' contains "$scratch/fails.log" "old: --accept-data-of $word takes them all the same"
check 'nor with another word' fails_with 1 "the data here are of $word, not of 2026-11-28T03:00" \
	pair take e0.1 --accept-data-of 2026-11-28T03:00
check 'nor is somebody fenced for it' test ! -s "$STANDINS/calls"
echo false >"$STANDINS/fence_ipmilan"
check 'nor while the other one may live' fails_with 1 \
	'beta is not known to be off: fence_ipmilan: failed: if it is off, and stays off: --off beta' \
	pair take e0.1 --accept-data-of "$word"
check 'nothing is promoted then' asked fence_ipmilan
echo 'echo " 1: cs:SyncTarget ro:Secondary/Primary ds:Inconsistent/UpToDate C r-----" >"$ETHERROOT_PROC_DRBD"' \
	>"$STANDINS/fence_ipmilan"
: >"$STANDINS/calls"
check 'nor what a resync began to change meanwhile' fails_with 1 'e0.1: not taken: beta is there' \
	pair take e0.1 --accept-data-of "$word"
check 'nothing is promoted then either' asked fence_ipmilan
: >"$STANDINS/fence_ipmilan"
mirror WFConnection Secondary/Unknown Inconsistent/DUnknown
check 'nor half of it' fails_with 1 'the data here are Inconsistent, neither old nor new' \
	pair take e0.1 --accept-data-of "$word"
mirror StandAlone Secondary/Unknown UpToDate/Outdated
check 'nor one of two histories' fails_with 1 'e0.1: not taken: alpha does not speak with beta: both have written' \
	pair take e0.1 --accept-data-of newest
mirror WFConnection Secondary/Unknown Outdated/DUnknown
: >"$STANDINS/calls"
check 'with the word it is' pair take e0.1 --accept-data-of "$word"
check 'the other one is off before' asked fence_ipmilan 'drbdadm primary --force e0.1' "env $agent start"
check 'and what it had is known no more' grep -qx 'whole 0' "$notes"
echo 'whole 1795834807' >"$notes"
: >"$STANDINS/calls"
check 'so it is without a fence' pair take e0.1 --accept-data-of "$word" --off beta
check 'if that is off for certain' asked 'drbdadm primary --force e0.1' "env $agent start"
check 'which is said of the other server' fails_with 1 '--off alpha: the other server is beta' \
	pair take e0.1 --accept-data-of "$word" --off alpha
mirror WFConnection Secondary/Unknown UpToDate/Outdated
check 'the newest are not taken by themselves either' fails_with 1 '--accept-data-of newest takes the data here' \
	pair take --timeout 0 e0.1
mirror Connected Secondary/Secondary UpToDate/UpToDate
: >"$STANDINS/calls"
check 'what both have needs no word' pair take e0.1
check 'and no force' asked 'drbdadm primary e0.1' "env $agent start"
meets Connected Secondary/Secondary UpToDate/UpToDate
check 'who leaves it' pair leave e0.1
check 'has the other one get all of it' asked "env $agent stop" 'drbdadm secondary e0.1' 'drbdadm connect e0.1'
done_testing
