#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# `etherroot publish`: what comes out of a disk, when, and in which order it gets where machines load
# it. What is read of a disk that is being written to is in unit/test_disk_ext4.c.
# shellcheck source=tests/lib.sh
. tests/lib.sh
# shellcheck source=tests/initrd/tree.sh
. tests/initrd/tree.sh

etherroot=$(realpath "$etherroot")
tree=$scratch/tree
disk=$scratch/disk
folder=$scratch/boot

# install VERSION TEXT: a kernel of that version, with modules
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

publish() {
	"$etherroot" publish --disk "$disk" --output "$folder" --drivers virtio_net --compress none "$@"
}

# says TEXT COMMAND...: on standard output, and succeeds
says() {
	says_text=$1
	shift
	"$@" >"$scratch/says.out" && contains "$scratch/says.out" "$says_text"
}

# names GENERATION [PREVIOUS]: the script does, and both folders are there and no other
names() {
	{
		echo '#!ipxe'
		echo "# Made by 'etherroot publish': names the folder with the kernel and the initrd."
		echo 'clear previous ||'
		[ ! "${2:-}" ] || echo "set previous $2"
		echo "set generation $1"
	} | diff -u - "$folder/generation.ipxe" || return 1
	printf '%s\n' "$1" ${2:+"$2"} generation.ipxe | sort >"$scratch/names"
	find "$folder" -mindepth 1 -maxdepth 1 -printf '%f\n' | sort | diff -u "$scratch/names" -
}

install_kernel 6.1.0-test old
mkdir -p "$tree/lib/firmware/bnx2" "$tree/etc"
echo firmware >"$tree/lib/firmware/bnx2/rv2p.fw"
echo secret >"$tree/lib/firmware/unwanted"
make_disk

# ---- the first -----------------------------------------------------------------------------------
check 'a disk is published' says "$folder/6.1.0-test-1: kernel 6.1.0-test of $disk" publish
check 'the script names it' names 6.1.0-test-1
check "the kernel is the disk's" cmp "$tree/boot/vmlinuz-6.1.0-test" "$folder/6.1.0-test-1/vmlinuz"
cpio -it --quiet <"$folder/6.1.0-test-1/initrd.img" >"$scratch/content"
check 'the initrd is for it' contains "$scratch/content" lib/modules/6.1.0-test/kernel/drivers/net/virtio_net.ko
check 'the firmware that a driver wants is in it' contains "$scratch/content" lib/firmware/bnx2/rv2p.fw
check 'whoever hands them out may read them' test \
	"$(stat -c %a "$folder" "$folder"/* "$folder"/*/vmlinuz "$folder"/*/initrd.img | sort -u | tr '\n' ' ')" = '644 755 '

# ---- nothing has changed -------------------------------------------------------------------------
# files: what machines load, and which file that is
files() {
	stat -c '%n %i %z' "$folder/generation.ipxe" "$folder"/*/vmlinuz "$folder"/*/initrd.img
}
files >"$scratch/before"
check 'the same again: nothing is done' says "$folder/6.1.0-test-1: kernel 6.1.0-test of $disk: nothing has changed" publish
make_disk
check 'another file system, with the same: nothing is done either' says ': nothing has changed' publish
check 'and the next time that is known' says ': nothing has changed' publish
files >"$scratch/after"
check 'no file is another' diff -u "$scratch/before" "$scratch/after"

# ---- another kernel ------------------------------------------------------------------------------
install_kernel 6.12.0+b1-test newer
make_disk
check 'a newer kernel is the one' says "$folder/6.12.0_b1-test-2: kernel 6.12.0+b1-test of $disk" publish
check 'the one before is kept' names 6.12.0_b1-test-2 6.1.0-test-1
check 'other options make another' says "$folder/6.12.0_b1-test-3: " publish --module ext4
check 'what is older goes' names 6.12.0_b1-test-3 6.12.0_b1-test-2
check 'a kernel that is asked for' says "$folder/6.1.0-test-4: " publish --kernel 6.1.0-test
check 'one that there is not' fails_with 1 \
	"etherroot publish: $disk: no kernel 5.0 in it (there are: 6.1.0-test, 6.12.0+b1-test)" publish --kernel 5.0

# ---- and back ------------------------------------------------------------------------------------
check 'back to the one before' says "$folder/6.12.0_b1-test-3" "$etherroot" publish --output "$folder" --back
check 'the two have changed places' names 6.12.0_b1-test-3 6.1.0-test-4
check 'what was gone back from is not published again' says \
	"$folder/6.1.0-test-4: kernel 6.1.0-test of $disk: nothing has changed, and it was gone back from" \
	publish --kernel 6.1.0-test
check 'nothing before the first' fails_with 1 \
	"etherroot publish: $scratch/other: there is no generation before this one" \
	"$etherroot" publish --output "$scratch/other" --back

# ---- in the middle of an installation ------------------------------------------------------------
install_kernel 6.13.0-test newest
mv "$tree/lib/modules/6.13.0-test/modules.dep" "$scratch/modules.dep"
make_disk
check 'a kernel without the list of its modules is passed over' fails_with 0 \
	"etherroot publish: $disk: kernel 6.13.0-test is not wholly installed yet: taking 6.12.0+b1-test" publish --module ext4
check 'and nothing has changed' names 6.12.0_b1-test-3 6.1.0-test-4
mv "$scratch/modules.dep" "$tree/lib/modules/6.13.0-test/modules.dep"
make_disk

