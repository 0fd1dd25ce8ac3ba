#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# `etherroot initrd` with the distribution's kernels: uncompressed modules (6.1) and .ko.xz (the later
# ones).
# shellcheck source=tests/qemu/scenario.sh
. tests/qemu/scenario.sh

# content DIR [OPTION...]: the files of an image for $version, as they are in it
content() {
	mkdir -p "$1"
	content_directory=$1
	shift
	make_initrd "$scratch/image" --compress none "$@"
	(cd "$content_directory" && cpio -idm --quiet 'init' 'lib/*' 'etc/*' <"$scratch/image")
}

# Each module is the tree's, decompressed: the signature is still there, and no byte differs.
modules_are_whole() {
	(cd "$1" && find lib -name '*.ko') >"$scratch/modules"
	[ -s "$scratch/modules" ]
	while read -r module; do
		if [ -e "$tree/$module" ]; then
			cmp "$tree/$module" "$1/$module"
		else
			xz -dc "$tree/$module.xz" | cmp - "$1/$module"
		fi
		tail -c 28 "$1/$module" | grep -q '^~Module signature appended~$'
	done <"$scratch/modules"
}

# Every path and name in the indexes is a module of the image.
indexes_are_closed() {
	(
		cd "$1/lib/modules/$version"
		tr -d : <modules.dep | tr ' ' '\n' | while read -r path; do [ -z "$path" ] || cat "$path"; done
		sed 's/:.*//; s,.*/,,; s/\.ko$//; s/-/_/g' modules.dep | sort >names
		{
			cut -d ' ' -f 3 modules.alias
			sed 's/^softdep //' modules.softdep | tr ' ' '\n' | grep -v ':$'
		} | sort -u | comm -23 - names >strangers
		cat strangers
		[ ! -s strangers ]
	) >"$scratch/closed"
}

# Almost all of an image is the kernel's modules, which grow with each kernel.
largest() {
	case $1 in
	6.1) echo 890000 ;;
	6.12) echo 980000 ;;
	newest) echo 1120000 ;;
	esac
}

for series in 6.1 6.12 newest; do
	use_kernel "$series"
	size=$(wc -c <"$initrd")
	check "$series: the image for a virtio machine with ext4 has at most $(largest "$series") bytes ($size)" \
		test "$size" -le "$(largest "$series")"
	content "$scratch/$series"
	check "$series: its modules are the tree's, with their signatures" \
		modules_are_whole "$scratch/$series"
	check "$series: its indexes name nothing that is not in it" \
		indexes_are_closed "$scratch/$series"
	# (Later kernels have ext4's checksum built in.)
	[ "$series" = newest ] ||
		check "$series: ext4 has every provider of its checksum" contains \
		"$scratch/$series/lib/modules/$version/modules.softdep" \
		'softdep ext4 pre: crc32c_intel crc32c_generic'
	content "$scratch/$series-all" --drivers all --fs all
	check "$series: with all drivers and file systems it is at most 20 MB" sh -c "
		'$etherroot' initrd -r '$tree' -k '$version' -f all -o - | wc -c >'$scratch/all'
		test \$(cat '$scratch/all') -le 20000000"
	check "$series: and its indexes are closed" indexes_are_closed "$scratch/$series-all"
	for driver in virtio_net e1000e igb tg3 r8169 mlx5_core bnx2x r8152 hv_netvsc; do
		check "$series: $driver is in it" \
			test -n "$(find "$scratch/$series-all/lib" -name "$driver.ko")"
	done
	for filesystem in ext4 ext2 xfs btrfs f2fs squashfs; do
		check "$series: $filesystem is listed" \
			grep -qx "$filesystem" "$scratch/$series-all/etc/filesystems"
	done
done

# The image is compressed in sections, side by side: how many are at it must not show.
with_processors() {
	echo "$1" >"$scratch/online"
	unshared --mount sh -eu -c "
		mount --bind '$scratch/online' /sys/devices/system/cpu/online
		test \$(getconf _NPROCESSORS_ONLN) -eq '$2'
		'$etherroot' initrd -r '$tree' -k '$version' -d virtual -o -" >"$scratch/$2-processors"
}
if with_processors 0 1 2>/dev/null; then
	with_processors 0-7 8
	check 'eight processors make the same image as one' \
		cmp "$scratch/1-processors" "$scratch/8-processors"
else
	skip 'eight processors make the same image as one' 'no namespaces'
fi

# A module of our own making, with debug sections in its midst: the distribution's, linked together
# with an object that has them. The kernel must take what is left when they are gone.
use_kernel 6.1
own=$scratch/own
content "$own" --module crc7
crc7=$own/lib/modules/$version/kernel/lib/crc7.ko
echo 'struct s { int a; long b; } s; int extra(struct s *p) { return p->a + (int)s.b; }' |
	cc -c -g -O1 -ffreestanding -fno-pie -mcmodel=kernel -o "$scratch/extra.o" -x c -
cp "$crc7" "$scratch/crc7.ko"
ld -r -o "$crc7" "$scratch/crc7.ko" "$scratch/extra.o"
cp "$tree/lib/modules/$version/"modules.builtin* "$tree/lib/modules/$version/modules.order" \
	"$own/lib/modules/$version/"
depmod -b "$own" "$version"
"$etherroot" initrd --root "$own" --drivers virtio_net --module crc7 --output "$initrd"
"$etherroot" initrd --root "$own" --drivers virtio_net --module crc7 --compress none \
	--output "$scratch/image"
mkdir "$scratch/stripped"
(cd "$scratch/stripped" && cpio -idm --quiet '*/crc7.ko' <"$scratch/image")
stripped=$(find "$scratch/stripped" -name crc7.ko)
check 'a module with debug sections' sh -c "readelf -SW '$crc7' | grep -q ' \.debug_info'"
check 'loses them' sh -c "! readelf -SW '$stripped' | grep ' \.debug'"
tiny_root "$scratch/root.img"
boots 'and the kernel takes it' 'etherroot: module: crc7 ' --image "$scratch/root.img" \
	--no-target --append 'rd.debug'

for format in xz gzip none; do
	make_initrd "$initrd" --compress "$format"
	boots "the kernel unpacks $format" 'etherroot: start: ' --image "$scratch/root.img" --no-target
done
done_testing
