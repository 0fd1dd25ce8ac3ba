#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# `etherroot image import`: what it refuses, what it takes of a directory and of a machine that ssh leads
# to, what it changes in the copy, and that the source stays as it was. Disks are for
# tests/qemu/slow/import-disk.sh.
. tests/lib.sh
# shellcheck source=tests/initrd/tree.sh
. tests/initrd/tree.sh

source=$scratch/source
out=$scratch/out/image
mkdir -p "$scratch/bin" "$scratch/out" "$scratch/tmp" "$source/etc/network/interfaces.d" "$source/boot" "$source/dev" \
	"$source/etc/systemd/network" "$source/etc/initramfs-tools/conf.d" "$source/home/anna" \
	"$source/proc" "$source/run" "$source/usr/sbin" "$source/srv" "$source/boot/efi/EFI" "$source/data"
ln -s usr/sbin "$source/sbin"
make_tree "$source"
echo kernel >"$source/boot/vmlinuz-$version"
echo initramfs-tools >"$source/boot/initrd.img-$version"
echo cloud >"$source/boot/vmlinuz-6.1.0-cloud"
cat >"$source/etc/fstab" <<'END'
# a comment stays
/dev/mapper/vg-root / xfs defaults 0 0
UUID=0a5e /boot ext4 defaults 0 2
UUID=B00F-D1CE /boot/efi vfat umask=0077 0 1
LABEL=home /home ext4 defaults 0 2
UUID=1234 /data ext4 defaults 0 2
UUID=5678 /srv ext4 defaults,nofail 0 2
/dev/mapper/vg-swap none swap sw 0 0
/swap[1] none swap sw 0 0
tmpfs /tmp tmpfs size=1G 0 0
END
printf 'server:/pub /srv/pub nfs _netdev 0 0' >>"$source/etc/fstab" # and no end of the line
printf '# as installed\ncrypt UUID=99 none luks\n' >"$source/etc/crypttab"
echo RESUME=/dev/mapper/vg-swap >"$source/etc/initramfs-tools/conf.d/resume"
cat >"$source/etc/network/interfaces" <<'END'
auto lo
iface lo inet loopback
allow-hotplug enp1s0
iface enp1s0 inet dhcp
END
printf '[Match]\nName=enp1s0\n' >"$source/etc/systemd/network/lan.network"
chmod 640 "$source/etc/systemd/network/lan.network"
echo secret >"$source/etc/shadow"
chmod 600 "$source/etc/shadow"
echo swap >"$source/swap[1]"
echo kept >"$source/swap1"
echo letters >"$source/home/anna/letters"
echo firmware >"$source/boot/efi/EFI/loader"
echo running >"$source/proc/version"

import() {
	TMPDIR=$scratch/tmp $wrapper "$etherroot" image import "$@"
}
wrapper=
in_image() {
	debugfs -R "$1" "$out" 2>/dev/null
}
# has FILE TEXT: a file of the image has this line
has() {
	in_image "cat $1" >"$scratch/file"
	grep -qxF -e "$2" "$scratch/file" || {
		cat "$scratch/file"
		return 1
	}
}
# is PATH KIND: what the image has there; KIND '' is nothing
is() {
	[ "$(in_image "stat $1" | sed -n 's/.*Type: \([a-z]*\).*/\1/p')" = "$2" ]
}
said() {
	contains "$scratch/said" "etherroot image: $1"
}
mode_of() {
	in_image "stat $1" | sed -n 's/.*Mode: *\([0-7]*\).*/\1/p'
}

# ---- what it refuses -------------------------------------------------------------------------------
refuses() {
	refuses_text=$1
	shift
	check "refused: $refuses_text" fails_with 1 "etherroot image: $refuses_text" import "$@"
}
check 'no source' fails_with 2 'import of which system?' import -o "$out"
check 'an option of other kinds' fails_with 2 "--suite: not for 'import'" import x -o "$out" --suite sid
check "a device's name that is none" fails_with 2 \
	'--root ../sda: not the name of a disk' import x -o "$out" --root ../sda
refuses "$scratch/none: is not there. A machine that is reached by ssh is written HOST: or USER@HOST:" \
	"$scratch/none" -o "$out"
