#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# `etherroot initrd` from end to end: what is in the image, that its bytes depend on nothing else,
# and what bad input gets.
# shellcheck source=tests/lib.sh
. tests/lib.sh
# shellcheck source=tests/initrd/tree.sh
. tests/initrd/tree.sh

etherroot=$(realpath "$etherroot")
tree=$scratch/tree
modules=lib/modules/$version
make_tree "$tree"
mkdir -p "$tree/lib/firmware/bnx2"
echo firmware >"$tree/lib/firmware/bnx2/rv2p.fw"

# initrd OPTION...: from the tree, to $scratch/image
initrd() {
	"$etherroot" initrd --root "$tree" --kernel "$version" --output "$scratch/image" "$@"
}

# unpack [OPTION...]: makes an image and takes it apart into $scratch/content
unpack() {
	rm -rf "$scratch/content"
	mkdir "$scratch/content"
	initrd --compress none "$@"
	# Only root makes device nodes; the names are in the list.
	(cd "$scratch/content" && cpio -idm --quiet --no-absolute-filenames '[!d]*' <../image)
	cpio -it --quiet <"$scratch/image" | LC_ALL=C sort >"$scratch/names"
}

# has NAME... / has_not NAME...: modules of the image, by the name of their file
has() {
	for name in "$@"; do
		grep -q "/$name\.ko\$" "$scratch/names" || {
			echo "$name is missing:"
			cat "$scratch/names"
			return 1
		}
	done
}
has_not() {
	for name in "$@"; do
		if grep "/$name\.ko\$" "$scratch/names"; then return 1; fi
	done
}

file_is() {
	printf '%s' "$2" | diff -u - "$1"
}

# ---- what is in it -----------------------------------------------------------------------------
unpack --drivers virtio_net
check 'the image holds the skeleton, the init and what one machine needs, and nothing else' \
	diff -u - "$scratch/names" <<EOF
dev
dev/console
dev/kmsg
dev/null
etc
etc/filesystems
etc/modules-load.d
etc/modules-load.d/etherroot.conf
init
lib
lib/modules
$modules
$modules/kernel
$modules/kernel/arch
$modules/kernel/arch/x86
$modules/kernel/arch/x86/crypto
$modules/kernel/arch/x86/crypto/crc32c-intel.ko
$modules/kernel/crypto
$modules/kernel/crypto/crc32c_generic.ko
$modules/kernel/drivers
$modules/kernel/drivers/block
$modules/kernel/drivers/block/aoe
$modules/kernel/drivers/block/aoe/aoe.ko
$modules/kernel/drivers/net
$modules/kernel/drivers/net/net_failover.ko
$modules/kernel/drivers/net/netconsole.ko
$modules/kernel/drivers/net/virtio_net.ko
$modules/kernel/drivers/virtio
$modules/kernel/drivers/virtio/virtio_pci.ko
$modules/kernel/fs
$modules/kernel/fs/configfs
$modules/kernel/fs/configfs/configfs.ko
$modules/kernel/fs/ext4
$modules/kernel/fs/ext4/ext4.ko
$modules/kernel/fs/jbd2
$modules/kernel/fs/jbd2/jbd2.ko
$modules/kernel/fs/overlayfs
$modules/kernel/fs/overlayfs/overlay.ko
$modules/kernel/fs/quota
$modules/kernel/fs/quota/quota_tree.ko
$modules/kernel/fs/quota/quota_v2.ko
$modules/kernel/lib
$modules/kernel/lib/crc16.ko
$modules/kernel/net
$modules/kernel/net/core
$modules/kernel/net/core/failover.ko
$modules/modules.alias
$modules/modules.dep
$modules/modules.softdep
proc
root
run
sbin
sbin/modprobe
sys
EOF
check 'the kernel finds it as modprobe' test "$(readlink "$scratch/content/sbin/modprobe")" = /init
check 'the init in it is the one that was built' cmp "$build/init" "$scratch/content/init"
check 'the init is executable' test -x "$scratch/content/init"
check 'modules.dep names every dependency, to be loaded from the last to the first' \
	diff -u - "$scratch/content/$modules/modules.dep" <<EOF
