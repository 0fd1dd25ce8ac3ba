#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# `etherroot server` and `etherroot machine`, on a root folder of their own and a LAN in a namespace.
. tests/namespaces.sh
again_in "$0" --mount --net
. tests/lib.sh

root=$scratch/root
mkdir -p "$root/etc"
etherroot=${ETHERROOT:-$etherroot}
inventory=$root/etc/etherroot/machines
boot=$root/srv/etherroot/boot

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
# As a folder is: the names, sizes, times and contents.
state() {
	(cd "$root" && find . -printf '%y %p %l\n' | sort && find . -type f -exec cksum {} + | sort)
}
# unchanged COMMAND...: whatever comes of it, the folder is as it was
unchanged() {
	state >"$scratch/before"
	"$@" || return 1
	state | diff "$scratch/before" -
}

# ---- the LAN -------------------------------------------------------------------------------------
ip link set lo up
ip link add lan0 type bridge
ip link add there type veth peer name router
ip link set there master lan0 up
ip link set router up
check 'an interface that is not there' fails_with 1 \
	"etherroot server init: lan7: no such interface: 'ip link' lists them" \
	server init --interface lan7
check 'one that is no Ethernet' fails_with 1 'lo: is no Ethernet' server init --interface lo
check 'a port of a bridge' fails_with 1 \
	'there: is a port of the bridge lan0, which takes its frames: --interface lan0' \
	server init --interface there
check 'one that is down' fails_with 1 'lan0: is down, or has no carrier' server init --interface lan0
ip link set lan0 up
# A bridge has its carrier once a port forwards.
has_carrier() { ip link show dev lan0 | grep -q LOWER_UP; }
check 'the bridge has a carrier' until_done has_carrier
check 'one without an address' fails_with 1 'lan0: has no IPv4 address' server init --interface lan0
ip address add 10.20.0.1/24 dev lan0
check 'an option too many' fails_with 2 'of --range, --proxy and --no-dhcp there is one' \
	server init --interface lan0 --proxy --no-dhcp
check 'nothing was written' test ! -e "$inventory"

another_dhcp_server "$scratch/router.log"
check 'a second DHCP server is refused, and the first one named' fails_with 1 \
	'lan0: the DHCP server 10.20.0.254 is on this LAN already' server init --interface lan0
check 'with what to do' contains "$scratch/fails.log" 'leave the addresses to it with --proxy'
check 'and nothing was written' test ! -e "$inventory"
check 'beside it' server init --interface lan0 --proxy --unknown register
check 'which the inventory says' contains "$inventory" 'dhcp proxy'
check 'and dnsmasq is told' contains "$root/etc/etherroot/dnsmasq.conf" 'dhcp-range=10.20.0.0,proxy'
check 'an inventory that is there is not overwritten' unchanged fails_with 1 \
	"$inventory: is there already" server init --interface lan0 --proxy
kill "$router"
wait "$router" 2>/dev/null || :
rm -r "$root/etc/etherroot" "$root/srv"
check 'alone' server init --interface lan0 --router 10.20.0.254 --dns 10.20.0.254,9.9.9.9
check 'the whole inventory' sh -c "grep -v '^#' '$inventory' >'$scratch/said'; diff - '$scratch/said'" <<'EOF'
interface lan0
address 10.20.0.1/24
dhcp range 10.20.0.100 10.20.0.199
router 10.20.0.254
dns 10.20.0.254 9.9.9.9
unknown menu
EOF
check 'dnsmasq takes its configuration' dnsmasq --test --conf-file="$root/etc/etherroot/dnsmasq.conf"
check 'iPXE is the distribution'\''s' test "$(readlink "$boot/ipxe.efi")" = /usr/lib/ipxe/ipxe.efi

