#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# The target and discover on real Ethernet interfaces (a veth pair in a network namespace), with
# Debian's aoetools and vblade as the other side, and tshark as the judge of the frames.
. tests/namespaces.sh
again_in "$0" --net
. tests/lib.sh
. tests/protocol/target.sh

check 'discover says when no interface is up' \
	fails_with 1 "etherroot discover: no Ethernet interface is up: bring one up with 'ip link set IF up', or give --interface or --qemu" \
	"$etherroot" discover

ip link add lan0 type veth peer name lan1
ip link set lan0 up
ip link set lan1 up
truncate -s 10M "$scratch/disk" "$scratch/disk2"

check 'discover says when nobody answers' \
	fails_with 1 'lan1: no target answered within 0.2 s: is one serving there? AoE does not pass routers or VLANs, and a target may be limited to some MACs' \
	"$etherroot" discover --interface lan1 --timeout 0.2
check 'and prints an empty list as JSON' \
	sh -c "'$etherroot' discover --json --timeout 0.2 2>/dev/null | grep -qx '\\[\\]'"
check 'discover knows when an interface is missing' \
	fails_with 1 'etherroot discover: nosuch: no such interface' "$etherroot" discover -i nosuch
check 'serve says which interfaces there are' \
	fails_with 1 'etherroot serve: nosuch: no such interface: this machine has ' \
	"$etherroot" serve -i nosuch "0.0=$scratch/disk"
ip link add tun0 type ipip local 127.0.0.1 remote 127.0.0.1 2>/dev/null ||
	ip tuntap add dev tun0 mode tun
check 'serve refuses what is no Ethernet' \
	fails_with 1 'etherroot serve: tun0: not an Ethernet interface' \
	"$etherroot" serve -i tun0 "0.0=$scratch/disk"
check 'serve names the capability that it lacks' \
	fails_with 1 "etherroot serve: lan0: permission denied: raw Ethernet needs CAP_NET_RAW: run as root, or 'setcap cap_net_raw+ep' the program" \
	setpriv --bounding-set=-net_raw --inh-caps=-net_raw \
	"$etherroot" serve -i lan0 "0.0=$scratch/disk"

(exec tshark -l -P -i lan1 -w "$scratch/capture" -f 'ether proto 0x88a2' \
	>"$scratch/packets" 2>"$scratch/tshark.log") &
tshark=$!
children="$children $tshark"
# It says that it captures before it does: what it has seen is the proof.
sees_frames() {
	"$etherroot" discover -i lan1 --timeout 0.05 >/dev/null 2>&1 || :
	test -s "$scratch/packets"
}
check 'tshark sees frames' until_done sees_frames

serves first --interface lan0 "5.1=$scratch/disk,config=hello" "5.2=$scratch/disk2,ro"
first=$target
check 'discover lists both exports' lists \
	"e5.1     lan1  $(mac_of lan0)  10.0 MiB  2        64       etherroot  hello" -i lan1
check 'on all interfaces by default' lists 'e5.2     lan1' --timeout 0.5
check 'aoeping reads the config' timeout 60 aoeping -s 60 5 1 lan1
check 'and the IDENTIFY page' sh -c \
	'timeout 60 aoeping -s 60 -I 5 1 lan1 | grep -q "model: etherroot "'

# Debian's target, and ours under its name, on the other end.
in_background vblade 6 1 lan1 "$scratch/disk2" >"$scratch/vblade.log" 2>&1
vblade=$!
check 'discover lists a vblade' lists \
	"e6.1     lan0  $(mac_of lan1)  10.0 MiB  2        16       Coraid EtherDrive vblade" -i lan0
in_background "${etherroot%/*}/etherroot-vblade" -b 20 -r -m "$(mac_of lan0)" -o 1 -l 4 \
	5 1 lan1 "$scratch/disk2" 2>"$scratch/our-vblade.log"
our_vblade=$!
check 'a second server for an address is marked' lists \
	"e5.1*    lan0  $(mac_of lan1)  2.0 KiB" -i lan0 -i lan1
stops "$vblade" 2>/dev/null || :
check 'and the first one says so' wait_for_text "$scratch/first.log" \
	"etherroot serve: e5.1: $(mac_of lan1) on lan0 answers for the same address: unless both serve the same data, stop one of the two"
check 'etherroot-vblade ends well' stops "$our_vblade"

check 'the first one ends well' stops "$first"
kill -INT "$tshark"
wait "$tshark" || :

tshark -r "$scratch/capture" -T fields -e _ws.malformed -e frame.len >"$scratch/fields" 2>/dev/null
check 'tshark reads them back' test -s "$scratch/fields"
check 'none of them malformed' sh -c "! grep -q -i malformed '$scratch/fields'"
tshark -r "$scratch/capture" -Y "eth.src == $(mac_of lan0) && frame.len < 60" \
	>"$scratch/short" 2>/dev/null
check 'none of ours shorter than Ethernet allows' test ! -s "$scratch/short"
tshark -r "$scratch/capture" -Y "eth.src == $(mac_of lan0) && aoe.response == 1 && eth.dst == ff:ff:ff:ff:ff:ff" \
	-T fields -e aoe.major -e aoe.minor >"$scratch/announced" 2>/dev/null
