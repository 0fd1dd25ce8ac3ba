#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Finds the disk, for dracut: run once when udev has settled (parse-etherroot.sh), and as dracut's handler
# of netroot=aoe: when its own network module has set up an interface. It says what it waits for on the
# kernel log, and how long it waits, rd.timeout= says.

# shellcheck disable=SC1091 # in the image
type getarg >/dev/null 2>&1 || . /lib/dracut-lib.sh

[ ! -e /tmp/etherroot.found ] || exit 0
if disk=$(/sbin/etherroot-find); then
	# The first name is systemd's (etherroot-generator.sh), the other one that of dracut without it.
	ln -sfn "$disk" /run/etherroot/root
	ln -sfn "$disk" /dev/root
	# For root=LABEL= and the like, by the rules that were left for udev.
	udevadm trigger --action=change --subsystem-match=block --sysname-match='etherd!*'
	udevadm settle
	: >/tmp/etherroot.found
else
	die 'etherroot: the root was not found: the last lines of dmesg say why'
fi
