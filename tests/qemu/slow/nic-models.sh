#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Each network card that QEMU has, with the driver that Debian has for it: a root comes over it, with the
# largest frames that the card takes. One whose driver wants a firmware that is not there is named.
. tests/qemu/scenario.sh

use_kernel 6.12 --drivers virtual,cdc_ether
tiny_root "$scratch/root.img"
qemu-system-x86_64 -device help >"$scratch/devices" 2>&1
for nic in virtio-net-pci e1000 e1000e igb rtl8139 vmxnet3 usb-net; do
	name=eth0
	[ "$nic" != usb-net ] || name=usb0
	if grep -qF "name \"$nic\"" "$scratch/devices"; then
		boots "$nic" 'TINY-ROOT shows [0-9]' --image "$scratch/root.img" --nic "$nic" \
			--append "do=show:/sys/class/net/$name/mtu"
		sed -n "s/^TINY-ROOT shows/# $nic: an MTU of/p; s/.*etherroot: \(nic\|warning\)/# &/p" "$scratch/console.log"
	else
		skip "$nic" 'this QEMU has no such card'
	fi
done
# Its driver asks for the firmware when the link is set up, and Debian's kernel has none of it.
make_initrd "$initrd" --drivers e100
waits_in_vain 'a card whose firmware is missing: its link does not open' \
	'E-NOOPEN: eth0: the kernel does not set it up: no such file: see what the kernel says of it' \
	'root=aoe:e0.0' --image "$scratch/root.img" --nic i82551
done_testing
