#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Debian $RELEASE (13) off AoE with an initrd of dracut's and our module in it (initramfs/dracut): a host-only
# one with systemd, and a generic one with dracut's own init.
. tests/qemu/scenario.sh

case ${RELEASE:-13} in
12) suite=bookworm ;;
13) suite=trixie ;;
esac

image=$scratch/image
tree=$scratch/tree
check 'a Debian with dracut' "$etherroot" image debian --suite "$suite" --include dracut-core,zstd \
	--output "$image"
mkdir "$tree" "$scratch/root"
debugfs -R "rdump / $tree" "$image" >/dev/null 2>&1
version=$(ls "$tree/lib/modules")

# What the package brings, laid over it.
extra=$scratch/extra
mkdir -p "$extra/usr/lib/etherroot" "$extra/usr/lib/dracut/modules.d/95etherroot"
cp "$build/init" "$extra/usr/lib/etherroot/etherroot-init"
cp initramfs/dracut/*.sh "$extra/usr/lib/dracut/modules.d/95etherroot/"

# generate OUTPUT DRACUT-OPTION...
generate() {
	generated=$1
	shift
	unshared --mount sh -euc '
		tree=$1 extra=$2 root=$3 output=$4
		shift 4
		mount -t overlay overlay -o lowerdir="$extra:$tree" "$root"
		mount -t tmpfs tmpfs "$root/tmp"
		mount -t tmpfs tmpfs "$root/var/tmp"
		mount --rbind /proc "$root/proc"
		mount --rbind /sys "$root/sys"
		mount --rbind /dev "$root/dev"
		chroot "$root" /usr/bin/env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin \
			dracut --zstd "$@" /tmp/initrd
		cp "$root/tmp/initrd" "$output"' sh "$tree" "$extra" "$scratch/root" "$generated" "$@" \
		--kver "$version"
}

# debian ROOT: to the login prompt
debian() {
	"$etherroot" boot --accel tcg --via direct --image "$image" --snapshot --memory 1024 \
		--kernel "$tree/boot/vmlinuz-$version" --initrd "$scratch/initrd" --append "$* rw" \
		--timeout $((2 * deadline)) --log "$scratch/console.log" --after kill --expect 'login: '
}

# Host-only, but the host is another one: what it has of this is told.
check 'host-only, with systemd: the initrd' generate "$scratch/initrd" --hostonly --no-hostonly-cmdline \
	--add etherroot --add-drivers 'virtio_pci virtio_net ext4' --filesystems ext4
check 'root=aoe:e0.0' debian root=aoe:e0.0
check 'our finder has found it' contains "$scratch/console.log" 'etherroot: discover: e0.0 on '
check 'the root is the export' \
	grep -qE 'EXT4-fs \(etherd.e0\.0\): mounted' "$scratch/console.log"

check "generic, with dracut's own init: the initrd" generate "$scratch/initrd" --no-hostonly \
	--omit 'systemd systemd-initrd dracut-systemd'
check 'root=LABEL=debian, and netroot=aoe:e0.0' debian root=LABEL=debian netroot=aoe:e0.0
check 'our finder has found it' contains "$scratch/console.log" 'etherroot: discover: e0.0 on '
check 'the root is the export' \
	grep -qE 'EXT4-fs \(etherd.e0\.0\): mounted' "$scratch/console.log"
check 'systemd comes from the root alone' test "$(grep -c 'systemd.*running in system mode' "$scratch/console.log")" = 1
done_testing
