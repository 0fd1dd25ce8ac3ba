# shellcheck shell=sh
# SPDX-License-Identifier: GPL-2.0-or-later
# A disk with kernels to publish: $disk, an ext4 made of $tree.
# shellcheck source=tests/initrd/tree.sh
. tests/initrd/tree.sh

# shellcheck disable=SC2154 # of tests/lib.sh
tree=$scratch/tree
disk=$scratch/disk

# install_kernel VERSION TEXT: a kernel of that version, with modules
install_kernel() {
	version=$1
	module "$tree" drivers/block/aoe/aoe.ko
	module "$tree" drivers/net/virtio_net.ko firmware=bnx2/rv2p.fw firmware=../../etc/secret
	module "$tree" fs/ext4/ext4.ko alias=fs-ext4
	find "$tree/lib/modules/$version" -name '*.ko' | sed "s,.*/$version/,," \
		>"$tree/lib/modules/$version/modules.order"
	echo kernel/fs/xfs/xfs.ko >"$tree/lib/modules/$version/modules.builtin"
	printf '%s\0' xfs.alias=fs-xfs xfs.license=GPL xfs.file=fs/xfs/xfs \
		>"$tree/lib/modules/$version/modules.builtin.modinfo"
	depmod -b "$tree" "$version"
	mkdir -p "$tree/boot"
	echo "$2" >"$tree/boot/vmlinuz-$version"
}

# make_disk: of the tree; another file system each time
make_disk() {
	rm -f "$disk"
	mke2fs -q -F -t ext4 -d "$tree" "$disk" 16M >"$scratch/mke2fs.log"
}
