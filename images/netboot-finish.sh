#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# In debian-installer's initrd, one of the last things that it does: what is installed in /target gets an
# initrd that finds its root on AoE, now and for each kernel that comes, and the users of the answers.
set -eu

say() {
	echo "etherroot: $1" >/dev/console
	logger -t etherroot "$1"
}

fail() {
	say "NOT FINISHED: $1"
	exit 1
}

# initramfs-tools stays, for packages that want it, and makes nothing: what it would make again at an
# upgrade finds no AoE disk.
retire_initramfs_tools() {
	hook=/target/etc/kernel/postinst.d/initramfs-tools
	[ ! -e $hook ] || chmod a-x $hook
	settings=/target/etc/initramfs-tools/update-initramfs.conf
	[ ! -e $settings ] || sed -i 's/^update_initramfs=.*/update_initramfs=no/' $settings
}

make_users() {
	[ -e /etherroot/users ] || return 0
	INSTALL_USERS=$(cat /etherroot/users) INSTALL_LOCALE='' INSTALL_KEYBOARD='' INSTALL_TIMEZONE='' \
		/etherroot/install-configure.sh /target || fail 'the users could not be made'
}

read -r packages </etherroot/packages
# shellcheck disable=SC2086 # one word each
apt-install $packages || fail "$packages: could not be installed"
tar -C /target -x -f /etherroot/target.tar || fail 'the etherroot command could not be unpacked'
retire_initramfs_tools
in-target /usr/share/etherroot-initramfs/kernel-hook all || fail 'the initrd could not be made'
make_users
say 'the initrd finds its root over AoE'