kernel/drivers/block/aoe/aoe.ko:
kernel/fs/configfs/configfs.ko:
kernel/lib/crc16.ko:
kernel/crypto/crc32c_generic.ko:
kernel/arch/x86/crypto/crc32c-intel.ko:
kernel/fs/ext4/ext4.ko: kernel/lib/crc16.ko kernel/fs/jbd2/jbd2.ko
kernel/net/core/failover.ko:
kernel/fs/jbd2/jbd2.ko:
kernel/drivers/net/net_failover.ko: kernel/net/core/failover.ko
kernel/drivers/net/netconsole.ko: kernel/fs/configfs/configfs.ko
kernel/fs/overlayfs/overlay.ko:
kernel/fs/quota/quota_tree.ko:
kernel/fs/quota/quota_v2.ko: kernel/fs/quota/quota_tree.ko
kernel/drivers/net/virtio_net.ko: kernel/drivers/net/net_failover.ko kernel/net/core/failover.ko
kernel/drivers/virtio/virtio_pci.ko:
EOF
# Each module's are in the order in which its compiler laid them out.
LC_ALL=C sort "$scratch/content/$modules/modules.alias" >"$scratch/aliases"
check 'modules.alias has the aliases of these modules' diff -u - "$scratch/aliases" <<EOF
alias crc32c crc32c_generic
alias crc32c crc32c_intel
alias crypto-crc32c crc32c_generic
alias crypto-crc32c crc32c_intel
alias ext3 ext4
alias fs-ext3 ext4
alias fs-ext4 ext4
alias fs-overlay overlay
alias pci:v00001AF4d*sv*sd*bc*sc*i* virtio_pci
alias virtio:d00000001v* virtio_net
EOF
check 'modules.softdep names the modules that answer to an alias' \
	diff -u - "$scratch/content/$modules/modules.softdep" <<EOF
softdep ext4 pre: crc32c_intel crc32c_generic
softdep jbd2 pre: crc32c_intel crc32c_generic
EOF
check 'etc/filesystems names ext4' file_is "$scratch/content/etc/filesystems" 'ext4
'

# ---- choosing drivers --------------------------------------------------------------------------
unpack --drivers virtual
check 'virtual: those that this kernel has' has virtio_net virtio_pci e1000
check 'virtual: no other drivers' has_not bnx2 mlx4_core r8152 xhci-pci
unpack
check 'by default every Ethernet driver is in, with its bus' \
	has virtio_net virtio_pci e1000 bnx2 mlx4_core mlx4_en r8152 xhci-pci
check 'all: with the PHYs that they may be wired to' has micrel marvell10g
check 'all: but not what cannot start a machine' has_not 3c589_cs
check 'all: Ethernet drivers that were added to the kernel' has r8168
check 'all: but not everything that was' has_not tunnel sensor
check 'a driver gets its firmware' file_is "$scratch/content/lib/firmware/bnx2/rv2p.fw" 'firmware
'
check 'a firmware outside of its folder is not taken' \
	test ! -e "$scratch/content/etc/hostname"
unpack --drivers mlx4_core,e1000
check 'drivers by name' has mlx4_core e1000
check 'and nothing else that a machine may have' has_not micrel usbhid
check 'a partner that no index tells of comes along, to be loaded behind' \
	contains "$scratch/content/$modules/modules.softdep" 'softdep mlx4_core post: mlx4_en'
check 'nothing for busses that no driver is on' has_not virtio_pci xhci-pci
unpack --drivers r8152
check 'a USB driver brings the host controllers' has xhci-pci xhci-pci-renesas
unpack --drivers hv_netvsc
check "a driver of Hyper-V's bus brings that, and PCI on it" has hv_vmbus pci-hyperv
unpack --drivers igb
check 'a weak dependency comes along' has micrel
check 'and only that' has_not marvell10g
unpack --drivers bnx2 2>"$scratch/warnings"
check 'a driver with its firmware: nothing is said' test ! -s "$scratch/warnings"
mv "$tree/lib/firmware" "$tree/lib/no-firmware"
check 'a driver that was asked for, and whose firmware is missing' sh -c "
	'$etherroot' initrd -r '$tree' -k '$version' -d bnx2 -o '$scratch/image' 2>&1 | grep -F \
		'warning: driver bnx2: $tree/lib/firmware has none of its files, bnx2 for one: '"
mv "$tree/lib/no-firmware" "$tree/lib/firmware"

