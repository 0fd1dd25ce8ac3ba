#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# A root that is checked as it is read: it boots by its root hash alone, and one flipped bit is an error
# where it is read, and never data.
. tests/qemu/scenario.sh

use_kernel 6.1 --verity --module loop
mkdir -p "$scratch/tiny"
tiny_tree "$scratch/tiny"
# A file whose one block is found again in the image: a bit of it is to be flipped.
printf '%-4096s' 'a block of its own' >"$scratch/tiny/etc/block"
tiny_root "$scratch/root.img" -b 4096
"$etherroot" image verity "$scratch/root.img" --output "$scratch/checked.img" >"$scratch/words"
words=$(cat "$scratch/words")
roothash=${words%% *}
offset=${words##*=}

# flip FILE BYTE: its lowest bit
flip() {
	flip_byte=$(od -An -tu1 -j "$2" -N 1 "$1" | tr -d ' ')
	printf '%b' "\\0$(printf %o $((flip_byte ^ 1)))" |
		dd of="$1" bs=1 seek="$2" conv=notrunc status=none
}
at=$(grep -abo 'a block of its own' "$scratch/checked.img" | head -n 1 | cut -d : -f 1)

boots 'a root with its hash tree behind it, also in memory' 'TINY-ROOT shows a block of its own' \
	--image "$scratch/checked.img" --read-only \
	--append "rw rootfstype=ext4 $roothash rd.toram do=show:/etc/block"
check 'what is in memory is checked' contains "$scratch/console.log" 'etherroot: toram: /dev/etherd/e0.0 is /dev/loop0'
check 'it is mounted through the check' contains "$scratch/console.log" \
	'etherroot: mount: /dev/dm-0 ext4 ro'

cp "$scratch/checked.img" "$scratch/data.img"
flip "$scratch/data.img" "$at"
boots 'a flipped bit of the data is an error' "cat: read error: I/O error|cat: read error: Input/output error" \
	--image "$scratch/data.img" --read-only --append "$words do=show:/etc/block"
check 'and no data' sh -c "! grep 'shows a block' '$scratch/console.log'"

# The first block of the tree is the top one; what is read first is checked by it.
cp "$scratch/checked.img" "$scratch/tree.img"
flip "$scratch/tree.img" $((offset + 4096 + 7))
fails_to_boot 'a flipped bit of the tree' \
	'etherroot: E-ROOTHASH: /dev/etherd/e0.0: what was read does not match roothash=' \
	"root=aoe:e0.0 $words" --image "$scratch/tree.img" --read-only

# The tree on a disk of its own, and changes in memory.
veritysetup format "$scratch/root.img" "$scratch/hashes.img" >"$scratch/said"
other=$(sed -n 's/^Root hash:[[:blank:]]*//p' "$scratch/said")
uuid=$(sed -n 's/^UUID:[[:blank:]]*//p' "$scratch/said")
in_background "$etherroot" serve --max-age "$any_age" --qemu "$scratch/aoe.sock" "0.0=$scratch/root.img,ro" \
	"0.1=$scratch/hashes.img,ro" >"$scratch/serve.log" 2>&1
wait_for_text "$scratch/serve.log" 'e0.1'
boots 'a hash tree on a second disk, below an overlay' 'TINY-ROOT layers overlay overlay rw; /etc: ' \
	--image "$scratch/root.img" --lan "qemu:$scratch/aoe.sock" \
	--append "root=aoe:e0.0 roothash=$other rd.verity.hash=UUID=$uuid rd.overlay do=layers:x"
done_testing
