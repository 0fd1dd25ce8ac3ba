#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Debian with kernel 6.12 (compressed modules) off a partition: write, shut down, boot, read back.
. tests/qemu/scenario.sh

image=$scratch/debian.img
size=$(stat -c %s "$peers/debian-test.img")
truncate -s $((size + (4 << 20))) "$image"
printf 'label: gpt\nstart=4096, size=%s\n' $((size / 512)) | sfdisk -q "$image"
dd if="$peers/debian-test.img" of="$image" bs=2M seek=1 conv=notrunc,sparse status=none

debian() {
	"$etherroot" boot --accel tcg --via direct --image "$image" \
		--kernel "$(cat "$peers/6.12/version")" --timeout "$deadline" \
		--log "$scratch/console.log" --type 'login: =>root' \
		--type 'Password: =>etherroot' "$@"
}
check 'Debian on a partition boots and takes a write' debian \
	--type 'root@.*# =>findmnt -no SOURCE /; uname -r; echo kept-$((40+2)) >/root/note; echo wrote-$((1+1))' \
	--expect 'wrote-2'
check 'its root is the partition' grep -q '^/dev/etherd/e0.0p1' "$scratch/console.log"
check 'its kernel is 6.12' grep -q '^6\.12\.' "$scratch/console.log"
check 'the next boot reads it back' debian --type 'root@.*# =>cat /root/note' --expect '^kept-42'
done_testing
