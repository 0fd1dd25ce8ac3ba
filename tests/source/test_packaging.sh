#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# The tarball, what the Debian packages say of the source, and what a kernel's package runs; the packages
# themselves are built, installed and removed by packages/slow/debian.sh.
. tests/lib.sh

packaging=tools/packaging
version=$(sed -n 's/^VERSION := //p' Makefile)

# ---- the tarball ---------------------------------------------------------------------------------
tarball=etherroot-$version.tar.xz
check 'make dist' make -s BUILD="$scratch/one" dist
check 'its checksum is right' sh -c "cd '$scratch/one/dist' && sha256sum -c '$tarball.sha256'"
# What was unpacked is packed again, by somebody with other habits, below a checkout of something else.
packs_itself() {
	{ ! command -v git >/dev/null || git init -q "$scratch"; } &&
		tar -C "$scratch" -xf "$scratch/one/dist/$tarball" &&
		(umask 077 && find "$scratch/etherroot-$version" -exec touch -d 2001-01-01 {} + &&
			TZ=Asia/Tokyo make -s -C "$scratch/etherroot-$version" dist) &&
		cmp "$scratch/etherroot-$version/build/dist/$tarball" "$scratch/one/dist/$tarball"
}
check 'the same source gives the same bytes' packs_itself
check 'everything is below one folder' test \
	"$(tar -tf "$scratch/one/dist/$tarball" | cut -d / -f 1 | sort -u)" = "etherroot-$version"

# ---- what is said twice --------------------------------------------------------------------------
check "the packages' version is the source's" grep -qE "^etherroot \\($version-[^)]*\\) " \
	"$packaging/debian/changelog"
# Whoever builds packages has build-essential.
build_depends() {
	sed -n '/^\[build\]/,/^\[boot\]/s/^\([a-z0-9-]*\) .*/\1/p' tools/packages.list |
		grep -vxE 'gcc|libc6-dev|linux-libc-dev' | sort >"$scratch/list"
	sed -n '/^Build-Depends:/,/^Standards/p' "$packaging/debian/control" | tr ',' '\n' |
		sed -n 's/^\(Build-Depends:\)\{0,1\} *\([a-z0-9][a-z0-9-]*\).*/\2/p' | grep -vx debhelper-compat |
		sort >"$scratch/depends"
	[ -s "$scratch/list" ] && diff "$scratch/list" "$scratch/depends"
}
check 'they are built with what the source is built with' build_depends
comments_are_settings() {
	sed -n 's/^#\([a-z]\)/\1/p' "$packaging/initrd.conf" >"$scratch/initrd.conf"
	[ "$(wc -l <"$scratch/initrd.conf")" -gt 3 ] || return 1
	# Which kernel, is asked when the settings are right.
	fails_with 1 'etherroot initrd: /nowhere' "$etherroot" initrd --config "$scratch/initrd.conf" \
		--root /nowhere --list
}
check 'what stands in initrd.conf to be taken into use is right' comments_are_settings

# ---- the kernel's hook ---------------------------------------------------------------------------
if ! unshared true 2>/dev/null; then
	skip 'the hook of kernels' 'this machine gives its users no namespaces'
	done_testing
	exit
fi
tree=$scratch/tree
for folder in bin usr/bin boot etc/etherroot etc/kernel/postinst.d etc/kernel/postrm.d lib/modules \
	usr/share/etherroot-initramfs; do
	mkdir -p "$tree/$folder"
done
cp /bin/busybox "$tree/bin/busybox"
for applet in sh rm; do
	ln -s busybox "$tree/bin/$applet"
done
for step in postinst postrm; do
	install -m 755 initramfs/kernel-parts.sh "$tree/etc/kernel/$step.d/z-etherroot"
done
install -m 755 initramfs/kernel-hook.sh "$tree/usr/share/etherroot-initramfs/kernel-hook"
# In place of etherroot: its arguments become the initrd.
cat >"$tree/usr/bin/etherroot" <<'END'
#!/bin/sh
arguments=$*
case "$arguments" in
*' 6.1 '*) [ ! -e /boot/fails ] || exit 1 ;;
esac
while [ "$1" != --output ]; do shift; done
echo "$arguments" >"$2"
END
chmod 755 "$tree/usr/bin/etherroot"

in_tree() {
	unshared chroot "$tree" /bin/busybox env -i PATH=/usr/bin:/bin INITRD="${INITRD-}" "$@"
}
install_kernel() {
	touch "$tree/boot/vmlinuz-$1"
	mkdir -p "$tree/lib/modules/$1"
	in_tree /etc/kernel/postinst.d/z-etherroot "$1" "/boot/vmlinuz-$1"
}
remove_kernel() {
	rm "$tree/boot/vmlinuz-$1"
	in_tree /etc/kernel/postrm.d/z-etherroot "$1" "/boot/vmlinuz-$1"
}
initrd_is() {
	[ "$(cat "$tree/boot/initrd.img-$1")" = "$2 --output /boot/initrd.img-$1" ]
}
has_no_initrd() {
	[ ! -e "$tree/boot/initrd.img-$1" ]
}

check 'a kernel is installed' install_kernel 6.1
check 'and has an initrd' initrd_is 6.1 'initrd --kernel 6.1'
touch "$tree/etc/etherroot/initrd.conf"
check 'with settings, another' install_kernel 6.12
check 'has one that is made by them' initrd_is 6.12 'initrd --config /etc/etherroot/initrd.conf --kernel 6.12'
mkdir "$tree/lib/modules/5.10" # without a kernel
touch "$tree/boot/vmlinuz-5.4" # without modules
check 'all of them are made anew' in_tree /usr/share/etherroot-initramfs/kernel-hook all
check 'the first one with the settings too' initrd_is 6.1 \
	'initrd --config /etc/etherroot/initrd.conf --kernel 6.1'
check 'no others are' sh -c "[ \$(ls '$tree/boot' | grep -c initrd) = 2 ]"
echo old >"$tree/boot/initrd.img-6.1"
echo old >"$tree/boot/initrd.img-6.12"
touch "$tree/boot/fails"
check 'when one of them cannot be made, that is told' fails_with 1 \
	'etherroot kernel hook: no initrd was made for 6.1: the reason is above' \
	in_tree /usr/share/etherroot-initramfs/kernel-hook all
check 'the later ones are made' initrd_is 6.12 'initrd --config /etc/etherroot/initrd.conf --kernel 6.12'
rm "$tree/boot/fails"
check 'the old package of a kernel that is upgraded goes' in_tree /etc/kernel/postrm.d/z-etherroot 6.1 \
	/boot/vmlinuz-6.1
check 'which leaves the initrd' test "$(cat "$tree/boot/initrd.img-6.1")" = old
check 'a kernel is removed' remove_kernel 6.1
check 'and its initrd' has_no_initrd 6.1
check "the other's stays" initrd_is 6.12 'initrd --config /etc/etherroot/initrd.conf --kernel 6.12'
INITRD=No
check 'a kernel that is to have none' install_kernel 6.6
check 'has none' has_no_initrd 6.6
INITRD=
check 'one without a name is refused' fails_with 1 'which kernel?' in_tree \
	/etc/kernel/postinst.d/z-etherroot
check 'so is what is no name' fails_with 1 'which kernel?' in_tree \
	/etc/kernel/postinst.d/z-etherroot ../6.1
rm "$tree/usr/share/etherroot-initramfs/kernel-hook"
check 'when the package is removed its hook does nothing' install_kernel 6.6
check 'no initrd at all' has_no_initrd 6.6
done_testing