refuses '-oProxyCommand=x:: is not there' -o "$out" -- -oProxyCommand=x:
refuses "host:/a'b: is not there" "host:/a'b" -o "$out"
refuses '/dev/null: neither a directory nor a disk' /dev/null -o "$out"
refuses "$source: --root and --helper are for a disk" "$source" -o "$out" --root vda1
refuses "$source/image: lies in the source: name a place outside of it for the output" \
	"$source" -o "$source/image"
check 'a place for work that is in the source' fails_with 1 \
	"$source/boot: lies in the source: let TMPDIR name a place outside of it" \
	env TMPDIR="$source/boot" "$etherroot" image import "$source" -o "$out"
echo data >"$scratch/out/disk"
ln "$scratch/out/disk" "$scratch/out/same"
refuses "$scratch/out/same: is the source: name another file for the output" "$scratch/out/disk" -o "$scratch/out/same"
rm "$scratch/out/same" "$scratch/out/disk"
mkdir -p "$scratch/empty" "$scratch/odd/etc" "$scratch/odd/usr" "$scratch/odd/sbin"
refuses "$scratch/empty: $scratch/empty: is no system's root: it has no etc" "$scratch/empty" -o "$out"
refuses "$scratch/odd: $scratch/odd: is no system's root: it has no etc/fstab" "$scratch/odd" -o "$out"
echo '/dev/sda1 / ext4 defaults 0 1' >"$scratch/odd/etc/fstab"
refuses 'the copy has no /boot, and no kernel' "$scratch/odd" -o "$out"
mkdir "$scratch/odd/boot"
refuses 'the copy has no kernel in /boot that boots off AoE, with its modules in /lib/modules' \
	"$scratch/odd" -o "$out"
ln -sf "$scratch/fstab" "$scratch/odd/etc/fstab"
cp "$source/etc/fstab" "$scratch/fstab"
refuses 'etc/fstab: is not a regular file of the source' "$scratch/odd" -o "$out"
check 'what a link of the source leads to stays as it was' cmp "$source/etc/fstab" "$scratch/fstab"
mkdir "$scratch/elsewhere"
mv "$scratch/fstab" "$scratch/elsewhere/fstab"
rm -r "$scratch/odd/etc"
ln -s "$scratch/elsewhere" "$scratch/odd/etc"
refuses 'etc/fstab: is not a regular file of the source' "$scratch/odd" -o "$out"
check 'also what a folder that is a link leads to' cmp "$source/etc/fstab" "$scratch/elsewhere/fstab"

# ---- a directory -----------------------------------------------------------------------------------
find "$source" -printf '%P %m %s %T@\n' | sort >"$scratch/before"
imported() {
	import "$@" -o "$out" >"$scratch/said" 2>&1 || {
		cat "$scratch/said"
		return 1
	}
}
check 'a directory' imported "$source" --label home-pc
find "$source" -printf '%P %m %s %T@\n' | sort >"$scratch/after"
check 'is as it was' diff "$scratch/before" "$scratch/after"
check 'nothing is left behind' test -z "$(ls "$scratch/tmp")"
check 'nobody else reads what is in it' test "$(stat -c %a "$out")" = 600
check 'the file system is sound' e2fsck -fn "$out"
check 'it has the label' sh -c "blkid -p '$out' | grep 'LABEL=\"home-pc\"'"
check 'there is room in it' test "$(stat -c %s "$out")" -ge 1073741824
check 'files are in it' has /home/anna/letters letters
check 'with their modes' test "$(mode_of /etc/shadow)" = 0600
check 'what the kernel makes is not' is /proc/version ''
check 'but its folder' is /proc directory
check 'nor is swap' is '/swap[1]' ''
check 'which is told' said 'without /swap[1]: swap'
check 'what is only called alike is' is /swap1 regular
check 'nor what the firmware loads' is /boot/efi/EFI ''
check 'which is told as well' said 'without /boot/efi: the firmware'
check 'a folder that was not there is' is /tmp directory

