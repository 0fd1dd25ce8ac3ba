#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Installs Debian on the disk IMAGE_OUTPUT, as `etherroot install` was told: mmdebstrap works in the file
# system itself, which is mounted where it is on the disk. Run by install.c, as root, with its answers in
# the environment: IMAGE_*, as debian.sh has them, and
#   INSTALL_USERS    "NAME WORD", one a line: password=, hash=, key=, sudo or nothing
#   INSTALL_LOCALE, INSTALL_KEYBOARD, INSTALL_TIMEZONE, "" = Debian's own
#   INSTALL_OVERWRITE  yes: whatever is on the disk
#
# What begins the disk, where its table will be, is a line of text that says how far the installation is.
# The table, and the boot loader, are written when all else is there: a disk that is not finished has no
# root that anything could boot, and is begun with again.
set -euo pipefail

# All mounts are its own, and gone with it, however it ends. Nobody is there to be asked.
if [ -z "${INSTALL_APART-}" ]; then
	INSTALL_APART=yes exec unshare --mount "$BASH" "$0" </dev/null
fi

export LC_ALL=C.UTF-8 DEBIAN_FRONTEND=noninteractive
MARK='etherroot install: '
TAIL=2048 # sectors at the end: nothing but the table's copy is there
LEAST_MIB=1024 # a Debian with its kernel, and what apt needs beside it

here=$(dirname "$(readlink -f "$0")")
# shellcheck source=images/apt-sources.sh
. "$here/apt-sources.sh"
# shellcheck source=images/boot-loader.sh
. "$here/boot-loader.sh"
# shellcheck source=images/command.sh
. "$here/command.sh"
# shellcheck source=images/disk-content.sh
. "$here/disk-content.sh"
# shellcheck source=images/partitions.sh
. "$here/partitions.sh"
# shellcheck source=images/bootstrap.sh
. "$here/bootstrap.sh"
# shellcheck source=images/job.sh
. "$here/job.sh"
# shellcheck source=images/progress.sh
. "$here/progress.sh"

layout
claimed=

say() {
	progress "$@"
	note "$1"
}

fail() {
	note "not finished: $1"
	progress_note "$1"
	exit 1
}

# note TEXT: on the disk, once it is ours
note() {
	[ "$claimed" ] || return 0
	printf '%-510.510s\n' "$MARK$1" | dd of="$disk" conv=notrunc,fsync status=none || :
}

require() {
	local need=(mmdebstrap mke2fs sfdisk blkid mount) tool missing=

	for tool in "${need[@]}"; do
		command -v "$tool" >/dev/null || missing="$missing $tool"
	done
	[ -z "$missing" ] ||
		fail "${missing# }: not found: install mmdebstrap, e2fsprogs, fdisk, util-linux"
	[ "$(id -u)" = 0 ] || fail "$disk: only root may mount it"
	[ -z "$IMAGE_BOOTLOADER" ] || boot_loader_require
}

# What the answers ask for beside what they name.
add_packages() {
	local packages=systemd-resolved

	[ -z "$INSTALL_LOCALE" ] || packages+=,locales
	[ -z "$INSTALL_KEYBOARD" ] || packages+=,keyboard-configuration,console-setup
	[ -z "$INSTALL_TIMEZONE" ] || packages+=,tzdata
	case $'\n'$INSTALL_USERS$'\n' in
	*' sudo'$'\n'*) packages+=,sudo ;;
	esac
	IMAGE_INCLUDE=${IMAGE_INCLUDE:+$IMAGE_INCLUDE,}$packages
}

# The answers' own run last, when all that they could want to change is there.
add_hooks() {
	local hook

	while read -r hook; do
		[ -z "$hook" ] || { [ -f "$hook" ] && [ -x "$hook" ]; } ||
			fail "the hook $hook: is not there, or cannot be run"
	done <<<"$IMAGE_HOOKS"
	IMAGE_HOOKS=$here/hook-network.sh$'\n'$here/install-configure.sh$'\n'$IMAGE_HOOKS
}

# Sets the disk's size and the root's, in bytes.
measure() {
	size=$(blockdev --getsize64 "$disk" 2>/dev/null || stat -c %s "$disk")
	root_size=$(((size - start - MIB) / MIB * MIB)) # behind it is the copy of the table
	[ $((root_size / MIB)) -ge $LEAST_MIB ] ||
		fail "$disk: is too small: $((size / MIB)) MiB, of which the root needs $LEAST_MIB or more"
}

