#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Has initramfs-tools, at its leanest, generate an initrd inside a Debian tree, and prints the seconds
# that took.
#   tests/peers/initrd.sh TREE aoe|virtio|nbd KERNEL-VERSION OUTPUT
# TREE is a Debian root directory, owned by whoever runs this; root is not needed.
set -eu

tree=$1 kind=$2 version=$3 output=$4
here=$(dirname "$(readlink -f "$0")")
conf=$tree/etc/etherroot-peers/$kind

case $kind in
aoe) modules='virtio_pci virtio_net aoe ext4' ;;
virtio) modules='virtio_pci virtio_blk ext4' ;;
nbd) modules='virtio_pci virtio_net nbd ext4' ;;
*)
	echo "tests/peers/initrd.sh: $kind: one of aoe, virtio, nbd is needed" >&2
	exit 2
	;;
esac

# Hooks and scripts that make the image larger than this kind of root needs are put out of the way:
# those of nbd-client, aoetools and dmsetup.
extras='hooks/aoe hooks/nbd hooks/nbd-client hooks/dmsetup scripts/local-top/aoe scripts/local-top/nbd'
theirs=$tree/usr/share/initramfs-tools
aside=$tree/etc/etherroot-peers/aside
move_extras() {
	for name in $extras; do
		if [ -e "$1/$name" ]; then
			mv "$1/$name" "$2/$name"
		fi
	done
}
mkdir -p "$aside/hooks" "$aside/scripts/local-top"
trap 'move_extras "$aside" "$theirs"' EXIT
move_extras "$aside" "$theirs" # an interrupted run left them there

rm -rf "$conf"
mkdir -p "$conf/conf.d" "$conf/hooks" "$conf/scripts/local-top"
cat >"$conf/initramfs.conf" <<'END'
MODULES=list
BUSYBOX=n
KEYMAP=n
COMPRESS=zstd
DEVICE=
NFSROOT=auto
RUNSIZE=10%
FSTYPE=ext4
RESUME=none
END
echo "$modules" | tr ' ' '\n' >"$conf/modules"
case $kind in
aoe)
	install -m 755 "$here/local-top-aoe" "$conf/scripts/local-top/etherroot-peer"
	;;
nbd)
	# The package's own script, without its hook, which adds every network driver there is.
	install -m 755 "$here/hook-nbd" "$conf/hooks/etherroot-peer"
	cp "$tree/usr/share/initramfs-tools/scripts/local-top/nbd" "$conf/scripts/local-top/nbd"
	;;
esac

move_extras "$theirs" "$aside"

# The clock runs around mkinitramfs alone.
# shellcheck disable=SC2016 # expanded inside
inside='
mount --rbind /proc "$1/proc" && mount --rbind /dev "$1/dev" || exit
exec chroot "$1" /bin/bash -c "
	export PATH=/usr/sbin:/usr/bin:/sbin:/bin TMPDIR=/tmp
	start=\${EPOCHREALTIME/./}
	mkinitramfs -d /etc/etherroot-peers/$2 -o /tmp/initrd $3 >&2 || exit
	us=\$((\${EPOCHREALTIME/./} - start))
	printf \"%d.%03d\n\" \$((us / 1000000)) \$((us / 1000 % 1000))"'
user=
[ "$(id -u)" = 0 ] || user=--map-root-user
unshare $user --mount sh -c "$inside" sh "$tree" "$kind" "$version"
cp "$tree/tmp/initrd" "$output"
rm "$tree/tmp/initrd"
