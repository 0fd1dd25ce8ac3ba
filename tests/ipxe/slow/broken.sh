#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# A machine that cannot start says why, in time, and `etherroot boot` ends with it, long before its timeout.
# The boot server is a dnsmasq on a bridge, in a network namespace; the machine is one with the iPXE of
# QEMU's network cards.
. tests/namespaces.sh
again_in "$0" --net
# shellcheck source=tests/ipxe/machine.sh
. tests/ipxe/machine.sh

ip link set lo up
ip link add lan0 type bridge
ip address add 10.20.0.1/24 dev lan0
ip address add fd3e:8a51:c0de::1/64 dev lan0 nodad
ip tuntap add dev tap0 mode tap
ip link set tap0 master lan0 up
ip link set lan0 up
mkdir "$scratch/tftp"
link 0x100000 "$scratch/kernel"
cp "$scratch/kernel" "$scratch/tftp/vmlinuz"
# Larger than a window of small blocks is numbered for: 65,535 of 512 bytes.
head -c 100000 /dev/zero >"$scratch/tftp/initrd.img"

# serve DNSMASQ-OPTION...: DHCP and TFTP, in the place of those before; iPXE is spared its waits
dhcp=
serve() {
	[ -z "$dhcp" ] || { kill "$dhcp" && wait "$dhcp"; } || :
	: >"$scratch/dnsmasq.log"
	in_background dnsmasq --no-daemon --conf-file=/dev/null --port=0 --interface=lan0 --bind-dynamic \
		--dhcp-range=10.20.0.100,10.20.0.199 --dhcp-leasefile="$scratch/leases" --enable-tftp \
		--tftp-root="$scratch/tftp" --log-dhcp --dhcp-option=encap:175,176,1b \
		--enable-ra --dhcp-range=::,constructor:lan0,ra-only "$@" >>"$scratch/dnsmasq.log" 2>&1
	dhcp=$!
	wait_for_text "$scratch/dnsmasq.log" 'started, version'
}
# fails WHAT TEXT LINE: `etherroot boot` fails at once, says TEXT, and the console has shown LINE
fails() {
	fails_what=$1
	fails_line=$3
	if fails_with 1 "$2" "$etherroot" boot --accel tcg --memory 128 --lan tap:tap0 --timeout "$deadline" \
		--expect 'never to be seen' --log "$scratch/console" >"$scratch/fails" 2>&1 &&
		contains "$scratch/console" "$fails_line" >>"$scratch/fails"; then
		ok "$fails_what"
	else
		not_ok "$fails_what" "$scratch/fails"
	fi
}
gave_up='iPXE could not load what it was to start before'

"$etherroot" ipxe --server tftp://10.20.0.1 --output "$scratch/tftp/boot.ipxe"
serve --dhcp-boot=boot.ipxe --tftp-no-blocksize
start -netdev tap,id=lan,ifname=tap0,script=no,downscript=no -device virtio-net-pci,netdev=lan
shows 'a TFTP server with blocks of 512 bytes alone does' 'kernel: end'
check 'to the last byte' grep -q '^module: .*initrd.*, bytes: 100000' "$scratch/console"
stop

mv "$scratch/tftp/vmlinuz" "$scratch/vmlinuz"
serve --dhcp-boot=boot.ipxe
fails 'a kernel that TFTP does not have' "$gave_up" \
	'etherroot: the kernel could not be loaded: tftp://10.20.0.1/vmlinuz'
in_background busybox httpd -f -p 10.20.0.1:80 -h "$scratch/tftp"
"$etherroot" ipxe --server http://10.20.0.1 --sanboot aoe:e9.9 --output "$scratch/tftp/boot.ipxe"
fails 'one that HTTP does not have' "$gave_up" \
	'etherroot: the kernel could not be loaded: http://10.20.0.1/vmlinuz'
check 'and a disk that does not answer' contains "$scratch/console" 'etherroot: the disk could not be started: aoe:e9.9'
# Firmware that is a BIOS lets iPXE start whatever begins like a kernel.
head -c 3000000 "$peers/6.12/vmlinuz" >"$scratch/tftp/vmlinuz"
"$etherroot" ipxe --output "$scratch/tftp/boot.ipxe"
fails 'a kernel of which a part is missing resets the machine' 'the guest rebooted before' 'vmlinuz... ok'

printf '#!ipxe\necho etherroot: ${netX/mac} is not known to this server, which has noted it\nprompt x\n' \
	>"$scratch/tftp/boot.ipxe"
fails 'a machine that is not known' 'the boot server does not know this machine before' \
	'etherroot: 52:54:00:12:34:56 is not known to this server'
serve --dhcp-boot=none.ipxe
fails 'a boot file that is not there' 'iPXE could not boot from the network before' 'No such file or directory'
# shellcheck disable=SC2119 # no further options
serve
fails 'a DHCP server that names none' 'iPXE could not boot from the network before' 'Nothing to boot'
# It answers first: this one still looks whether anybody has the address that it is about to give.
another_dhcp_server "$scratch/router.log"
serve --dhcp-boot=boot.ipxe
fails 'a second DHCP server, which names none' 'iPXE could not boot from the network before' 'Nothing to boot'
check 'and has answered' contains "$scratch/router.log" DHCPACK
kill "$router"
wait "$router" || :
kill "$dhcp"
wait "$dhcp" || :
fails 'no DHCP server' 'iPXE could not boot from the network before' 'No configuration methods'
done_testing
