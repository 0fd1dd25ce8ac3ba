#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Each way to start, with either firmware: from the network card, from a medium, by what a boot server of
# `etherroot server` hands out. (By sanboot: boot-loader.sh. What fails: ipxe/slow/broken.sh.)
. tests/namespaces.sh
again_in "$0" --net
. tests/qemu/scenario.sh

ip link set lo up # QEMU's user-mode network wants it
use_kernel 6.12 --drivers virtio_net,e1000,8139cp
tiny_root "$scratch/root.img"
# starts FIRMWARE WAY NIC: up to the root
starts() {
	boots "$1, $2, $3" 'TINY-ROOT /dev/etherd/e0.0 ext4' --firmware "$1" --via "$2" --nic "$3" \
		--image "$scratch/root.img"
}

for firmware in bios uefi; do
	for way in ipxe http iso usb; do
		starts $firmware $way virtio-net-pci
	done
	starts $firmware ipxe e1000
	starts $firmware ipxe rtl8139
done

# ---- a boot server -------------------------------------------------------------------------------
ip link add lan0 type bridge
ip address add 10.20.0.1/24 dev lan0
ip address add fd3e:8a51:c0de::1/64 dev lan0 nodad
ip tuntap add dev tap0 mode tap
ip link set tap0 master lan0 up
ip link set lan0 up
root=$scratch/server
folder=$root/srv/etherroot/boot
mkdir -p "$root/etc/etherroot" "$folder/ws1/one-1"
cp "$kernel" "$folder/ws1/one-1/vmlinuz"
cp "$initrd" "$folder/ws1/one-1/initrd.img"
printf '#!ipxe\nset generation one-1\n' >"$folder/ws1/generation.ipxe"
cat >"$root/etc/etherroot/machines" <<-END
	interface lan0
	address 10.20.0.1/24
	dhcp range 10.20.0.100 10.20.0.199
	machine ws1 mac=52:54:00:12:34:56 export=0.0 disk=$scratch/root.img append="console=ttyS0 no_timer_check"
END
check 'a boot server' "$etherroot" server apply --root "$root"
# Its links lead to the package ipxe.
in_background dnsmasq --no-daemon --conf-file="$root/etc/etherroot/dnsmasq.conf" --tftp-root="$folder" \
	--dhcp-leasefile="$scratch/leases" 2>"$scratch/dnsmasq.log"
wait_for_text "$scratch/dnsmasq.log" 'started, version'
in_background busybox httpd -f -p 10.20.0.1:8067 -h "$folder"
in_background "$etherroot" serve --interface lan0 "0.0=$scratch/root.img" 2>"$scratch/serve.log"
wait_for_text "$scratch/serve.log" 'serving e0.0 on lan0'

# from_server FIRMWARE WAY
from_server() {
	check "$1, $2, from a boot server" "$etherroot" boot --accel tcg --lan tap:tap0 --firmware "$1" --via "$2" \
		--mac 52:54:00:12:34:56 --timeout "$deadline" --log "$scratch/console.log" --after kill \
		--expect 'TINY-ROOT /dev/etherd/e0.0 ext4'
}
from_server bios ipxe
from_server uefi ipxe
from_server uefi pxe
check 'the firmware has loaded iPXE' contains "$scratch/dnsmasq.log" 'ipxe.efi to '
from_server uefi uefi-http
check 'the firmware boots by HTTP' contains "$scratch/console.log" 'URI: http://10.20.0.1:8067/ipxe.efi'
done_testing
