#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Debian 13 with the newest kernel of its backports, to a login.
. tests/qemu/scenario.sh

if [ ! -e "$peers/newest" ]; then
	skip 'Debian 13 with the newest kernel boots to a login' 'the mirror has no backports'
	done_testing
	exit
fi
version=$(cat "$peers/newest/version")
check "Debian 13 with the newest kernel ($version) boots to a login" \
	"$etherroot" boot --accel tcg --via direct --image "$peers/newest/image" --snapshot \
	--timeout "$deadline" --log "$scratch/console.log" \
	--type 'login: =>root' --type 'Password: $=>etherroot' \
	--type 'root@.*# =>dmesg -n 1; findmnt -no SOURCE,FSTYPE /; echo $(ls /sys/class/net); uname -r; echo state-$(systemctl is-system-running --wait); echo facts-$((1+1))' \
	--expect 'facts-2'
console=$scratch/console.log
check 'the kernel is that one' grep -qF "$version" "$console"
check 'it is not the release'\''s own' test "$version" != "$(cat "$peers/6.12/version")"
check 'the root is the export' grep -q '^/dev/etherd/e0.0 ext4' "$console"
check 'the NIC that carries the root kept its name' grep -q '^eth0 lo' "$console"
check 'systemd has no failed units' grep -q '^state-running' "$console"
check 'the guest was shut down cleanly' grep -q 'reboot: Power down' "$console"
done_testing
