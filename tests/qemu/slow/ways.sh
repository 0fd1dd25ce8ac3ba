#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# The ways to start up to the root: from the network card, by TFTP and HTTP, and from a medium. (By sanboot:
# boot-loader.sh. With UEFI: readme-walk-uefi.sh, medium.sh. What fails: ipxe/slow/broken.sh.)
. tests/qemu/scenario.sh

use_kernel 6.12
tiny_root "$scratch/root.img"
# starts FIRMWARE WAY NIC: up to the root
starts() {
	boots "$1, $2, $3" 'TINY-ROOT /dev/etherd/e0.0 ext4' --firmware "$1" --via "$2" --nic "$3" \
		--image "$scratch/root.img"
}

for way in ipxe http iso; do
	starts bios $way virtio-net-pci
done
done_testing