# ---- many files, and a place that is named from elsewhere -----------------------------------------
# To pack so many takes minutes: here it is the count that says so.
cat >"$scratch/bin/find" <<'END'
#!/bin/sh
case $* in
*'-printf .') head -c 100000 /dev/zero ;;
*) exec /usr/bin/find "$@" ;;
esac
END
chmod +x "$scratch/bin/find"
wrapper="env PATH=$scratch/bin:$PATH"
check 'more files than ext4 has inodes for by itself' imported "$source"
wrapper=
rm "$scratch/bin/find"
check 'have as many, and as many again' test "$(dumpe2fs -h "$out" 2>/dev/null | sed -n 's/^Inode count: *//p')" -ge 200000
check 'and a block each, and as many again' test "$(stat -c %s "$out")" -ge $((2 * 100000 * 4096))
mkdir -p "$scratch/there/usr" "$scratch/there/etc" "$scratch/there/sbin"
ln -s "$PWD" "$scratch/here"
from_there() {
	(cd "$scratch" && CDPATH=$scratch/there:$scratch TMPDIR=$scratch/tmp \
		"$scratch/here/$etherroot" image import source -o "$out") >"$scratch/said" 2>&1 || {
		cat "$scratch/said"
		return 1
	}
}
check 'a directory by a relative name, whatever CDPATH says' from_there
check 'has its files' has /home/anna/letters letters
check 'again' imported "$source" --label home-pc

# ---- what is changed -------------------------------------------------------------------------------
check 'the root is what the kernel is given' has /etc/fstab '/dev/root / ext4 errors=remount-ro 0 1'
check 'which is told' said 'etc/fstab: /: is what the kernel is given as its root, not /dev/mapper/vg-root'
check 'what has come along is not mounted' has /etc/fstab '# copied into the root: UUID=0a5e /boot ext4 defaults 0 2'
check 'which is told' said 'etc/fstab: /boot: off: its files are in the root now'
check 'nor is the second' has /etc/fstab '# copied into the root: LABEL=home /home ext4 defaults 0 2'
check 'nor is the firmware' has /etc/fstab '# not copied: UUID=B00F-D1CE /boot/efi vfat umask=0077 0 1'
check 'what has not come along may be missing' has /etc/fstab 'UUID=1234 /data ext4 defaults,nofail 0 2'
check 'which is told' said 'etc/fstab: /data: nofail: UUID=1234 was not copied'
check 'what may be missing stays' has /etc/fstab 'UUID=5678 /srv ext4 defaults,nofail 0 2'
check 'no swap' has /etc/fstab '# not on AoE: /dev/mapper/vg-swap none swap sw 0 0'
check 'nor the second' has /etc/fstab '# not on AoE: /swap[1] none swap sw 0 0'
check 'what is no disk stays' has /etc/fstab 'tmpfs /tmp tmpfs size=1G 0 0'
check 'also in a line without an end' has /etc/fstab 'server:/pub /srv/pub nfs _netdev 0 0'
check 'and a comment' has /etc/fstab '# a comment stays'
check 'no disk is opened' has /etc/crypttab '# not on AoE: crypt UUID=99 none luks'
check 'nothing is woken up from' has /etc/initramfs-tools/conf.d/resume 'RESUME=none'
check 'the card has the name that it keeps' has /etc/network/interfaces 'iface eth0 inet dhcp'
check 'in all files' has /etc/systemd/network/lan.network 'Name=eth0'
check 'which is told' said 'etc/systemd/network/lan.network: enp1s0 is eth0'
check 'their modes stay' test "$(mode_of /etc/systemd/network/lan.network)" = 0640
check 'the kernel has an initrd of ours' sh -c "debugfs -R 'dump /boot/initrd.img-$version $scratch/initrd' \
	'$out' 2>/dev/null && '$etherroot' initrd --root '$source' --kernel '$version' -o - | cmp - '$scratch/initrd'"
check 'one that cannot have it is told' said 'boot/vmlinuz-6.1.0-cloud: cannot boot off AoE: '

# ---- a second time, and more than one of a kind ----------------------------------------------------------
printf 'allow-hotplug enp2s0\niface enp2s0 inet dhcp\n' >>"$source/etc/network/interfaces"
echo 'other data' >"$source/data/file"
check 'again, as a disk' imported "$source" --partition --size 512M
check 'with a partition' sh -c "sfdisk -d '$out' | grep -q 'size= *1044480.*name=\"debian\"'"
check 'two cards are for the user to tell apart' \
	said 'NOT CHANGED: etc/network/interfaces etc/systemd/network/lan.network: name enp1s0, enp2s0'
