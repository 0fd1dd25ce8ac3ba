#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# The medium of `etherroot ipxe --iso` starts machines with UEFI, from CD and from a stick, up to a real
# kernel. (ipxe/test_ipxe.sh starts those with a BIOS.) The network card has no iPXE of its own. Debian
# 13's iPXE reads its script from the medium; Debian 12's gets it by DHCP.
. tests/qemu/scenario.sh

use_kernel 6.12
mkdir "$scratch/tftp"
cp "$kernel" "$scratch/tftp/vmlinuz"
cp "$initrd" "$scratch/tftp/initrd.img"
boot_file=none
check 'a medium' "$etherroot" ipxe --append 'console=ttyS0 no_timer_check' --iso "$scratch/medium.iso"
grep -q autoexec.ipxe /usr/lib/ipxe/ipxe.efi || {
	boot_file=boot.ipxe
	"$etherroot" ipxe --append 'console=ttyS0 no_timer_check' --output "$scratch/tftp/$boot_file"
}

# starts WHAT QEMU-OPTION...: a machine with UEFI reaches our init from there
starts() {
	starts_what=$1
	shift
	cp /usr/share/OVMF/OVMF_VARS_4M.fd "$scratch/vars.fd"
	: >"$scratch/console.log"
	in_background qemu-system-x86_64 -M q35 -accel tcg -m 512 -display none -no-reboot \
		-drive if=pflash,format=raw,readonly=on,file=/usr/share/OVMF/OVMF_CODE_4M.fd \
		-drive "if=pflash,format=raw,file=$scratch/vars.fd" -serial "file:$scratch/console.log" \
		-netdev "user,id=lan,restrict=on,tftp=$scratch/tftp,bootfile=$boot_file" \
		-device virtio-net-pci,netdev=lan,romfile= "$@" >"$scratch/qemu.log" 2>&1
	guest=$!
	check "$starts_what" wait_for_text "$scratch/console.log" 'etherroot: start: '
	kill "$guest"
	wait "$guest" || :
}

starts 'from a CD' -cdrom "$scratch/medium.iso"
starts 'from a USB stick' -device qemu-xhci -device usb-storage,drive=stick \
	-drive "if=none,id=stick,format=raw,file=$scratch/medium.iso"
done_testing
