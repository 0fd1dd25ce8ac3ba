#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Debian's own installer, with what `etherroot image installer --with debian-installer` adds to it: it
# starts, and an export is one of its disks. It goes no further here than a mirror has its components.
. tests/qemu/scenario.sh

deadline=$((4 * deadline))
disk=$scratch/disk.img
printf 'hostname ws9\nuser root password=etherroot\nbootloader both\n' >"$scratch/answers"

# starts SUITE WAY EXPECTED ARGUMENT
starts() {
	"$etherroot" boot --accel tcg --via "$2" --kernel "$scratch/$1/vmlinuz" --initrd "$scratch/$1/initrd.img" \
		--image "$disk" --internet --memory 1024 --after kill --timeout "$deadline" \
		--log "$scratch/console.log" --expect "$3" --append "DEBIAN_FRONTEND=text $4"
}

for suite in bookworm trixie; do
	truncate -s 3G "$disk"
	check "$suite: a preseed" "$etherroot" image installer --with debian-installer --suite "$suite" \
		--answers "$scratch/answers" --output "$scratch/preseed-$suite"
	# What it finds is said by itself, before anything is fetched.
	{
		cat "$scratch/preseed-$suite/preseed.cfg"
		echo 'd-i preseed/early_command string echo "its disks: "$(list-devices disk). >/dev/console'
	} >"$scratch/preseed"
	check "$suite: changed, for kernel and initrd" "$etherroot" image installer --with debian-installer \
		--suite "$suite" --answers "$scratch/answers" --preseed "$scratch/preseed" --output "$scratch/$suite"
	check "$suite: by PXE it starts, and has the export as its disk" starts "$suite" ipxe \
		'its disks: /dev/etherd/e0\.0\.' etherroot.install=aoe:e0.0
	check "$suite: without an export nothing is installed" starts "$suite" direct \
		'NOT INSTALLED: etherroot.install=: not like aoe:e0.1' ''
	printf 'label: gpt\n' | sfdisk -q "$disk"
	check "$suite: nor on a disk with something on it" starts "$suite" direct \
		'NOT INSTALLED: /dev/etherd/e0.0: is not empty \(gpt\)' etherroot.install=aoe:e0.0
	rm -rf "$disk" "${scratch:?}/$suite" "$scratch/preseed-$suite"
done
done_testing
