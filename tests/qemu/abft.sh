#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Boots with nothing on the kernel command line about the root: export and network card come from the
# table that iPXE leaves (aBFT). More of them are in slow/more-abft.sh.
. tests/qemu/abft/rig.sh

tiny_root "$scratch/root.img"
hooked 6.12
serve "$scratch/root.img"
cards
shows 'iPXE leaves a table in the memory of a machine with a BIOS' \
	'abft: e7.3 on 52:54:00:00:00:02, from memory at 0x'
shows 'the whole disk is the root' 'TINY-ROOT /dev/etherd/e7.3 ext4'
check 'the card is the one that booted' contains "$scratch/console.log" 'etherroot: nic: eth1 52:54:00:00:00:02'
check 'and the other one is left alone' sh -c "! grep 'etherroot: nic: eth0' '$scratch/console.log'"
stop
stop_serving

# A machine with UEFI, whose variables are thrown away. Where there is the larger one, it is the only.
firmware=/usr/share/OVMF/OVMF_CODE_4M.fd
[ -e "$firmware" ] || firmware=/usr/share/OVMF/OVMF_CODE.fd
hooked 6.1
serve "$scratch/root.img"
# Debian 13's has a PXE of its own, which starts no script, but an iPXE that finds one beside itself.
if grep -q autoexec.ipxe /usr/lib/ipxe/ipxe.efi; then
	cp /usr/lib/ipxe/ipxe.efi "$scratch/tftp"
	cp "$scratch/tftp/boot.ipxe" "$scratch/tftp/autoexec.ipxe"
	boot_file=ipxe.efi
fi
cp "$(echo "$firmware" | sed 's/CODE/VARS/')" "$scratch/variables"
cards -drive "if=pflash,format=raw,readonly=on,file=$firmware" \
	-drive "if=pflash,format=raw,file=$scratch/variables"
shows 'on a machine with UEFI the table is one of ACPI' \
	'abft: e7.3 on 52:54:00:00:00:02, from /sys/firmware/acpi/tables/aBFT'
shows 'and says the same' 'TINY-ROOT /dev/etherd/e7.3 ext4'
stop

table good '\007\000\003\000\122\124\000\000\000\002'
table cardless '\007\000\003\000\000\000\000\000\000\000'
injected -acpitable "sig=aBFT,data=$scratch/good" -acpitable "sig=aBFT,data=$scratch/cardless" \
	-device virtio-net-pci,mac=52:54:00:00:00:07,romfile=
shows 'a table that is not in order is ignored beside another one, and that is told' \
	'warning: /sys/firmware/acpi/tables/aBFT2: an aBFT that is ignored: it names no network card'
shows 'a card that the machine has not is named' \
	"E-WRONGNIC: the aBFT's card 52:54:00:00:00:02: no such interface; there is eth0 52:54:00:00:00:07"
stop
injected
shows 'neither a table nor root=' 'E-NOROOT: aBFT: the firmware has left none, and no root= names an export'
stop
done_testing
