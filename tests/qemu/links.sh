#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# The way to the LAN: which NIC, VLANs and bonds on top of it, and whether it passes large frames.
. tests/qemu/scenario.sh

use_kernel 6.12 --module 8021q --module bonding
tiny_root "$scratch/root.img"
# The first of the journal's sectors, which a mount reads.
journal=$(($(debugfs -R 'bmap <8> 0' "$scratch/root.img" 2>/dev/null) * 2))
in_background "$etherroot" serve --max-age "$any_age" --qemu "$scratch/target.sock" "0.0=$scratch/root.img,ro" \
	>"$scratch/serve.log" 2>&1
until_done "$etherroot" discover --qemu "$scratch/target.sock"

# wire NAME OPTION...: the way from a guest's $scratch/NAME.sock to the target; what it saw is in NAME.wire
wire() {
	wire_name=$1
	shift
	in_background "$build/tests/qemu/wire" "$scratch/$wire_name.sock" "$scratch/target.sock" "$@" \
		>"$scratch/$wire_name.wire"
	wait_for_text "$scratch/$wire_name.wire" ready
}

# more_nics HUB...: the next guests have more NICs than one, each on that hub: 0 is the LAN's, on others
# there is nobody
qemu=$(command -v qemu-system-x86_64)
mkdir "$scratch/bin"
PATH=$scratch/bin:$PATH
more_nics() {
	{
		echo '#!/bin/sh'
		echo "exec $qemu \"\$@\" \\"
		for hub in "$@"; do
			echo "	-netdev hubport,id=more$hub,hubid=$hub -device virtio-net-pci,netdev=more$hub,romfile= \\"
		done
		echo
	} >"$scratch/bin/qemu-system-x86_64"
	chmod 755 "$scratch/bin/qemu-system-x86_64"
}

wire tagged vlan=5
wire small to=1514 from=1514 "lose=$journal"
more_nics 7 8 9
boots 'a switch that drops large frames: they are not used' 'TINY-ROOT shows 1500' \
	--lan "qemu:$scratch/small.sock" --image "$scratch/root.img" \
	--append 'root=aoe:e0.0 ro rd.mtu=9000 do=show:/sys/module/aoe/parameters/aoe_iflist,/sys/class/net/eth0/mtu'
check 'and that is said' contains "$scratch/console.log" \
	'warning: eth0: frames of 8228 bytes do not get through to and back from'
shows() {
	grep -q "^TINY-ROOT shows $1[[:space:]]*\$" "$scratch/console.log"
}
check 'of four NICs the aoe module stays with the one that leads to the target' shows eth0

# Without what was read ahead it is sent again after 5.5 s, as the first frame after 16.5 s.
was_soon() {
	again=$(sed -n 's/^again after \([0-9]*\) ms$/\1/p' "$scratch/$1.wire")
	echo "again after $again ms"
	[ "$again" -le 5000 ]
}
check 'a frame that is lost while the root is mounted costs about a second' was_soon small

more_nics 0 9
boots 'a VLAN on a bond with a dead slave, and large frames' 'TINY-ROOT shows 9000' \
	--lan "qemu:$scratch/tagged.sock" --image "$scratch/root.img" --no-carrier --append \
	'root=aoe:e0.0 ro rd.debug rd.mtu=9000 bond=bond0:eth0,eth1:mode=active-backup vlan=vlan0005:bond0 do=show:/sys/module/aoe/parameters/aoe_iflist,/run/systemd/network/05-etherroot-eth0.network,/sys/class/net/bond0/bonding/mode,/sys/class/net/vlan0005/mtu'
check 'the aoe module speaks on the VLAN alone' shows vlan0005
check 'the live slave is carrier enough' contains "$scratch/console.log" 'etherroot: carrier: bond0'
check 'the mode is the one asked for' shows 'active-backup 1'
check 'networkd leaves the slaves to the bond' contains "$scratch/console.log" 'Unmanaged=yes'
check 'no bond is made that nobody asked for' contains "$scratch/console.log" \
	'etherroot: module: bonding max_bonds=0'
make_initrd "$initrd"
waits_in_vain 'an initrd without the module of VLANs' \
	'E-NOMODULE: 8021q: vlan5 takes it, and this image for kernel' \
	'root=aoe:e0.0 vlan=vlan5:eth1' --image "$scratch/root.img" --no-target
done_testing
