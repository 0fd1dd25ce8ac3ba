#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# A cmdline hook of dracut, which sources it. An AoE root is root=aoe:e0.0p1, root=/dev/etherd/e0.0p1,
# root=abft (the firmware's), or a UUID or label with netroot=aoe:e0.0.

# shellcheck disable=SC1091 # in the image
type getarg >/dev/null 2>&1 || . /lib/dracut-lib.sh

case $(getarg root=),$(getarg netroot=) in
aoe:*,* | /dev/etherd/*,* | abft,* | *,aoe:*)
	# Once udev has had its time with the NICs, and again only if that was not the end of it.
	/sbin/initqueue --settled --onetime --unique --name etherroot /sbin/aoeroot
	# shellcheck disable=SC2154 # dracut's
	echo '[ -e /tmp/etherroot.found ]' >"$hookdir/initqueue/finished/etherroot.sh"
	;;
esac
# What is no name of a device is one when the disk has been found.
case $(getarg root=) in
aoe:* | abft)
	# shellcheck disable=SC2034 # dracut's
	root=block:/dev/root rootok=1
	;;
esac
