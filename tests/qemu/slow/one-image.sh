#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Debian off an image that it does not write to, with its changes on a disk of its own: no unit fails, the
# changes are there at the next boot, and the disk is clean when the machine is off. Then with each block of
# the image checked.
. tests/qemu/scenario.sh

image=$scratch/root.img
cp --sparse=always "$peers/6.12/image" "$image"
cp --sparse=always "$image" "$scratch/as-it-was.img"
mkdir "$scratch/nothing"
mke2fs -q -F -t ext4 -d "$scratch/nothing" -L changes "$scratch/changes.img" 512M
socket=$scratch/aoe.sock
in_background "$etherroot" serve --max-age "$any_age" --qemu "$socket" "0.0=$image,ro" "0.1=$scratch/changes.img" \
	>"$scratch/serve.log" 2>&1
wait_for_text "$scratch/serve.log" 'e0.1'

# debian COMMAND EXPECTED
debian() {
	"$etherroot" boot --accel tcg --via direct --image "$image" --lan "qemu:$socket" --after kill \
		--timeout "$deadline" --log "$scratch/console.log" \
		--append 'root=aoe:e0.0 rd.overlay=LABEL=changes rd.hostname=ws7' \
		--type 'login: =>root' --type 'Password: $=>etherroot' \
		--type "root@ws7.*# =>dmesg -n 7; $1" --expect "$2"
}

check 'it runs, as the machine that it was named' debian \
	'systemctl is-system-running --wait; systemctl --failed; cp /etc/machine-id /root/id; poweroff' \
	'reboot: Power down'
check 'with no failed unit' contains "$scratch/console.log" '0 loaded units listed'
check 'the shutdown program has ended it' \
	contains "$scratch/console.log" 'etherroot: unmount: all that was mounted is written'
check 'what has its changes is clean' is_clean "$scratch/changes.img"
# A machine that is told by its network card: QEMU has no UUID of its own.
check 'it is the same at the next boot' debian \
	'cmp /root/id /etc/machine-id && echo it-is-the-same | tr a-z A-Z; poweroff' IT-IS-THE-SAME
check 'the image is as it was' cmp "$image" "$scratch/as-it-was.img"

# And with each block checked, and changes in memory: Debian 12, whose systemd reads roothash= too.
use_kernel 6.1 --verity
check 'an image with a hash tree' sh -c \
	"'$etherroot' image verity '$peers/6.1/image' --output '$scratch/checked.img' >'$scratch/words'"
checked() {
	"$etherroot" boot --accel tcg --via direct --kernel "$kernel" --initrd "$initrd" \
		--image "$scratch/checked.img" --read-only --after kill --timeout "$deadline" \
		--log "$scratch/console.log" --append "$(cat "$scratch/words") rd.overlay" \
		--type 'login: =>root' --type 'Password: $=>etherroot' \
		--type "root@.*# =>dmesg -n 7; $1" --expect "$2"
}
check 'it runs, checked' checked \
	'systemctl is-system-running --wait; systemctl --failed; findmnt /run/etherroot/lower; poweroff' \
	'reboot: Power down'
check 'with no failed unit either' contains "$scratch/console.log" '0 loaded units listed'
check 'through the check' contains "$scratch/console.log" '/run/etherroot/lower /dev/dm-0 ext4'
check 'and ends' contains "$scratch/console.log" \
	'etherroot: unmount: all that was mounted is written'
done_testing
