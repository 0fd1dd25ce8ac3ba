#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Machines of an inventory that install themselves: what the server makes for them, what a machine does
# with that, and what `server status` shows meanwhile. The machine is installer.sh with the command line that
# its script has; the disk, a file, takes the place of its AoE disk. (With QEMU: qemu/slow/server-installs.sh.)
. tests/namespaces.sh
again_in "$0" --mount --net
# shellcheck source=tests/lib.sh
. tests/lib.sh
# shellcheck source=tests/publish/disk.sh
. tests/publish/disk.sh

etherroot=$(realpath "${ETHERROOT:-$etherroot}")
root=$scratch/root
inventory=$root/etc/etherroot/machines
boot=$root/srv/etherroot/boot
disks=$root/srv/etherroot/disks
answers=$scratch/answers
mkdir -p "$root/etc/etherroot" "$disks" "$scratch/bin"
cat >"$inventory" <<'END'
interface lan0
address 10.20.0.1/24
dhcp none
END
server() {
	verb=$1
	shift
	"$etherroot" server "$verb" --root "$root" "$@"
}
machine() {
	verb=$1
	shift
	"$etherroot" machine "$verb" --root "$root" "$@"
}
state() {
	(cd "$root" && find . -type f -exec cksum {} + | sort)
}
# refuses STATUS TEXT COMMAND...: and changes nothing
refuses() {
	state >"$scratch/before"
	check "refused: $2" fails_with "$@"
	state >"$scratch/after"
	check 'nothing was changed' diff "$scratch/before" "$scratch/after"
}

# ---- an installer ----------------------------------------------------------------------------------
printf 'suite trixie\nuser root password=secret\n' >"$answers"
add_ws1() {
	machine add ws1 --mac 52:54:00:00:00:01 --new 2G --install "$answers" "$@"
}
refuses 1 "etherroot machine add: $answers: a line 'bootloader both' is missing" add_ws1
echo 'bootloader both' >>"$answers"
refuses 1 "machine ws1: install=: by which installer? 'etherroot server installer' makes one" add_ws1
refuses 1 "$scratch/none: No such file" server installer --image "$scratch/none"
refuses 2 '--suite: of an image that is built' server installer --image x --suite trixie
truncate -s 1M "$disks/empty.img"
refuses 1 "etherroot server installer: etherroot publish: failed" server installer --image "$disks/empty.img"
install_kernel 6.1-installer 'kernel of the installer'
make_disk
cp "$disk" "$disks/installer.img"
refuses 1 "$disks/installer.img: is there already" server installer
check 'an installer' server installer --image "$disks/installer.img"
check 'its line' grep -qx 'installer 0.0 /srv/etherroot/disks/installer.img' "$inventory"
check 'its export, which is only read' grep -qx 'export 0.0 /srv/etherroot/disks/installer.img ro' \
	"$root/etc/etherroot/serve.conf"
check 'its kernel' grep -qx 'kernel of the installer' "$boot/_installer/6.1-installer-1/vmlinuz"
install_kernel 6.2-installer 'another kernel'
make_disk
cp "$disk" "$disks/other.img"
check 'another one takes its place' server installer --image "$disks/other.img"
check 'at the same address' sh -c "[ \"\$(grep ^installer '$inventory')\" = 'installer 0.0 /srv/etherroot/disks/other.img' ]"
check 'with its kernel' contains "$boot/_installer/generation.ipxe" 'set generation 6.2-installer-2'

# ---- a machine -------------------------------------------------------------------------------------
refuses 2 '--install: of a disk of its own' machine add ws1 --mac 52:54:00:00:00:01 --shared "$disks/empty.img" \
	--install "$answers"
refuses 2 'belong to --new without --install' add_ws1 --suite bookworm
refuses 1 '--new 2: not a size such as 20G' machine add ws1 --mac 52:54:00:00:00:01 --new 2 --install "$answers"
refuses 1 "is the installer and the disk of a machine, in line 4" machine add ws1 --mac 52:54:00:00:00:01 \
	--image "$disks/other.img" --no-kernel