# ---- file systems ------------------------------------------------------------------------------
unpack --drivers e1000 --fs xfs
check 'a file system in the kernel itself is listed' file_is "$scratch/content/etc/filesystems" 'xfs
'
check 'and needs no module' has_not ext4 jbd2
unpack --drivers e1000 --fs ext3,xfs
check 'a file system by an alias' file_is "$scratch/content/etc/filesystems" 'ext3
xfs
'
check 'is in the module that has the alias' has ext4
unpack --drivers e1000 --fs all
check 'all: every one that the kernel has' file_is "$scratch/content/etc/filesystems" 'ext4
ext3
xfs
'

# ---- modules, files, the shell -----------------------------------------------------------------
mkdir "$scratch/folder"
echo one >"$scratch/folder/one"
ln -s one "$scratch/folder/link"
printf '#!/bin/sh\n' >"$scratch/program"
chmod 700 "$scratch/program"
unpack --drivers e1000 --module round_a --module crc32c --module crc16 --add "$scratch/folder:/etc/folder" \
	--add "$scratch/program:usr/bin/" --add "$scratch/folder/one"
check '--module: listed in their order, by their names' \
	file_is "$scratch/content/etc/modules-load.d/etherroot.conf" 'round_a
crc32c_intel
crc32c_generic
crc16
'
check '--module: soft dependencies in a circle come to an end' has round_a round_b crc16
check '--add: a folder with what is in it' file_is "$scratch/content/etc/folder/one" 'one
'
check '--add: links stay links' test "$(readlink "$scratch/content/etc/folder/link")" = one
check '--add: into a folder, executable' test -x "$scratch/content/usr/bin/program"
check '--add: where it came from' cmp "$scratch/folder/one" "$scratch/content$scratch/folder/one"
if [ -x /bin/busybox ]; then
	unpack --drivers e1000 --shell
	check '--shell: busybox is in' cmp /bin/busybox "$scratch/content/bin/busybox"
	check '--shell: with what a USB keyboard needs' has usbhid hid-generic xhci-pci
	check '--shell: as sh' test "$(readlink "$scratch/content/bin/sh")" = busybox
else
	check '--shell: says which package is missing' fails_with 1 \
		'/bin/busybox: No such file or directory: install the package busybox-static' \
		initrd --shell
fi
unpack --drivers e1000 --init "$scratch/program"
check '--init: another one' cmp "$scratch/program" "$scratch/content/init"

# ---- debug sections and signatures -------------------------------------------------------------
unsigned=$tree/$modules/kernel/fs/ext4/ext4.ko
stripped=$scratch/content/$modules/kernel/fs/ext4/ext4.ko
unpack --drivers e1000
sections() { readelf -SW "$1" | grep -c '^ *\[ *[1-9]'; }
check 'the module in the tree has debug sections' \
	sh -c "readelf -SW '$unsigned' | grep -q '\.debug_info'"
check 'an unsigned module loses them' sh -c "! readelf -SW '$stripped' | grep '\.debug'"
check 'and is smaller' test "$(wc -c <"$stripped")" -lt "$(($(wc -c <"$unsigned") * 2 / 3))"
check 'no section changes its number' test "$(sections "$unsigned")" -eq "$(sections "$stripped")"
for what in .text .data .modinfo .rela.text .symtab .strtab; do
	check "$what is what it was" sh -c "
		readelf -x $what '$unsigned' >'$scratch/a'; readelf -x $what '$stripped' >'$scratch/b'
		grep -q 0x '$scratch/a' && cmp '$scratch/a' '$scratch/b'"
done
check 'readelf finds nothing wrong with it' \
	sh -c "readelf -aW '$stripped' 2>&1 | grep -i -e warning -e error && exit 1 || :"
printf 'signature~Module signature appended~\n' >>"$unsigned"
unpack --drivers e1000
check 'a signed module keeps every byte' cmp "$unsigned" "$stripped"

# ---- compression -------------------------------------------------------------------------------
initrd --compress none
cp "$scratch/image" "$scratch/plain"
unpacked_is_plain() {
	initrd --compress "$1"
	shift
	"$@" -dc <"$scratch/image" | cmp - "$scratch/plain"
}
check 'zstd' unpacked_is_plain zstd zstd
check 'xz' unpacked_is_plain xz xz
check 'gzip' unpacked_is_plain gzip gzip
check 'zstd is what it is by default' sh -c "
	'$etherroot' initrd -r '$tree' -k '$version' -o - | zstd -dc | cmp - '$scratch/plain'"
