# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck disable=SC2154 # what import.sh sets: here, work
# Makes a copied system fit to boot from AoE. The tree is somebody else's: nothing is followed out of it, and
# nothing in it is run. Each change is said. To be sourced, with `say` and `fail`; adapt is its door.

# own FILE: whether it is a regular file of the tree, below folders of the tree
own() {
	[ -f "$root/$1" ] && [ ! -L "$root/$1" ] && own_folder "$(dirname "$1")"
}

own_folder() {
	local folder

	folder=$(realpath -e -- "$root/$1" 2>/dev/null) && [ -d "$folder" ] &&
		[[ $folder/ == "$(realpath -- "$root")"/* ]]
}

# replace FILE: by what is on stdin, with its permissions
replace() {
	cat >"$work/new"
	chmod --reference="$root/$1" "$work/new"
	mv -fT "$work/new" "$root/$1"
}

# Whether a folder of the tree has something in it.
is_filled() {
	own_folder "$1" && [ "$(find "$root/$1" -mindepth 1 -maxdepth 1 -print -quit)" ]
}

# What the copy's boot needs that was not copied.
make_folders() {
	local folder

	for folder in proc sys dev run tmp; do
		[ -L "$root/$folder" ] || [ -d "$root/$folder" ] || mkdir -m 755 "$root/$folder" ||
			fail "/$folder: cannot be made in the copy"
	done
	[ -L "$root/tmp" ] || chmod 1777 "$root/tmp"
}

# fstab_line LINE: as it is to be, on stdout
fstab_line() {
	local line=$1 device where type options rest path

	read -r device where type options rest <<<"$line"
	path=$(printf '%b' "${where//\\/\\0}")
	case $device in
	'' | '#'*) type= ;;
	esac
	case $type:$device in
	:*) printf '%s\n' "$line" ;;
	swap:*)
		say "etc/fstab: $device: swap is off: it could wait for the memory that it is to free"
		printf '# not on AoE: %s\n' "$line"
		;;
	vfat:*)
		say "etc/fstab: $where: off: the firmware's boot files are not in the copy"
		printf '# not copied: %s\n' "$line"
		;;
	*:UUID=* | *:LABEL=* | *:PARTUUID=* | *:PARTLABEL=* | *:/dev/*)
		if [ "$path" = / ]; then
			[ "$device" = /dev/root ] ||
				say "etc/fstab: /: is what the kernel is given as its root, not $device"
			printf '/dev/root / ext4 errors=remount-ro 0 1\n'
		elif [ "$where" != none ] && is_filled "$path"; then
			say "etc/fstab: $where: off: its files are in the root now"
			printf '# copied into the root: %s\n' "$line"
		elif [[ ,$options, == *,nofail,* ]]; then
			printf '%s\n' "$line"
		else
			say "etc/fstab: $where: nofail: $device was not copied, and the machine may not have it"
			printf '%s %s %s %s %s\n' "$device" "$where" "$type" "$options,nofail" "$rest"
		fi
		;;
	*) printf '%s\n' "$line" ;;
	esac
}

adapt_fstab() {
	local line

	own etc/fstab || fail 'etc/fstab: is not a regular file of the source'
	while IFS= read -r line || [ "$line" ]; do
		fstab_line "$line"
	done <"$root/etc/fstab" >"$work/fstab"
	grep -q '^/dev/root ' "$work/fstab" || {
		say 'etc/fstab: /: is what the kernel is given as its root'
		echo '/dev/root / ext4 errors=remount-ro 0 1' >>"$work/fstab"
	}
	replace etc/fstab <"$work/fstab"
}

# Disks that were opened at the boot with a key.
adapt_crypttab() {
	own etc/crypttab && grep -qE '^[^#[:space:]]' "$root/etc/crypttab" || return 0
	say 'etc/crypttab: off: the disks that it opens were not copied as they are'
	sed 's/^[^#[:space:]]/# not on AoE: &/' "$root/etc/crypttab" >"$work/crypttab"
	replace etc/crypttab <"$work/crypttab"
}

adapt_resume() {
	local file=etc/initramfs-tools/conf.d/resume

	own $file && ! grep -qx 'RESUME=none' "$root/$file" || return 0
	say "$file: none: there is no swap to wake up from"
	echo 'RESUME=none' | replace $file
}

# Files that may name network cards, each ended by a NUL: a name in the tree may have a line's end in it.
network_files() {
	local file

	for file in "$root"/etc/network/interfaces "$root"/etc/network/interfaces.d/* \
		"$root"/etc/systemd/network/*.network "$root"/etc/netplan/*.yaml \
		"$root"/etc/NetworkManager/system-connections/*; do
		file=${file#"$root"/}
		! own "$file" || printf '%s\0' "$file"
	done
}

# The init keeps the name that the kernel gives the root's card, eth0, which udev would have changed.
adapt_network() {
	local files names file pattern='\ben(o|s|p|x)[0-9a-f][0-9a-z]*\b'

	mapfile -d '' files < <(network_files)
	[ ${#files[@]} != 0 ] || return 0
	names=$(cd "$root" && sed 's/#.*//' "${files[@]}" | { grep -oE "$pattern" || :; } | sort -u)
	case $names in
	'') return 0 ;;
	*$'\n'*)
		say "NOT CHANGED: ${files[*]}: name ${names//$'\n'/, }: the root's card will be called eth0"
		return 0
		;;
	esac
	for file in "${files[@]}"; do
		sed -E "s/\\b$names\\b/eth0/g" "$root/$file" >"$work/network"
		cmp -s "$work/network" "$root/$file" && continue
		say "$file: $names is eth0: the root's card keeps the kernel's name"
		replace "$file" <"$work/network"
	done
}

# The kernels in /boot, each with an initrd of ours. One that cannot have it does not boot off AoE.
make_initrds() {
	local kernel version made=

	own_folder boot || fail 'the copy has no /boot, and no kernel'
	for kernel in "$root"/boot/vmlinuz-*; do
		version=${kernel##*/vmlinuz-}
		own "boot/vmlinuz-$version" || continue
		if env -u LD_PRELOAD "$IMAGE_COMMAND" initrd --root "$root" --kernel "$version" --output "$work/initrd" \
			2>"$work/log"; then
			mv -fT "$work/initrd" "$root/boot/initrd.img-$version"
			say "boot/initrd.img-$version: is one of etherroot's now"
			made=yes
		else
			say "boot/vmlinuz-$version: cannot boot off AoE: $(tail -n 1 "$work/log")"
		fi
	done
	[ "$made" ] || fail 'the copy has no kernel in /boot that boots off AoE, with its modules in /lib/modules'
}

adapt() {
	local root=$work/root

	make_folders
	adapt_fstab
	adapt_crypttab
	adapt_resume
	adapt_network
	make_initrds
}