# ---- machines ------------------------------------------------------------------------------------
disks=$root/srv/etherroot/disks
mkdir -p "$disks"
truncate -s 1M "$disks/ws1.img" "$disks/ws 2 \"&& \${x}.img" "$disks/lab.img"
check 'a machine with an image' machine add ws1 --no-kernel --mac 52:54:00:00:00:01 --image "$disks/ws1.img"
check 'its line' contains "$inventory" \
	'machine ws1 mac=52:54:00:00:00:01 export=0.0 disk=/srv/etherroot/disks/ws1.img'
check 'its export' contains "$root/etc/etherroot/serve.conf" \
	'export 0.0 /srv/etherroot/disks/ws1.img mac=52:54:00:00:00:01'
check 'its script' contains "$boot/ws1/boot.ipxe" 'root=aoe:e0.0'
check 'a path of any kind' machine add ws2 --no-kernel --mac 52:54:00:00:00:02,52:54:00:00:00:12 \
	--image "$disks/ws 2 \"&& \${x}.img" --append 'quiet'
check 'its export, between quotes' contains "$root/etc/etherroot/serve.conf" \
	'export 0.1 "/srv/etherroot/disks/ws 2 \"&& ${x}.img" mac=52:54:00:00:00:02+52:54:00:00:00:12'
check 'two that share a disk' machine add lab1 --no-kernel --mac 52:54:00:00:00:03 --shared "$disks/lab.img"
check 'and the second' machine add lab2 --no-kernel --mac 52:54:00:00:00:04 --shared "$disks/lab.img"
check 'have one export' contains "$root/etc/etherroot/serve.conf" \
	'export 0.2 /srv/etherroot/disks/lab.img mac=52:54:00:00:00:03+52:54:00:00:00:04 snapshot-dir=/var/lib/etherroot'
check 'the target takes its configuration' sh -c "
	sed 's,/srv/,$root/srv/,; /^export 0.2/d' '$root/etc/etherroot/serve.conf' >'$scratch/serve.conf'
	exec 3>'$scratch/ready'
	'$etherroot' serve --config '$scratch/serve.conf' --listen 0 --ready-fd 3 2>'$scratch/serve.log' &
	exec 3>&-
	tail -F '$scratch/serve.log' 2>/dev/null | grep -m 1 'serving e0.0, e0.1 on lan0'
	kill \$!"

# Names, arguments and paths that would be more than that: refused, and nothing is changed.
refused() {
	check "refused: $1" unchanged fails_with "$@"
}
newline='
'
for name in 'ws9 && shell' 'ws9;reboot' '${uuid}' "ws9${newline}shell" '../ws9' 'WS9' '"ws9"' '-'; do
	check "not a name: $(echo "$name" | tr '\n' '|')" unchanged fails_with 1 'not a host name' \
		machine add --no-kernel --mac 52:54:00:00:00:09 --image "$disks/lab.img" -- "$name"
done
truncate -s 1M "$disks/ws9.img"
add9='machine add ws9 --no-kernel --mac 52:54:00:00:00:09 --image'
for append in 'a && shell' 'x || y' 'a ; b' '#c' 'a ${b' "a${newline}shell"; do
	# shellcheck disable=SC2086 # words of a command
	check "not arguments: $(echo "$append" | tr '\n' '|')" unchanged fails_with 1 \
		"etherroot machine add: $inventory" $add9 "$disks/ws9.img" --append "$append"
done
mv "$disks/ws9.img" "$disks/ws9${newline}interface x"
# shellcheck disable=SC2086
check 'not a path: one with a newline' unchanged fails_with 1 'machine add: ' \
	$add9 "$disks/ws9${newline}interface x"
rm "$disks/ws9${newline}interface x"
truncate -s 1M "$disks/ws9.img"
# shellcheck disable=SC2086
check 'a disk that another one has' unchanged fails_with 1 'is the disk of machine ws1 in line 9' \
	$add9 "$disks/ws1.img"
check 'a MAC that another one has' unchanged fails_with 1 'MAC 52:54:00:00:00:12 is that of machine ws2' \
	machine add ws9 --no-kernel --mac 52:54:00:00:00:12 --image "$disks/ws9.img"
