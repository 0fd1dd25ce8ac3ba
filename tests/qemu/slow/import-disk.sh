#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# `etherroot image import` of a disk: a Debian as it is installed on a local one, with an EFI system
# partition, /boot, and LVM with an xfs for the root, power cut. It is imported from a qcow2 and boots off
# AoE, to its login. Disks that hold no system, several, or none that can be read are refused in a line.
. tests/qemu/scenario.sh

# The system, and what installs it on /dev/vda, as PID 1.
cat >"$scratch/install" <<'END'
#!/bin/sh
set -e
trap 'echo INSTALL-FAILED; sleep infinity' EXIT
export DM_DISABLE_UDEV=1 PATH=/usr/sbin:/usr/bin
dmesg -n 1
modprobe virtio_blk
modprobe dm-mod
mkfs.ext4 -q /dev/vda2
pvcreate -q /dev/vda3
vgcreate -q installed /dev/vda3
lvcreate -q -y -L 1500M -n root installed
lvcreate -q -y -L 64M -n home installed
lvcreate -q -y -L 32M -n swap installed
mkfs.xfs -q /dev/installed/root
mkfs.ext4 -q -L home /dev/installed/home
mkswap -q /dev/installed/swap
mount /dev/installed/root /mnt
mkdir /mnt/boot /mnt/home
mount /dev/vda2 /mnt/boot
mkdir /mnt/boot/efi
mount /dev/vda1 /mnt/boot/efi
mount /dev/installed/home /mnt/home
cp -ax / /mnt
echo letters >/mnt/home/letters
echo firmware >/mnt/boot/efi/loader
rm -f /mnt/boot/initrd.img-*
cat >/mnt/etc/fstab <<FSTAB
/dev/mapper/installed-root / xfs defaults 0 0
UUID=$(blkid -o value -s UUID /dev/vda2) /boot ext4 defaults 0 2
UUID=B00F-D1CE /boot/efi vfat umask=0077 0 1
LABEL=home /home ext4 defaults 0 2
/dev/mapper/installed-swap none swap sw 0 0
FSTAB
cat >/mnt/etc/systemd/network/lan.network <<NETWORK
[Match]
Name=enp0s3
[Network]
Address=192.0.2.7/24
NETWORK
ln -s /lib/systemd/system/systemd-networkd.service /mnt/etc/systemd/system/multi-user.target.wants/
sync
trap - EXIT
echo INSTALLED
sleep infinity
END
cat >"$scratch/hook" <<END
#!/bin/sh -e
install -m 755 "$scratch/install" "\$1/install"
END
chmod +x "$scratch/hook"
chmod 755 "$scratch"
check 'a Debian' "$etherroot" image debian --output "$scratch/debian" --hostname imported --hook "$scratch/hook" \
	--include lvm2,xfsprogs
# The firmware's partition begins at 1 MiB.
truncate -s 2G "$scratch/raw"
printf '%s\n' 'label: gpt' 'start=2048, size=32M, type=U' 'size=200M' 'type=lvm' | sfdisk -q "$scratch/raw"
mkfs.vfat -F 16 -i B00FD1CE --offset 2048 "$scratch/raw" 32768 >"$scratch/mkfs.log"
check 'is installed on a disk, and its power cut' "$etherroot" boot --accel tcg --via direct --image "$scratch/debian" \
	--disk "$scratch/raw" --append 'quiet init=/install' --expect '^INSTALLED' --after kill \
	--timeout "$((3 * deadline))" --log "$scratch/install.log"
rm "$scratch/debian"
qemu-img convert -O qcow2 "$scratch/raw" "$scratch/disk.qcow2"
rm "$scratch/raw"
sum=$(sha256sum "$scratch/disk.qcow2")

import() {
	TMPDIR=$scratch "$etherroot" image import "$@" --output "$scratch/export" >"$scratch/said" 2>&1 || {
		cat "$scratch/said"
		return 1
	}
}
said() {
	contains "$scratch/said" "etherroot image: $1"
}
check 'it is imported' import "$scratch/disk.qcow2"
check 'the source is as it was' test "$(sha256sum "$scratch/disk.qcow2")" = "$sum"
check 'where the root was is told' said 'the root is on installed/root (xfs)'
check 'that it was not unmounted too' said 'installed/root was not unmounted: what its journal holds is in the copy'
check 'nor was another' said 'vda2 was not unmounted'
check 'what comes along' said 'with /boot, which is a file system of its own'
check 'and what else' said 'with /home, which is a file system of its own'
check 'what does not' said 'without /boot/efi: the firmware'
check 'swap is off' said 'etc/fstab: /dev/mapper/installed-swap: swap is off'
check 'the card has another name' said 'etc/systemd/network/lan.network: enp0s3 is eth0'

# What is asked of it is answered by words that are not in the question.
check 'it boots off AoE, to its login' "$etherroot" boot --accel tcg --via direct --image "$scratch/export" \
	--timeout "$((2 * deadline))" --log "$scratch/console.log" --type 'login: $=>root' --type 'Password: $=>etherroot' \
	--type 'root@imported:.*# $=>cat /home/letters; findmnt -no FSTYPE,SOURCE /; systemctl is-system-running --wait; ip -br -4 addr show eth0; systemctl --failed --no-legend; swapon --show; ls /boot/efi; echo asked-$((1+1))' \
	--expect 'asked-2'
answered() {
	tr -d '\r' <"$scratch/console.log" >"$scratch/console"
	grep -qE "$1" "$scratch/console" || {
		cat "$scratch/console"
		return 1
	}
}
check 'with the files of all its disks' answered '^letters$'
check 'on an ext4' answered '^ext4 +/dev/(etherd/e0.0|root)'
check 'with nothing that failed' answered '^running$'
check 'the card has its address' answered '^eth0 .*192\.0\.2\.7/24'

# ---- disks that are refused ----------------------------------------------------------------------------
tiny_tree "$scratch/tiny"
mkdir -p "$scratch/tiny/usr"
echo '/dev/root / ext4 defaults 0 1' >"$scratch/tiny/etc/fstab"
truncate -s 32M "$scratch/several"
printf 'label: gpt\nstart=2048, size=16384\nstart=18432, size=16384\n' | sfdisk -q "$scratch/several"
for start in 1048576 9437184; do
	mke2fs -q -F -t ext4 -d "$scratch/tiny" -E offset=$start "$scratch/several" 8M
done
check 'refused: several systems' fails_with 1 \
	"etherroot image: $scratch/several: several systems' roots are on it: vda1, vda2: --root says which" \
	import "$scratch/several"
check 'refused: a root that is none' fails_with 1 \
	"etherroot image: $scratch/several: --root vda3: the disk has none: there is vda vda1 vda2" \
	import "$scratch/several" --root vda3
check 'one of them is taken' fails_with 1 'etherroot image: the copy has no /boot, and no kernel' \
	import "$scratch/several" --root vda2
check 'which is told' said 'the root is on vda2 (ext4)'
truncate -s 32M "$scratch/locked"
echo key >"$scratch/key"
cryptsetup luksFormat --batch-mode --pbkdf pbkdf2 --pbkdf-force-iterations 1000 "$scratch/locked" "$scratch/key"
check 'refused: what is encrypted' fails_with 1 \
	"$scratch/locked: no system's root is on it: there is vda is encrypted (crypto_LUKS)" import "$scratch/locked"
done_testing