mkdir -p "$tree/boot"
printf 'CONFIG_RD_GZIP=y\n# CONFIG_RD_ZSTD is not set\n' >"$tree/boot/config-$version"
check 'a kernel without zstd gets what it can unpack' sh -c "
	'$etherroot' initrd -r '$tree' -k '$version' -o - | gzip -dc | cmp - '$scratch/plain'"
check 'what it cannot unpack is refused' fails_with 1 \
	"--compress xz: kernel $version cannot unpack it: $tree/boot/config-$version lacks CONFIG_RD_XZ" \
	initrd --compress xz
rm -r "${tree:?}/boot"

# ---- options from a file -------------------------------------------------------------------------
settings=$scratch/initrd.conf
printf 'drivers e1000\nfs ext4\ncompress gzip\n' >"$settings"
same_as_file() {
	"$etherroot" initrd -r "$tree" -k "$version" -o "$scratch/by-file" "$@" && cmp "$scratch/image" "$scratch/by-file"
}
initrd --drivers e1000 --fs ext4 --compress gzip
check 'a file says the same as options do' same_as_file --config "$settings"
initrd --drivers e1000 --fs ext4 --compress none
check 'an option behind it counts' same_as_file --config "$settings" --compress none
check 'a wrong argument in it has its place' fails_with 2 \
	"etherroot initrd: --config: $settings:2:10: zstd:99: the level is a number from 1 to 19" \
	sh -c "printf 'shell\ncompress zstd:99\n' >'$settings'; '$etherroot' initrd --config '$settings' -l"
rm "$settings"
check 'one that is not there is named' fails_with 2 "$settings: No such file" \
	initrd --config "$settings"
mkfifo "$settings"
check 'a FIFO holds nobody' fails_with 2 "$settings: not a regular file" initrd --config "$settings"
rm "$settings"

# An index that somebody wrote, so that a file of this machine would come into the image.
cp -r "$tree" "$scratch/hostile"
LC_ALL=C sed -i 's,kernel/lib/crc16.ko,../../.././crc16.ko,g' \
	"$scratch/hostile/lib/modules/$version/modules.dep.bin"
cp "$tree/lib/modules/$version/kernel/lib/crc16.ko" "$scratch/hostile/"
check 'an index may not lead out of its folder' fails_with 1 \
	"modules.dep.bin has an impossible path for it: run 'depmod -b $scratch/hostile $version'" \
	"$etherroot" initrd --root "$scratch/hostile" --kernel "$version" --output "$scratch/led-out"

# libkmod says nothing of what a module needs when a file of it is gone.
cp -r "$tree" "$scratch/partial"
rm "$scratch/partial/lib/modules/$version/kernel/lib/crc16.ko"
check 'a module that another needs is missed' fails_with 1 \
	"kernel/fs/ext4/ext4.ko: needs the module crc16, which is missing: install that kernel's package again, or run depmod" \
	"$etherroot" initrd --root "$scratch/partial" --kernel "$version" --output "$scratch/led-out"
check 'and nothing is written' test ! -e "$scratch/led-out"

compressed=$scratch/compressed
cp -r "$tree" "$compressed"
find "$compressed" -name '*.ko' | while read -r file; do
	case $file in
	*ext4*) xz --check=crc32 "$file" ;;
	*) zstd -q --rm "$file" ;;
	esac
done
xz "$compressed/lib/firmware/bnx2/rv2p.fw"
depmod -b "$compressed" "$version"
check 'compressed modules and firmware give the same image' sh -c "
	'$etherroot' initrd -r '$compressed' -k '$version' -c none -o - | cmp - '$scratch/plain'"

# ---- programs of the tree ----------------------------------------------------------------------
# Two programs that have a library in common, whose own dependency is a link, as libraries are.
programs=$tree/usr/lib/abi
mkdir -p "$programs" "$tree/lib64" "$tree/sbin"
cc -shared -nostdlib -o "$programs/libinner.so.1.2" -Wl,-soname,libinner.so.1 -x c - </dev/null
ln -s libinner.so.1.2 "$programs/libinner.so.1"
cc -shared -nostdlib -o "$programs/libouter.so" -Wl,-soname,libouter.so,--no-as-needed -x c - -x none \
	"$programs/libinner.so.1" </dev/null
