#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Builds the file that `etherroot image debian` was asked for: mmdebstrap makes the root and hands it
# over as a tar stream, mke2fs packs it into ext4 under fakeroot. Nothing here needs root.
#
# image.c runs this with its options checked, in the environment:
#   IMAGE_OUTPUT     the file to write          IMAGE_SIZE       its size in bytes
#   IMAGE_SUITE      Debian's code name         IMAGE_MIRROR     "" = what apt on this machine uses
#   IMAGE_KERNELS    packages, by commas        IMAGE_INCLUDE    further packages, by commas
#   IMAGE_HOOKS      scripts, one a line        IMAGE_INITRD     yes: let Debian make its initrds
#   IMAGE_BOOTLOADER bios, uefi, both or ""     IMAGE_COMMAND    etherroot itself
#   IMAGE_INSTALLER  yes: it installs others    IMAGE_ANSWERS    with that: a file, or ""
#   IMAGE_LABEL, IMAGE_UUID ("" = random)       IMAGE_PARTITION  yes: a GPT disk, root in partition 1
#   IMAGE_HOSTNAME, IMAGE_PASSWORD, IMAGE_ISSUE (the line above the login prompt): configure.sh
set -euo pipefail

export LC_ALL=C.UTF-8

here=$(dirname "$(readlink -f "$0")")
# shellcheck source=images/apt-sources.sh
. "$here/apt-sources.sh"
# shellcheck source=images/boot-loader.sh
. "$here/boot-loader.sh"
# shellcheck source=images/installer-image.sh
. "$here/installer-image.sh"
# shellcheck source=images/command.sh
. "$here/command.sh"
# shellcheck source=images/partitions.sh
. "$here/partitions.sh"
# shellcheck source=images/bootstrap.sh
. "$here/bootstrap.sh"

layout
[ -z "$IMAGE_INSTALLER" ] || IMAGE_INCLUDE=${IMAGE_INCLUDE:+$IMAGE_INCLUDE,}$(installer_packages)
export IMAGE_STARTED=${IMAGE_STARTED:-$EPOCHSECONDS}

say() {
	if [ -t 2 ]; then
		printf 'etherroot image: %3d s  %s\n' $((EPOCHSECONDS - IMAGE_STARTED)) "$1" >&2
	fi
}

fail() {
	echo "etherroot image: $1" >&2
	exit 1
}

require() {
	local need=(mmdebstrap fakeroot mke2fs debugfs) tool missing=

	[ "$IMAGE_PARTITION" = yes ] && need+=(sfdisk)
	for tool in "${need[@]}"; do
		command -v "$tool" >/dev/null || missing="$missing $tool"
	done
	[ -z "$missing" ] ||
		fail "${missing# }: not found: install mmdebstrap, fakeroot, e2fsprogs, fdisk"
	[ -z "$IMAGE_BOOTLOADER" ] || boot_loader_require
}

unpack() {
	mkdir "$work/root"
	fakeroot -s "$work/owners" tar -C "$work/root" -xp --xattrs --xattrs-include='*' \
		2>"$work/unpack.log"
	# The modes are in fakeroot's list. In fact its owner must be able to read each file.
	find "$work/root" -type f ! -perm -u+r -exec chmod u+r {} +
}

pack() {
	local extended=assume_storage_prezeroed=1 size=$IMAGE_SIZE need

	need=$(du -s -B 1M "$work/root" | cut -f 1)
	if [ "$IMAGE_PARTITION" = yes ]; then
		extended+=,offset=$start
		size=$((size - start - MIB)) # behind it is the copy of the partition table
	fi
	[ "$IMAGE_UUID" ] && extended+=,hash_seed=$IMAGE_UUID
	[ "${SOURCE_DATE_EPOCH-}" ] && export E2FSPROGS_FAKE_TIME=$SOURCE_DATE_EPOCH
	truncate -s "$IMAGE_SIZE" "$temporary"
	fakeroot -i "$work/owners" mke2fs -q -F -t ext4 -m 1 -L "$IMAGE_LABEL" \
		${IMAGE_UUID:+-U "$IMAGE_UUID"} -E "$extended" -d "$work/root" \
		"$temporary" $((size / 1024))k >"$work/log" 2>&1 ||
		fail "$IMAGE_OUTPUT: $(tail -n 1 "$work/log"): the files need about $need MiB, \
--size gives them $((size / 1048576))"
	[ -z "${SOURCE_DATE_EPOCH-}" ] || set_times $start
	if [ "$IMAGE_PARTITION" = yes ]; then
		partition "$size"
	fi
	if [ "$IMAGE_BOOTLOADER" ]; then
		boot_loader_install >"$work/log" 2>&1 ||
			fail "$IMAGE_OUTPUT: the boot loader: $(tail -n 1 "$work/log")"
	fi
}

