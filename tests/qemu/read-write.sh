#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# What is to be written is checked first, what a guest writes is there after its power was cut, and read-only means read-only.
. tests/qemu/scenario.sh

use_kernel newest --fsck --module loop
tiny_root "$scratch/root.img"

boots 'rw: the root takes a write' 'TINY-ROOT wrote hello-etherroot' \
	--image "$scratch/root.img" --append 'root=aoe:e0.0 rw do=write:hello-etherroot'
check 'the root was checked before' contains "$scratch/console.log" \
	'etherroot: fsck: /dev/etherd/e0.0: clean, '
boots 'the write is there for the next boot' 'TINY-ROOT read hello-etherroot' \
	--image "$scratch/root.img" --append 'root=aoe:e0.0 ro do=read'
check 'which is not checked with ro' sh -c '! grep "etherroot: fsck" "$1"' sh "$scratch/console.log"
before=$(sha256sum <"$scratch/root.img")
boots 'a read-only export boots with ro' 'TINY-ROOT /dev/etherd/e0.0 ext4 ro' \
	--image "$scratch/root.img" --read-only --append 'root=aoe:e0.0 ro rootflags=noload'
boots '--snapshot takes writes' 'TINY-ROOT wrote lost' \
	--image "$scratch/root.img" --snapshot --append 'root=aoe:e0.0 rw do=write:lost'
check 'neither changed the image' test "$before" = "$(sha256sum <"$scratch/root.img")"

# The guest has a second serial line, on which it is told that its server is gone.
in_background "$etherroot" serve --max-age "$any_age" --qemu "$scratch/aoe.sock" "0.0=$scratch/root.img,ro" \
	>"$scratch/serve.log" 2>&1
target=$!
wait_for_text "$scratch/serve.log" e0.0
mkfifo "$scratch/line.in" "$scratch/line.out"
mkdir "$scratch/bin"
printf '#!/bin/sh\nexec %s "$@" -serial pipe:%s\n' "$(command -v qemu-system-x86_64)" "$scratch/line" \
	>"$scratch/bin/qemu-system-x86_64"
chmod +x "$scratch/bin/qemu-system-x86_64"
in_background env PATH="$scratch/bin:$PATH" "$etherroot" boot --accel tcg --via direct --kernel "$kernel" \
	--initrd "$initrd" --timeout "$deadline" --log "$scratch/console.log" --image "$scratch/root.img" \
	--after kill --expect 'reboot: Power down' --lan "qemu:$scratch/aoe.sock" \
	--append 'root=aoe:e0.0 rw rd.toram do=alone:poweroff' >"$scratch/boot.log" 2>&1
guest=$!
check 'rd.toram: the root is in memory, and can be written' \
	wait_for_text "$scratch/console.log" 'etherroot: mount: /dev/loop0 ext4 rw'
check 'it runs' wait_for_text "$scratch/console.log" 'TINY-ROOT waits'
kill "$target"
wait "$target" || :
echo >"$scratch/line.in"
check 'without its server it goes on, and off' wait "$guest"
check 'and has let the disk go' grep -Eq "^TINY-ROOT alone [0-9]{6,} *.?\$" "$scratch/console.log"
check 'with all written' contains "$scratch/console.log" \
	'etherroot: unmount: all that was mounted is written'
mke2fs -q -t ext4 "$scratch/large.img" 4G
debugfs -w -R 'ssv free_blocks_count 0' "$scratch/large.img" 2>"$scratch/debugfs.log"
fails_to_boot 'a root that is larger than the memory is refused at once' \
	'E-NOMEMORY: /dev/etherd/e0.0: of its 4096 MiB no more than ' 'root=aoe:e0.0 rd.toram' \
	--image "$scratch/large.img"

debugfs -w -R 'ssv free_blocks_count 1' "$scratch/root.img" 2>"$scratch/debugfs.log"
debugfs -w -R 'ssv state 0' "$scratch/root.img" 2>"$scratch/debugfs.log"
boots 'a file system that was left as it was is put in order' 'TINY-ROOT /dev/etherd/e0.0 ext4 rw' \
	--image "$scratch/root.img" --append 'root=aoe:e0.0 rw'
check 'which is told' contains "$scratch/console.log" 'was not cleanly unmounted, check forced'
debugfs -w -R 'clri <2>' "$scratch/root.img" 2>"$scratch/debugfs.log"
debugfs -w -R 'ssv state 0' "$scratch/root.img" 2>"$scratch/debugfs.log"
fails_to_boot 'one that is damaged is not mounted' \
	'E-FSCK: /dev/etherd/e0.0: e2fsck -p ended with status 4: run e2fsck on it by hand' \
	'root=aoe:e0.0 rw' --image "$scratch/root.img"
done_testing