for program in e2fsck other; do
	echo 'int main(void) { return 0; }' |
		cc -o "$tree/sbin/$program" -nostdlib -Wl,-e,main,--no-as-needed \
			-Wl,--dynamic-linker,/lib64/ld.so,--allow-shlib-undefined -x c - -x none \
			"$programs/libouter.so"
done
echo loader >"$programs/ld-1.so"
ln -s /usr/lib/abi/ld-1.so "$tree/lib64/ld.so"
unpack --fsck --program sbin/other
grep -v "^$modules" "$scratch/names" | grep -e lib64 -e abi -e sbin >"$scratch/programs"
check 'programs come with their loader and their libraries' diff -u - "$scratch/programs" <<EOF
lib64
lib64/ld.so
sbin
sbin/e2fsck
sbin/modprobe
sbin/other
usr/lib/abi
usr/lib/abi/libinner.so.1
usr/lib/abi/libouter.so
EOF
check 'a link is followed inside of the tree' file_is "$scratch/content/lib64/ld.so" 'loader
'
# A chain of libraries, each made of the first one, which asks for the second.
cp "$tree/sbin/other" "$scratch/other"
cc -shared -nostdlib -o "$programs/lib0001.so" -Wl,-soname,lib0001.so -x c - </dev/null
cc -shared -nostdlib -o "$programs/lib0000.so" -Wl,-soname,lib0000.so,--no-as-needed -x c - -x none \
	"$programs/lib0001.so" </dev/null
for number in $(seq 1001 1257); do
	sed "s/lib0001/lib$number/g" "$programs/lib0000.so" >"$programs/lib$((number - 1)).so"
done
sed 's/libouter\.so/lib1000.so\x00/' "$scratch/other" >"$tree/sbin/other"
check 'more libraries than any program has' fails_with 1 \
	'/sbin/other: it asks for more than 256 libraries' initrd --program /sbin/other
sed 's#libouter\.so#../abi/x.so#' "$scratch/other" >"$tree/sbin/other"
check 'a library that is named by a path' fails_with 1 \
	'/sbin/other: its library ../abi/x.so is named by a path' initrd --program /sbin/other
rm "$programs/libinner.so.1"
check 'a library that the tree has not' fails_with 1 \
	'/sbin/e2fsck: its library libinner.so.1 is not in the tree' initrd --fsck
check 'a program that the tree has not' fails_with 1 '/sbin/none: No such file or directory' \
	initrd --program /sbin/none
rm -r "${tree:?}/usr" "${tree:?}/lib64" "${tree:?}/sbin"

# ---- the same bytes ----------------------------------------------------------------------------
initrd
cp "$scratch/image" "$scratch/first"
same() {
	rm -f "$scratch/image"
	"$@" && cmp "$scratch/image" "$scratch/first"
}
elsewhere=$scratch/elsewhere
mkdir -p "$elsewhere/usr/lib" "$elsewhere/etc"
(cd "$tree" && find . -depth ! -type d | LC_ALL=C sort -r | cpio -pd --quiet "$elsewhere")
find "$elsewhere" -exec touch -d '2001-02-03' {} +
find "$elsewhere" -type f -exec chmod 600 {} +
in_elsewhere() {
	"$etherroot" initrd --root "$elsewhere/../elsewhere//" --kernel "$version" \
		--output "$scratch/image"
}
check 'a copy of the tree made in another order, with other dates and permissions' \
	same in_elsewhere
check 'another umask, time zone and language' \
	same env TZ=Asia/Tokyo LC_ALL=de_DE.UTF-8 sh -c "umask 077; cd '$scratch'; \
	'$etherroot' initrd -k '$version' -r tree -o image"
check 'the only kernel need not be named' \
	same "$etherroot" initrd --root "$tree" --output "$scratch/image"
rm -r "${elsewhere:?}/lib"
mkdir -p "$elsewhere/usr"
cp -r "$tree/lib" "$elsewhere/usr/"
check 'a tree that has its modules below usr/lib alone' same in_elsewhere