echo 'colour red' >"$scratch/wrong"
refuses 1 "$scratch/wrong:1:1: 'colour': unknown" machine add ws1 --mac 52:54:00:00:00:01 --new 2G \
	--install "$scratch/wrong"
mkdir "$boot/boot.ipxe.away"
mv "$boot/boot.ipxe" "$boot/boot.ipxe.away/"
mkdir "$boot/boot.ipxe"
check 'one that cannot be added' fails_with 1 "$boot/boot.ipxe: Is a directory" add_ws1
check 'leaves no answers' test ! -e "$boot/ws1"
rmdir "$boot/boot.ipxe"
mv "$boot/boot.ipxe.away/boot.ipxe" "$boot/"
rm -r "$boot/boot.ipxe.away" "$disks/ws1.img" 2>/dev/null || :
check 'one is added' add_ws1 --append quiet
check 'its line' contains "$inventory" \
	'machine ws1 mac=52:54:00:00:00:01 export=0.1 disk=/srv/etherroot/disks/ws1.img append=quiet install=answers'
check 'an empty disk' test "$(stat -c '%s %b' "$disks/ws1.img")" = "$((2 << 30)) 0"
check 'its answers' cmp "$answers" "$boot/ws1/answers"
check 'and as JSON' sh -c "'$etherroot' machine show --root '$root' ws1 --json | grep '\"install\": \"answers\"'"
# in_order TEXT TEXT: both in its script, the first before the second
in_order() {
	first=$(grep -nF -e "$1" "$boot/ws1/boot.ipxe" | head -n 1 | cut -d : -f 1)
	second=$(grep -nF -e "$2" "$boot/ws1/boot.ipxe" | head -n 1 | cut -d : -f 1)
	[ "$first" ] && [ "$second" ] && [ "$first" -lt "$second" ]
}
check 'its script starts its disk first' in_order 'sanboot aoe:e0.1 ||' \
	'kernel --name kernel ../_installer/${generation}/vmlinuz'
check 'and then the installer' grep -q "^kernel .* root=aoe:e0.0 .* ro rd.overlay .* quiet " "$boot/ws1/boot.ipxe"
# shows STATE TEXT: in the table, and as JSON
shows() {
	server status >"$scratch/status" 2>&1 || :
	server status --json >"$scratch/status.json" 2>&1 || :
	grep -qE "^ws1 +- +$1\$" "$scratch/status" || {
		cat "$scratch/status"
		return 1
	}
	contains "$scratch/status.json" "\"installation\": $2"
}
wrong() {
	sed '1,/^WRONG/d' "$scratch/status" >"$scratch/troubles"
	contains "$scratch/troubles" "$1"
}
check 'it has not begun' shows 'not installed: not begun' '"not begun"'
check 'which is not as it should be' wrong 'the disk of ws1 is not installed yet: not begun'
check 'no kernel of its own is missed' sh -c "! grep 'ws1/generation' '$scratch/status'"
mv "$boot/ws1/answers" "$scratch/away"
check 'without its answers' shows 'not installed: not begun' '"not begun"'
check 'that is told' wrong "$boot/ws1/answers: No such file or directory"
echo 'colour red' >"$boot/ws1/answers"
check 'with answers that somebody has changed' shows 'not installed: not begun' '"not begun"'
check 'for the worse' wrong "$boot/ws1/answers:1:1: 'colour': unknown"
mv "$scratch/away" "$boot/ws1/answers"