check 'a folder that has its files already' said 'etc/fstab: /data: off: its files are in the root now'

# ---- what a tree can be called, and say ---------------------------------------------------------------------
sed -i '/enp2s0/d' "$source/etc/network/interfaces"
mkdir "$source/etc/netplan"
echo 'of the user: enp1s0' >"$scratch/elsewhere/private"
ln -s "$scratch/elsewhere/private" "$source/odd.yaml"
echo enp1s0 >"$source/etc/netplan/a"
echo 'also: enp1s0' >"$source/etc/netplan/a
odd.yaml"
printf '\nUUID=\033]0;title\a /title ext4 defaults 0 2\n' >>"$source/etc/fstab"
check 'names and words that are made up' imported "$source"
check 'the end of a name is no other file' is /odd.yaml symlink
check 'nothing that is outside of the tree comes in' sh -c "! grep -aq 'of the user' '$out'"
check 'a file is adapted, whatever it is called' said 'etc/netplan/a?odd.yaml: enp1s0 is eth0'
check 'a terminal is not told what to do' said 'etc/fstab: /title: nofail: UUID=?]0;title? was not copied'
rm -r "$source/odd.yaml" "$source/etc/netplan"
sed -i '/title/d' "$source/etc/fstab"

sed -i s/enp1s0/eth0/ "$source/etc/network/interfaces" "$source/etc/systemd/network/lan.network"
check 'cards that have the name that they keep' imported "$source"
check 'of which nothing is said' sh -c "! grep -q 'eth0' '$scratch/said'"
sed -i s/eth0/enp1s0/ "$source/etc/network/interfaces" "$source/etc/systemd/network/lan.network"

# ---- a copy that is a user's, not root's -------------------------------------------------------------------
if [ "$(id -u)" = 0 ]; then
	cp -a "$source" "$scratch/copy"
	chown -hR 1234:1234 "$scratch/copy"
	chown 99:1234 "$scratch/copy/swap1"
	check "a user's copy" imported "$scratch/copy"
	owner_of() {
		in_image "stat $1" | sed -n 's/.*User: *\([0-9]*\) *Group: *\([0-9]*\).*/\1:\2/p'
	}
	check 'what is the user is root in it' test "$(owner_of /etc/fstab)" = 0:0
	check 'what is not is not' test "$(owner_of /swap1)" = 99:0
	check 'which is told' said "what belongs to user 1234, as $scratch/copy does, becomes root's"
	check "root's own stays root's" test -z "$(imported "$source" && grep becomes "$scratch/said")"
else
	skip "a user's copy" 'only root can make one'
fi

# ---- file systems below, in a machine that ssh leads to -----------------------------------------------------
cat >"$scratch/bin/ssh" <<'END'
#!/bin/sh
printf '%s\n' "$@" >"$SSH_SAID"
case $* in
*silent*)
	echo 'ssh: connect to host silent port 22: No route to host' >&2
	exit 255
	;;
esac
for command; do :; done
exec sh -c "$command"
END
cat >"$scratch/bin/sudo" <<'END'
#!/bin/sh
echo 'sudo: a password is required' >&2
exit 1
END
chmod +x "$scratch/bin/ssh" "$scratch/bin/sudo"
export SSH_SAID="$scratch/ssh"
over_ssh() {
	PATH=$scratch/bin:$PATH import "$@"
}
# mounted COMMAND...: where /home and /mnt are file systems of their own, and fstab has the first
mounted() {
	unshared --mount sh -ec '
		mkdir -p "$0/mnt"
		for folder in home mnt; do
			mount -t tmpfs tmpfs "$0/$folder"
			echo mounted >"$0/$folder/mounted"
		done
		exec "$@"' "$source" "$@" >"$scratch/said" 2>&1 || {
		cat "$scratch/said"
		return 1
	}
}
if unshared --mount true 2>/dev/null; then
	check 'a machine by ssh' mounted env PATH="$scratch/bin:$PATH" TMPDIR="$scratch/tmp" \
		"$etherroot" image import "root@host.example:$source" -o "$out"
	check 'is asked as such' contains "$scratch/ssh" root@host.example
	check 'nobody is asked for a password' contains "$scratch/ssh" BatchMode=yes
	check 'one that falls silent is not waited for for ever' contains "$scratch/ssh" ServerAliveInterval=20
	check "a file system that fstab has comes along" has /home/mounted mounted
	check 'which is told' said 'with /home, which is a file system of its own'
	check 'its line is off' has /etc/fstab '# copied into the root: LABEL=home /home ext4 defaults 0 2'
	check 'what it hides does not' is /home/anna ''
	check 'nor does what fstab does not have' is /mnt/mounted ''
	check 'but its folder' is /mnt directory
