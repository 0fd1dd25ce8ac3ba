#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# UEFI with Secure Boot: Debian's shim and GRUB, a kernel that Debian has signed, and its modules, which the
# kernel takes from our initrd because their signatures are still there.
. tests/qemu/scenario.sh

if [ ! -e /usr/lib/shim/shimx64.efi.signed ] || [ ! -e /usr/lib/grub/x86_64-efi-signed/grubnetx64.efi.signed ]; then
	skip 'Secure Boot starts a machine' 'shim-signed or grub-efi-amd64-signed is not installed'
	done_testing
	exit
fi
use_kernel 6.12
tiny_root "$scratch/root.img"
# loglevel, so that the kernel's word of its lockdown is not lost.
boots 'Secure Boot starts a machine' 'TINY-ROOT /dev/etherd/e0.0 ext4' --firmware uefi-secure --via grub \
	--memory 1024 --image "$scratch/root.img" --append 'loglevel=7 word=$x;y'
check 'with its command line as it is' contains "$scratch/console.log" 'word=$x;y'
check 'and the kernel locked down' contains "$scratch/console.log" 'Lockdown: '
# Without its signature it is nothing that this firmware starts.
cp "$kernel" "$scratch/unsigned"
printf 'x' | dd of="$scratch/unsigned" bs=1 seek=100000 conv=notrunc status=none
kernel=$scratch/unsigned
check 'a kernel that was changed is not started' fails_with 1 \
	'GRUB could not load what it was to start before' boot --firmware uefi-secure --via grub \
	--memory 1024 --image "$scratch/root.img" --expect 'Linux version'
check 'GRUB says so' contains "$scratch/console.log" 'bad shim signature'
done_testing
