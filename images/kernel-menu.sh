#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# In an image of 'etherroot image --bootloader' this is /etc/kernel/postinst.d/zz-etherroot, and
# postrm.d's: once a kernel has got its initrd, or has lost it (initramfs/kernel-hook.sh), it writes
# GRUB's menu anew, the newest kernel first.
#
#   zz-etherroot VERSION    a kernel was installed or removed
#   zz-etherroot --came-up  the kernel that runs has come up: GRUB need not fall back from it
#   zz-etherroot --menu DIR writes the menu of the root in DIR
#
# GRUB notes in its environment block which kernel it tries. If it finds at the next start that it
# tried the newest one and that one has not come up, it takes the one before, until there is a newer
# one. The block is a file of 1024 bytes in which GRUB itself writes: it keeps its place on the disk.
set -eu

root=
menu=/boot/grub/grub.cfg
environment=/boot/grub/grubenv
# On the console that the machine has; a crash is a reboot, so that GRUB can take the kernel before.
words='rw console=ttyS0,115200 console=tty0 panic=10'

versions() {
	find "$root/boot" -maxdepth 1 -name 'vmlinuz-*' -printf '%f\n' | sed 's/^vmlinuz-//' | sort -rV |
		while read -r version; do
			[ ! -e "$root/boot/initrd.img-$version" ] || echo "$version"
		done
}

# write_environment LINE...: all 1024 bytes, in place once the file is there
write_environment() {
	{
		echo '# GRUB Environment Block'
		[ $# = 0 ] || printf '%s\n' "$@"
		printf '%1024s' '' | tr ' ' '#'
	} | head -c 1024 | dd of="$root$environment" conv=notrunc,fsync status=none
}

# fall_back_from VERSION: GRUB's words for it
fall_back_from() {
	cat <<END
set fallback=1
load_env
if [ "\$trying" = '$1' -a "\$good" != '$1' ]; then
	echo 'The kernel $1 has not come up: taking the one before.'
	sleep 3 # to be read: the screen is cleared then
	set default=1
else
	set trying='$1'
	save_env trying
fi

END
}

write_menu() {
	set --
	for version in $(versions); do
		set -- "$@" "$version"
	done
	[ -e "$root$environment" ] || write_environment
	{
		echo '# Written by /etc/kernel/postinst.d/zz-etherroot, at each kernel.'
		printf 'set timeout=1\nset default=0\n'
		[ $# -lt 2 ] || fall_back_from "$1"
		for version; do
			cat <<END
menuentry 'Debian, Linux $version' {
	linux /boot/vmlinuz-$version $words
	initrd /boot/initrd.img-$version
}
END
		done
	} >"$root$menu.new"
	sync "$root$menu.new"
	mv "$root$menu.new" "$root$menu"
}

case ${1-} in
--menu)
	root=$2
	write_menu
	;;
--came-up)
	trying=$(sed -n 's/^trying=//p' "$environment")
	write_environment "good=$(uname -r)" ${trying:+"trying=$trying"}
	;;
'' | -*)
	echo 'zz-etherroot: which kernel?' >&2
	exit 1
	;;
*)
	write_menu
	;;
esac
