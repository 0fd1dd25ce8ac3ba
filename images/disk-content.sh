# shellcheck shell=sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Nobody's data goes without having been given up. To be sourced, in debian-installer as well.

# what_is_on DISK: says it, and fails if there is nothing. What cannot be read may be anything: where the table
# or a superblock is, or the disk's end, where some look first, blkid takes it for nothing.
what_is_on() {
	on_status=0
	blkid -p -o value -s TYPE -s PTTYPE "$1" 2>/dev/null || on_status=$?
	[ $on_status = 2 ] || return 0
	if dd if="$1" of=/dev/null bs=1M count=2 2>/dev/null && tail -c 1048576 "$1" >/dev/null 2>&1; then
		return 1
	fi
	echo 'what cannot be read'
}
