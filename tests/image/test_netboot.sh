#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# `etherroot image installer --with debian-installer`: what it takes out of Debian's packages, what it adds
# to that initrd, and what this does there. The packages and debian-installer's own programs are stand-ins;
# the real ones are for tests/qemu/slow/debian-installer.sh.
. tests/namespaces.sh
again_in "$0" --mount
. tests/lib.sh

export FAKE="$scratch/fake"
export TMPDIR="$scratch/tmp"
out=$scratch/out
mkdir -p "$FAKE" "$scratch/bin" "$TMPDIR"
: >"$FAKE/mode"
cat >"$scratch/bin/apt-get" <<'END'
#!/bin/sh
case $1-$(cat "$FAKE/mode") in
*-wait)
	echo started >"$FAKE/started"
	exec sleep 600
	;;
esac
case $1 in
update)
	grep ^deb "${APT_CONFIG%/*}/sources.list" >"$FAKE/sources"
	[ "$(cat "$FAKE/mode")" != offline ] || { echo 'E: The moon does not answer'; exit 100; }
	;;
download)
	cp "$FAKE/$2.deb" "./$2_1.deb" 2>/dev/null || { echo "E: Unable to locate package $2"; exit 100; }
	;;
esac
END
chmod +x "$scratch/bin/apt-get"

# package NAME: of the tree in $FAKE/NAME
package() {
	mkdir -p "$FAKE/$1/DEBIAN"
	printf 'Package: %s\nVersion: 1\nArchitecture: all\nMaintainer: x <x@example.org>\nDescription: x\n' \
		"$1" >"$FAKE/$1/DEBIAN/control"
	dpkg-deb --root-owner-group --build "$FAKE/$1" "$FAKE/$1.deb" >/dev/null
}
# netboot_package RELEASE MODULES VERSION: with an initrd that has its modules in that folder
netboot_package() {
	folder=$FAKE/debian-installer-$1-netboot-amd64/usr/lib/debian-installer/images/$1/amd64/text/debian-installer/amd64
	mkdir -p "$folder" "$FAKE/initrd-$1/$2/$3"
	echo "kernel $3" >"$folder/linux"
	(cd "$FAKE/initrd-$1" && find . -mindepth 1 -printf '%P\n' | cpio --quiet -o -H newc) |
		gzip >"$folder/initrd.gz"
	package "debian-installer-$1-netboot-amd64"
}
# kernel_package VERSION FOLDER
kernel_package() {
	mkdir -p "$FAKE/linux-image-$1/$2/$1/kernel/drivers/block/aoe"
	echo "aoe of $1" >"$FAKE/linux-image-$1/$2/$1/kernel/drivers/block/aoe/aoe.ko"
}
netboot_package 12 lib/modules 6.1.0-99-amd64
kernel_package 6.1.0-99-amd64 lib/modules
package linux-image-6.1.0-99-amd64
netboot_package 13 usr/lib/modules 6.12.999+deb13-amd64
mkdir -p "$FAKE/libc6/usr/lib/x86_64-linux-gnu"
cat >"$FAKE/libc6/usr/lib/x86_64-linux-gnu/ld-linux-x86-64.so.2" <<'END'
#!/bin/sh
[ "$(cat "$FAKE/mode")" != old ] || { echo "$4: libc.so.6: version \`GLIBC_9' not found" >&2; exit 1; }
END
chmod +x "$FAKE/libc6/usr/lib/x86_64-linux-gnu/ld-linux-x86-64.so.2"
package libc6

cat >"$scratch/answers" <<'END'
suite bookworm
hostname ws9
timezone Europe/Berlin
keyboard de
locale de_DE.UTF-8
mirror https://mirror.example:8443/pub/debian
include vim git
kernel linux-image-rt-amd64 linux-image-amd64
user root "password=two $words"
user alice sudo "key=ssh-ed25519 AAAA alice@here"
END

installer() {
	PATH=$scratch/bin:$PATH "$etherroot" image installer --with debian-installer --output "$out" "$@"
}
# refuses STATUS TEXT ARGUMENT...: and leaves nothing
refuses() {
	refuses_text=$2
	refuses_status=$1
	shift 2
	check "refused: $refuses_text" fails_with "$refuses_status" "etherroot image: $refuses_text" installer "$@"
}
leaves_nothing() {
	! find "$TMPDIR" "$out"* -mindepth 0 -maxdepth 0 ! -path "$TMPDIR" 2>/dev/null | grep . &&
		! find "$TMPDIR" -mindepth 1 | grep .
}

# ---- what it refuses -------------------------------------------------------------------------------
refuses 2 '--answers FILE or --preseed FILE is needed: what is to be installed'
refuses 2 "--size: not for 'installer --with debian-installer'" --size 2G
check 'refused: a preseed for our own' fails_with 2 "etherroot image: --preseed: not for 'installer'" \
	"$etherroot" image installer -o "$out" --preseed "$scratch/answers"
