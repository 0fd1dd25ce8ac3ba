#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Two servers with the distribution's Corosync and Pacemaker, each in namespaces of its own, as
# `etherroot pair` configures them, and a client on their LAN that writes all the time: an export is
# moved, its target is killed, and the server that has it. Stand-ins are for DRBD, for systemd, and for the
# power switch; DRBD itself is in tests/qemu/pair.
. tests/namespaces.sh
again_in "$0" --net --mount
. tests/lib.sh

for program in corosync pacemakerd crm_mon ocf-tester; do
	if ! command -v "$program" >/dev/null; then
		skip 'a cluster' "$program is not installed"
		done_testing
		exit
	fi
done
if [ "$(awk '{ print $3; exit }' /proc/self/uid_map)" -lt 65536 ]; then
	skip 'a cluster' 'its daemons have users of their own: it is for root to start'
	done_testing
	exit
fi

prefix=$scratch/usr
make -s BUILD="$build" PREFIX="$prefix" install >"$scratch/install.log" 2>&1
chmod 755 "$scratch"
export CLUSTER="$scratch/cluster" UNIT="$prefix/lib/systemd/system/etherroot-export@.service"
mkdir "$CLUSTER" "$CLUSTER/bin" "$scratch/etc"
chmod 777 "$CLUSTER"
cp tests/pair/systemctl "$CLUSTER/bin/"
PATH=$CLUSTER/bin:$PATH
truncate -s 16M "$CLUSTER/disk"
mkfifo "$CLUSTER/power"

