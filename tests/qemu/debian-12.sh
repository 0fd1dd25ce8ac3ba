#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Debian 12 with both of its kernels, off a partition: write with 6.12 (compressed modules), shut down,
# boot with 6.1, read back.
. tests/qemu/scenario.sh

image=$scratch/debian.img
size=$(stat -L -c %s "$peers/debian-12/image")
truncate -s $((size + (4 << 20))) "$image"
printf 'label: gpt\nstart=4096, size=%s\n' $((size / 512)) | sfdisk -q "$image"
dd if="$peers/debian-12/image" of="$image" bs=2M seek=1 conv=notrunc,sparse status=none

# debian KERNEL BOOT-OPTION...
debian() {
	debian_version=$(cat "$peers/$1/version")
	shift
	"$etherroot" boot --accel tcg --via direct --image "$image" \
		--kernel "$debian_version" --timeout "$deadline" \
		--log "$scratch/console.log" --type 'login: =>root' \
		--type 'Password: $=>etherroot' "$@"
}
facts='dmesg -n 1; echo Debian $(cut -d . -f 1 /etc/debian_version); findmnt -no SOURCE /; uname -r; '
check 'Debian on a partition boots and takes a write' debian 6.12-bookworm \
	--type 'root@.*# =>'"$facts"'echo kept-$((40+2)) >/root/note; echo wrote-$((1+1))' \
	--expect 'wrote-2'
check 'it is Debian 12' grep -q '^Debian 12' "$scratch/console.log"
check 'its root is the partition' grep -q '^/dev/etherd/e0.0p1' "$scratch/console.log"
check 'its kernel is 6.12' grep -q '^6\.12\.' "$scratch/console.log"
check 'the next boot is with 6.1' debian 6.1 \
	--type 'root@.*# =>'"$facts"'cat /root/note; systemctl is-system-running --wait; systemd-analyze time; echo facts-$((1+1))' --expect '^facts-2'
check 'it reads it back' grep -q '^kept-42' "$scratch/console.log"
check 'systemd knows how long the init took' grep -qE \
	'^Startup finished in .*s \(initrd\) \+ .*s \(userspace\)' "$scratch/console.log"
check 'its kernel is 6.1' grep -q '^6\.1\.' "$scratch/console.log"
done_testing
