#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Makes a freshly installed Debian tree a root for machines without a disk. mmdebstrap runs this as
# root (or as what passes for it) with the tree as $1; the environment is debian.sh's.
set -eu

cd "$1"

# ---- who it is -----------------------------------------------------------------------------------
echo "$IMAGE_HOSTNAME" >etc/hostname
cat >etc/hosts <<END
127.0.0.1	localhost
127.0.1.1	$IMAGE_HOSTNAME
::1		localhost ip6-localhost ip6-loopback
END
rm -f etc/machine-id # not writable, and not everybody who builds an image is root
: >etc/machine-id    # every machine, and every first boot of a copy, gets its own
chmod 444 etc/machine-id
if [ -e var/lib/dbus/machine-id ]; then
	ln -sf /etc/machine-id var/lib/dbus/machine-id
fi

# ---- logging in ----------------------------------------------------------------------------------
# SHA-512, which every crypt(3) knows; the salt is random unless the image is to be reproducible.
hash=$(perl -e '
	my @alphabet = ("a".."z", "A".."Z", 0..9);
	srand($ENV{SOURCE_DATE_EPOCH}) if $ENV{SOURCE_DATE_EPOCH};
	my $salt = join "", map { $alphabet[rand @alphabet] } 1..16;
	print $ENV{IMAGE_PASSWORD} eq "" ? "" : crypt($ENV{IMAGE_PASSWORD}, "\$6\$$salt");')
day=$((${SOURCE_DATE_EPOCH:-$(date +%s)} / 86400))
sed -i "s|^root:.*|root:$hash:$day:0:99999:7:::|" etc/shadow
if [ "$IMAGE_ISSUE" ]; then
	printf '%s\n\n' "$IMAGE_ISSUE" >>etc/issue
fi

# A serial console whether or not the kernel was told of one, where there is such a port.
mkdir -p etc/systemd/system/getty.target.wants etc/systemd/system/serial-getty@ttyS0.service.d
cat >etc/systemd/system/serial-getty@ttyS0.service.d/where-there-is-one.conf <<'END'
[Service]
ExecCondition=grep -qv ^0 /sys/class/tty/ttyS0/type
END
ln -sf /lib/systemd/system/serial-getty@.service \
	etc/systemd/system/getty.target.wants/serial-getty@ttyS0.service

# ---- what is on the disk -------------------------------------------------------------------------
# The root is what the kernel's command line says; here are only its options. No swap: swapping to
# a network disk can wait for the very memory that it is to free.
cat >etc/fstab <<'END'
# <file system>	<mount point>	<type>	<options>		<dump>	<pass>
/dev/root	/		ext4	errors=remount-ro	0	1
END
# On a root that nobody may write to, logind cannot make this one, and without it does not start.
mkdir -p var/lib/systemd/linger
# What was installed is configured: systemd need not look again on the first boot.
touch -r usr etc/.updated var/.updated

rm -f etc/ld.so.conf.d/fakechroot.conf

# Where the disk has a boot loader, kernels get our initrd; Debian's own would be made first, at
# great length, and overwritten.
if [ "$IMAGE_BOOTLOADER" ] && [ -e etc/kernel/postinst.d/initramfs-tools ]; then
	chmod a-x etc/kernel/postinst.d/initramfs-tools
fi

# ---- where its packages come from ----------------------------------------------------------------
cat >etc/apt/sources.list <<END
deb http://deb.debian.org/debian $IMAGE_SUITE main
deb http://deb.debian.org/debian $IMAGE_SUITE-updates main
deb http://deb.debian.org/debian-security $IMAGE_SUITE-security main
END
if [ "$IMAGE_BACKPORTS" ]; then
	echo "deb http://deb.debian.org/debian $IMAGE_SUITE-backports main" >>etc/apt/sources.list
fi
rm -f etc/apt/sources.list.d/* etc/apt/apt.conf.d/99mmdebstrap etc/resolv.conf
if [ -e lib/systemd/system/systemd-resolved.service ]; then
	ln -s ../run/systemd/resolve/stub-resolv.conf etc/resolv.conf
fi
{
	echo '# Left out of this small image; remove this file to get them with the next installation.'
	# What is being built need not survive a power cut file by file; what is installed later does.
	grep -vx force-unsafe-io etc/dpkg/dpkg.cfg.d/99mmdebstrap
} >etc/dpkg/dpkg.cfg.d/small-image
rm etc/dpkg/dpkg.cfg.d/99mmdebstrap

# ---- what a diskless machine does not need at boot -------------------------------------------------
ln -sf /lib/systemd/system/multi-user.target etc/systemd/system/default.target
for unit in apt-daily.timer apt-daily-upgrade.timer e2scrub_all.timer fstrim.timer \
	e2scrub_reap.service; do
	rm -f etc/systemd/system/*.wants/"$unit"
done
# A fifth of the time from systemd to the login prompt: kernel file systems for debugging, the
# partitioning of a new disk, crash records in firmware, run levels. `systemctl unmask` brings them
# back.
for unit in sys-kernel-debug.mount sys-kernel-tracing.mount sys-kernel-config.mount \
	sys-fs-fuse-connections.mount systemd-repart.service systemd-pstore.service \
	systemd-update-utmp-runlevel.service; do
	ln -sf /dev/null etc/systemd/system/"$unit"
done
# The first of them would take a swap partition on the root's disk into use; there is no hibernation
# without one.
mkdir -p etc/systemd/system-generators
for generator in systemd-gpt-auto-generator systemd-hibernate-resume-generator; do
	ln -sf /dev/null etc/systemd/system-generators/"$generator"
done
# A machine that starts together with a hundred others, or on a busy host, may take longer than
# systemd's minute and a half to find its serial port: then that one would never have a login prompt.
mkdir -p etc/systemd/system.conf.d
cat >etc/systemd/system.conf.d/slow-start.conf <<'END'
[Manager]
DefaultDeviceTimeoutSec=15min
END
mkdir -p etc/systemd/journald.conf.d
cat >etc/systemd/journald.conf.d/small-image.conf <<'END'
[Journal]
SystemMaxUse=64M
END
