# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck disable=SC2154 # what import.sh sets: here, work
# Looking into a disk's image without being root, whatever is on it: a virtual machine does, with the
# kernel's own LVM and file systems, and writes what it finds to a file (import-helper.sh). To be sourced.

# The kernel reads file systems by itself.
HELPER_PACKAGES=lvm2

A_WEEK=604800 # seconds: the most that `etherroot boot` waits for a machine

# Sets format.
recognise_format() {
	format=raw
	[ "$(head -c 4 "$IMAGE_INPUT" | od -An -tx1 | tr -d ' \n')" != 514649fb ] || format=qcow2
}

# What reads other formats reads other files as well, where the image says so: nobody has checked those.
check_format() {
	local info

	[ "$format" = qcow2 ] || return 0
	require qemu-img
	info=$(qemu-img info -f qcow2 --output=json "$IMAGE_INPUT" 2>&1) ||
		fail "$IMAGE_INPUT: $(tail -n 1 <<<"$info")"
	if grep -qE '"(backing-filename|data-file)":' <<<"$info"; then
		fail "$IMAGE_INPUT: is the difference to another image: qemu-img convert -O qcow2 makes one of both"
	fi
	if grep -q '"encrypted": true' <<<"$info"; then
		fail "$IMAGE_INPUT: is encrypted: qemu-img convert, with its key, makes one that is not"
	fi
}

# Sets IMPORT_HELPER to the image of the machine that looks, which is kept for the next time.
find_helper() {
	local cache=${XDG_CACHE_HOME:-${HOME-}/.cache}/etherroot sum

	[ -z "$IMPORT_HELPER" ] || return 0
	sum=$({ helper_hook && echo $HELPER_PACKAGES; } | md5sum)
	IMPORT_HELPER=$cache/importer-${sum:0:12}.img
	[ ! -e "$IMPORT_HELPER" ] || return 0
	mkdir -p "$cache" || fail "$cache: cannot be made"
	find "$cache" -maxdepth 1 -name 'importer-*.img' -mtime +30 -delete # of other versions
	progress 'making the machine that looks into disks, once: its packages are fetched' 1
	helper_hook >"$work/hook"
	chmod 755 "$work/hook"
	apart "$IMAGE_COMMAND" image debian --output "$IMPORT_HELPER" --include $HELPER_PACKAGES \
		--hook "$work/hook" || fail 'the machine that looks into disks could not be made'
}

# A hook runs from a copy, alone: the scripts are in it.
helper_hook() {
	local script

	printf '#!/bin/sh -e\nmkdir "$1/import"\n'
	for script in import-helper.sh import-read.sh; do
		echo "cat >\"\$1/import/$script\" <<\\END_OF_SCRIPT"
		cat "$here/$script"
		echo END_OF_SCRIPT
		echo "chmod 755 \"\$1/import/$script\""
	done
}

check_disk() {
	[ -r "$IMAGE_INPUT" ] || fail "$IMAGE_INPUT: Permission denied"
	require qemu-system-x86_64
	recognise_format
	check_format
}

# Its files as a tar stream in $work/copy, which they fit into, since they fit on the disk.
look() {
	local raw=$IMAGE_INPUT size status=0

	if [ "$format" = qcow2 ]; then
		raw=$work/raw
		qemu-img convert -f qcow2 -O raw "$IMAGE_INPUT" "$raw" 2>"$work/said"
	fi
	size=$(blockdev --getsize64 "$raw" 2>/dev/null || stat -c %s "$raw")
	truncate -s $(((size / MIB + 1024) * MIB)) "$work/copy"
	"$IMAGE_COMMAND" boot --image "$IMPORT_HELPER" --snapshot --disk "$raw" --via direct \
		--export "0.1=$work/copy,cache=writeback" --timeout $A_WEEK --after kill --expect '^import: END' \
		--log "$work/console" --append "quiet init=/import/import-helper.sh -- $IMPORT_ROOT" \
		2>"$work/boot" >&2 || status=$?
	rm -f "$work/raw"
	[ ! -e "$work/console" ] || tr -d '\r' <"$work/console" | grep '^import: ' >"$work/said" || :
	[ $status = 0 ] || grep '^etherroot' "$work/boot" >>"$work/said"
	[ $status = 0 ] && ! grep -q '^import: FAILED' "$work/said"
}
