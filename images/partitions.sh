# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck disable=SC2034,SC2154 # what who sources this sets: work, disk; and has of it: start
# Where the root is on a disk, and the table that says so. To be sourced, with `fail` and boot-loader.sh.

# Partitions that begin before the root's, and where that begins, in bytes: sets start.
layout() {
	start=0
	if [ "$IMAGE_BOOTLOADER" ]; then
		IMAGE_PARTITION=yes
		boot_loader_layout
	elif [ "$IMAGE_PARTITION" = yes ]; then
		start=$MIB
	fi
}

# Names that follow from the file system's: the same image from the same options.
derived_uuid() {
	local sum

	sum=$(echo "$IMAGE_UUID $1" | md5sum)
	echo "${sum:0:8}-${sum:8:4}-4${sum:13:3}-8${sum:17:3}-${sum:20:12}"
}

# partition SIZE: writes the table, with the root's partition of so many bytes
partition() {
	{
		# On an AoE disk, whose driver would like 2 MiB at a time, sfdisk begins no earlier by itself.
		printf 'label: gpt\nfirst-lba: %d\n' $((MIB / 512))
		[ "$IMAGE_UUID" ] && echo "label-id: $(derived_uuid disk)"
		[ -z "$IMAGE_BOOTLOADER" ] || boot_loader_partitions
		echo "1 : start=$((start / 512)), size=$(($1 / 512)), type=L, \
name=\"$IMAGE_LABEL\"${IMAGE_UUID:+, uuid=$(derived_uuid partition)}"
	} | sfdisk -q --no-reread --no-tell-kernel --wipe never "$disk" >"$work/log" 2>&1 ||
		fail "$IMAGE_OUTPUT: sfdisk: $(tail -n 1 "$work/log")"
}
