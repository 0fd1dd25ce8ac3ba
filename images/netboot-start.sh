#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# In debian-installer's initrd, before it reads its preseed: brings the links up, loads the aoe module and
# waits for the export, which then is a disk like others to it. It waits as long as it takes, and says
# every ten seconds for what. The export and what comes after is on the kernel's command line.
set -eu
# shellcheck source=images/disk-content.sh
. /etherroot/disk-content.sh
# shellcheck source=images/installer-line.sh
. /etherroot/installer-line.sh

say() {
	echo "etherroot: $1" >/dev/console
	logger -t etherroot "$1"
}

# hold WHY: nothing is installed. There is a shell on tty2; a restart begins anew.
hold() {
	say "NOT INSTALLED: $1"
	while :; do sleep 3600; done
}

# A card whose driver comes late gets its link in a later turn.
links_up() {
	for link in /sys/class/net/*; do
		[ "$(cat "$link/type")" != 1 ] || ip link set "${link##*/}" up || :
	done
}

links() {
	for link in /sys/class/net/*; do
		[ "$(cat "$link/type")" != 1 ] ||
			printf ', %s %s' "${link##*/}" "$(cat "$link/operstate")"
	done
}

# A server that is away for longer than the driver's three minutes is waited for all the same.
load_module() {
	[ ! -e /sys/module/aoe ] || return 0
	insmod /etherroot/aoe.ko aoe_deadsecs=604800 || hold 'the aoe module cannot be loaded: dmesg says why'
}

# The wait ends when udev is through with the disk, or after a second.
wait_for_disk() {
	turn=0
	while :; do
		links_up
		load_module
		echo >/dev/etherd/discover || :
		! udevadm wait --settle --timeout=1 "$disk" 2>/dev/null || break
		turn=$((turn + 1))
		[ $((turn % 10)) != 0 ] || say "waiting: $export does not answer$(links)"
	done
	list-devices disk | grep -qx "$disk" || hold "$disk: is no disk to list-devices"
	say "$disk is there"
}

check_content() {
	[ -e /etherroot/only-empty ] || return 0
	! found=$(what_is_on "$disk") || hold "$disk: is not empty (${found:-unclear}): the answer 'overwrite yes' has \
that given up"
}

# It must end with a line's end; what comes later counts.
complete_preseed() {
	{
		echo
		echo "d-i partman-auto/disk string $disk"
		echo "d-i grub-installer/bootdev string $disk"
		[ "$finally" != poweroff ] || echo 'd-i debian-installer/exit/poweroff boolean true'
	} >>/preseed.cfg
}

read_command_line hold
wait_for_disk
check_content
complete_preseed