check 'a name that is there' unchanged fails_with 1 'machine ws1: there is one already, in line 9' \
	machine add ws1 --no-kernel --mac 52:54:00:00:00:09 --image "$disks/ws9.img"
check 'an address that is there' unchanged fails_with 1 'e0.1 is exported in line 10 already' \
	machine add ws9 --no-kernel --mac 52:54:00:00:00:09 --image "$disks/ws9.img" --export 0.1
check 'an image that is not there' unchanged fails_with 1 'none.img: No such file' \
	machine add ws9 --no-kernel --mac 52:54:00:00:00:09 --image "$disks/none.img"
check 'two disks' fails_with 2 'its disk is one of' \
	machine add ws9 --mac 52:54:00:00:00:09 --image "$disks/ws9.img" --new 2G
check 'a suite without --new' fails_with 2 'belong to --new' \
	machine add ws9 --mac 52:54:00:00:00:09 --image "$disks/ws9.img" --suite trixie
check 'no MAC' fails_with 2 '--mac MAC is needed' machine add ws9 --new 2G

# What is in the place of a file that is to be made.
mv "$boot/boot.ipxe" "$scratch/table"
mkdir "$boot/boot.ipxe"
check 'a folder in its place' unchanged fails_with 1 "$boot/boot.ipxe: Is a directory" \
	machine add ws9 --no-kernel --mac 52:54:00:00:00:09 --image "$disks/ws9.img"
rmdir "$boot/boot.ipxe"
mv "$scratch/table" "$boot/boot.ipxe"
: >"$boot/ws9"
check 'a file in the place of its folder' unchanged fails_with 1 "$boot/ws9/boot.ipxe: Not a directory" \
	machine add ws9 --no-kernel --mac 52:54:00:00:00:09 --image "$disks/ws9.img"
rm "$boot/ws9"
# A disk that is full once inventory and exports are written.
full_disk() {
	sh -c 'trap "" XFSZ; ulimit -f 2; exec "$@"' sh "$etherroot" machine add --root "$root" "$@"
}
check 'the first files fit' test "$(stat -c %s "$inventory")" -lt 900 -a "$(stat -c %s "$root/etc/etherroot/serve.conf")" -lt 900
check 'what was written before one that cannot be is undone' unchanged fails_with 1 \
	"$root/etc/etherroot/dnsmasq.conf: File too large: nothing was changed" \
	full_disk ws9 --no-kernel --mac 52:54:00:00:00:09 --image "$disks/ws9.img"

# Held here.
exec 9<"$root/etc/etherroot"
flock 9
check 'while another one is at work' unchanged fails_with 1 'another run of' \
	machine add ws9 --no-kernel --mac 52:54:00:00:00:09 --image "$disks/ws9.img"
exec 9<&-

# ---- an image that is built ------------------------------------------------------------------------
# A stand-in builds it, with no kernel in it, so that there is none to publish.
export FAKE="$scratch/fake"
mkdir -p "$FAKE/tree/etc/systemd/network" "$FAKE/tree/etc/systemd/system/multi-user.target.wants" "$scratch/bin"
: >"$FAKE/mode"
: >"$FAKE/tree/etc/secret"
: >"$FAKE/tree/blob"
install -m 755 tests/image/fake-mmdebstrap "$scratch/bin/mmdebstrap"
printf '#!/bin/sh\necho mine >"$1/etc/mine"\n' >"$scratch/hook mine"
chmod 755 "$scratch/hook mine"
new9() {
	PATH="$scratch/bin:$PATH" machine add ws8 --mac 52:54:00:00:00:08 --new 64M --suite bookworm \
		--include 'vim,less' --include joe --hook "$scratch/hook mine" --password 'a "b' "$@"
}
unchanged_but_disk() {
	state | grep -v 'disks/ws8.img' >"$scratch/before"
	"$@" || return 1
	state | grep -v 'disks/ws8.img' | diff "$scratch/before" -
}
check 'a step that fails after the image' unchanged_but_disk fails_with 1 \
	"ws8 is not added; its image stays, for --image $disks/ws8.img" new9
