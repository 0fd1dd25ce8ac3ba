#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Makes IMAGE_OUTPUT from the file system in IMAGE_INPUT: the same with a tree of hashes behind it, which
# dm-verity checks each block by. Prints the kernel command line's words for it. Run by `etherroot image
# verity`.
set -eu
PATH=$PATH:/usr/sbin:/sbin

work=

fail() {
	echo "etherroot image: $*" >&2
	exit 1
}

# Whether it fails, is interrupted or done: nothing is left but the image.
clean_up() {
	[ -z "$work" ] || rm -f "$work" "$work.said"
}

check_tools() {
	for tool in veritysetup:cryptsetup-bin blkid:util-linux; do
		command -v "${tool%:*}" >/dev/null ||
			fail "${tool%:*}: not installed: apt-get install ${tool#*:}"
	done
}

# The size of the blocks that are checked: no larger than the file system's, which would not be mounted
# then, or a page.
find_block_size() {
	type=$(blkid -p -o value -s TYPE "$IMAGE_INPUT") || :
	usage=$(blkid -p -o value -s USAGE "$IMAGE_INPUT") || :
	[ "$usage" = filesystem ] ||
		fail "$IMAGE_INPUT: no file system begins in it${type:+, but $type}: make the tree for a file system's own image"
	block=$(blkid -p -o value -s BLOCK_SIZE "$IMAGE_INPUT") || :
	[ "${block:=4096}" -le 4096 ] || block=4096
}

copy() {
	work=$(mktemp "$(dirname "$IMAGE_OUTPUT")/.${IMAGE_OUTPUT##*/}.XXXXXX") ||
		fail "$IMAGE_OUTPUT: its directory cannot be written"
	cp --sparse=always --reflink=auto "$IMAGE_INPUT" "$work" || fail "$IMAGE_OUTPUT: not written"
	# The tree begins in a block of its own.
	truncate --size=%4096 "$work"
	size=$(stat -c %s "$work")
}

make_tree() {
	veritysetup format "$work" "$work" --hash-offset="$size" --data-blocks="$((size / block))" \
		--data-block-size="$block" --hash-block-size=4096 >"$work.said" ||
		fail "$IMAGE_OUTPUT: veritysetup made no tree"
	hash=$(sed -n 's/^Root hash:[[:blank:]]*//p' "$work.said")
	[ "$hash" ] || fail "$IMAGE_OUTPUT: veritysetup has told no root hash"
}

trap clean_up EXIT
trap 'exit 1' HUP INT TERM
check_tools
find_block_size
copy
make_tree
chmod "$(stat -c %a "$IMAGE_INPUT")" "$work"
sync "$work"
mv -f "$work" "$IMAGE_OUTPUT"
echo "roothash=$hash rd.verity.offset=$size"