# Tables, file system and boot loader are laid out for the sectors that AoE disks have.
check_sectors() {
	local sector

	sector=$(blockdev --getss "$disk" 2>/dev/null) || return 0 # a file
	[ "$sector" = 512 ] ||
		fail "$disk: has sectors of $sector bytes: it can only be installed on a disk with 512"
}

# Held to the end: one installation at a time, and no target. Those that hold a disk for a moment, as udev
# does while it looks what is on it, are waited for.
lock() {
	exec {held}<>"$disk" || fail "$disk: cannot be written"
	flock --timeout 10 "$held" || fail "$disk: is in use: it is being installed, or served"
}

check_content() {
	local found

	[ "$INSTALL_OVERWRITE" = yes ] && return
	! found=$(what_is_on "$disk") || fail "$disk: is not empty${found:+ (${found//$'\n'/, })}: the answer \
'overwrite yes' has that given up"
}

# clear_sectors FIRST COUNT
clear_sectors() {
	dd if=/dev/zero of="$disk" bs=512 seek="$1" count="$2" conv=notrunc,fsync status=none ||
		fail "$disk: cannot be written"
}

# From here on it is not a disk that anything could be booted off.
claim() {
	claimed=yes
	say 'begun'
	clear_sectors 1 $((start / 512 - 1))
	clear_sectors $((size / 512 - TAIL)) $TAIL
}

make_root() {
	mke2fs -q -F -t ext4 -m 1 -L "$IMAGE_LABEL" -E "offset=$start" "$disk" $((root_size / 1024))k \
		>"$work/log" 2>&1 || fail "$disk: mke2fs: $(tail -n 1 "$work/log")"
	mkdir "$work/root"
	mount -o "loop,offset=$start,sizelimit=$root_size" "$disk" "$work/root" 2>"$work/log" ||
		fail "$disk: $(tail -n 1 "$work/log")"
	mounted=yes
}

is_full() {
	[ "$(df --output=avail -B $MIB "$work/root" | tail -n 1)" -lt 16 ]
}

# In a group of its own, so that it can be ended as a whole, and at once. That is in the background of a
# terminal, where what touches it, as maintainer scripts do, would be stopped for ever.
fill_root() {
	local status=0

	set -m
	(trap '' TTIN TTOU && bootstrap "$work/root") &
	job=$!
	set +m
	wait $job || status=$?
	job=
	[ $status != 0 ] || return 0
	progress_clear
	tail -n 20 "$work/log" >&2
	is_full && fail "$disk: is too small: the packages do not fit in its $((root_size / MIB)) MiB"
	fail "$(sed -n 's/^E: //p' "$work/log" | head -n 1): mmdebstrap's last messages are above"
}

finish_root() {
	say 'writing what is left' 19
	umount "$work/root" 2>"$work/log" || fail "$disk: $(tail -n 1 "$work/log")"
	mounted=
	sync "$disk" || fail "$disk: not all of it could be written"
}

# The mark goes first, and the table comes last. Should that fail, the mark comes back.
finish_disk() {
	clear_sectors 0 1
	if [ "$IMAGE_BOOTLOADER" ]; then
		boot_loader_install >"$work/log" 2>&1 || fail "$disk: the boot loader: $(tail -n 1 "$work/log")"
	fi
	partition "$root_size"
	sync "$disk" || fail "$disk: its table could not be written"
	claimed=
}

cleanup() {
	trap '' INT TERM HUP
	end_job
	[ -z "${mounted-}" ] || umount -R "$work/root" || umount -R -l "$work/root" || :
	rm -rf --one-file-system "${work-}"
}

progress_begin 'etherroot install' 20
IMAGE_OUTPUT=$(realpath -- "$IMAGE_OUTPUT")
disk=$IMAGE_OUTPUT
require
add_packages
add_hooks
check_sectors
measure
lock
check_content
trap cleanup EXIT
trap 'end_job; fail interrupted' INT TERM HUP # nothing says on the disk how far it is any more
work=$(mktemp -d "${TMPDIR:-/tmp}/etherroot-install.XXXXXX")
chmod 755 "$work"
claim
make_root
fill_root
[ -z "$IMAGE_BOOTLOADER" ] || boot_loader_populate "$work/root"
finish_root
finish_disk
say "done: Debian $IMAGE_SUITE is on $disk" 20