check 'the image is there' test -s "$disks/ws8.img"
check 'with the network, and a hook of one'\''s own' test -s "$FAKE/tree/etc/systemd/network/80-lan.network" -a \
	-s "$FAKE/tree/etc/mine"
check 'and what was asked for' sh -c "grep -q 'bookworm' '$FAKE/arguments' && grep -q 'vim' '$FAKE/arguments' &&
	grep -q joe '$FAKE/arguments'"
check 'it is not overwritten' unchanged fails_with 1 "$disks/ws8.img: is there already: use it with --image" new9
rm "$disks/ws8.img" "$FAKE/tree/etc/systemd/system/multi-user.target.wants/"*
echo fail >"$FAKE/mode"
check 'an image that cannot be built' unchanged fails_with 1 'etherroot machine add: etherroot image: failed' new9
: >"$FAKE/mode"

# ---- list, show, rename, remove ------------------------------------------------------------------
machine list >"$scratch/list"
check 'the list' grep -qE '^lab2 +e0\.2 +52:54:00:00:00:04 +shared +/srv/etherroot/disks/lab\.img$' "$scratch/list"
check 'and the second card' grep -qE '^ +52:54:00:00:00:12$' "$scratch/list"
machine list --json >"$scratch/list.json"
check 'as JSON' sh -c "grep -q '\"name\": \"lab2\", \"export\": \"e0.2\"' '$scratch/list.json'"
check 'one of them' sh -c "'$etherroot' machine show --root '$root' ws2 | grep '^append  quiet'"
check 'none of that name' fails_with 1 'ws7: no such machine' machine show ws7
: >"$boot/ws1/vmlinuz"
# noted MACHINE: what publishing has noted of it, and of one whose name begins like that
noted() {
	mkdir -p "$root/var/lib/etherroot-trial" "$root/var/lib/etherroot-publish"
	echo s >"$root/var/lib/etherroot-trial/$1.6.1-1"
	echo s >"$root/var/lib/etherroot-trial/${1}x.6.1-1"
	echo 'no kernel' >"$root/var/lib/etherroot-publish/$1"
}
# is_forgotten MACHINE: the notes are gone, and those of the other are there
is_forgotten() {
	[ ! -e "$root/var/lib/etherroot-trial/$1.6.1-1" ] && [ ! -e "$root/var/lib/etherroot-publish/$1" ] &&
		[ -e "$root/var/lib/etherroot-trial/${1}x.6.1-1" ]
}
noted ws1
check 'renamed' machine rename ws1 desk1
check 'what was noted under the old name is gone' is_forgotten ws1
noted desk1
check 'the line' contains "$inventory" 'machine desk1 mac=52:54:00:00:00:01 export=0.0'
check 'its folder went along' test -e "$boot/desk1/vmlinuz" -a -s "$boot/desk1/boot.ipxe" -a ! -e "$boot/ws1"
check 'the table leads there' contains "$boot/boot.ipxe" 'goto machine-desk1'
check 'not to a name that is there' unchanged fails_with 1 'machine ws2: there is one already' machine rename desk1 ws2
check 'nor to none' unchanged fails_with 1 'not a host name' machine rename desk1 'a b'
check 'removed, and its disk stays' sh -c "'$etherroot' machine remove --root '$root' desk1 >'$scratch/said' &&
	test -e '$disks/ws1.img'"
check 'which is said' contains "$scratch/said" 'its disk stays: /srv/etherroot/disks/ws1.img'
check 'what was noted of it does not' is_forgotten desk1
check 'and its kernels, which are named' contains "$scratch/said" "its kernels stay: $boot/desk1"
check 'its script is gone' test ! -e "$boot/desk1/boot.ipxe"
check 'its export is gone' sh -c "! grep ws1.img '$root/etc/etherroot/serve.conf'"
check 'another one'\''s disk is not deleted' unchanged fails_with 1 \
	"--delete-disk /srv/etherroot/disks/ws1.img: the disk of lab1 is /srv/etherroot/disks/lab.img" \
	machine remove lab1 --delete-disk /srv/etherroot/disks/ws1.img
