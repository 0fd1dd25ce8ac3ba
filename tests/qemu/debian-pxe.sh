#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# What `make boot` does: PXE, iPXE, our script, our initrd, Debian 13 to its login prompt, a login, and
# a clean end. The kernel comes out of the image.
. tests/qemu/scenario.sh

image=$scratch/debian.img
cp --sparse=always "$peers/debian-13/image" "$image"
# The kernel's messages would come in the midst of the lines that are looked for.
facts='dmesg -n 1; findmnt -no SOURCE,FSTYPE /; echo $(ls /sys/class/net); echo state-$(systemctl is-system-running --wait); systemd-analyze time;'

check 'Debian boots to a login that works' \
	"$etherroot" boot --accel tcg --image "$image" \
	--timeout "$deadline" --log "$scratch/console.log" \
	--type 'login: =>root' --type 'Password: $=>etherroot' --type 'root@.*# =>'"$facts ls /dev/disk/by-uuid; echo facts-\$((1+1))" \
	--expect 'facts-2'
console=$scratch/console.log
check 'iPXE ran our script' grep -q 'iPXE' "$console"
check 'the root is the export' grep -q '^/dev/etherd/e0.0 ext4' "$console"
check 'the NIC that carries the root kept its name' grep -q '^eth0 lo' "$console"
check 'systemd has no failed units' grep -q '^state-running' "$console"
check 'systemd knows how long the init took' grep -qE '^Startup finished in .*s \(initrd\) \+ .*s \(userspace\)' "$console"
check 'udev links the root by its UUID' grep -qE \
	"^$(blkid -o value -s UUID "$peers/debian-13/image")" "$console"
check 'the guest was shut down cleanly' grep -q 'reboot: Power down' "$console"
check 'the file system is clean afterwards' e2fsck -fn "$image"
done_testing
