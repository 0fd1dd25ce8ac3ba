#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# The init as an image's /sbin/modprobe, asked as the kernel asks (kernel/module/kmod.c): for the driver of
# a PHY, as a network card's driver has it do (drivers/net/phy/phy_device.c). None of QEMU's cards has a PHY
# that takes one. Without privileges the kernel loads nothing, and the init says what it was to load.
. tests/lib.sh
# shellcheck source=tests/initrd/tree.sh
. tests/initrd/tree.sh

version=$(uname -r)
make_tree "$scratch/tree"
"$etherroot" initrd --root "$scratch/tree" --kernel "$version" --drivers all --compress none \
	--output "$scratch/image"
mkdir "$scratch/content"
(cd "$scratch/content" && cpio -idm --quiet --no-absolute-filenames '[!d]*' <../image)

# asks MODULE-OR-ALIAS: leaves what the init says in $scratch/said, and fails if nothing was loaded
asks() {
	unshare --user --map-root-user chroot "$scratch/content" /sbin/modprobe -q -- "$1" >"$scratch/said" 2>&1
}
is_silent() {
	cat "$scratch/said"
	[ ! -s "$scratch/said" ]
}

if ! unshare --user --map-root-user true 2>/dev/null; then
	skip 'everything' 'this machine gives its users no namespaces'
	done_testing
	exit
fi
asks mdio:00000000001000100010000101011010 && not_ok 'it is not loaded here'
check 'a PHY has its driver loaded' contains "$scratch/said" 'etherroot: warning: micrel: the kernel did not load it'
asks mdio:00000000001000100010000101111010 && not_ok 'there is no driver'
check 'one that is of no driver has none' is_silent
asks crypto-crc32c && not_ok 'it is not loaded here'
check 'as what is asked for by a plain alias has' contains "$scratch/said" 'etherroot: warning: crc32c_generic: the'
done_testing