# ---- a disk that is in use -----------------------------------------------------------------------
# in_journal TEXT: the newest kernel's content is TEXT, which stands in the journal and not in its place
in_journal() {
	block=$(debugfs -R 'blocks /boot/vmlinuz-6.13.0-test' "$disk" 2>/dev/null | tr -d ' ')
	printf '%s\n' "$1" >"$scratch/block"
	truncate -s "$(dumpe2fs -h "$disk" 2>/dev/null | sed -n 's/^Block size: *//p')" "$scratch/block"
	printf 'jo -c -v 3\njw -b %s %s\njc\n' "$block" "$scratch/block" >"$scratch/commands"
	debugfs -w -f "$scratch/commands" "$disk" >"$scratch/debugfs.log" 2>&1
}
in_journal rescue
sum=$(sha256sum "$disk")
check "what a machine's journal has counts" says "$folder/6.13.0-test-5: " publish
check 'it is that' contains "$folder/6.13.0-test-5/vmlinuz" rescue
check 'nothing is written to the disk' test "$sum" = "$(sha256sum "$disk")"
make_disk
tune2fs -O ^has_journal "$disk" >"$scratch/tune2fs.log" 2>&1
debugfs -w -R 'ssv state 0' "$disk" 2>"$scratch/debugfs.log"
check 'without a journal it has to be at rest' fails_with 1 \
	"etherroot publish: $disk: it has no journal, and a machine uses it, or has not unmounted it" publish
make_disk

# ---- what fails leaves all as it was -------------------------------------------------------------
find "$folder" -printf '%p %i %T@\n' | sort | grep -v "^$folder [0-9]" >"$scratch/before"
check 'an initrd that cannot be made' fails_with 1 \
	'etherroot initrd: driver nonesuch: kernel 6.13.0-test has no such module' \
	"$etherroot" publish --disk "$disk" --output "$folder" --drivers nonesuch
mv "$tree/lib/firmware/bnx2/rv2p.fw" "$scratch"
truncate -s 3G "$tree/lib/firmware/bnx2/rv2p.fw"
make_disk
check 'firmware that no driver has' fails_with 1 \
	"etherroot publish: $disk: rv2p.fw: more than any kernel with its modules has" publish
mv "$scratch/rv2p.fw" "$tree/lib/firmware/bnx2/rv2p.fw"
make_disk
truncate -s 1M "$scratch/empty"
check 'a disk without a root' fails_with 1 \
	"etherroot publish: $scratch/empty: no ext4 file system in it to take a kernel out of (nothing known)" \
	"$etherroot" publish --disk "$scratch/empty" --output "$folder"
check 'a disk that is not there' fails_with 1 "etherroot publish: $scratch/none: No such file or directory" \
	"$etherroot" publish --disk "$scratch/none" --output "$folder"
mkfifo "$scratch/fifo"
check 'a FIFO is no disk' fails_with 1 "etherroot publish: $scratch/fifo: neither a disk image nor a block device" \
	"$etherroot" publish --disk "$scratch/fifo" --output "$folder"
check 'two at a time' fails_with 1 \
	"etherroot publish: $folder: another 'etherroot publish' is at work there" \
	flock --close "$folder" "$etherroot" publish --disk "$disk" --output "$folder"
find "$folder" -printf '%p %i %T@\n' | sort | grep -v "^$folder [0-9]" >"$scratch/after"
check 'nothing is another, and nothing is left' diff -u "$scratch/before" "$scratch/after"
mkdir "$folder/.publish.abcdef" "$folder/mine-7"
check 'what a run that was killed has left goes' says "$folder/6.13.0-test-8: " publish
check 'what is not ours stays' test -d "$folder/mine-7"
rmdir "$folder/mine-7"
check 'and is left out' names 6.13.0-test-8 6.13.0-test-5
mkdir "$scratch/theirs"
echo '#!ipxe' >"$scratch/theirs/generation.ipxe"
check "somebody's own script is not replaced" fails_with 1 \
	"etherroot publish: $scratch/theirs/generation.ipxe: it is not one that was made here: move it out of the way" \
	"$etherroot" publish --disk "$disk" --output "$scratch/theirs"
check 'it is what it was' contains "$scratch/theirs/generation.ipxe" '#!ipxe'

# ---- a partition ---------------------------------------------------------------------------------
truncate -s 20M "$scratch/whole"
printf 'label: gpt\nstart=2048, size=2048\nstart=4096, size=32768\n' | sfdisk -q "$scratch/whole"
dd if="$disk" of="$scratch/whole" bs=1M seek=2 conv=notrunc status=none
check 'a disk with partitions' says "$scratch/parts/6.13.0-test-1: " \
	"$etherroot" publish --disk "$scratch/whole" --output "$scratch/parts" --drivers virtio_net

# ---- the command line ----------------------------------------------------------------------------
check 'no disk' fails_with 2 '--disk PATH: which disk has the kernel?' "$etherroot" publish --output "$folder"
check 'no folder' fails_with 2 '--output FOLDER: where are they to go?' "$etherroot" publish --disk "$disk"
check '--back with a disk' fails_with 2 '--back: only together with --output' \
	"$etherroot" publish --output "$folder" --disk "$disk" --back
check 'an operand' fails_with 2 'x: nothing is expected here' "$etherroot" publish x
done_testing
