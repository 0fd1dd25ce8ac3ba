#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# A disk that is started by its own boot loader, also when no server has a kernel. (A Debian that does so,
# with BIOS and UEFI: qemu/slow/boot-loader.sh.)
# shellcheck source=tests/ipxe/machine.sh
. tests/ipxe/machine.sh

cc -m32 -c -o "$scratch/sector.o" tests/ipxe/sector.S
ld -m elf_i386 -Ttext 0x7c00 --oformat binary -o "$scratch/disk.img" "$scratch/sector.o"
# The geometry that iPXE makes up for it has a cylinder of 8 MB.
truncate -s 32M "$scratch/disk.img"
started='sector: the disk is started'
check 'by sanboot' "$etherroot" boot --accel tcg --memory 128 --via sanboot --image "$scratch/disk.img" \
	--timeout "$deadline" --log "$scratch/console" --expect "$started" --after kill

mkdir "$scratch/tftp"
in_background "$etherroot" serve --qemu "$scratch/lan.sock" "7.3=$scratch/disk.img" 2>"$scratch/serve.log"
wait_for_text "$scratch/serve.log" 'serving'
aoe="-netdev dgram,id=aoe,local.type=unix,local.path=$scratch/guest.sock,remote.type=unix,remote.path=$scratch/lan.sock"

# Beside AoE, QEMU's DHCP and TFTP.
"$etherroot" ipxe --server http://10.0.2.2:1 --server tftp://10.0.2.2 --sanboot aoe:e7.3 \
	--output "$scratch/tftp/boot.ipxe"
# shellcheck disable=SC2086 # words
start $aoe -netdev "user,id=user,tftp=$scratch/tftp,bootfile=boot.ipxe" \
	-netdev hubport,id=port-user,hubid=0,netdev=user -netdev hubport,id=port-aoe,hubid=0,netdev=aoe \
	-netdev hubport,id=port-nic,hubid=0 -device virtio-net-pci,netdev=port-nic
shows 'when no server has a kernel' "$started"
check 'which was said' contains "$scratch/console" 'etherroot: the kernel could not be loaded: tftp://10.0.2.2/vmlinuz'
stop

done_testing
