#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Roots that are not ext4: the type is found out, and its module loaded with what it needs.
. tests/qemu/scenario.sh

use_kernel newest --fs xfs,btrfs,ext4,squashfs,erofs
tiny_tree "$scratch/tiny"

truncate -s 256M "$scratch/btrfs.img"
mkfs.btrfs -q -L btrfs-root --rootdir "$scratch/tiny" "$scratch/btrfs.img" >"$scratch/mkfs.log"
boots 'a Btrfs root' 'TINY-ROOT /dev/etherd/e0.0 btrfs ro' \
	--image "$scratch/btrfs.img" --append 'root=aoe:e0.0 ro'
boots 'a Btrfs root by its label, below an overlay' 'TINY-ROOT overlay overlay rw' \
	--image "$scratch/btrfs.img" --read-only --append 'root=LABEL=btrfs-root rd.overlay'
check 'which leaves it as it is' contains "$scratch/console.log" \
	'etherroot: mount: /dev/etherd/e0.0 btrfs ro'

mksquashfs "$scratch/tiny" "$scratch/squashfs.img" -noappend -quiet -all-root >"$scratch/mkfs.log"
boots 'a SquashFS root, below an overlay' 'TINY-ROOT overlay overlay rw' \
	--image "$scratch/squashfs.img" --read-only --append 'root=aoe:e0.0 rd.overlay'
mkfs.erofs --quiet "$scratch/erofs.img" "$scratch/tiny"
boots 'an EROFS root, below an overlay' 'TINY-ROOT overlay overlay rw' \
	--image "$scratch/erofs.img" --read-only --append 'root=aoe:e0.0 rd.overlay'

# mkfs.xfs fills a file system by a list of files: directories, then their entries, then "$".
xfs_list() {
	echo "d--755 0 0"
	for directory in bin sbin proc sys dev run etc; do
		echo "$directory d--755 0 0"
		for file in "$scratch/tiny/$directory"/*; do
			if [ -L "$file" ]; then
				echo "${file##*/} l--777 0 0 $(readlink "$file")"
			elif [ -f "$file" ]; then
				echo "${file##*/} ---755 0 0 $file"
			fi
		done
		echo '$'
	done
	echo '$'
}
{ printf '/dev/null\n0 0\n'; xfs_list; } >"$scratch/xfs.list"
mkfs.xfs -q -p "$scratch/xfs.list" -d file,name="$scratch/xfs.img",size=320m
boots 'an XFS root' 'TINY-ROOT /dev/etherd/e0.0 xfs ro' \
	--image "$scratch/xfs.img" --append 'root=aoe:e0.0 ro'
done_testing
