#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# PID 1 of the machine that looks into a disk's image, /dev/vda, for `etherroot image import`: finds the
# root on it, LVM included, and writes it (import-read.sh, which lies beside this in /import) to the export
# 0.1. What it has to say goes to the console, "import: ..." a line; the last one is "import: END".
#   import-helper.sh [DEVICE]   the root: vda2, VG/LV; none: the only one that there is
#
# The disk is a snapshot that is thrown away: its journals can be replayed, and nothing reaches the source.
set -u
export PATH=/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C DM_DISABLE_UDEV=1

say() {
	printf 'import: %s\n' "$1" | tr -cd '[:print:]\n'
}

# The machine is switched off by whoever started it.
finish() {
	say END
	exec sleep infinity
}

fail() {
	say "FAILED $1"
	finish
}

# Nothing announces a disk here but its node. The LAN is asked anew, since its frames may be lost.
wait_for() {
	for _ in $(seq 240); do
		[ ! -b "$1" ] || return 0
		echo >/dev/etherd/discover
		sleep 0.25
	done
	fail "$1: has not appeared in a minute"
}

type_of() {
	blkid -p -o value -s TYPE "$1" 2>/dev/null
}

devices() {
	for device in /dev/vda /dev/vda?* /dev/mapper/*; do
		[ "$device" = /dev/mapper/control ] || [ ! -b "$device" ] || echo "$device"
	done
}

# name DEVICE: as the user may say it
name() {
	case $1 in
	/dev/mapper/*) lvs --noheadings -o vg_name,lv_name --separator / "$1" 2>/dev/null | tr -d ' ' ;;
	*) echo "${1#/dev/}" ;;
	esac
}

# try DEVICE: whether what is on it is mounted at /mnt now, to be read
try() {
	mount -o ro "$1" /mnt 2>/tmp/said
}

is_root() {
	[ -f /mnt/etc/fstab ] && [ -d /mnt/usr ] && { [ -L /mnt/sbin ] || [ -d /mnt/sbin ]; }
}

# Sets root to the device; found to what was seen.
find_root() {
	found='' root='' roots=''
	for device in $(devices); do
		type=$(type_of "$device")
		case $type in
		crypto_LUKS | BitLocker) found="$found, $(name "$device") is encrypted ($type)" ;;
		linux_raid_member) found="$found, $(name "$device") is part of a RAID" ;;
		'' | LVM2_member | swap | vfat) ;;
		*)
			if ! try "$device"; then
				found="$found, $(name "$device") ($type) cannot be mounted: $(tail -n 1 /tmp/said)"
				continue
			fi
			if is_root; then
				root=$device
				roots="$roots${roots:+, }$(name "$device")"
			fi
			found="$found, $(name "$device") ($type)"
			umount /mnt
			;;
		esac
	done
	case $roots in
	'') fail "no system's root is on it${found:+: there is ${found#, }}. What has no disk of its own that can \
be read here is imported from its running machine: HOST:" ;;
	*,*) fail "several systems' roots are on it: $roots: --root says which" ;;
	esac
}

# device_of WORD: of fstab, on this disk; else it fails
device_of() {
	case $1 in
	UUID=* | LABEL=* | PARTUUID=* | PARTLABEL=*) findfs "$(echo "$1" | tr -d '"')" ;;
	/dev/disk/by-uuid/*) findfs "UUID=${1##*/}" ;;
	/dev/disk/by-label/*) findfs "LABEL=${1##*/}" ;;
	/dev/disk/by-partuuid/*) findfs "PARTUUID=${1##*/}" ;;
	/dev/[shv]da[0-9]* | /dev/xvda[0-9]*) echo "/dev/vda${1##*da}" ;;
	/dev/nvme0n1p[0-9]* | /dev/mmcblk0p[0-9]*) echo "/dev/vda${1##*p}" ;;
	/dev/*) [ -b "$1" ] && echo "$1" ;;
	*) return 1 ;;
	esac
}

mount_below() {
	while read -r word where type _ || [ "$word" ]; do
		case $type in
		auto | ext[234] | xfs | btrfs | f2fs | jfs | reiserfs | nilfs2) ;;
		*) continue ;;
		esac
		case $word$where in
		'#'* | */) continue ;;
		esac
		if ! device=$(device_of "$word" 2>/dev/null) || ! mount -o ro "$device" "/mnt$where" 2>/tmp/said; then
			say "without $where: $word is not on the disk, or cannot be mounted"
		fi
	done </mnt/etc/fstab
}

tell_of_journals() {
	dmesg | sed -n 's/.*\(EXT4-fs (\([^)]*\)): recovery complete\|XFS (\([^)]*\)): Ending recovery\).*/\2\3/p' |
		sort -u | while read -r device; do
		volume=$(cat "/sys/block/$device/dm/name" 2>/dev/null) && device=mapper/$volume
		say "$(name "/dev/$device") was not unmounted: what its journal holds is in the copy, the source stays as it is"
	done
}

write_copy() {
	{
		sh /import/import-read.sh /mnt 2>/tmp/said
		echo $? >/tmp/status
	} | dd of=/dev/etherd/e0.1 bs=1M iflag=fullblock conv=fsync status=none || fail 'the copy cannot be written'
	grep '^import: ' /tmp/said | tr -cd '[:print:]\n'
	[ "$(cat /tmp/status)" = 0 ] || fail "$(tail -n 1 /tmp/said)"
}

dmesg -n 1
echo # what the firmware has begun is no line of ours
for folder in proc sys; do
	mountpoint -q /$folder || mount -t $folder $folder /$folder
done
mount -t tmpfs tmpfs /tmp
modprobe virtio_blk
modprobe dm-mod
wait_for /dev/vda
wait_for /dev/etherd/e0.1
vgchange -ay --sysinit >/tmp/said 2>&1 || say "LVM: $(tail -n 1 /tmp/said)"
if [ "${1-}" ]; then
	root=/dev/$1
	[ -b "$root" ] || fail "--root $1: the disk has none: there is $(for device in $(devices); do name "$device"; done | tr '\n' ' ')"
else
	find_root
fi
try "$root" || fail "$(name "$root"): cannot be mounted: $(tail -n 1 /tmp/said)"
is_root || fail "$(name "$root"): no system's root is on it"
say "the root is on $(name "$root") ($(type_of "$root"))"
mount_below
tell_of_journals
write_copy
finish