# mke2fs copies the times when a file was last read and changed here: no two builds have the same.
set_times() {
	local path

	(cd "$work/root" && find . -printf '/%P\n') | while read -r path; do
		printf 'sif "%s" atime @%s\nsif "%s" ctime @%s\n' \
			"$path" "$SOURCE_DATE_EPOCH" "$path" "$SOURCE_DATE_EPOCH"
	done >"$work/times"
	debugfs -w -f "$work/times" "$temporary?offset=$1" >"$work/log" 2>&1
}

# What was put into the root after mmdebstrap has today's date.
date_what_is_new() {
	find "$1" -newermt "@$SOURCE_DATE_EPOCH" -exec touch -h -d "@$SOURCE_DATE_EPOCH" {} +
}

cleanup() {
	trap '' INT TERM HUP
	end_job
	[ -z "${work-}" ] || end_fakeroot
	rm -rf --one-file-system "${work-}" "${temporary-}"
}

# When fakeroot is killed its server stays, in a session of its own; and when that ends, it writes
# the owners down, into what is about to be removed.
end_fakeroot() {
	local entry server

	{ grep -lzxF -- "$work/owners" /proc/[0-9]*/cmdline 2>/dev/null || :; } | while read -r entry; do
		server=${entry#/proc/}
		server=${server%/cmdline}
		kill "$server" 2>/dev/null || continue # or it is this grep
		timeout 10 tail --pid="$server" -s 0.1 -f /dev/null || kill -KILL "$server" 2>/dev/null || :
	done
}

if [ "${1-}" = --root ]; then
	work=$2
	bootstrap - | unpack
	exit
fi

require
IMAGE_OUTPUT=$(realpath -m -- "$IMAGE_OUTPUT")
trap cleanup EXIT
trap 'exit 1' INT TERM HUP
temporary=$(mktemp "$IMAGE_OUTPUT.XXXXXX" 2>&1) || {
	reason=${temporary##*: }
	temporary=
	fail "$IMAGE_OUTPUT: cannot be written: $reason"
}
disk=$temporary
work=$(mktemp -d "${TMPDIR:-/tmp}/etherroot-image.XXXXXX")
chmod 755 "$work"

say "fetching Debian $IMAGE_SUITE"
# In a session of its own, so that it can be ended as a whole, and so that no maintainer script
# finds a terminal to ask questions on. As root mmdebstrap mounts this machine's own /proc, /sys and
# devices in the tree: in a mount namespace, so that they are gone with it, however it ends, before
# the tree is removed.
isolated=()
if [ "$(id -u)" = 0 ] && unshare --mount true 2>/dev/null; then
	isolated=(unshare --mount)
fi
setsid "${isolated[@]}" "$BASH" "$0" --root "$work" &
job=$!
status=0
wait $job || status=$?
job=
if [ $status != 0 ]; then
	if ! grep -q '^I: success' "$work/log"; then
		tail -n 20 "$work/log" >&2
		fail "mmdebstrap: could not build the root: its last messages are above"
	fi
	tail -n 5 "$work/unpack.log" >&2
	fail "$work: the root could not be unpacked there: TMPDIR names another place"
fi
[ -z "$IMAGE_INSTALLER" ] || installer_populate "$work/root"
[ -z "$IMAGE_BOOTLOADER" ] || boot_loader_populate "$work/root"
[ -z "${SOURCE_DATE_EPOCH-}" ] || date_what_is_new "$work/root"
say 'packing the file system'
pack
# The answers may have passwords in them, whoever might read what was there before.
if [ "$IMAGE_ANSWERS" ]; then
	chmod 600 "$temporary"
elif [ -e "$IMAGE_OUTPUT" ]; then
	chmod --reference="$IMAGE_OUTPUT" "$temporary"
else
	chmod "$(printf %o $((0666 & ~0$(umask))))" "$temporary"
fi
[ ! -e "$IMAGE_OUTPUT" ] || sync "$temporary" # the old one is not given up before the new one is on the disk
mv -f "$temporary" "$IMAGE_OUTPUT"
temporary=
say "$IMAGE_OUTPUT is ready"