# as_nobody COMMAND...: as a user who may do nothing in particular
as_nobody() {
	if [ "$(id -u)" -eq 0 ]; then
		setpriv --reuid 65534 --regid 65534 --clear-groups "$@"
	else
		"$@"
	fi
}
cp "$etherroot" "$scratch/etherroot"
chmod 755 "$scratch"
mkdir -m 777 "$scratch/open"
in_open() {
	as_nobody "$scratch/etherroot" initrd --root "$tree" --output "$scratch/open/image" &&
		cmp "$scratch/open/image" "$scratch/first"
}
check 'no privileges are needed' in_open
chmod 444 "$scratch/open/image"
check 'a file that its owner made read-only is not replaced' fails_with 1 \
	"etherroot initrd: $scratch/open/image: Permission denied" \
	as_nobody "$scratch/etherroot" initrd --root "$tree" --output "$scratch/open/image"

# ---- the list ----------------------------------------------------------------------------------
"$etherroot" initrd --root "$tree" --drivers virtio_net --list >"$scratch/list"
check '--list: a module and its reason' grep -q \
	"^-644 .* /$modules/kernel/fs/jbd2/jbd2.ko  (needed by ext4)\$" "$scratch/list"
check '--list: the sums' grep -q "^kernel $version, 15 modules, 55 files, " "$scratch/list"
"$etherroot" initrd --root "$tree" --drivers virtio_net --fs xfs --json >"$scratch/list"
check '--json: a module and its reason' grep -q \
	'{"name": "aoe", "path": "kernel/drivers/block/aoe/aoe.ko", "bytes": [0-9]*, "reason": "the AoE initiator"}' \
	"$scratch/list"
check 'what rd.overlay needs is in every image' grep -q \
	'{"name": "overlay", .* "reason": "rd.overlay on the kernel command line"}' "$scratch/list"
check 'what roothash= needs is not' sh -c "! grep dm_verity '$scratch/list'"
check '--json: what the kernel has itself' contains "$scratch/list" '"builtin": ["xfs"]'

"$etherroot" initrd --root "$tree" --drivers virtio_net --verity --list >"$scratch/list"
for module in drivers/md/dm-verity.ko drivers/md/dm-mod.ko; do
	check "--verity: $module" contains "$scratch/list" "/$modules/kernel/$module  ("
done
check '--verity: and what makes its hashes' contains "$scratch/list" \
	"/$modules/kernel/arch/x86/crypto/sha256-ssse3.ko  (dm-verity's hash)"
lacks_overlay() {
	cp -r "$tree" "$scratch/no-overlay"
	rm "$scratch/no-overlay/$modules/kernel/fs/overlayfs/overlay.ko"
	sed -i /overlay.ko/d "$scratch/no-overlay/$modules/modules.order"
	depmod -b "$scratch/no-overlay" "$version"
	"$etherroot" initrd --root "$scratch/no-overlay" --drivers virtio_net --list >"$scratch/list"
	grep "14 modules" "$scratch/list"
}
check 'a kernel that has no overlay is no error' lacks_overlay

# ---- bad input ---------------------------------------------------------------------------------
cp "$scratch/first" "$scratch/image"
mkdir -p "$tree/lib/modules/5.10.0-other/kernel" "$tree/lib/modules/left-over"
check 'an unknown kernel: the message lists what there is' fails_with 1 \
	"etherroot initrd: kernel 9.9.9: $tree/lib/modules has no modules of it: it has 5.10.0-other, $version" \
	"$etherroot" initrd --root "$tree" --kernel 9.9.9 --output "$scratch/image"
check 'no kernel named, and several there' fails_with 1 \
	"--kernel VERSION: which one? $tree/lib/modules has 5.10.0-other, $version" \
	"$etherroot" initrd --root "$tree" --output "$scratch/image"
check 'a kernel version that is none' fails_with 1 'kernel ../x: is not a kernel version' \
	"$etherroot" initrd --root "$tree" --kernel ../x --output "$scratch/image"
check 'modules without depmod: the message says what to run' fails_with 1 \
	"$tree/lib/modules/5.10.0-other/modules.dep.bin: is missing: run 'depmod -b $tree 5.10.0-other'" \
	"$etherroot" initrd --root "$tree" --kernel 5.10.0-other --output "$scratch/image"