refuses 2 '--with suse: there are etherroot and debian-installer' --with suse
refuses 1 "$scratch/none: No such file" --preseed "$scratch/none"
refuses 1 "$scratch: is not a regular file" --preseed "$scratch"
refuses 1 '--suite sid: of debian-installer there are bookworm and trixie' \
	--answers "$scratch/answers" --suite sid
# with ANSWER: those answers and this one
with() {
	{ cat "$scratch/answers" && echo "$1"; } >"$scratch/more"
}
with 'hook /x/hook'
refuses 1 'hook /x/hook: debian-installer runs none' --answers "$scratch/more"
with 'include vim/bookworm-backports'
refuses 1 'include and kernel: debian-installer takes packages of the suite itself' --answers "$scratch/more"
refuses 1 'mirror ftp://x/debian: debian-installer takes one with http or https' \
	--answers "$scratch/answers" --mirror ftp://x/debian
mkdir "$out"
refuses 1 "$out: is there already: remove it, or name another folder" --answers "$scratch/answers"
rmdir "$out"
echo offline >"$FAKE/mode"
refuses 1 'Debian bookworm: The moon does not answer' --answers "$scratch/answers"
echo old >"$FAKE/mode"
refuses 1 "$(realpath "$etherroot"): does not start in Debian bookworm (version \`GLIBC_9' not found)" \
	--answers "$scratch/answers"
: >"$FAKE/mode"
# interrupted: told to end while apt is at work, by its process alone
interrupted() {
	echo wait >"$FAKE/mode"
	mkfifo "$FAKE/started"
	(
		PATH=$scratch/bin:$PATH
		exec "$etherroot" image installer --with debian-installer --output "$out" --answers "$scratch/answers"
	) &
	interrupted_installer=$!
	timeout "$deadline" head -n 1 "$FAKE/started" >"$FAKE/heard"
	kill "$interrupted_installer"
	interrupted_status=0
	timeout 60 tail --pid="$interrupted_installer" -f /dev/null || interrupted_status=$?
	rm "$FAKE/started"
	: >"$FAKE/mode"
	return $interrupted_status
}
check 'one that is interrupted ends at once' interrupted
refuses 1 'linux-image-6.12.999+deb13-amd64: Unable to locate package' \
	--answers "$scratch/answers" --suite trixie
check 'nothing is left behind' leaves_nothing

# ---- what it makes ---------------------------------------------------------------------------------
# added RELEASE: what it has added to the initrd of this one, into a folder
added() {
	rm -rf "$scratch/added"
	mkdir "$scratch/added"
	original=$FAKE/debian-installer-$1-netboot-amd64/usr/lib/debian-installer/images/$1/amd64/text/debian-installer/amd64/initrd.gz
	head -c "$(stat -c %s "$original")" "$out/initrd.img" | cmp - "$original" &&
		tail -c +$(($(stat -c %s "$original") + 1)) "$out/initrd.img" | gzip -dc |
		(cd "$scratch/added" && cpio --quiet -idm)
}
check 'Debian 12' installer --answers "$scratch/answers"
check 'asks the mirror for that suite' grep -qx \
	'deb \[signed-by=.*\] https://mirror.example:8443/pub/debian bookworm main' "$FAKE/sources"
check 'has its kernel' grep -qx 'kernel 6.1.0-99-amd64' "$out/vmlinuz"
check 'and its initrd, with something behind it' added 12
check "no directory of Debian's is replaced, which may be a link" sh -c "
	tail -c +\$((\$(stat -c %s '$original') + 1)) '$out/initrd.img' | gzip -dc | cpio -t --quiet >'$scratch/names' &&
	! grep -xE '(usr/)?lib|usr' '$scratch/names'"
check 'the module of that kernel' grep -qx 'aoe of 6.1.0-99-amd64' "$scratch/added/etherroot/aoe.ko"
check 'what starts is a program' test -x "$scratch/added/lib/debian-installer-startup.d/S29etherroot"
check 'as is what finishes' test -x "$scratch/added/usr/lib/finish-install.d/90etherroot"
check 'the command that was tried, for the installed system' sh -c "tar -x -O -f '$scratch/added/etherroot/target.tar' \
	usr/bin/etherroot | cmp - '$etherroot'"
