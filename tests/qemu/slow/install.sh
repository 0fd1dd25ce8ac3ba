#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# A machine without a disk installs an empty export by itself, and runs off it: from the kernel command
# line to the table on the disk. The first attempt fails, which is told; one onto the disk that it runs off is
# refused; the last is to its end. What stands in for mmdebstrap installs the tests' tiny root: Debian's
# packages are for install-debian.sh.
. tests/qemu/scenario.sh
# shellcheck source=tests/qemu/slow/tiny-installer
. tests/qemu/slow/tiny-installer

use_kernel 6.12 --module loop
installer=$scratch/installer.img
disk=$scratch/disk.img

# ---- the installer -----------------------------------------------------------------------------------
tiny_tree "$scratch/tiny"
printf 'hostname ws9\nuser root password=secret\n' >"$scratch/answers"
mkdir -p "$added/etc/etherroot"
: >"$added/etc/etherroot/fail"
check 'an installer' make_installer "$installer" "$scratch/answers"

# ---- it installs -------------------------------------------------------------------------------------
truncate -s 1100M "$disk"
check 'an installation that fails, and again' boot --image "$installer" --read-only \
	--export "0.1=$disk" --memory 768 --after kill --expect 'reboot: Power down' \
	--append 'rd.overlay etherroot.install=aoe:e0.1 etherroot.finally=poweroff' \
	--type 'NOT INSTALLED=>' --type 'login: $=>root' --type 'Password: $=>etherroot' \
	--type 'root@.*# $=>dmesg -n 7; head -n 1 /dev/etherd/e0.1; etherroot install -a /etc/etherroot/answers /dev/etherd/e0.0; rm /etc/etherroot/fail; systemctl start etherroot-install'
check 'the reason is on the console' contains "$scratch/console.log" \
	"etherroot install: Failed to fetch the moon: mmdebstrap's last messages are above"
check 'and on the disk' grep -q '^etherroot install: not finished: Failed to fetch the moon' \
	"$scratch/console.log"
check 'the disk that it runs off is refused' contains "$scratch/console.log" \
	'etherroot install: /dev/etherd/e0.0: is in use: '
check 'it says how far it is' contains "$scratch/console.log" 'installing the tiny root...'
check 'and that it is done' contains "$scratch/console.log" 'done: Debian trixie is on /dev/etherd/e0.1'
check 'its file system is clean' e2fsck -fn "$disk?offset=1048576"
check 'nothing was written to the installer' sh -c "! dumpe2fs -h '$installer' 2>/dev/null | grep needs_recovery"
boots 'it runs off its disk' 'TINY-ROOT /dev/etherd/e0.0p1 ext4 rw' --image "$disk"
done_testing