check 'what is left of a removed kernel' fails_with 1 \
	"$tree/lib/modules/left-over: holds no modules: install that kernel's package again" \
	"$etherroot" initrd --root "$tree" --kernel left-over --output "$scratch/image"
cp -r "$tree/lib/modules/$version/." "$tree/lib/modules/5.10.0-other"
echo nonsense >"$tree/lib/modules/5.10.0-other/modules.dep.bin"
check 'a damaged index' fails_with 1 \
	"$tree/lib/modules/5.10.0-other/modules.dep.bin: is damaged: run 'depmod -b $tree 5.10.0-other'" \
	"$etherroot" initrd --root "$tree" --kernel 5.10.0-other --output "$scratch/image"
rm -r "$tree/lib/modules/5.10.0-other" "$tree/lib/modules/left-over"
mkdir -p "$scratch/empty" "$scratch/bare/lib/modules"
check 'a tree without modules' fails_with 1 \
	"$scratch/empty/lib/modules: there is no such directory, nor $scratch/empty/usr/lib/modules: install a kernel package there, or name another tree with --root" \
	"$etherroot" initrd --root "$scratch/empty" --kernel "$version" --output "$scratch/image"
check 'a tree whose modules are gone' fails_with 1 \
	"$scratch/bare/lib/modules: holds no kernel's modules: install a kernel package there" \
	"$etherroot" initrd --root "$scratch/bare" --kernel "$version" --output "$scratch/image"
check 'no tree' fails_with 1 "$scratch/none: No such file or directory" \
	"$etherroot" initrd --root "$scratch/none" --kernel "$version" --output "$scratch/image"
check 'an unknown module' fails_with 1 "module nonesuch: kernel $version has no such module" \
	initrd --module nonesuch
check 'an unknown driver' fails_with 1 "driver nonesuch: kernel $version has no such module" \
	initrd --drivers e1000,nonesuch
check 'a driver without a name' fails_with 1 "drivers 'e1000,': a name is missing" \
	initrd --drivers e1000,
check 'an unknown file system' fails_with 1 \
	"file system 'ext5': kernel $version has no such file system" initrd --fs ext4,ext5
check 'an unknown compression' fails_with 2 \
	'--compress: lz5: is not one of zstd, xz, gzip and none' initrd --compress lz5
check 'a file that is not there' fails_with 1 \
	"--add $scratch/nothing:/x: $scratch/nothing: No such file or directory" \
	initrd --add "$scratch/nothing:/x"
check 'a place that is no place' fails_with 1 \
	"the place in the image must be a path without '.' and '..'" \
	initrd --add "$scratch/program:/usr/../x"
check 'a file in the place of another' fails_with 1 '/init: is asked for twice' \
	initrd --add "$scratch/program:/init"
check 'an init that is not static' fails_with 1 \
	'is not a static program: it needs /lib' initrd --init "$(command -v readelf)"
check 'nothing to write to' fails_with 2 '--output FILE: where is the image to go?' \
	"$etherroot" initrd --root "$tree" --kernel "$version"
check 'an operand too many' fails_with 2 'surplus: nothing is expected here' initrd surplus

damaged=$scratch/damaged
cp -r "$compressed" "$damaged"
ext4=$damaged/$modules/kernel/fs/ext4/ext4.ko.xz
damage() {
	fails_with 1 "$ext4: $1" "$etherroot" initrd --root "$damaged" --kernel "$version" \
		--output "$scratch/image"
}
head -c 900 "$compressed/$modules/kernel/fs/ext4/ext4.ko.xz" >"$ext4"
check 'a module cut short' damage 'is damaged: '
echo nonsense >"$ext4"
check 'a module that is none' damage \
	"is damaged: not an ELF module, nor one compressed with gzip, xz or zstd: install that kernel's package again"
: >"$ext4"
check 'an empty module' damage 'is damaged: not an ELF module'
rm "$ext4"
check 'a module that modules.dep lists and that is gone' damage \
	"is missing, though modules.dep lists it: install that kernel's package again, or run depmod"
mkfifo "$ext4"
check 'a FIFO for a module does not hang' damage 'Invalid argument'
rm "$ext4"
echo secret >"$scratch/secret"
ln -s "$scratch/secret" "$ext4"
check 'a link out of the tree leads nowhere' damage 'is missing'
ln -sf "/$modules/kernel/fs/ext4/real.ko.xz" "$ext4"
cp "$compressed/$modules/kernel/fs/ext4/ext4.ko.xz" "${ext4%/*}/real.ko.xz"
check 'an absolute link inside of the tree is followed' same \
	"$etherroot" initrd --root "$damaged" --kernel "$version" --output "$scratch/image"

