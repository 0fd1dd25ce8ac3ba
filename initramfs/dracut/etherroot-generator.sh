#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# A generator of systemd (systemd.generator(7)) in dracut's image: systemd's own would take aoe:e0.0 for
# what is to be mounted. The root is mounted when aoeroot.sh has found its disk: dracut-pre-mount.service
# is before sysroot.mount, and behind dracut-initqueue.service.

# shellcheck disable=SC1091 # in the image
command -v getarg >/dev/null || . /lib/dracut-lib.sh

case $(getarg root=) in
aoe:* | abft) ;;
*) exit 0 ;;
esac

options=$(getarg rootflags=)
if getargbool 0 rw; then
	options=$options,rw
else
	options=$options,ro
fi
# Of the three folders that one which comes before the generator of systemd's.
cat >"$2/sysroot.mount" <<END
[Unit]
Before=initrd-root-fs.target

[Mount]
Where=/sysroot
What=/run/etherroot/root
Type=$(getarg rootfstype=)
Options=${options#,}
END
mkdir -p "$2/initrd-root-fs.target.requires"
ln -sf ../sysroot.mount "$2/initrd-root-fs.target.requires/sysroot.mount"
