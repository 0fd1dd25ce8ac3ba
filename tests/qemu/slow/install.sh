#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# A machine without a disk installs an empty export by itself, and runs off it: from the kernel command
# line to the table on the disk. The first attempt fails, which is told; one onto the disk that it runs off is
# refused; the last is to its end. What stands in for mmdebstrap installs the tests' tiny root: Debian's
# packages are for install-debian.sh.
. tests/qemu/scenario.sh

use_kernel 6.12 --module loop
installer=$scratch/installer.img
disk=$scratch/disk.img
added=$scratch/added # what makes the tests' Debian an installer

# ---- the installer -----------------------------------------------------------------------------------
tiny_tree "$scratch/tiny"
mkdir -p "$added/etc/systemd/network" "$added/etc/systemd/system/multi-user.target.wants" \
	"$added/usr/bin" "$added/usr/sbin" "$added/usr/lib/x86_64-linux-gnu" "$added/usr/share"
tar -C "$scratch/tiny" -c -f "$added/usr/share/tiny.tar" .
cat >"$added/usr/bin/mmdebstrap" <<'END'
#!/bin/sh
for argument; do
	case $argument in
	/*) break ;; # the folder; what comes before it is options, and the suite
	esac
done
echo 'I: installing the tiny root...' >&2
if [ -e /etc/etherroot/fail ]; then
	echo 'E: Failed to fetch the moon' >&2
	exit 1
fi
tar -C "$argument" -x -f /usr/share/tiny.tar && echo 'I: success' >&2
END
chmod 755 "$added/usr/bin/mmdebstrap"
printf 'hostname ws9\nuser root password=secret\n' >"$scratch/answers"
cp /sbin/sfdisk "$added/usr/sbin/"
# copy_libraries: those of the programs that the tests' Debian has not
copy_libraries() {
	for library in $(ldd "$etherroot" /sbin/sfdisk | awk '$2 == "=>" { print $3 }' | sort -u); do
		[ -e "$tree/usr/lib/x86_64-linux-gnu/${library##*/}" ] ||
			cp -L "$library" "$added/usr/lib/x86_64-linux-gnu/" || return
	done
}
# make_installer: as images/debian.sh does, but for the packages
make_installer() {
	IMAGE_COMMAND=$etherroot IMAGE_ANSWERS=$scratch/answers bash -euc '
		here=$1/lib/etherroot
		. "$here/installer-image.sh"
		installer_populate "$2"' bash "$build" "$added" &&
		: >"$added/etc/etherroot/fail" && copy_libraries &&
		cp --sparse=always "$peers/6.12/image" "$installer" &&
		find "$added" -mindepth 1 \( -type d -printf 'mkdir /%P\n' -o \
			-type f -printf "write $added/%P /%P\n" -o -type l -printf 'symlink /%P %l\n' \) \
			>"$scratch/commands" &&
		debugfs -w -f "$scratch/commands" "$installer"
}
check 'an installer' make_installer

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
