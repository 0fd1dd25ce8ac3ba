# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# shellcheck disable=SC2154 # what who sources this sets: here, work, disk
# What makes a disk start its own kernels: GRUB from this machine's packages, in a boot partition for
# a BIOS (number 14) or an EFI system partition (15), numbered as in Debian's cloud images. No program
# of GRUB's looks at a disk here: all is put where it belongs byte by byte, so that it needs no loop
# device. To be sourced, with command.sh; debian.sh and install.sh call, in their order: boot_loader_layout,
# boot_loader_require, boot_loader_populate, boot_loader_partitions, boot_loader_install.

BIOS_MODULES=/usr/lib/grub/i386-pc
UEFI_MODULES=/usr/lib/grub/x86_64-efi
# For the file system, and what the menu is written in. Inside, so that the root needs no copy.
GRUB_MODULES=(part_gpt ext2 normal configfile linux echo test loadenv sleep reboot halt ls cat true)

MIB=1048576
BIOS_SIZE=$MIB
ESP_SIZE=$((32 * MIB))

has_bios() {
	[ "$IMAGE_BOOTLOADER" = bios ] || [ "$IMAGE_BOOTLOADER" = both ]
}

has_uefi() {
	[ "$IMAGE_BOOTLOADER" = uefi ] || [ "$IMAGE_BOOTLOADER" = both ]
}

# What is missing, as packages.
boot_loader_missing() {
	command -v grub-mkimage >/dev/null || echo grub-common
	if has_bios && [ ! -e $BIOS_MODULES/boot.img ]; then echo grub-pc-bin; fi
	if has_uefi; then
		[ -e $UEFI_MODULES/kernel.img ] || echo grub-efi-amd64-bin
		command -v mcopy >/dev/null || echo mtools
		command -v mkfs.vfat >/dev/null || echo dosfstools
	fi
}

boot_loader_require() {
	local missing

	missing=$(boot_loader_missing | tr '\n' ' ')
	[ -z "$missing" ] || fail "bootloader $IMAGE_BOOTLOADER: install ${missing% }"
}

# The packages that all of that takes.
boot_loader_tools() {
	echo grub-common,grub-pc-bin,grub-efi-amd64-bin,mtools,dosfstools
}

# Where the root begins: sets bios_start, esp_start and the root's start, in bytes.
boot_loader_layout() {
	start=$MIB
	if has_bios; then
		bios_start=$start
		start=$((start + BIOS_SIZE))
	fi
	if has_uefi; then
		esp_start=$start
		start=$((start + ESP_SIZE))
	fi
}

# The root, not packed yet: our command, the hooks that give each kernel its initrd and its place in the
# menu, and what tells GRUB that one has come up. Then the hooks' work for the kernels that there are, by
# this machine's own command.
boot_loader_populate() {
	local root=$1 kernel version

	command_install "$root"
	command_hooks "$root"
	install -m 755 "$here/kernel-menu.sh" "$root/etc/kernel/postinst.d/zz-etherroot"
	install -d "$root/boot/grub" \
		"$root/etc/systemd/system/multi-user.target.wants"
	ln -sf ../postinst.d/zz-etherroot "$root/etc/kernel/postrm.d/zz-etherroot"
	cat >"$root/etc/systemd/system/etherroot-booted.service" <<'END'
[Unit]
Description=Tell the boot loader that this kernel has come up
After=multi-user.target

[Service]
Type=oneshot
ExecStart=/etc/kernel/postinst.d/zz-etherroot --came-up

[Install]
WantedBy=multi-user.target
END
	ln -sf ../etherroot-booted.service \
		"$root/etc/systemd/system/multi-user.target.wants/etherroot-booted.service"
	for kernel in "$root"/boot/vmlinuz-*; do
		[ -e "$kernel" ] || continue
		version=${kernel##*/vmlinuz-}
		say "making the initrd of $version"
		"$IMAGE_COMMAND" initrd --root "$root" --kernel "$version" \
			--output "$root/boot/initrd.img-$version" ||
			fail "kernel $version: its initrd could not be made"
	done
	"$here/kernel-menu.sh" --menu "$root"
}

# The lines that sfdisk gets beside the root's.
boot_loader_partitions() {
	local uuid=

	if has_bios; then
		[ "$IMAGE_UUID" ] && uuid=", uuid=$(derived_uuid bios)"
		echo "14 : start=$((bios_start / 512)), size=$((BIOS_SIZE / 512)), \
type=21686148-6449-6E6F-744E-656564454649$uuid"
	fi
	if has_uefi; then
		[ "$IMAGE_UUID" ] && uuid=", uuid=$(derived_uuid esp)"
		echo "15 : start=$((esp_start / 512)), size=$((ESP_SIZE / 512)), \
type=C12A7328-F81F-11D2-BA4B-00A0C93EC93B$uuid"
	fi
}

# little_endian NUMBER: in eight bytes
little_endian() {
	local number=$1 text=

	for _ in 1 2 3 4 5 6 7 8; do
		text+=$(printf '\\x%02x' $((number & 255)))
		number=$((number >> 8))
	done
	# shellcheck disable=SC2059 # the format is the data
	printf "$text"
}

# put FILE OFFSET: what is on stdin, into the middle of FILE
put() {
	dd of="$1" bs=1 seek="$2" conv=notrunc status=none
}

# The first sector of the disk loads the first of the boot partition, which loads the rest: each is
# told where (include/grub/i386/pc/boot.h: GRUB_BOOT_MACHINE_KERNEL_SECTOR, and the list of blocks at
# the end of diskboot.img). Bytes 440 and on are the partition table's.
install_bios() {
	grub-mkimage -d $BIOS_MODULES -O i386-pc -p '(,gpt1)/boot/grub' -o "$work/core" \
		biosdisk "${GRUB_MODULES[@]}" &&
		[ "$(stat -c %s "$work/core")" -le $BIOS_SIZE ] &&
		little_endian $((bios_start / 512 + 1)) | put "$work/core" $((0x1f4)) &&
		dd if="$work/core" of="$disk" bs=512 seek=$((bios_start / 512)) conv=notrunc \
			status=none &&
		head -c 440 $BIOS_MODULES/boot.img >"$work/boot" &&
		little_endian $((bios_start / 512)) | put "$work/boot" $((0x5c)) &&
		put "$disk" 0 <"$work/boot"
}

install_uefi() {
	local id=

	[ "$IMAGE_UUID" ] && id=$(derived_uuid fat)
	grub-mkimage -d $UEFI_MODULES -O x86_64-efi -p '(,gpt1)/boot/grub' -o "$work/grub.efi" \
		"${GRUB_MODULES[@]}" all_video &&
		truncate -s $ESP_SIZE "$work/esp" &&
		mkfs.vfat -n ESP ${id:+-i "${id:0:8}" --invariant} "$work/esp" &&
		touch -d "@${SOURCE_DATE_EPOCH:-$EPOCHSECONDS}" "$work/grub.efi" &&
		mmd -i "$work/esp" ::/EFI ::/EFI/BOOT &&
		mcopy -m -i "$work/esp" "$work/grub.efi" ::/EFI/BOOT/BOOTX64.EFI &&
		dd if="$work/esp" of="$disk" bs=1M seek=$((esp_start / MIB)) conv=notrunc,sparse \
			status=none
}

# Nothing ends by itself where a failure is asked for, as here: each step says that the next may follow.
boot_loader_install() {
	if has_bios; then install_bios || return; fi
	if has_uefi; then install_uefi || return; fi
}
