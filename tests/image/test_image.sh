#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# `etherroot image`: what it refuses, what it makes of a root tree, what it leaves behind when it
# fails; and what is in the Debian that the other tests boot, which it built.
. tests/lib.sh

uuid=01234567-89ab-cdef-0123-456789abcdef
export FAKE="$scratch/fake"
mkdir -p "$FAKE/tree/etc" "$scratch/bin" "$scratch/out"
echo hello >"$FAKE/tree/etc/motd"
chmod 600 "$FAKE/tree/etc/motd"
echo secret >"$FAKE/tree/etc/secret"
head -c 1000000 /dev/urandom >"$FAKE/tree/blob"
: >"$FAKE/mode"
install -m 755 tests/image/fake-mmdebstrap "$scratch/bin/mmdebstrap"

wrapper=
# image OPTION...: with the stand-in for mmdebstrap, and scratch for its temporary files, as a user
# whose PATH has no sbin
image() {
	mkdir -p "$scratch/tmp"
	PATH=$scratch/bin:/usr/bin:/bin TMPDIR=$scratch/tmp $wrapper "$etherroot" image debian "$@"
}

# leaves_only DIRECTORY NAME...: nothing else is in it
leaves_only() {
	leaves_where=$1
	shift
	: >"$scratch/expected"
	[ $# = 0 ] || printf '%s\n' "$@" | sort >"$scratch/expected"
	find "$leaves_where" -mindepth 1 -printf '%P\n' | sort | diff - "$scratch/expected"
}

echo 'user root password=x' >"$scratch/answers"
echo 'suite Trixie' >"$scratch/wrong"

# ---- what it refuses -------------------------------------------------------------------------------
refuses() {
	refuses_text=$1
	shift
	check "refused: $*" fails_with 2 "etherroot image: $refuses_text" "$etherroot" image "$@"
}
refuses 'which image? There are debian, installer and verity'
refuses 'fedora: no such kind of image: there are debian, installer and verity' fedora -o x
refuses 'verity of which image?' verity -o x
refuses 'y: unexpected argument' verity x y -o z
refuses '--size: not for an image that is there already' verity x -o y -s 64M
refuses 'more: unexpected argument' debian more -o x
refuses '--answers: only for an installer' debian --answers "$scratch/answers" -o x
refuses '--output FILE is needed: what the image is to be called' debian
refuses '--output: names no file' debian --output ''
refuses '--size 1x: not a size such as 2G or 900M' debian -s 1x
refuses '--size 1M: out of range: from 64M to 16T' debian -s 1M
refuses '--size 17T: out of range: from 64M to 16T' debian -s 17T
refuses '--kernel -x: not a package name' debian --kernel=-x
refuses '--include a,,b: not package names with commas between them' debian -i a,,b
refuses '--suite Trixie: not a code name such as trixie' debian --suite Trixie
refuses '--mirror mirror.example: not a URI such as http://mirror.example/debian' \
	debian --mirror mirror.example
refuses '--hostname a_b: not a host name: letters, digits and hyphens, at most 64' \
	debian --hostname a_b
refuses '--label seventeen-letters: not a label: 1 to 16 characters, without spaces, quotes and' \
	debian --label seventeen-letters
refuses '--bootloader lilo: neither bios nor uefi nor both' debian --bootloader lilo
refuses '--uuid 1234: not a UUID: 8-4-4-4-12 hexadecimal digits' debian --uuid 1234
check 'a password of two lines is refused' fails_with 2 'a password is one line' \
	"$etherroot" image debian --password 'a
b'
check 'a hook that is not there' fails_with 1 \
	"etherroot image: $scratch/none: No such file or directory" image --hook "$scratch/none" -o x
check 'a hook that cannot be run' fails_with 1 \
	"etherroot image: $FAKE/tree/blob: not executable: chmod +x it" image --hook "$FAKE/tree/blob" -o x
check 'wrong answers for an installer' fails_with 1 \
	"etherroot image: $scratch/wrong:1:7: 'Trixie': not a code name such as trixie" \
	"$etherroot" image installer --answers "$scratch/wrong" -o x
check 'a directory for an output' fails_with 1 \
	"etherroot image: $scratch: is a directory: name a file in it" image -o "$scratch"
check 'a device for an output' fails_with 1 \
	'etherroot image: /dev/null: is not a regular file: build a file, then copy it there' \
	image -o /dev/null
check 'an output in a directory that is not there' fails_with 1 \
	"etherroot image: $scratch/none/x: cannot be written: No such file or directory" \
	image -o "$scratch/none/x"

mkdir "$scratch/few"
for tool in bash env dirname readlink; do
	ln -s "$(command -v $tool)" "$scratch/few/$tool"
done
check 'tools that are not installed are named' fails_with 1 \
	'mmdebstrap fakeroot mke2fs debugfs sfdisk: not found: install mmdebstrap, fakeroot, e2fsprogs'  \
	env PATH="$scratch/few" "$etherroot" image debian -o "$scratch/x" --partition

# ---- what it makes ---------------------------------------------------------------------------------
out=$scratch/out/disk.img
check 'a root tree becomes an image' image -o "$out" -s 64M --label over-there --uuid $uuid
check 'the image is as large as was asked for' test "$(stat -c %s "$out")" = 67108864
check 'what is empty takes no space' test "$(stat -c %b "$out")" -lt 40960
check 'the file system is sound' e2fsck -fn "$out"
check 'label and UUID are those asked for' sh -c "blkid -p '$out' |
	grep 'LABEL=\"over-there\"' | grep 'UUID=\"$uuid\"' | grep 'TYPE=\"ext4\"'"
belongs_to_root() {
	debugfs -R 'stat /etc/motd' "$1" >"$scratch/stat" 2>/dev/null
	cat "$scratch/stat"
	grep -qE 'User: +0 +Group: +0 ' "$scratch/stat" && grep -qE 'Mode: +0600 ' "$scratch/stat"
}
check 'files belong to root, with their modes' belongs_to_root "$out"
debugfs -R "dump /blob $scratch/blob" "$out" 2>/dev/null
check 'and hold what they held' cmp "$FAKE/tree/blob" "$scratch/blob"
check 'nothing else is left behind' leaves_only "$scratch/out" disk.img
check 'not in the temporary directory either' leaves_only "$scratch/tmp"

# What root may read whatever its mode, others may not: also a root whose capability for it is gone.
image_as_others() {
	[ "$(id -u)" != 0 ] || wrapper='setpriv --bounding-set -dac_override,-dac_read_search'
	status=0
	image "$@" || status=$?
	wrapper=
	return $status
}
has_a_secret() {
	debugfs -R 'stat /etc/secret' "$out" 2>&1 | grep -E 'Mode: +0000 ' &&
		[ "$(debugfs -R 'cat /etc/secret' "$out" 2>/dev/null)" = secret ]
}
rm "$out"
check 'a file that nobody may read' image_as_others -o "$out" -s 64M
check 'is in the image, with its mode' has_a_secret

# A shell of mmdebstrap's knows descriptors 0 to 9 only, which the caller's could have used up.
with_a_descriptor() {
	image -o "$out" -s 64M 7>"$scratch/descriptor"
}
check 'with a file that the caller has open' with_a_descriptor
check 'mmdebstrap does not get it' sh -c "! grep -F '$scratch/descriptor' '$FAKE/descriptors'"

reproduces() {
	SOURCE_DATE_EPOCH=1700000000 image -o "$scratch/a" -s 64M --uuid $uuid "$@" &&
		SOURCE_DATE_EPOCH=1700000000 image -o "$scratch/b" -s 64M --uuid $uuid "$@" &&
		cmp "$scratch/a" "$scratch/b"
}
touch -d @1600000000 "$FAKE/tree" "$FAKE/tree/etc" "$FAKE/tree/etc/motd" "$FAKE/tree/blob"
check 'the same tree gives the same image' reproduces
check 'the same tree gives the same disk' reproduces --partition

disk=$scratch/out/disk
check 'a disk with a partition' image -o "$disk" -s 64M --partition --label over-there --uuid $uuid
sfdisk -d "$disk" >"$scratch/table"
check 'it has a GPT' contains "$scratch/table" 'label: gpt'
check 'the root is partition 1, at 1 MiB, named by the label' \
	grep -qE '1 : start= +2048, size= +126976, .*name="over-there"' "$scratch/table"
check 'the file system in it is sound' e2fsck -fn "$disk?offset=1048576"
# (dumpe2fs 1.47.2 takes its first option for the device when the device has an offset.)
check 'it fills the partition' sh -c "debugfs -R 'show_super_stats -h' '$disk?offset=1048576' |
	grep -E '^Block count: +63488\$|^Block count: +15872\$'"

# ---- a boot loader -----------------------------------------------------------------------------------
both=$scratch/out/both
with_loader() {
	image -o "$both" -s 128M --uuid $uuid --bootloader "$@"
}
# bytes OFFSET LENGTH: of the disk, as one number
bytes() {
	od -An -v -j "$1" -N "$2" -t "u$2" "$both" | tr -d ' '
}
check 'a disk with boot loaders' with_loader both
sfdisk -d "$both" >"$scratch/table"
check 'the root is partition 1 all the same, behind them' \
	grep -qE '1 : start= +69632, .*name="debian"' "$scratch/table"
check 'a boot partition for a BIOS' grep -qE \
	'14 : start= +2048, size= +2048, type=21686148-6449-6E6F-744E-656564454649' "$scratch/table"
check 'and one for UEFI' grep -qE \
	'15 : start= +4096, size= +65536, type=C12A7328-F81F-11D2-BA4B-00A0C93EC93B' "$scratch/table"
check 'the first sector is one to start from' test "$(bytes 510 2)" = 43605
check 'and leads to the boot partition' test "$(bytes 92 8)" = 2048
check 'whose first leads on' test "$(bytes $((2048 * 512 + 500)) 8)" = 2049
check 'UEFI finds its loader' mdir -i "$both@@2M" ::/EFI/BOOT/BOOTX64.EFI
check 'the file system is sound' e2fsck -fn "$both?offset=$((69632 * 512))"
in_both() {
	debugfs -R "$1" "$both?offset=$((69632 * 512))" 2>/dev/null
}
same_in_both() {
	in_both "cat $1" | cmp - "$2"
}
check 'what a kernel runs is in it' same_in_both /etc/kernel/postinst.d/z-etherroot initramfs/kernel-parts.sh
check 'also when it goes' same_in_both /etc/kernel/postrm.d/z-etherroot initramfs/kernel-parts.sh
check 'which makes its initrd' same_in_both /usr/share/etherroot-initramfs/kernel-hook initramfs/kernel-hook.sh
check 'and then the menu' same_in_both /etc/kernel/postinst.d/zz-etherroot images/kernel-menu.sh
check 'and the command that it calls' test "$(in_both 'stat /usr/bin/etherroot' | sed -n 's/^User:.*Size: *//p')" = "$(stat -Lc %s "$etherroot")"
check 'GRUB has a block to write to' test "$(in_both 'stat /boot/grub/grubenv' | sed -n 's/^User:.*Size: *//p')" = 1024
check 'the libraries that the command needs are asked for' contains "$FAKE/arguments" ',liburing2'
check 'one for a BIOS alone' with_loader bios
check 'has no other' sh -c "! sfdisk -d '$both' | grep -q '15 :'"
check 'one for UEFI alone' with_loader uefi
check 'has no sector to start from' test "$(bytes 92 8)" = 0
reproduces_loaders() {
	SOURCE_DATE_EPOCH=1700000000 with_loader both && mv "$both" "$scratch/a" &&
		SOURCE_DATE_EPOCH=1700000000 with_loader both && cmp "$scratch/a" "$both"
}
check 'the same tree gives the same disk' reproduces_loaders
printf '#!/bin/sh\necho "no such module" >&2\nexit 1\n' >"$scratch/bin/grub-mkimage"
chmod +x "$scratch/bin/grub-mkimage"
for kind in bios uefi both; do
	check "one that cannot be made is told: $kind" fails_with 1 \
		"etherroot image: $both: the boot loader: no such module" with_loader $kind
done
check 'and the disk stays as it was' cmp "$scratch/a" "$both"
rm "$both" "$scratch/bin/grub-mkimage"

# ---- an installer ------------------------------------------------------------------------------------
installer=$scratch/out/installer
mkdir -p "$FAKE/tree/etc/systemd/network"
mkdir -p "$FAKE/tree/etc/systemd/system/multi-user.target.wants"
build_installer() {
	PATH=$scratch/bin:/usr/bin:/bin TMPDIR=$scratch/tmp "$etherroot" image installer -o "$installer" \
		-s 128M --answers "$scratch/answers" -i vim
}
in_installer() {
	debugfs -R "$1" "$installer" 2>/dev/null
}
check 'an installer' build_installer
check 'has what an installation takes' contains "$FAKE/arguments" '--include=vim,mmdebstrap,fdisk,'
check 'the command' test "$(in_installer 'stat /usr/bin/etherroot' | sed -n 's/^User:.*Size: *//p')" = \
	"$(stat -Lc %s "$etherroot")"
check 'and its scripts' sh -c "[ \"$(in_installer 'cat /usr/lib/etherroot/install.sh' | head -n 1)\" = '#!/usr/bin/env bash' ]"
in_installer 'cat /etc/systemd/system/etherroot-install.service' >"$scratch/unit"
check 'it starts by itself where it is asked for' contains "$scratch/unit" \
	'ConditionKernelCommandLine=etherroot.install'
check 'with the others' sh -c "echo '$(in_installer \
	'stat /etc/systemd/system/multi-user.target.wants/etherroot-install.service')' | grep -F '../etherroot-install.service'"
check 'its answers are those' test "$(in_installer 'cat /etc/etherroot/answers')" = 'user root password=x'
check 'which nobody else reads' sh -c "echo '$(in_installer 'stat /etc/etherroot/answers')' | grep -E 'Mode: +0600'"
check 'only its owner reads what has them' test "$(stat -c %a "$installer")" = 600
chmod 644 "$installer"
check 'also where another was that anybody might read' build_installer
check 'nobody else does' test "$(stat -c %a "$installer")" = 600
loader=$FAKE/tree/usr/lib/x86_64-linux-gnu/ld-linux-x86-64.so.2
mkdir -p "${loader%/*}"
cat >"$loader" <<'END'
#!/bin/sh
echo "$4: libc.so.6: version \`GLIBC_9' not found" >&2
exit 1
END
chmod +x "$loader"
check 'a Debian in which the command cannot run' fails_with 1 \
	"does not start in Debian trixie (version \`GLIBC_9' not found): its system is to have a copy: do this" \
	build_installer
rm -r "$installer" "$FAKE/tree/etc/systemd" "$FAKE/tree/usr"

# menu VERSION...: what the hook writes for these kernels
menu() {
	mkdir -p "$scratch/root/boot/grub"
	for kernel; do
		touch "$scratch/root/boot/vmlinuz-$kernel" "$scratch/root/boot/initrd.img-$kernel"
	done
	images/kernel-menu.sh --menu "$scratch/root" &&
		grep '^menuentry' "$scratch/root/boot/grub/grub.cfg" >"$scratch/menu"
}
check 'a menu of one kernel' menu 6.9.1-amd64
check 'is begun with after a second' contains "$scratch/root/boot/grub/grub.cfg" 'set timeout=1'
check 'does not ask which was tried' sh -c "! grep trying '$scratch/root/boot/grub/grub.cfg'"
touch "$scratch/root/boot/vmlinuz-7.0-amd64"
check 'one of several' menu 6.10.2-amd64
check 'begins with the newest that has its initrd' diff - "$scratch/menu" <<'END'
menuentry 'Debian, Linux 6.10.2-amd64' {
menuentry 'Debian, Linux 6.9.1-amd64' {
END
check 'and asks whether that has come up' contains "$scratch/root/boot/grub/grub.cfg" \
	"if [ \"\$trying\" = '6.10.2-amd64' -a \"\$good\" != '6.10.2-amd64' ]; then"
check 'GRUB understands it' grub-script-check "$scratch/root/boot/grub/grub.cfg"

# ---- what mmdebstrap is asked for ------------------------------------------------------------------
asked() {
	contains "$FAKE/arguments" "$1"
}
printf '#!/bin/sh\necho "$0 was here" >"$1/hooked"\n' >"$scratch/my hook"
chmod +x "$scratch/my hook"
check 'kernels, packages and a hook' image -o "$out" -s 64M -k linux-image-a -k linux-image-b \
	-i vim,git -i strace --hook "$scratch/my hook" --suite bookworm --mirror http://mirror.test/debian
check 'both kernels are asked for' asked ',linux-image-a,linux-image-b'
check 'so are all further packages' asked '--include=vim,git,strace'
check 'the suite and the mirror too' sh -c "tail -n 3 '$FAKE/arguments' | tr '\n' ' ' |
	grep -qx 'bookworm - http://mirror.test/debian '"
check 'the hook ran with the root' debugfs -R 'cat /hooked' "$out"
check 'no initrd is generated' contains "$FAKE/environment" INITRD=No
check 'with --initrd' image -o "$out" -s 64M --initrd
check 'they are' test ! -s "$FAKE/environment"

# A kernel of the backports: the archive beside the release's own is asked as well.
check 'a kernel of the backports' image -o "$out" -s 64M -k linux-image-a/trixie-backports \
	--mirror http://mirror.test/debian
cat >"$scratch/mirrors" <<'END'
http://mirror.test/debian
deb http://mirror.test/debian trixie-backports main
END
check 'is asked for as such' asked ',linux-image-a/trixie-backports'
check 'in their archive on the same mirror' sh -c "tail -n 2 '$FAKE/arguments' | diff - '$scratch/mirrors'"

# The machine's apt: another vendor's archive, and Debian's own through a local mirror, where
# apt-helper finds what $scratch/releases lists.
cat >"$scratch/bin/apt-get" <<'END'
#!/bin/sh
cat <<'TARGETS'
Debian|http://near.test/debian/|trixie|main
Debian|http://near.test/debian/|trixie-updates|main
Debian|http://near.test/debian-security/|trixie-security|main
Debian|http://near.test/debian/|trixie-proposed-updates|main
Vendor|http://vendor.test/apt/|trixie|stable
|http://elsewhere.test/apt/|trixie|main
TARGETS
END
cat >"$scratch/bin/apt-config" <<'END'
#!/bin/sh
echo 'Acquire::http::Proxy "http://proxy.test:3142";'
echo 'Acquire::Retries "3";'
END
cat >"$scratch/bin/apt-helper" <<'END'
#!/bin/sh
for word; do
	case $word in
	http*) grep -qxF "$word" "$RELEASES" ;;
	esac || exit 100
done
END
chmod +x "$scratch/bin/apt-get" "$scratch/bin/apt-config" "$scratch/bin/apt-helper"
export RELEASES="$scratch/releases"
: >"$RELEASES"
check 'by default' image -o "$out" -s 64M
check 'packages come from where apt gets Debian, and only from there' diff - "$FAKE/sources" <<'END'
deb http://near.test/debian/ trixie main
deb http://near.test/debian/ trixie-updates main
deb http://near.test/debian-security/ trixie-security main
END
check 'through its proxy' asked '--aptopt=Acquire::http::Proxy "http://proxy.test:3142";'
check 'a kernel of the backports, by default' image -o "$out" -s 64M -k linux-image-a/trixie-backports
check 'comes from there as well' sh -c "tail -n 1 '$FAKE/arguments' |
	grep -qx 'deb http://near.test/debian/ trixie-backports main'"
printf 'http://near.test/debian%s\n' /dists/bookworm/InRelease \
	-security/dists/bookworm-security/InRelease >"$RELEASES"
check 'another suite than this machine has' image -o "$out" -s 64M --suite bookworm
check 'comes from the same mirror, what there is of it' diff - "$FAKE/sources" <<'END'
deb http://near.test/debian/ bookworm main
deb http://near.test/debian-security/ bookworm-security main
END
check 'a suite that the mirror has not' image -o "$out" -s 64M --suite sid
check 'comes from its default mirror' test ! -s "$FAKE/sources"

# ---- on a terminal -----------------------------------------------------------------------------------
# A process in the background that touches the terminal is stopped, for ever.
echo ask >"$FAKE/mode"
on_a_terminal() {
	PATH=$scratch/bin:/usr/bin:/bin TMPDIR=$scratch/tmp timeout 60 \
		script -qec "$etherroot image debian -o $out -s 64M" "$scratch/screen" </dev/null
}
check 'on a terminal it works as well' on_a_terminal
check 'and shows how far it is' grep -qE 'image: +[0-9]+ s \[#* *\] downloading packages with apt\.\.\.' "$scratch/screen"
: >"$FAKE/mode"

# steps: those that are shown on what is no terminal
steps() {
	image -o "$out" -s 64M 2>"$scratch/steps" && cat "$scratch/steps" &&
		grep -qE '^etherroot image: +[0-9]+ s  downloading packages with apt\.\.\.$' "$scratch/steps" &&
		grep -qE '^etherroot image: +[0-9]+ s  packing the file system$' "$scratch/steps"
}
check 'elsewhere it says a line a step' steps

# ---- when it fails ---------------------------------------------------------------------------------
rm -f "$disk"
echo old >"$out"
head -c 80000000 /dev/urandom >"$FAKE/tree/large"
check 'an image that is too small says what is needed' fails_with 1 \
	'the files need about 78 MiB, --size gives them 64' image -o "$out" -s 64M
rm "$FAKE/tree/large"
echo fail >"$FAKE/mode"
check 'when packages cannot be had, it says so' fails_with 1 \
	'etherroot image: mmdebstrap: could not build the root: its last messages are above' \
	image -o "$out" -s 64M
check "with mmdebstrap's own words" contains "$scratch/fails.log" 'E: Failed to fetch the moon'
echo mount >"$FAKE/mode"
mkdir "$FAKE/precious"
echo kept >"$FAKE/precious/file"
check 'mmdebstrap killed in the middle is told' fails_with 1 \
	'etherroot image: mmdebstrap: could not build the root' image -o "$out" -s 64M
check 'what it had mounted in its tree is not removed with it' \
	contains "$FAKE/precious/file" kept
check 'nor is it mounted any more' sh -c "! grep '$FAKE/precious' /proc/self/mountinfo"
echo wait >"$FAKE/mode"
mkfifo "$FAKE/started"
mkdir -p "$scratch/tmp"
PATH=$scratch/bin:$PATH TMPDIR=$scratch/tmp "$etherroot" image debian -o "$out" -s 64M &
builder=$!
read -r _ <"$FAKE/started"
kill "$builder"
builder_status=0
wait "$builder" || builder_status=$?
check 'interrupted, it fails' test "$builder_status" -ne 0
check 'the old file is as it was' test "$(cat "$out")" = old
check 'no half image is left' leaves_only "$scratch/out" disk.img
check 'no tree either' leaves_only "$scratch/tmp"
none_has() {
	! grep -lzF -- "$1" /proc/[0-9]*/cmdline 2>/dev/null
}
check 'nor a process' none_has "$scratch/tmp/"
# A server of fakeroot's that has ended writes what it knows: here it takes a second for that.
mkfifo "$FAKE/server"
cat >"$scratch/bin/fakeroot" <<'EOF'
#!/bin/sh
owners=$2
shift 2
setsid sh -c '
	trap "kill \$!; sleep 1; mkdir -p \"${0%/*}\"; echo saved >\"$0\"; exit" TERM
	echo started >"$FAKE/server"
	sleep 600 &
	wait' "$owners" </dev/null >/dev/null 2>&1 &
exec "$@"
EOF
chmod +x "$scratch/bin/fakeroot"
PATH=$scratch/bin:$PATH TMPDIR=$scratch/tmp "$etherroot" image debian -o "$out" -s 64M &
builder=$!
read -r _ <"$FAKE/started"
read -r _ <"$FAKE/server"
kill "$builder"
wait "$builder" || :
check 'what is written late is gone as well' leaves_only "$scratch/tmp"
check 'with the one who wrote it' none_has "$scratch/tmp/"
rm "$scratch/bin/fakeroot"
: >"$FAKE/mode"

# ---- one that is checked -----------------------------------------------------------------------------
verity() {
	PATH=$scratch/bin:/usr/sbin:/usr/bin:/sbin:/bin "$etherroot" image verity "$@"
}
truncate -s 8M "$scratch/fs.img"
mke2fs -q -F -t ext4 -b 1024 "$scratch/fs.img"
chmod 640 "$scratch/fs.img"
checked=$scratch/out/checked.img
verity "$scratch/fs.img" -o "$checked" >"$scratch/words"
check 'what the kernel command line needs is printed' \
	grep -qxE 'roothash=[0-9a-f]{64} rd.verity.offset=8388608' "$scratch/words"
roothash=$(sed 's/roothash=//; s/ .*//' "$scratch/words")
matches() {
	veritysetup verify "$1" "$1" "$roothash" --hash-offset=8388608
}
check 'the hash is that of all of it' matches "$checked"
check 'the file system is in it, byte by byte' cmp -n 8388608 "$scratch/fs.img" "$checked"
check 'in blocks that are no larger than its own' sh -c \
	"veritysetup dump '$checked' --hash-offset=8388608 | grep -q 'Data block size:.*1024'"
check 'for whom the other was' test "$(stat -c %a "$checked")" = 640
cp "$checked" "$scratch/flipped"
printf x | dd of="$scratch/flipped" bs=1 seek=5000000 conv=notrunc status=none
check 'and of nothing else' sh -c "! veritysetup verify '$scratch/flipped' '$scratch/flipped' $roothash \
	--hash-offset=8388608 2>/dev/null"
check 'what holds no file system is refused' fails_with 1 \
	"etherroot image: $FAKE/mode: no file system begins in it" verity "$FAKE/mode" -o "$checked"
check 'a directory is no image' fails_with 1 "etherroot image: $scratch: is not a regular file" \
	verity "$scratch" -o "$checked"
printf '#!/bin/sh\nexit 1\n' >"$scratch/bin/veritysetup"
chmod +x "$scratch/bin/veritysetup"
check 'when no tree can be made, it says so' fails_with 1 \
	"etherroot image: $checked: veritysetup made no tree" verity "$scratch/fs.img" -o "$checked"
rm "$scratch/bin/veritysetup"
check 'and the old file is as it was' matches "$checked"
check 'with nothing beside it' leaves_only "$scratch/out" checked.img disk.img
rm "$checked"

# ---- make install ----------------------------------------------------------------------------------
check 'make install' make --no-print-directory BUILD="$build" install DESTDIR="$scratch/dest" PREFIX=/usr
for file in bin/etherroot bin/etherroot-vblade lib/etherroot/debian.sh \
	share/man/man1/etherroot-image.1 share/man/man7/etherroot-init.7; do
	check "installs $file" test -s "$scratch/dest/usr/$file"
done
etherroot=$scratch/dest/usr/bin/etherroot
check 'the installed command builds an image' image -o "$out" -s 64M
etherroot=$build/etherroot
cp "$etherroot" "$scratch/bin/alone"
check 'a command without its scripts says what it misses' fails_with 1 \
	'etherroot image: debian.sh: not in lib/etherroot beside this command' \
	"$scratch/bin/alone" image debian -o "$out"

# ---- the Debians that the other tests boot -----------------------------------------------------------
# in_debian DEBUGFS-COMMAND
in_debian() {
	debugfs -R "$1" "$debian" 2>&1
}
# in_debian_says REGEX DEBUGFS-COMMAND: a line of what it prints matches
in_debian_says() {
	in_debian "$2" >"$scratch/says"
	cat "$scratch/says"
	grep -qE -e "$1" "$scratch/says"
}
# debian_is_sound NUMBER SUITE KERNEL...
debian_is_sound() {
	debian=$peers/debian-$1/image
	suite=$2
	check "Debian $1: the image is sound" e2fsck -fn "$debian"
	check "Debian $1: it is that" in_debian_says "^$1\\." 'cat /etc/debian_version'
	shift 2
	for kernel in "$@"; do
		check "$suite: it has a kernel $kernel" in_debian_says "vmlinuz-$kernel\\." 'ls /boot'
	done
	check "$suite: no initrd was generated" sh -c "! grep initrd '$scratch/says'"
	in_debian 'cat /etc/apt/sources.list' | sed -n 's,^deb http://[a-z]*\.debian\.org/,,p' >"$scratch/sources"
	cat >"$scratch/expected" <<END
debian $suite main
debian $suite-updates main
debian-security $suite-security main
END
	check "$suite: it fetches packages from Debian itself, updates and security too" \
		diff "$scratch/expected" "$scratch/sources"
	check "$suite: dpkg leaves out what was left out" in_debian_says '^path-exclude=/usr/share/man' \
		'cat /etc/dpkg/dpkg.cfg.d/small-image'
	check "$suite: but syncs what it installs" sh -c "! grep unsafe '$scratch/says'"
	for file in /etc/resolv.conf /etc/apt/apt.conf.d/99mmdebstrap /usr/share/man/man1/ls.1.gz \
		/etc/systemd/system/timers.target.wants/apt-daily.timer; do
		check "$suite: there is no $file" in_debian_says 'File not found' "stat $file"
	done
	check "$suite: no machine id" in_debian_says '^User: .* Size: 0$' 'stat /etc/machine-id'
	check "$suite: its own name" in_debian_says '^debian$' 'cat /etc/hostname'
	check "$suite: the root by no name of its own" in_debian_says \
		'^/dev/root[[:space:]]+/[[:space:]]+ext4' 'cat /etc/fstab'
	check "$suite: a password" in_debian_says '^root:[$]6[$]' 'cat /etc/shadow'
	check "$suite: which the login prompt tells" in_debian_says \
		'^Log in as root, password etherroot\.$' 'cat /etc/issue'
	check "$suite: a login prompt on the serial port" in_debian_says 'Type: symlink' \
		'stat /etc/systemd/system/getty.target.wants/serial-getty@ttyS0.service'
	check "$suite: which a slow start does not lose" in_debian_says 'DefaultDeviceTimeoutSec=15min' \
		'cat /etc/systemd/system.conf.d/slow-start.conf'
	check "$suite: no swap partition is found by itself" in_debian_says 'Fast link dest: "/dev/null"' \
		'stat /etc/systemd/system-generators/systemd-gpt-auto-generator'
	check "$suite: a hook reached it" in_debian_says 'Fast link dest: "/dev/null"' \
		'stat /etc/systemd/system/aoetools.service'
}
debian_is_sound 12 bookworm 6.1 6.12
debian_is_sound 13 trixie 6.12
debian=$peers/newest/image
if [ -e "$debian" ]; then
	check 'with a kernel of the backports, their archive stays known' in_debian_says \
		'^deb .* trixie-backports main$' 'cat /etc/apt/sources.list'
else
	skip 'with a kernel of the backports, their archive stays known' 'the mirror has no backports'
fi
done_testing