# over FOLDER: what is put into it from here on is seen by this test alone
over() {
	mkdir -p "$scratch/over$1/up" "$scratch/over$1/work"
	mount -t overlay overlay -o "lowerdir=$1,upperdir=$scratch/over$1/up,workdir=$scratch/over$1/work" "$1"
}
mkdir "$scratch/over"
mount -t tmpfs none "$scratch/over"
# A server's first process ends for nothing else, and all others of it with that.
end_servers() {
	for server in "$CLUSTER"/*.inside; do
		kill -KILL "$(cat "$server")" 2>/dev/null || :
	done
	umount -l "$scratch/over"
	clean_up
}
trap end_servers EXIT
over /usr/sbin
over /usr/lib/ocf
over /etc
install -m 755 tests/pair/cluster/fence /usr/sbin/fence_rig
# The agent that watches the LAN's link wants arping to be there, and does not use it.
command -v arping >/dev/null || install -m 755 /bin/true /usr/sbin/arping
install -D -m 755 tests/pair/cluster/drbd /usr/lib/ocf/resource.d/linbit/drbd
install -D -m 755 "$prefix/lib/ocf/resource.d/etherroot/export" /usr/lib/ocf/resource.d/etherroot/export
rm -f /etc/corosync/authkey

# What each server would read in /proc/drbd.
cat >"$CLUSTER/show" <<'END'
#!/bin/sh
for server in alpha beta; do
	role=Secondary other=Secondary
	case $(cat "$CLUSTER/primary" 2>/dev/null) in
	"$server") role=Primary ;;
	?*) other=Primary ;;
	esac
	echo " 1: cs:Connected ro:$role/$other ds:UpToDate/UpToDate C r-----" >"$CLUSTER/$server.drbd.new"
	mv "$CLUSTER/$server.drbd.new" "$CLUSTER/$server.drbd"
done
END
chmod 755 "$CLUSTER/show"
"$CLUSTER/show"

"$etherroot" pair --dry-run --as alpha --server alpha=10.30.0.1 --server beta=10.30.0.2 -i lan0 \
	--fence 'alpha fence_rig server=alpha' --fence 'beta fence_rig server=beta' \
	0.1=/dev/vdb >"$scratch/dry"
# part FILE: what was printed of it
part() {
	awk -v file="$1" '/^==> / { on = $2 == file; next } /^Then, / { on = 0 } on' "$scratch/dry"
}
# A busy machine stands still for longer than a token's second.
part /etc/corosync/corosync.conf | sed 's/token: 1000/token: 5000/' >"$CLUSTER/corosync.conf"
part /etc/etherroot/pair-cib.xml | sed "s,/dev/drbd1,$CLUSTER/disk," >"$CLUSTER/cib.xml"
mkdir -p /etc/etherroot
part /etc/etherroot/pair.conf >"$scratch/pair.conf"
cp "$scratch/pair.conf" /etc/etherroot/

# ---- the servers, and their power ----

# starts NAME NUMBER
starts() {
	in_background unshare --net --mount --uts --ipc --pid --fork --mount-proc --kill-child \
		tests/pair/cluster/server "$1" "$2"
	echo $! >"$CLUSTER/$1.outside"
	until_done grep -q . "/proc/$!/task/$!/children"
	tr -d ' ' <"/proc/$!/task/$!/children" >"$CLUSTER/$1.inside"
}
starts alpha 1
starts beta 2
ip link add lan type bridge
ip link set lan up
for server in alpha beta; do
	inside=$(cat "$CLUSTER/$server.inside")
	ip link add "lan-$server" type veth peer name lan0 netns "$inside"
	ip link set "lan-$server" master lan up
done
ip link add repl0 netns "$(cat "$CLUSTER/alpha.inside")" type veth peer name repl0 \
	netns "$(cat "$CLUSTER/beta.inside")"
ip link add client type veth peer name lan-client
ip link set client up
ip link set lan-client master lan up

cut_power() {
	kill -KILL "$(cat "$CLUSTER/$1.inside")" 2>/dev/null || :
	until_done sh -c "! kill -0 '$(cat "$CLUSTER/$1.outside")' 2>/dev/null"
}
# What was Primary there is so no more.
switch_off() {
	cut_power "$1"
	[ "$(cat "$CLUSTER/primary" 2>/dev/null)" != "$1" ] || rm "$CLUSTER/primary"
	"$CLUSTER/show"
	: >"$CLUSTER/$1.off"
}
power() {
	while read -r server <"$CLUSTER/power"; do
		[ -e "$CLUSTER/$server.off" ] || switch_off "$server"
	done
}
power >"$scratch/power.log" 2>&1 &
children="$children $!"

# on SERVER COMMAND...
on() {
	on_inside=$(cat "$CLUSTER/$1.inside")
	shift
	nsenter --all --target "$on_inside" env ETHERROOT_EXPORTS=/run/etherroot-export \
		ETHERROOT_PROC_DRBD="$CLUSTER/$(nsenter --uts --target "$on_inside" uname -n).drbd" "$@"
}
both_are_online() {
	on alpha crm_mon -1 >"$scratch/crm_mon" 2>&1
	contains "$scratch/crm_mon" 'Online: [ alpha beta ]'
}
check 'both servers are in the cluster' until_done both_are_online
check 'it takes its configuration' until_done on alpha cibadmin --modify --allow-create \
	--scope=configuration --xml-file "$CLUSTER/cib.xml"

finds() {
	"$etherroot" discover -i client --timeout 1 >"$scratch/found" 2>&1 &&
		contains "$scratch/found" '02:ae:00:00:00:01'
}
check 'the export is there, at its virtual MAC' until_done finds
serving() {
	serving=$(cat "$CLUSTER/primary" 2>/dev/null)
	case $serving in
	alpha) other=beta ;;
	beta) other=alpha ;;
	*) return 1 ;;
	esac
}
well() {
	serving && on "$1" "$PWD/$etherroot" pair status
}
check 'all is well, it says where it is served' until_done well alpha
check 'and where it is not' until_done well beta

# ---- a client writes, and then three things happen ----

"$etherroot" bench -i client --target 0.1 --pattern randwrite --overwrite --verify --depth 4 \
	--seconds 100000 --patience 300 --journal "$scratch/journal" --json >"$scratch/bench" 2>"$scratch/bench.log" &
client=$!
children="$children $client"

serving
from=$serving to=$other
check 'it is moved' on "$from" "$PWD/$etherroot" pair move e0.1
check 'to the other server' test "$(cat "$CLUSTER/primary")" = "$to"
check 'which serves it' until_done well "$to"
check 'no constraint is left' sh -c \
	"! nsenter --all --target '$(cat "$CLUSTER/alpha.inside")' cibadmin --query | grep -q 'id=\"cli-'"
check 'it is moved back, said on the other one' on "$from" "$PWD/$etherroot" pair move e0.1
check 'to where it was' test "$(cat "$CLUSTER/primary")" = "$from"
check 'and is served' until_done well "$from"

pid=$(on "$from" cat /run/etherroot-export/standing-in/pid)
on "$from" kill -KILL "$pid"
is_another() {
	[ "$(on "$from" cat /run/etherroot-export/standing-in/pid)" != "$pid" ] && finds
}
check 'its target is killed, and started anew' until_done is_another

cut_power "$from"
check 'the power of its server is cut: it is fenced' until_done test -e "$CLUSTER/$from.off"
taken_over() {
	[ "$(cat "$CLUSTER/primary" 2>/dev/null)" = "$to" ] && finds
}
check 'and the other one takes over' until_done taken_over

kill -INT "$client"
client_status=0
wait "$client" || client_status=$?
check 'the client has met no error' test "$client_status" -eq 0
check 'what was acknowledged is there' "$etherroot" bench -i client --target 0.1 --journal "$scratch/journal" --check
check 'there were never two' test ! -e "$CLUSTER/wrong"
done_testing
