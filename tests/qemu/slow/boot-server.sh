#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# What `etherroot server init` sets up starts machines by each way that a firmware has: iPXE in the network
# card, UEFI's own PXE and HTTP boot, which load iPXE, and a CD or a stick; and gives them what the machine's
# script is told to load: by TFTP, by HTTP, from the second of two servers of which the first is dead, or the
# disk by its own boot loader. What is started only says so: with Linux, and with QEMU's own DHCP: ways.sh.
. tests/namespaces.sh
again_in "$0" --net --mount
# shellcheck source=tests/ipxe/machine.sh
. tests/ipxe/machine.sh
etherroot=$(realpath "$etherroot")
# shellcheck source=tests/qemu/slow/server-lan
. tests/qemu/slow/server-lan

# ---- kernels, and a disk that both firmwares start ----------------------------------------------------
# says TEXT FILE: a program for UEFI
says() {
	printf 'echo "%s"\nsleep 600\n' "$1" >"$scratch/grub.cfg"
	grub-mkimage -O x86_64-efi -p / -c "$scratch/grub.cfg" -o "$2" echo sleep
}
link 0x100000 "$scratch/kernel-pcbios"
says 'kernel: end' "$scratch/kernel-efi"
disk=/srv/etherroot/disks/ws1.img
truncate -s 32M "$disk"
printf 'label: dos\nstart=2048, type=ef\n' | sfdisk -q "$disk"
cc -m32 -c -o "$scratch/sector.o" tests/ipxe/sector.S
ld -m elf_i386 -Ttext 0x7c00 --oformat binary -o "$scratch/sector" "$scratch/sector.o"
# Up to the disk's signature and its partitions.
dd if="$scratch/sector" of="$disk" bs=440 count=1 conv=notrunc status=none
says 'sector: the disk is started' "$scratch/loader.efi"
mformat -i "$disk@@1M" -T $((30 * 2048)) -h 1 -s 1 ::
mmd -i "$disk@@1M" ::EFI ::EFI/BOOT
mcopy -i "$disk@@1M" "$scratch/loader.efi" ::EFI/BOOT/BOOTX64.EFI

# ---- a server, and a machine --------------------------------------------------------------------------
check 'a server' "$etherroot" server init --interface lan0
check 'a machine' "$etherroot" machine add ws1 --no-kernel --mac 52:54:00:12:34:56 --image "$disk"
folder=/srv/etherroot/boot/ws1
cp "$scratch/kernel-pcbios" "$scratch/kernel-efi" "$folder"
echo 123456789 >"$folder/initrd.img"
serve_exports
serve_http
serve_dnsmasq

# loads OPTION...: what the machine's script is told to load
loads() {
	"$etherroot" ipxe --output "$folder/boot.ipxe" "$@"
}
# start_by FIRMWARE WAY TEXT BOOT-OPTION...: the machine starts, and says TEXT
start_by() {
	start_firmware=$1
	start_way=$2
	start_text=$3
	shift 3
	machine --firmware "$start_firmware" --via "$start_way" --after kill --expect "$start_text" "$@"
}
# each_way WHAT TEXT
each_way() {
	for way in bios-ipxe uefi-ipxe uefi-pxe uefi-uefi-http; do
		check "$way: $1" start_by "${way%%-*}" "${way#*-}" "$2"
	done
}
kernel='kernel-${platform}'

loads --kernel "$kernel" --server tftp://10.20.0.1/ws1
each_way 'by TFTP' 'kernel: end'
loads --kernel "$kernel" --server http://10.20.0.1:8067/ws1
each_way 'by HTTP' 'kernel: end'
# Nobody has that address.
loads --kernel "$kernel" --server http://10.20.0.7/ws1 --server tftp://10.20.0.1/ws1
each_way 'from the second of two servers' 'kernel: end'
check 'after the first one' contains "$scratch/console.log" 'etherroot: trying another server: tftp://10.20.0.1/ws1'
loads --sanboot aoe:e0.0
each_way 'the disk' 'the disk is started'

# ---- a medium -----------------------------------------------------------------------------------------
# UEFI and the iPXE of Debian 12 takes the server's script, of which it has the same.
"$etherroot" ipxe --sanboot aoe:e0.0 --iso "$scratch/medium.iso" 2>"$scratch/medium.log"
for way in bios-iso bios-usb uefi-iso uefi-usb; do
	check "$way: the disk" start_by "${way%%-*}" "${way#*-}" 'the disk is started' --medium "$scratch/medium.iso"
done
done_testing