check 'each export was announced' contains "$scratch/announced" "$(printf '0x0005\t0x01')"
check 'and the second too' contains "$scratch/announced" "$(printf '0x0005\t0x02')"

# ---- a link that comes and goes ----
ip link set lan0 down
serves flapping -i lan0 "5.1=$scratch/disk"
check 'serve waits for a link that is down' wait_for_text "$scratch/flapping.log" \
	'etherroot serve: lan0: the link is down: waiting for it'
ip link set lan0 up
check 'and tells when it is up' wait_for_text "$scratch/flapping.log" \
	"etherroot serve: lan0: the link is up: MTU 1500, MAC $(mac_of lan0)"
check 'then it answers' lists 'e5.1 ' -i lan1
ip link set lan1 down
check 'discover tells of a link that is down' \
	fails_with 1 'etherroot discover: lan1 (link down): no target answered within 0.1 s' \
	"$etherroot" discover -i lan1 -t 0.1
check 'a lost carrier is told' wait_for_text "$scratch/flapping.log" 'the link is down' 2
ip link set lan1 up
check 'and survived' lists 'e5.1 ' -i lan1
ip link set lan0 mtu 9000
ip link set lan1 mtu 9000
check 'a larger MTU is followed' lists '10.0 MiB  16 ' -i lan1
# Without CAP_NET_ADMIN no receive buffer may be larger than net.core.rmem_max.
in_background setpriv --bounding-set=-all,+net_raw --inh-caps=-all,+net_raw \
	"$etherroot" serve -i lan0 "5.9=$scratch/disk2" 2>"$scratch/capable.log"
check 'CAP_NET_RAW alone is enough for a full speed' lists \
	"e5.9     lan1  $(mac_of lan0)  10.0 MiB  16       64  " -i lan1
kill $!
ip link set lan0 address 02:00:00:00:00:99
check 'a new MAC is followed' lists '02:00:00:00:00:99' -i lan1
# Only a kernel from 6.2 on renames an interface that is up.
ip link set lan0 name wan0 2>/dev/null ||
	{ ip link set lan0 down && ip link set lan0 name wan0 && ip link set wan0 up; }
check 'a new name is followed' lists 'e5.1 ' -i lan1
ip link del wan0
check 'an interface that is removed is told' wait_for_text "$scratch/flapping.log" \
	'the interface is gone: waiting for it'
ip link add lan0 type veth peer name lan1
ip link set lan0 up
ip link set lan1 up
check 'and taken back when it returns' lists "$(mac_of lan0)" -i lan1
check 'and all that time it lived' stops "$target"

# ---- several LANs ----
ip link add lan2 type veth peer name lan3
ip link set lan2 up
ip link set lan3 up
serves several -i lan0 -i lan2 --qemu "$scratch/lan" "5.1=$scratch/disk"
check 'one target on two interfaces: the first' lists 'e5.1     lan1' -i lan1
check 'the second' lists 'e5.1     lan3' -i lan3
check 'and a QEMU socket' lists "e5.1     $scratch/lan" --qemu "$scratch/lan"
check 'it ends well' stops "$target"

# ---- one switch ----
ip link add br0 type bridge
ip link set lan1 master br0
ip link set lan3 master br0
ip link set br0 up
check 'serve refuses the port of a bridge' \
	fails_with 1 'etherroot serve: lan1: it is a port of the bridge br0, which takes its frames: serve on br0 instead' \
	"$etherroot" serve -i lan1 "0.0=$scratch/disk"
check 'discover says so' \
	fails_with 1 'lan1 (a port of the bridge br0: ask on br0): no target answered' \
	"$etherroot" discover -i lan1 -t 0.1
serves twofold -i lan0 -i lan2 "5.1=$scratch/disk"
check 'two interfaces on one switch' lists "$(mac_of lan2)" -i br0
in_background "${etherroot%/*}/etherroot-vblade" 5 1 br0 "$scratch/disk2" 2>/dev/null
check 'another target there is told of' wait_for_text "$scratch/twofold.log" \
	"e5.1: $(mac_of br0) on lan"
check 'but not the own other interface' sh -c \
	"! grep 'answers for' '$scratch/twofold.log' | grep -e '$(mac_of lan0)' -e '$(mac_of lan2)'"
ip link set lan0 master br0
check 'an interface that becomes a port is told' wait_for_text "$scratch/twofold.log" \
	'etherroot serve: lan0: it is a port of the bridge br0 now, which takes its frames: serve on br0 instead'
ip link set lan0 nomaster
check 'and taken back when it is free' wait_for_text "$scratch/twofold.log" \
	"etherroot serve: lan0: the link is up: MTU 1500, MAC $(mac_of lan0)"
check 'and all that time it lived' stops "$target"
check 'discover says when a socket is missing' \
	fails_with 1 "etherroot discover: $scratch/lan: no such socket: start the target first" \
	"$etherroot" discover --qemu "$scratch/lan"

done_testing
