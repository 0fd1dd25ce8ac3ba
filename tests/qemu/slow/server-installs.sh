#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# `etherroot machine add --install`, from a machine that is switched on with an empty disk to the system that
# it has installed there: with the services that `etherroot server init` sets up, BIOS and UEFI, and nobody
# who does anything. What is installed is the tests' tiny root, with Debian's kernel; Debian's packages are for
# install-debian.sh.
. tests/namespaces.sh
again_in "$0" --net --mount
. tests/qemu/scenario.sh
etherroot=$(realpath "$etherroot")
# shellcheck source=tests/qemu/slow/server-lan
. tests/qemu/slow/server-lan
# shellcheck source=tests/qemu/slow/tiny-installer
. tests/qemu/slow/tiny-installer

# ---- what is installed: a root that starts by its own boot loader -----------------------------------------
tree=$(realpath "$peers/6.12/tree")
version=$(cat "$peers/6.12/version")
tiny_tree "$scratch/tiny"
mv "$scratch/tiny/sbin/init" "$scratch/tiny/sbin/tiny-init"
# The menu's kernel has its console on the screen.
printf '#!/bin/sh\nexec >/dev/ttyS0 2>&1\nexec /bin/sh /sbin/tiny-init\n' >"$scratch/tiny/sbin/init"
chmod 755 "$scratch/tiny/sbin/init"
mkdir -p "$scratch/tiny/boot" "$scratch/tiny/lib/modules/$version" "$scratch/tiny/etc/kernel/postinst.d" \
	"$scratch/tiny/usr/bin"
cp "$peers/6.12/vmlinuz" "$scratch/tiny/boot/vmlinuz-$version"
cp "$tree/lib/modules/$version"/modules.builtin* "$tree/lib/modules/$version"/modules.order \
	"$scratch/tiny/lib/modules/$version/"
for module in aoe virtio_net virtio_pci ext4; do
	modprobe -d "$tree" -S "$version" --show-depends "$module" | sed -n "s,^insmod $tree/*,,p"
done | sort -u | while read -r module; do
	mkdir -p "$scratch/tiny/${module%/*}"
	cp "$tree/$module" "$scratch/tiny/$module"
done
depmod -b "$scratch/tiny" "$version"

# ---- an installer, a server, and a machine -----------------------------------------------------------
mkdir -p "$added/usr/lib/grub"
cp -r /usr/lib/grub/i386-pc /usr/lib/grub/x86_64-efi "$added/usr/lib/grub/"
check 'an installer' make_installer /srv/etherroot/disks/installer.img '' /usr/bin/grub-mkimage \
	/usr/bin/mcopy /usr/bin/mmd /sbin/mkfs.vfat
printf 'user root password=secret\nbootloader both\n' >"$scratch/answers"
check 'a server' "$etherroot" server init --interface lan0
check 'has it' "$etherroot" server installer --image /srv/etherroot/disks/installer.img
check 'a machine' "$etherroot" machine add ws1 --mac 52:54:00:12:34:56 --new 1200M \
	--install "$scratch/answers" --append 'console=ttyS0 no_timer_check'
disk=/srv/etherroot/disks/ws1.img
serve_exports
serve_http
serve_dnsmasq
# shows STATE: the status has it
shows() {
	"$etherroot" server status >"$scratch/status" 2>&1 || :
	grep -qE "^ws1 +- +$1" "$scratch/status" || {
		cat "$scratch/status"
		return 1
	}
}

check 'it has not begun' shows 'not installed: not begun'
check 'with UEFI it starts the installer' machine --firmware uefi --memory 768 --after kill \
	--expect 'etherroot install: .*installing the tiny root'
# What it said last may not have come to the disk any more.
check 'and its power is cut, which the server sees' shows 'not installed: (begun|installing the tiny root)'
check 'with a BIOS it begins again, restarts, and runs off its disk' machine --memory 768 --after kill --reboots 1 \
	--expect 'TINY-ROOT /dev/etherd/e0.1p1 ext4 rw'
check 'which it has installed' contains "$scratch/console.log" "etherroot install: "
check 'the server sees that' shows "its disk's own"
check 'with UEFI it runs off its disk as well' machine --firmware uefi --after kill \
	--expect 'TINY-ROOT /dev/etherd/e0.1p1 ext4 rw'
check 'and finds it by the firmware' contains "$scratch/console.log" 'etherroot: abft: e0.1 on '
check 'the file system is sound' e2fsck -fn "$disk?offset=$((34 << 20))"
done_testing
