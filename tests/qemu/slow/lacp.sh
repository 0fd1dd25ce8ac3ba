#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# A bond of two NICs, named by their addresses, to a switch that speaks LACP: both are in it, and the root
# comes over it. The kernels that this is developed on have no bonds: the switch is the wires'.
. tests/qemu/scenario.sh

use_kernel 6.12 --drivers e1000 --module bonding
tiny_root "$scratch/root.img"
in_background "$etherroot" serve --max-age "$any_age" --qemu "$scratch/target.sock" "0.0=$scratch/root.img,ro" \
	>"$scratch/serve.log" 2>&1
until_done "$etherroot" discover --qemu "$scratch/target.sock"
for port in 1 2; do
	in_background "$build/tests/qemu/wire" "$scratch/$port.sock" "$scratch/target.sock" "lacp=$port" \
		>"$scratch/$port.wire"
	wait_for_text "$scratch/$port.wire" ready
done

# The second NIC has a wire of its own. LACP takes links whose speed is known, which virtio's is not.
mkdir "$scratch/bin"
cat >"$scratch/bin/qemu-system-x86_64" <<END
#!/bin/sh
exec $(command -v qemu-system-x86_64) "\$@" -device e1000,netdev=second,mac=52:54:00:00:00:02,romfile= \\
	-netdev dgram,id=second,local.type=unix,local.path=$scratch/second.sock,remote.type=unix,remote.path=$scratch/2.sock
END
chmod 755 "$scratch/bin/qemu-system-x86_64"
PATH=$scratch/bin:$PATH
boots 'both NICs are in the bond, and the root comes over it' \
	'TINY-ROOT bonded with 02:00:00:00:00:fe: 1638400 bytes' \
	--lan "qemu:$scratch/1.sock" --image "$scratch/root.img" --nic e1000 --mac 52:54:00:00:00:01 --append \
	'root=aoe:e0.0 ro bond=bond0:52-54-00-00-00-01,52:54:00:00:00:02:mode=802.3ad,lacp_rate=fast do=bonded:2'
check 'its carrier is that of its slaves' contains "$scratch/console.log" 'etherroot: carrier: bond0'
done_testing