check 'the preseed is also there to be read' cmp "$out/preseed.cfg" "$scratch/added/preseed.cfg"
check 'which debconf understands' debconf-set-selections --checkonly "$out/preseed.cfg"
for line in 'debian-installer/locale string de_DE.UTF-8' 'keyboard-configuration/xkb-keymap select de' \
	'netcfg/hostname string ws9' 'time/zone string Europe/Berlin' 'mirror/protocol string https' \
	'mirror/https/hostname string mirror.example:8443' 'mirror/https/directory string /pub/debian' \
	'base-installer/kernel/image string linux-image-rt-amd64' \
	'pkgsel/include string vim git linux-image-amd64' 'grub-installer/skip boolean true'; do
	check "it says: $line" contains "$out/preseed.cfg" "d-i $line"
done
check 'users are for root alone in the initrd' test "$(stat -c %a "$scratch/added/etherroot/users" "$scratch/added/preseed.cfg")" = '600
600'
check 'a preseed that is made is for all' test "$(stat -c %a "$out/preseed.cfg")" = 644
check 'passwords are in no file' sh -c "! grep -rF 'two \$words' '$out' '$scratch/added'"
# hash_is_of USER PASSWORD
hash_is_of() {
	hash=$(sed -n "s/^$1 hash=//p" "$scratch/added/etherroot/users")
	[ "$hash" ] && [ "$(perl -e 'print crypt($ARGV[0], $ARGV[1])' "$2" "$hash")" = "$hash" ]
}
check 'their hashes are' hash_is_of root "two \$words"
check 'nothing is left behind' sh -c "rm -r '$out'; ! find '$TMPDIR' -mindepth 1 | grep ."

xz "$FAKE/linux-image-6.1.0-99-amd64/lib/modules/6.1.0-99-amd64/kernel/drivers/block/aoe/aoe.ko"
rm -r "$FAKE/linux-image-6.1.0-99-amd64/DEBIAN"
kernel_package 6.12.999+deb13-amd64 usr/lib/modules
xz "$FAKE/linux-image-6.12.999+deb13-amd64/usr/lib/modules/6.12.999+deb13-amd64/kernel/drivers/block/aoe/aoe.ko"
package linux-image-6.12.999+deb13-amd64
echo 'd-i my/own string preseed' >"$scratch/preseed"
check 'Debian 13, with a preseed of its own' installer --suite trixie --preseed "$scratch/preseed" \
	--output "$out/"
check 'has something behind its initrd as well' added 13
check 'its module, unpacked' grep -qx 'aoe of 6.12.999+deb13-amd64' "$scratch/added/etherroot/aoe.ko"
check 'that preseed' cmp "$out/preseed.cfg" "$scratch/preseed"
check 'is nobody else'\''s to read' test "$(stat -c %a "$out/preseed.cfg")" = 600
check 'nobody of whom it does not know' test ! -e "$scratch/added/etherroot/users"
rm -r "$out"
with 'bootloader both'
sed -i '/^mirror/d' "$scratch/more"
check 'both, and answers with a boot loader' installer --answers "$scratch/more"
check 'GRUB at the place for removable media' contains "$out/preseed.cfg" \
	'd-i grub-installer/force-efi-extra-removable boolean true'
check "packages come from Debian's own mirror" contains "$out/preseed.cfg" \
	'd-i mirror/http/hostname string deb.debian.org'
added 12

# ---- what that does in debian-installer ----------------------------------------------------------------
there=$scratch/added
mkdir -p "$there/bin" "$there/sbin" "$there/dev/etherd" "$there/proc" "$there/sys/class/net/eth0" \
	"$there/target/etc/kernel/postinst.d" "$there/target/etc/initramfs-tools" "$there/target/root/.ssh"
cp /bin/busybox "$there/bin/"
# busybox's own shell would take its insmod and blkid for the stand-ins.
cp /bin/dash "$there/bin/sh"
ldd /bin/dash | grep -o '/[^ ]*' | while read -r library; do
	mkdir -p "$there${library%/*}"
	cp -L "$library" "$there$library"