check 'nor one that is shared' unchanged fails_with 1 'lab2 shares it' \
	machine remove lab1 --delete-disk /srv/etherroot/disks/lab.img
check 'the first that shares one goes' machine remove lab1
check 'with the disk that is named' machine remove lab2 --delete-disk /srv/etherroot/disks/lab.img
check 'it is gone' test ! -e "$disks/lab.img"
truncate -s 1M "$disks/busy.img"
machine add busy --no-kernel --mac 52:54:00:00:00:07 --image "$disks/busy.img" >"$scratch/said"
noted busy
echo 'user root password=secret' >"$boot/busy/answers"
mount --bind "$disks/busy.img" "$disks/busy.img"
check 'a disk that cannot be deleted' fails_with 1 "$disks/busy.img: Device or resource busy: it stays" \
	machine remove busy --delete-disk /srv/etherroot/disks/busy.img
umount "$disks/busy.img"
rm "$disks/busy.img"
check 'keeps nothing that was noted of its machine' is_forgotten busy
check 'and no answers are given out any more' test ! -e "$boot/busy/answers"

# ---- apply ---------------------------------------------------------------------------------------
check 'nothing is to be done' unchanged server apply
sed -i 's/^unknown menu/unknown refuse/; s/^dhcp.*/dhcp none/' "$inventory"
server apply --diff >"$scratch/diff"
check '--diff shows the differences' sh -c "grep -q '^-dhcp-range=10.20.0.100' '$scratch/diff' &&
	grep -q '^+exit 1' '$scratch/diff' && grep -q '^--- $boot/boot.ipxe' '$scratch/diff'"
check 'and changes nothing' grep -q '^dhcp-range' "$root/etc/etherroot/dnsmasq.conf"
check 'apply' server apply
check 'does' sh -c "! grep '^dhcp-range' '$root/etc/etherroot/dnsmasq.conf'"
echo 'http none' >>"$inventory"
check 'without HTTP' server apply
check 'its file goes' test ! -e "$root/etc/etherroot/http.env"
echo 'interface lan0' >"$root/etc/etherroot/serve.conf"
check 'a file that somebody wrote is not overwritten' unchanged fails_with 1 \
	"$root/etc/etherroot/serve.conf: is not made from /etc/etherroot/machines" server apply
rm "$root/etc/etherroot/serve.conf"
mkfifo "$root/etc/etherroot/serve.conf"
check 'a FIFO in its place holds nobody' fails_with 1 'serve.conf: not a regular file' server apply
rm "$root/etc/etherroot/serve.conf"
echo 'mashine x' >>"$inventory"
check 'an error has its place' fails_with 1 "$inventory:11:1: 'mashine': unknown" server apply
sed -i '$d' "$inventory"
check 'it is made again' server apply

# ---- what the manual shows is what is made ------------------------------------------------------------
manual_is_true() {
	shown=$scratch/shown
	mkdir -p "$scratch/manual/etc/etherroot"
	tools/packaging/examples.sh tools/server/etherroot-server.8 "$shown" &&
		cp "$shown/machines" "$scratch/manual/etc/etherroot/" &&
		"$etherroot" server apply --root "$scratch/manual" || return 1
	for file in etc/etherroot/serve.conf etc/etherroot/dnsmasq.conf etc/etherroot/http.env \
		etc/etherroot/trial.env srv/etherroot/boot/boot.ipxe; do
		diff "$shown/${file##*/}" "$scratch/manual/$file" || return 1
	done
}
check 'the manual shows what is made' manual_is_true

