#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# `etherroot publish`: what comes out of a disk, when, and in which order it gets where machines load
# it. What is read of a disk that is being written to is in unit/test_disk_ext4.c.
# shellcheck source=tests/lib.sh
. tests/lib.sh
# shellcheck source=tests/publish/disk.sh
. tests/publish/disk.sh

etherroot=$(realpath "$etherroot")
folder=$scratch/boot

publish() {
	"$etherroot" publish --disk "$disk" --output "$folder" --drivers virtio_net --compress none "$@"
}

# says TEXT COMMAND...: on standard output, and succeeds
says() {
	says_text=$1
	shift
	"$@" >"$scratch/says.out" && contains "$scratch/says.out" "$says_text"
}

# names GENERATION [PREVIOUS [URL]]: the script does, and both folders are there and no other
names() {
	{
		echo '#!ipxe'
		echo "# Made by 'etherroot publish': names the folder with the kernel and the initrd."
		printf 'clear %s ||\n' previous trial trial-args
		if [ "${3:-}" ]; then
			echo 'set trial-args panic=10 rd.timeout=300 rd.onfail=reboot'
			echo "set trial $3"
		fi
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

# ---- on trial ------------------------------------------------------------------------------------
url='http://10.20.0.1:8068/cgi-bin/trial?ws1'
trial() {
	publish --trial "$url" "$@"
}
check 'the first one is not on trial' says "$scratch/tried/6.1.0-test-1: " "$etherroot" publish --disk "$disk" \
	--output "$scratch/tried" --drivers virtio_net --kernel 6.1.0-test --trial "$url"
check 'there is none before it' sh -c "! grep 'set trial' '$scratch/tried/generation.ipxe'"
check 'another is' says "$folder/6.1.0-test-5: " trial --kernel 6.1.0-test --module ext4
check 'which the script says' names 6.1.0-test-5 6.12.0_b1-test-3 "$url/6.1.0-test-5"
check 'nothing has changed' says ': nothing has changed' trial --kernel 6.1.0-test --module ext4
check 'it stays on trial' names 6.1.0-test-5 6.12.0_b1-test-3 "$url/6.1.0-test-5"
check 'one more' says "$folder/6.1.0-test-6: " trial --kernel 6.1.0-test --compress gzip
check 'the one that has come up is kept for it' names 6.1.0-test-6 6.12.0_b1-test-3 "$url/6.1.0-test-6"
check 'back to what has come up' says "$folder/6.12.0_b1-test-3" "$etherroot" publish --output "$folder" --back --trial "$url"
check 'is not on trial: there is nothing to fall back to' names 6.12.0_b1-test-3 6.1.0-test-6
check 'back to what has not' says "$folder/6.1.0-test-6" "$etherroot" publish --output "$folder" --back --trial "$url"
check 'is on trial again' names 6.1.0-test-6 6.12.0_b1-test-3 "$url/6.1.0-test-6"
"$etherroot" publish --output "$folder" --back --trial "$url" >"$scratch/said"
for not in 'x' 'http://a b' "http://a/\${x}" "http://a
shell"; do
	check "not a URL: $(echo "$not" | tr '\n' '|')" fails_with 2 'not a URL that may stand in a script' publish --trial "$not"
done
check 'by hand it is not' says "$folder/6.1.0-test-6" "$etherroot" publish --output "$folder" --back
"$etherroot" publish --output "$folder" --back >"$scratch/said"
check 'nor is it then' names 6.12.0_b1-test-3 6.1.0-test-6

# ---- in the middle of an installation ------------------------------------------------------------
install_kernel 6.13.0-test newest
mv "$tree/lib/modules/6.13.0-test/modules.dep" "$scratch/modules.dep"
make_disk
check 'a kernel without the list of its modules is passed over' fails_with 0 \
	"etherroot publish: $disk: kernel 6.13.0-test is not wholly installed yet: taking 6.12.0+b1-test" publish --module ext4
check 'and nothing has changed' names 6.12.0_b1-test-3 6.1.0-test-6
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
check "what a machine's journal has counts" says "$folder/6.13.0-test-7: " publish
check 'it is that' contains "$folder/6.13.0-test-7/vmlinuz" rescue
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
check 'and is left out' names 6.13.0-test-8 6.13.0-test-7
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
check 'a name beside a disk' fails_with 2 "ws1: a machine's name stands without --disk and --output" publish ws1
check '--root beside a disk' fails_with 2 '--root: stands without --disk and --output' publish --root /
check '--back of nobody' fails_with 2 '--back: of which machine?' "$etherroot" publish --back
check '--kernel of nobody' fails_with 2 '--kernel: of which machine?' "$etherroot" publish --kernel 6.1.0-test
check '--back with options' fails_with 2 '--back: no other kernel and no options are taken' \
	"$etherroot" publish --back --module ext4 ws1
done_testing
