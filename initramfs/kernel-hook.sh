#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Gives each kernel that is installed its initrd, and takes it away with the kernel. Kernel packages
# run it by initramfs/kernel-parts.sh, in the package etherroot-initramfs as in the images of
# 'etherroot image --bootloader'.
#
#   kernel-hook.sh postinst VERSION [KERNEL]  it was installed, as KERNEL (/boot/vmlinuz-VERSION)
#   kernel-hook.sh postrm VERSION [KERNEL]    it was removed, or is there in another version
#   kernel-hook.sh all                        each kernel in /boot gets a new one
set -eu

settings=/etc/etherroot/initrd.conf

fail() {
	echo "etherroot kernel hook: $1" >&2
	exit 1
}

make_initrd() {
	echo "etherroot: making $2" >&2
	if [ -e "$settings" ]; then
		etherroot initrd --config "$settings" --kernel "$1" --output "$2" >&2
	else
		etherroot initrd --kernel "$1" --output "$2" >&2
	fi
}

# Those whose modules are there too: others may have been left behind. One that cannot have its initrd keeps
# none of the others from theirs.
make_all() {
	failed=
	for kernel in /boot/vmlinuz-*; do
		version=${kernel#/boot/vmlinuz-}
		[ -d "/lib/modules/$version" ] || continue
		make_initrd "$version" "/boot/initrd.img-$version" || failed="$failed $version"
	done
	[ -z "$failed" ] || fail "no initrd was made for$failed: the reason is above"
}

case ${1-} in
all)
	make_all
	exit
	;;
postinst | postrm) ;;
*) fail "'${1-}': there are postinst, postrm and all" ;;
esac
case ${2-} in
'' | -* | */*) fail 'which kernel?' ;;
esac

kernel=${3:-/boot/vmlinuz-$2}
initrd=${kernel%/*}/initrd.img-$2
# While a kernel is upgraded its old package is removed as well.
if [ "$1" = postrm ]; then
	[ -e "$kernel" ] || rm -f "$initrd"
# So have others of its kind been asked to leave a kernel alone.
elif [ "${INITRD-}" != No ]; then
	make_initrd "$2" "$initrd"
fi