# ---- Kea -----------------------------------------------------------------------------------------
cp "$inventory" "$scratch/inventory"
cat >"$inventory" <<'EOF'
interface lan0
address 10.20.0.1/24
dhcp range 10.20.0.100 10.20.0.199
router 10.20.0.254
dns 10.20.0.254 9.9.9.9
machine ws1 mac=52:54:00:12:34:56,52:54:00:12:34:57 export=0.0 disk=/a
machine ws2 mac=52:54:00:12:34:58 export=0.1 disk=/b
EOF
check 'what Kea is told' unchanged server kea
server kea >"$scratch/kea.conf"
check 'who is who' contains "$scratch/kea.conf" '{ "hw-address": "52:54:00:12:34:57", "hostname": "ws1" }'
kea_takes_it() { kea-dhcp4 -t "$scratch/kea.conf"; }
if command -v kea-dhcp4 >"$scratch/kea"; then
	check 'Kea takes it' kea_takes_it
	printf 'interface lan0\naddress 10.20.0.1/24\ndhcp none\nhttp none\n' >"$inventory"
	server kea >"$scratch/kea.conf"
	check 'with nothing in it as well' kea_takes_it
else
	skip 'Kea takes it' 'there is no Kea'
fi
printf 'interface lan0\naddress 10.20.0.1/24\ndhcp proxy\n' >"$inventory"
check 'beside another DHCP server there is nothing to tell' fails_with 1 "'dhcp proxy': this server names the files itself" \
	server kea
cp "$scratch/inventory" "$inventory"

# ---- status --------------------------------------------------------------------------------------
# says TEXT: the status is 1, and TEXT is among what is wrong
says() {
	fails_with 1 "$1" server status
}
check 'the target is asked' says 'the target does not answer: '
check 'a kernel is missing' says "$boot/ws2/generation.ipxe: No such file or directory: etherroot publish --root $root ws2"
ws2_disk="$disks/ws 2 \"&& \${x}.img"
printf 'etherroot install: downloading\033 packages   \n' | dd of="$ws2_disk" conv=notrunc status=none
check 'a disk is being installed, which takes no kernel from it' says \
	"$ws2_disk: the disk of ws2 is not installed yet: downloading? packages"
dd if=/dev/zero of="$ws2_disk" bs=512 count=1 conv=notrunc status=none
check 'there is no user' says 'there is no user etherroot'
mkfifo "$root/etc/passwd"
check 'nor in a FIFO, which holds nobody' fails_with 1 'there is no user etherroot' \
	timeout 60 "$etherroot" server status --root "$root"
rm "$root/etc/passwd"
rm "$boot/boot.ipxe"
check 'what is missing' says "$boot/boot.ipxe: is missing: 'etherroot server apply'"
server apply >/dev/null
echo >>"$boot/boot.ipxe"
check 'what is out of date' says "$boot/boot.ipxe: is out of date"
server apply >/dev/null
rm "$disks/"ws\ 2*
check 'a disk that is missing' says '&& ${x}.img: the disk of ws2: No such file or directory'
mkdir -p "$root/var/lib/etherroot-dnsmasq"
cat >"$root/var/lib/etherroot-dnsmasq/leases" <<'EOF'
1732843200 52:54:00:00:00:12 10.20.0.101 ws2 *
1732843200 52:54:00:00:00:77 10.20.0.102 evil ff:00
duid 00:01
EOF
check 'who has which address' sh -c "'$etherroot' server status --root '$root' |
	grep -E '^ws2 +e0\.1 +52:54:00:00:00:12 10\.20\.0\.101 +2024-11-2[89]'"
check 'and who is not known' sh -c "'$etherroot' server status --root '$root' |
	sed '1,/^UNKNOWN/d' | grep -E '^52:54:00:00:00:77 10\.20\.0\.102'"
server status --json >"$scratch/status.json" || :
check 'as JSON' sh -c "grep -q '\"mac\": \"52:54:00:00:00:77\", \"address\": \"10.20.0.102\"' '$scratch/status.json'"
echo 'machine ws5 mac=52:54:00:00:00:02 export=0.9 disk=/x' >>"$inventory"
check 'a MAC that is there twice' says 'machine ws5: MAC 52:54:00:00:00:02 is that of machine ws2'
check 'then nobody is said to be unknown' sh -c "! grep 52:54:00:00:00:77 '$scratch/fails.log'"
done_testing