# ---- it starts -------------------------------------------------------------------------------------
export FAKE="$scratch/fake"
mkdir -p "$FAKE"
: >"$FAKE/mode"
: >"$FAKE/chroot"
new_tree() {
	rm -rf "$FAKE/tree"
	mkdir -p "$FAKE/tree/etc/systemd/network" "$FAKE/tree/etc/systemd/system/multi-user.target.wants" \
		"$FAKE/tree/etc/default" "$FAKE/tree/boot"
}
install -m 755 tests/image/fake-mmdebstrap "$scratch/bin/mmdebstrap"
install -m 755 tests/image/fake-chroot "$scratch/bin/chroot"
# stand_in NAME TEXT
stand_in() {
	printf '#!/bin/sh\n%s\n' "$2" >"$scratch/bin/$1"
	chmod +x "$scratch/bin/$1"
}
stand_in mount ''
stand_in umount ''
stand_in udevadm ''
stand_in sleep ''
stand_in systemctl 'echo "$*" >"$FAKE/finally"'
stand_in etherroot "exec '$etherroot' \"\$@\""
mkdir "$scratch/etherd"
ln -s "$disks/ws1.img" "$scratch/etherd/e0.1"
for script in installer.sh installer-line.sh disk-content.sh; do
	sed "s,/dev/etherd,$scratch/etherd,g" "images/$script" >"$scratch/$script"
done
ip link set lo up
ip address add 10.20.0.1/24 dev lo
in_background busybox httpd -f -p 10.20.0.1:8067 -h "$boot"
until_done busybox wget -q -O /dev/null http://10.20.0.1:8067/ws1/answers
# the machine starts, and its disk has nothing to start
starts() {
	rm -f "$FAKE/finally"
	new_tree
	sed -n 's/^kernel .* initrd=initrd //p' "$boot/ws1/boot.ipxe" >"$scratch/cmdline"
	/bin/mount --bind "$scratch/cmdline" /proc/cmdline
	starts_status=0
	PATH=$scratch/bin:$PATH TMPDIR=$scratch sh "$scratch/installer.sh" || starts_status=$?
	/bin/umount /proc/cmdline
	return $starts_status
}
then_it() {
	grep -qx "$1" "$FAKE/finally"
}
echo fail >"$FAKE/mode"
check 'it starts, and its mirror fails' fails_with 1 'etherroot install: NOT INSTALLED' starts
check 'which the server sees' shows 'not installed: not finished: Failed to fetch the moon: .*' \
	'"not finished: Failed to fetch the moon: '
check 'and tells' wrong 'the disk of ws1 is not installed yet: not finished: Failed to fetch the moon'
: >"$FAKE/mode"
check 'it starts again, and is installed' starts
check 'and restarts' then_it reboot
check 'now its disk can start' test "$(od -An -tx1 -j 510 -N 2 "$disks/ws1.img")" = ' 55 aa'
check 'which the server sees' shows "its disk's own" null
check 'and has nothing to tell of it' sh -c "! sed '1,/^WRONG/d' '$scratch/status' | grep ws1"
check 'its kernels are not published' sh -c "'$etherroot' publish --root '$root' ws1 >'$scratch/said'"
check 'as it has them itself' contains "$scratch/said" "ws1: its kernels are its disk's own, which starts them"
check 'the timer says nothing' test "$("$etherroot" publish --root "$root" --quiet 2>&1 | wc -c)" = 0
cksum "$disks/ws1.img" >"$scratch/before"
echo 'overwrite yes' >>"$boot/ws1/answers"
check 'should its server be away when its disk is to start' starts
check 'nothing is installed, and it tries again' then_it reboot
cksum "$disks/ws1.img" >"$scratch/after"
check 'the disk is as it was' diff "$scratch/before" "$scratch/after"

# ---- the rest of its life --------------------------------------------------------------------------
check 'renamed' machine rename ws1 desk1
check 'its answers went along' grep -q 'etherroot.answers=http://10.20.0.1:8067/desk1/answers' "$boot/desk1/boot.ipxe"
check 'which are there' test -e "$boot/desk1/answers"
echo 'http none' >>"$inventory"
check 'without HTTP it would get none' fails_with 1 'machine desk1: install=answers comes by HTTP, and there is none' \
	server apply
sed -i 's,install=answers,install=/etc/etherroot/answers,' "$inventory"
check 'but for those of the installer itself' server apply
check 'which its script names' grep -q ' etherroot.answers=/etc/etherroot/answers ' "$boot/desk1/boot.ipxe"
check 'removed' machine remove desk1
check 'its passwords are not given out any more' test ! -e "$boot/desk1"
done_testing
