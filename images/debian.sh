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
# shellcheck source=images/job.sh
. "$here/job.sh"
# shellcheck source=images/pack.sh
. "$here/pack.sh"
# shellcheck source=images/progress.sh
. "$here/progress.sh"

layout
[ -z "$IMAGE_INSTALLER" ] || IMAGE_INCLUDE=${IMAGE_INCLUDE:+$IMAGE_INCLUDE,}$(installer_packages)
progress_begin 'etherroot image' 20

say() {
	progress "$1"
}

fail() {
	progress_note "$1"
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

# What was put into the root after mmdebstrap has today's date.
date_what_is_new() {
	find "$1" -newermt "@$SOURCE_DATE_EPOCH" -exec touch -h -d "@$SOURCE_DATE_EPOCH" {} +
}

if [ "${1-}" = --root ]; then
	work=$2
	bootstrap - | unpack
	exit
fi

require
begin_output "${TMPDIR:-/tmp}"

say "fetching Debian $IMAGE_SUITE"
# In a session of its own, so that it can be ended as a whole, and so that no maintainer script
# finds a terminal to ask questions on. As root mmdebstrap mounts this machine's own /proc, /sys and
# devices in the tree: in a mount namespace, so that they are gone with it, however it ends, before
# the tree is removed.
isolated=()
if [ "$(id -u)" = 0 ] && unshare --mount true 2>/dev/null; then
	isolated=(unshare --mount)
fi
status=0
apart "${isolated[@]}" "$BASH" "$0" --root "$work" || status=$?
if [ $status != 0 ]; then
	progress_clear
	if ! grep -q '^I: success' "$work/log"; then
		tail -n 20 "$work/log" >&2
		fail "mmdebstrap: could not build the root: its last messages are above"
	fi
	tail -n 5 "$work/unpack.log" >&2
	fail "$work: the root could not be unpacked there: TMPDIR names another place"
fi
progress_step=16 # the job has shown its own
[ -z "$IMAGE_INSTALLER" ] || installer_populate "$work/root"
[ -z "$IMAGE_BOOTLOADER" ] || boot_loader_populate "$work/root"
[ -z "${SOURCE_DATE_EPOCH-}" ] || date_what_is_new "$work/root"
progress 'packing the file system' 19
pack
# The answers may have passwords in them, whoever might read what was there before.
finish_output "${IMAGE_ANSWERS:+600}"
progress "$IMAGE_OUTPUT is ready" 20