# ---- what a tree may hold, and whoever built it did not mean ---------------------------------------
left=$scratch/left
cp -r "$tree" "$left"
left_tree() {
	timeout 60 "$etherroot" initrd --root "$left" --kernel "$version" --output "$scratch/image" "$@"
}
mkdir -p "$left/etc/modprobe.d" "$left/usr/share"
mkfifo "$left/etc/modprobe.d/fifo.conf"
check 'a FIFO among the configuration of modprobe does not hang' left_tree
rm "$left/etc/modprobe.d/fifo.conf"
left_names() {
	left_tree --drivers e1000 --compress none
	cpio -it --quiet <"$scratch/image" >"$scratch/names"
}
echo 'softdep e1000 post: round_a' >"$scratch/outside"
ln -s "$scratch/outside" "$left/etc/modprobe.d/outside.conf"
echo 'softdep e1000 post: bnx2' >"$left/usr/share/inside"
ln -s /usr/share/inside "$left/etc/modprobe.d/inside.conf"
left_names
check 'a link out of the tree is not followed' has_not round_a
check 'an absolute link inside of it is' has bnx2
rm "$left/lib/modules/$version/updates/dkms/sensor.ko"
check "a module that is gone, and that nobody asked for, is no reason" left_tree --drivers all
check 'one that was asked for is' fails_with 1 'sensor.ko: is missing' left_tree --drivers sensor

# ---- the output --------------------------------------------------------------------------------
on_a_terminal() {
	terminal=0
	script -qec "'$etherroot' initrd -r '$tree' -k '$version' -o -" "$scratch/screen" \
		>/dev/null </dev/null || terminal=$?
	[ "$terminal" -eq 2 ] && contains "$scratch/screen" 'standard output is a terminal'
}
check 'nothing is written to a terminal' on_a_terminal
echo old >"$scratch/open/image"
chmod 444 "$scratch/open/image"
chmod 555 "$scratch/open"
check 'an output that may not be written' fails_with 1 \
	"etherroot initrd: $scratch/open/image: Permission denied: nothing was written" \
	as_nobody "$scratch/etherroot" initrd --root "$tree" --output "$scratch/open/image"
check 'leaves the old file' file_is "$scratch/open/image" 'old
'
check 'a folder that may not be written' fails_with 1 \
	"$scratch/open/other: Permission denied: nothing was written" \
	as_nobody "$scratch/etherroot" initrd --root "$tree" --output "$scratch/open/other"
check 'a folder that is not there' fails_with 1 \
	"$scratch/nowhere/image: No such file or directory: nothing was written" \
	initrd --output "$scratch/nowhere/image"
chmod 755 "$scratch/open"
check 'an output that is a folder' fails_with 1 \
	"$scratch/open: Is a directory: nothing was written" initrd --output "$scratch/open"
check 'a full device' fails_with 1 '/dev/full: No space left on device: nothing was written' \
	initrd --output /dev/full
mkdir "$scratch/small"
# A disk of 8 KiB with an old file on it, in a mount namespace of its own.
on_small_disk() {
	unshared --mount sh -eu -c "
		mount -t tmpfs -o size=8k none '$scratch/small'
		echo old >'$scratch/small/image'
		'$etherroot' initrd --root '$tree' --output '$scratch/small/image' && exit 9 || :
		test old = \"\$(cat '$scratch/small/image')\"
		test 1 -eq \"\$(find '$scratch/small' -type f | wc -l)\""
}
if unshared --mount true 2>/dev/null; then
	check 'a full disk' fails_with 0 \
		"$scratch/small/image: No space left on device: nothing was written" on_small_disk
else
	skip 'a full disk' 'no namespaces for a small file system'
fi
ln -s first "$scratch/link"
check 'an output that is a link is written where it points' sh -c "
	'$etherroot' initrd --root '$tree' --drivers e1000 --output '$scratch/link' &&
	test -L '$scratch/link' && ! cmp -s '$scratch/first' '$scratch/image'"

done_testing
