#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# The ways to start that `etherroot boot` has by itself, up to the root: from the network card, by TFTP and
# HTTP, and from a medium, with the cards for which Debian has iPXE. (By sanboot: boot-loader.sh. From a boot
# server: boot-server.sh. With Secure Boot: secure-boot.sh. What fails: ipxe/slow/broken.sh.)
. tests/qemu/scenario.sh

use_kernel 6.12 --drivers virtual
tiny_root "$scratch/root.img"
# starts FIRMWARE WAY NIC: up to the root
starts() {
	boots "$1, $2, $3" 'TINY-ROOT /dev/etherd/e0.0 ext4' --firmware "$1" --via "$2" --nic "$3" \
		--image "$scratch/root.img"
}

# What is made for a run lies in a folder whose name means something to a shell, to QEMU and to xorriso.
export TMPDIR="$scratch/it's, \"a\" \$folder=x"
mkdir "$TMPDIR"
for firmware in bios uefi; do
	for nic in virtio-net-pci e1000 rtl8139; do
		starts $firmware ipxe $nic
	done
	starts $firmware http e1000
	starts $firmware iso virtio-net-pci
	starts $firmware usb rtl8139
done
done_testing
