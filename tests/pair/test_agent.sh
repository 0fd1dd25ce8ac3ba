#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# The cluster agent, with ocf-tester as the judge, on an interface of its own. A stand-in for
# systemctl runs what the service's file says; systemd itself does so in tests/qemu/pair.
. tests/namespaces.sh
again_in "$0" --net
. tests/lib.sh

prefix=$scratch/usr
make -s BUILD="$build" PREFIX="$prefix" install >"$scratch/install.log" 2>&1
agent=$prefix/lib/ocf/resource.d/etherroot/export
export UNIT="$prefix/lib/systemd/system/etherroot-export@.service"
export ETHERROOT_EXPORTS="$scratch/run"
# ocf-tester reads the meta-data as nobody.
chmod 755 "$scratch"
mkdir "$ETHERROOT_EXPORTS" "$scratch/bin"
cp tests/pair/systemctl "$scratch/bin/"
PATH=$scratch/bin:$PATH

if [ ! -r /usr/lib/ocf/lib/heartbeat/ocf-shellfuncs ] || ! command -v ocf-tester >/dev/null; then
	skip 'the cluster agent' 'resource-agents is not installed'
	done_testing
	exit
fi

ip link add lan0 type veth peer name lan1
ip link set lan0 up
ip link set lan1 up
truncate -s 10M "$scratch/disk"

export OCF_ROOT=/usr/lib/ocf OCF_RESOURCE_INSTANCE=export OCF_RESKEY_CRM_meta_interval=0
export HA_LOGFILE="$scratch/agent.log" HA_LOGFACILITY=none HA_debug=0
success=0 generic=1 configured=6 not_running=7

# does STATUS ACTION [NAME=VALUE...]: what the agent returns
does() {
	does_status=$1 does_action=$2
	shift 2
	does_got=0
	env OCF_RESKEY_device="$scratch/disk" OCF_RESKEY_nic=lan0 OCF_RESKEY_shelf=0 OCF_RESKEY_slot=1 \
		OCF_RESKEY_vmac=02:ae:00:00:00:01 "$@" "$agent" "$does_action" \
		>"$scratch/agent.out" 2>&1 || does_got=$?
	[ "$does_got" -eq "$does_status" ] || {
		echo "$does_action: expected $does_status, got $does_got:"
		cat "$scratch/agent.out"
		return 1
	}
}

# says TEXT STATUS ACTION [NAME=VALUE...]
says() {
	says_text=$1
	shift
	does "$@" && contains "$scratch/agent.out" "$says_text"
}

control=$ETHERROOT_EXPORTS/e0.1/serve.sock
ctl() {
	"$etherroot" ctl --control "$control" "$@"
}

finds() {
	"$etherroot" discover -i lan1 --timeout 0.3 >"$scratch/found" && grep -q "^e0.1 .*$1" "$scratch/found"
}

if [ "$(awk '{ print $3; exit }' /proc/self/uid_map)" -gt 1 ]; then
	check 'ocf-tester passes it' timeout 300 ocf-tester -n export -o device="$scratch/disk" \
		-o nic=lan0 -o shelf=0 -o slot=1 -o pid="$scratch/pid" -o binary=/usr/sbin/vblade "$agent"
else
	skip 'ocf-tester passes it' 'it becomes another user, and there is one'
fi

check 'what is not started is not running' does $not_running monitor
check 'it starts' does $success start
check 'and is there for initiators, at its virtual MAC' until_done finds 02:ae:00:00:00:01
check 'it runs' does $success monitor
check 'to start it again changes nothing' does $success start

ctl withdraw 0.1
check 'one that was withdrawn does not do' says "e0.1: withdrawn by" $generic monitor
ctl resume 0.1
check 'one that was resumed does' does $success monitor
ctl fault 0.1 error
"$etherroot" bench -i lan1 --target 0.1 --count 1 --patience 1 >/dev/null 2>&1 || :
check 'nor does one whose disk fails' says 'e0.1: silent: reading fails' $generic monitor
ctl fault 0.1 none

pid=$(cat "$ETHERROOT_EXPORTS/standing-in/pid")
kill -STOP "$pid"
check 'nor one that does not answer' says 'the process is there, but does not answer' $generic monitor
kill -CONT "$pid"
check 'it stops' does $success stop
check 'and is there no more' does $not_running monitor
check 'to stop it again changes nothing' does $success stop
check 'what it read is gone' test ! -e "$ETHERROOT_EXPORTS/e0.1.conf"
check 'nobody finds it' sh -c "! '$etherroot' discover -i lan1 --timeout 0.3"

does $success start
pid=$(cat "$ETHERROOT_EXPORTS/standing-in/pid")
kill -KILL "$pid"
timeout 20 tail -s 0.1 --pid="$pid" -f /dev/null
check 'one that was killed is not running' does $not_running monitor
does $success stop

# Another target on the LAN: never two that serve.
. tests/protocol/target.sh
truncate -s 1M "$scratch/other"
serves other -i lan1 "0.1=$scratch/other"
other=$target
check 'it does not start where another one serves' \
	says "e0.1: another target, $(mac_of lan1), answers for it" $generic start LISTEN=5000
check 'and leaves nothing behind' does $not_running monitor
stops "$other"

(exec 9<"$scratch/disk" && flock 9 && exec sleep 600) &
children="$children $!"
until_done sh -c "! flock -n '$scratch/disk' true"
check 'it does not start on a disk that is in use' says 'did not start' $generic start

check 'a shelf that is none is refused' says "shelf '70000'" $configured validate-all OCF_RESKEY_shelf=70000
check 'and a slot' says "slot '255'" $configured validate-all OCF_RESKEY_slot=255
check 'a MAC of a maker is' says "vmac '00:ae:00:00:01:00'" $configured validate-all \
	OCF_RESKEY_vmac=00:ae:00:00:01:00
check 'nothing gets into the file by a parameter' says 'no quotes' $configured validate-all \
	OCF_RESKEY_options='config="a" export 0.2 /etc/shadow'
check 'a disk that is not there is said' says 'is not there' $generic start OCF_RESKEY_device="$scratch/none"

# A device of DRBD's, by its number alone; what it is at the moment is said beside it.
export ETHERROOT_PROC_DRBD="$scratch/drbd"
drbd() {
	echo " 1: cs:Connected ro:$1 ds:UpToDate/UpToDate C r-----" >"$ETHERROOT_PROC_DRBD"
}
if mknod "$scratch/drbd1" b 147 1 2>/dev/null; then
	drbd Secondary/Primary
	check 'it does not start on a Secondary' says 'is Secondary here: order this after the promotion' \
		$generic start OCF_RESKEY_device="$scratch/drbd1"
	check 'whose device nobody has, and so it stops' does $success stop OCF_RESKEY_device="$scratch/drbd1"
else
	skip 'a Secondary' 'a device is for root to make'
fi
done_testing