else
	skip 'a machine by ssh' 'this machine gives its users no namespaces'
fi
echo old >"$out"
check 'a machine that does not answer' fails_with 1 \
	'etherroot image: silent.example:: ssh: connect to host silent port 22: No route to host' \
	over_ssh silent.example: -o "$out"
check 'the output is as it was' test "$(cat "$out")" = old
printf '#!/bin/sh\n[ "$1" = -u ] && echo 1000\n' >"$scratch/bin/id"
chmod +x "$scratch/bin/id"
check 'a user who may not become root there' fails_with 1 \
	'etherroot image: host:: sudo: a password is required' over_ssh host: -o "$out"
rm "$scratch/bin/id"

# ---- when it fails on its way --------------------------------------------------------------------------------
head -c 80000000 /dev/urandom >"$source/large"
refuses "$out: " "$source" -o "$out" --size 64M
check 'what is needed is said' grep -qE 'the files need about [0-9]+ MiB, --size gives them 64' "$scratch/check.log" "$scratch/fails.log"
rm "$source/large"
# (Root reads everything.)
[ "$(id -u)" != 0 ] || wrapper='setpriv --bounding-set -dac_override,-dac_read_search'
chmod 0 "$source/etc/shadow"
refuses "$source: tar: ./etc/shadow: Cannot open: Permission denied" "$source" -o "$out"
chmod 600 "$source/etc/shadow"
wrapper=
printf '#!/bin/sh\nstat -c %%a "$work" >"%s"\nkill -KILL $$\n' "$scratch/mode" >"$scratch/bin/tar"
chmod +x "$scratch/bin/tar"
check 'a reader that is killed' fails_with 1 "etherroot image: $source: " over_ssh "$source" -o "$out"
check 'nobody else has come to what it had' test "$(cat "$scratch/mode")" = 700
rm "$scratch/bin/tar"
check 'the old file is as it was' test "$(cat "$out")" = old
check 'no half image is left' test "$(ls "$scratch/out")" = image
check 'no copy either' test -z "$(ls "$scratch/tmp")"

# ---- disks -----------------------------------------------------------------------------------------------
printf 'QFI\373' >"$scratch/qcow2"
cat >"$scratch/bin/qemu-img" <<'END'
#!/bin/sh
cat "$QEMU_IMG"
END
chmod +x "$scratch/bin/qemu-img"
export QEMU_IMG="$scratch/info"
echo '{ "format": "qcow2", "backing-filename": "/etc/shadow" }' >"$QEMU_IMG"
check 'an image that builds on another file' fails_with 1 \
	"etherroot image: $scratch/qcow2: is the difference to another image: qemu-img convert -O qcow2 makes" \
	over_ssh "$scratch/qcow2" --helper "$scratch/info" -o "$out"
echo '{ "format": "qcow2", "encrypted": true }' >"$QEMU_IMG"
cp "$scratch/qcow2" "$scratch/nbd:there"
in_scratch() {
	(cd "$scratch" && PATH=$scratch/bin:$PATH "$scratch/here/$etherroot" image import "$@")
}
check 'a name that qemu-img would take for a protocol' fails_with 1 "$scratch/nbd:there: is encrypted" \
	in_scratch nbd:there --helper info -o "$out"
check 'one that is encrypted' fails_with 1 "$scratch/qcow2: is encrypted: qemu-img convert, with its key" \
	over_ssh "$scratch/qcow2" --helper "$scratch/info" -o "$out"
done_testing
