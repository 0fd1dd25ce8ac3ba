#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# A disk with a boot loader of its own, by iPXE's sanboot: its init finds the disk by the firmware's
# table. `apt upgrade` brings another kernel, which gets its initrd by the image's hook (the one of the package
# etherroot-initramfs), and runs at the next start; one that does not come up is given up for the one before.
. tests/qemu/scenario.sh
# shellcheck source=tests/qemu/slow/kernel-package
. tests/qemu/slow/kernel-package

image=$scratch/disk.img
version=$(cat "$peers/6.12-bookworm/version")

# An archive as Debian's: the newest kernel is what a package without files depends on, whose second version is
# not installed yet.
archive=$scratch/archive
mkdir "$archive"
kernel_package "$version" "linux-image-$version" "$archive/kernel.deb" >"$scratch/dpkg-deb.log"
newest_kernel 1 '' "$scratch/installed.deb" >>"$scratch/dpkg-deb.log"
newest_kernel 2 "linux-image-$version" "$archive/newest.deb" >>"$scratch/dpkg-deb.log"
packages_in "$archive" >"$scratch/Packages"
mv "$scratch/Packages" "$archive/Packages"
cat >"$scratch/hook" <<END
#!/bin/sh -e
cp -r "$archive" "\$1/srv/archive"
cp "$scratch/installed.deb" "\$1/root/installed.deb"
chroot "\$1" dpkg -i /root/installed.deb
echo 'deb [trusted=yes] file:/srv/archive ./' >"\$1/etc/apt/sources.list"
END
chmod +x "$scratch/hook"
chmod 755 "$scratch"

check 'an image with a boot loader' "$etherroot" image debian --suite bookworm -k linux-image-amd64 \
	--bootloader both --size 1500M --hook "$scratch/hook" --output "$image"

# debian FIRMWARE EXPECTED COMMAND: logs in, types the command, and powers off. By sanboot a machine that
# is emulated on a busy host needs minutes for its kernel alone.
debian() {
	"$etherroot" boot --accel tcg --via sanboot --firmware "$1" --image "$image" \
		--timeout $((2 * deadline)) --log "$scratch/console.log" --expect "$2" \
		--type 'login: $=>root' --type 'Password: $=>etherroot' --type "root@.*# \$=>$3"
}
# as a regular expression
newer=$(echo "$version" | sed 's/[.+]/\\&/g')
runs='echo runs-$(uname -r)-$((1+1))'
check 'a BIOS starts it; an upgrade brings another kernel' debian bios 'installed-2' \
	'systemctl disable etherroot-booted; apt-get update && apt-get -y --with-new-pkgs upgrade && echo installed-$((1+1))'
check 'the init finds the disk by the table' contains "$scratch/console.log" 'etherroot: abft: e0.0 on '
check 'it runs at the next start' debian bios "runs-$newer-2" "$runs"
# Nobody has told the boot loader that it came up.
check 'one that does not come up is given up for the one before' debian bios \
	'runs-6\.1\.0-[0-9]*-amd64-2' "$runs"
check 'the boot loader says so' contains "$scratch/console.log" \
	"The kernel $version has not come up: taking the one before."
check 'UEFI starts it as well' debian uefi 'runs-6\.1\.0-[0-9]*-amd64-2' "$runs"
done_testing