done
for applet in cat grep sed tail tr chmod tar cut mkdir dd; do ln -s busybox "$there/bin/$applet"; done
truncate -s 1M "$there/dev/etherd/e0.1"
echo 1 >"$there/sys/class/net/eth0/type"
echo up >"$there/sys/class/net/eth0/operstate"
# stand_in NAME TEXT
stand_in() {
	printf '#!/bin/sh\n%s\n' "$2" >"$there/sbin/$1"
	chmod +x "$there/sbin/$1"
}
stand_in logger 'echo "$*" >>/said'
stand_in ip 'echo "ip $*" >>/calls'
stand_in insmod 'echo "insmod $*" >>/calls; mkdir -p /sys/module/aoe'
stand_in udevadm 'turn=$(cat /turn); echo $((turn + 1)) >/turn; [ $turn -ge $(cat /late) ]'
stand_in list-devices 'echo /dev/vda; echo /dev/etherd/e0.1'
stand_in blkid 'cat /content 2>/dev/null && exit 0; exit 2'
stand_in sleep 'kill $PPID' # to wait for ever
# starts LATE COMMAND-LINE: with an export that is there after so many turns
starts() {
	echo "$1" >"$there/late"
	echo 0 >"$there/turn"
	echo "quiet $2" >"$there/proc/cmdline"
	: >"$there/said"
	: >"$there/calls"
	rm -rf "$there/sys/module"
	cp "$out/preseed.cfg" "$there/preseed.cfg"
	PATH=/sbin:/bin chroot "$there" /lib/debian-installer-startup.d/S29etherroot
}
# holds TEXT LATE COMMAND-LINE
holds() {
	holds_text=$1
	shift
	! starts "$@" && contains "$there/dev/console" "etherroot: NOT INSTALLED: $holds_text" &&
		contains "$there/said" "-t etherroot NOT INSTALLED: $holds_text"
}
check 'it waits for an export that comes late' starts 25 'etherroot.install=aoe:e0.1'
check 'and says so, but not all the time' test "$(grep -c 'waiting: aoe:e0.1 does not answer, eth0 up' \
	"$there/said")" = 2
check 'with the links up' grep -qx 'ip link set eth0 up' "$there/calls"
check 'the module is loaded once' test "$(grep -c insmod "$there/calls")" = 1
check 'the preseed gets its disk' contains "$there/preseed.cfg" 'd-i partman-auto/disk string /dev/etherd/e0.1'
check 'which GRUB gets as well' contains "$there/preseed.cfg" 'd-i grub-installer/bootdev string /dev/etherd/e0.1'
check 'it restarts at the end' sh -c "! grep '^d-i .*exit/poweroff' '$there/preseed.cfg'"
check 'or not' starts 0 'etherroot.install=aoe:e0.1 etherroot.finally=poweroff'
check 'as the preseed says' contains "$there/preseed.cfg" 'd-i debian-installer/exit/poweroff boolean true'
check 'without an export' holds 'etherroot.install=: not like aoe:e0.1' 0 ''
check 'with a wrong end' holds 'etherroot.finally=halt: neither reboot nor poweroff' 0 \
	'etherroot.install=aoe:e0.1 etherroot.finally=halt'
check 'with one that is no disk' holds '/dev/etherd/e0.2: is no disk to list-devices' 0 'etherroot.install=aoe:e0.2'
echo gpt >"$there/content"
check 'with one that is not empty' holds "/dev/etherd/e0.1: is not empty (gpt): the answer 'overwrite yes'" 0 \
	'etherroot.install=aoe:e0.1'
rm "$there/content" "$there/dev/etherd/e0.1"
mkdir "$there/dev/etherd/e0.1"
check 'with one that cannot be read' holds '/dev/etherd/e0.1: is not empty (what cannot be read): ' 0 \
	'etherroot.install=aoe:e0.1'
rm "$there/etherroot/only-empty"
check 'which may be given up' starts 0 'etherroot.install=aoe:e0.1'

stand_in apt-install 'echo "apt-install $*" >>/calls'
stand_in in-target 'echo "in-target $*" >>/calls'
stand_in chroot 'shift; echo "chroot $*" >>/calls; case $1 in getent) echo x:x:0:0::/root:/bin/sh ;; esac'
stand_in getent ''
echo 'update_initramfs=yes' >"$there/target/etc/initramfs-tools/update-initramfs.conf"
install -m 755 /dev/null "$there/target/etc/kernel/postinst.d/initramfs-tools"
# finishes: what is installed
finishes() {
	: >"$there/calls"
	PATH=/sbin:/bin chroot "$there" /usr/lib/finish-install.d/90etherroot
}
check 'it finishes' finishes
check "kernels get our initrd" grep -qx 'in-target /usr/share/etherroot-initramfs/kernel-hook all' "$there/calls"
check 'with a command that has its libraries' grep -q '^apt-install .*liburing2' "$there/calls"
check 'and is there' cmp "$there/target/usr/bin/etherroot" "$etherroot"
check 'as is what later kernels run' test -x "$there/target/etc/kernel/postinst.d/z-etherroot"
check "initramfs-tools makes none" grep -qx 'update_initramfs=no' \
	"$there/target/etc/initramfs-tools/update-initramfs.conf"
check 'nor for a new kernel' test ! -x "$there/target/etc/kernel/postinst.d/initramfs-tools"
check 'there are the users' grep -qx 'chroot usermod -a -G sudo alice' "$there/calls"
stand_in in-target 'exit 1'
check 'an initrd that cannot be made is told' sh -c "! PATH=/sbin:/bin chroot '$there' /usr/lib/finish-install.d/90etherroot &&
	grep -x 'etherroot: NOT FINISHED: the initrd could not be made' '$there/dev/console'"
done_testing
