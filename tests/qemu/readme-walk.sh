#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# The walk of the README, done: its commands and its configuration, read out of README.md, bring a
# machine from PXE to Debian's login prompt over an Ethernet of its own (a tap on a bridge, in a
# network namespace) where nothing but the README's dnsmasq and target answer.
#
# /etc, /srv and /usr/local are put aside in a mount namespace, so that the commands run as they stand.
# What is different from a server: there is no systemd, so that what the services start is started
# here; the image is the tests' own and not built here, the console is serial, and Debian's package
# ipxe is not needed, since QEMU's network card starts iPXE itself.
. tests/namespaces.sh
again_in "$0" --net --mount
. tests/qemu/scenario.sh
release=${RELEASE:-13} # the workstation's Debian
firmware=${FIRMWARE:-bios}
PATH=/usr/local/bin:$PATH:/usr/sbin:/sbin

# block NAME: the block of the README that follows <!-- walk: NAME -->, as $scratch/NAME
block() {
	awk -v mark="<!-- walk: $1 -->" '
		$0 == mark { found = 1; next }
		found && /^```/ { if (inside) exit; inside = 1; next }
		inside' README.md >"$scratch/$1"
	[ -s "$scratch/$1" ] || echo "README.md: no block is marked 'walk: $1'"
	[ -s "$scratch/$1" ]
}

# run_block NAME [SED-SCRIPT]: runs it, changed by the script
run_block() {
	block "$1" && sed "${2:-}" "$scratch/$1" >"$scratch/$1.sh" && sh -eux "$scratch/$1.sh"
}

# ---- the server ----------------------------------------------------------------------------------
mkdir "$scratch/srv" "$scratch/etc"
mount --bind "$scratch/srv" /srv
# Not all of it can be read by anyone, nor is wanted.
cp -a /etc/. "$scratch/etc" 2>"$scratch/etc.log" || :
mount --bind "$scratch/etc" /etc
mount -t tmpfs tmpfs /usr/local
if [ -d /run/systemd ]; then mount -t tmpfs tmpfs /run/systemd; fi
check 'make install' run_block install \
	"/^apt/d; /^tools/d; s,^make,make BUILD=$build,"
check 'the command and its manual are installed' \
	test -x /usr/local/bin/etherroot -a -s /usr/local/share/man/man1/etherroot-boot.1

ip link set lo up
ip link add lan0 type bridge
ip tuntap add dev tap0 mode tap
ip link set tap0 master lan0
ip link set tap0 up
ip link set lan0 up
# The workstation is off: something else is plugged in, which must not answer for the server's address as
# well: dnsmasq hears nothing of what arrives at another card.
ip link add plug type veth peer name socket
ip link set plug master lan0 up
ip link set socket up arp off
has_addresses() {
	block interfaces &&
		sed -n 's/^\taddress /address add dev lan0 /p' "$scratch/interfaces" | ip -batch - &&
		ip address show dev lan0 | grep 'inet 10\.20\.0\.1/24' &&
		ip address show dev lan0 | grep 'inet6 fd'
}
check 'lan0 has its addresses' has_addresses

# ---- the image -----------------------------------------------------------------------------------
image=/srv/etherroot/disks/ws1.img
mkdir -p /srv/etherroot/disks
cp --sparse=always "$peers/debian-$release/image" "$image"
# The hook runs on the image's folders, empty, and what it made goes into the image.
tree=$scratch/hooked
hooked_image() {
	(cd "$peers/debian-$release/tree" && find etc/systemd -type d) >"$scratch/folders" &&
		mkdir "$tree" && (cd "$tree" && xargs mkdir -p <"$scratch/folders") &&
		/usr/local/lib/etherroot/hook-network.sh "$tree" &&
		find "$tree" -type f -printf "write $tree/%P /%P\n" -o \
			-type l -printf 'symlink /%P %l\n' >"$scratch/commands" &&
		[ "$(wc -l <"$scratch/commands")" -eq 2 ] &&
		debugfs -w -f "$scratch/commands" "$image"
}
check 'the hook for the network does its work' hooked_image
tiny_root /srv/etherroot/disks/ws2.img >"$scratch/mkfs.log"

# ---- the three commands --------------------------------------------------------------------------
check 'the server is set up' run_block init
# (no_timer_check, as the runner's own command lines have it: tools/boot/cmdline.c.)
check 'the workstation is added' run_block add \
	"s,--new .*,--image $image --append 'console=ttyS0 no_timer_check',"
# Nothing runs yet, which is told; and iPXE's own package is not here.
is_told() {
	! run_block status >"$scratch/status" 2>&1 || return 1
	sed '1,/^WRONG/d; /apt install ipxe/d; /user etherroot/d; /target does not answer/d' "$scratch/status" \
		>"$scratch/wrong"
	cat "$scratch/status"
	grep '^ws1 .* 52:54:00:12:34:56' "$scratch/status" && [ ! -s "$scratch/wrong" ]
}
check 'the status tells what runs not yet, and nothing else is wrong' is_told

# ---- the services --------------------------------------------------------------------------------
units=/usr/local/lib/systemd/system
# run_unit NAME WORD...: what a service starts, and further words; the unit's state folder is in scratch
run_unit() {
	run_command=$(sed -n "s,/var/lib,$scratch,; s/^ExecStart=//p" "$units/etherroot-$1.service")
	run_log=$scratch/$1.log
	shift
	: >"$run_log"
	# shellcheck disable=SC2086 # the words of a command
	in_background env $run_command "$@" >>"$run_log" 2>&1
}
mkdir "$scratch/etherroot-dnsmasq"
run_unit serve
service=$!
wait_for_text "$scratch/serve.log" 'etherroot serve: serving e0.0 on lan0 '
LISTEN=$(sed -n 's/^LISTEN=//p' /etc/etherroot/http.env)
# As systemd does with what the unit's environment file has.
in_background busybox httpd -f -p "$LISTEN" -h /srv/etherroot/boot
check 'the HTTP service is that' grep -qx \
	'ExecStart=/bin/busybox httpd -f -p ${LISTEN} -h /srv/etherroot/boot' "$units/etherroot-http.service"
dhcp=
# Without --no-daemon it would become a user that is not in the namespace. Once iPXE is done it takes its
# time: an IPv6 address, by the router's advertisement, is always there before the one by DHCP.
start_dnsmasq() {
	[ -z "$dhcp" ] || { kill "$dhcp" && wait "$dhcp"; } || :
	run_unit dnsmasq --no-daemon --dhcp-reply-delay=tag:!ipxe,5
	dhcp=$!
	wait_for_text "$scratch/dnsmasq.log" 'started, version'
}
mac=52:54:00:12:34:56
# workstation BOOT-OPTION...: a machine with nothing but this LAN
workstation() {
	etherroot boot --accel tcg --firmware "$firmware" --lan tap:tap0 --mac "$mac" --timeout "$deadline" \
		--log "$scratch/console.log" "$@" || {
		result=$?
		cat "$scratch/dnsmasq.log" "$scratch/serve.log"
		return "$result"
	}
}

start_dnsmasq
# The kernel's messages would come in the midst of the lines that are looked for.
facts='dmesg -n 1; findmnt -no SOURCE,FSTYPE,OPTIONS /; echo waits-$(cat /sys/module/aoe/parameters/aoe_deadsecs); '
facts=$facts'/lib/systemd/systemd-networkd-wait-online --timeout=120; ip -4 -brief address show eth0; '
facts=$facts'echo state-$(systemctl is-system-running --wait); echo facts-$((1+1))'
check 'the workstation boots to a login that works' workstation \
	--type 'login: =>root' --type 'Password: $=>etherroot' --type 'root@.*# =>'"$facts" \
	--expect 'facts-2'
console=$scratch/console.log
check 'its root is the export' grep -q '^/dev/etherd/e0\.0 ext4 *rw,' "$console"
check 'it waits a day for its target' grep -q '^waits-86400' "$console"
check 'it has an address from the LAN' grep -q '^eth0 .* 10\.20\.0\.1[0-9][0-9]/24' "$console"
check 'no unit has failed' grep -q '^state-running' "$console"
check 'it shut down cleanly' grep -q 'reboot: Power down' "$console"

check 'its kernel came by HTTP: TFTP gave it the table alone' sh -c "
	grep -c 'dnsmasq-tftp: sent /srv/etherroot/boot/boot.ipxe' '$scratch/dnsmasq.log' &&
	! grep 'sent .*/boot/ws1/' '$scratch/dnsmasq.log'"
# Its disk is a small one of the tests, which has no kernel: it gets the other's.
check 'the second workstation is added' run_block add2 "s,--new .*,\
--image /srv/etherroot/disks/ws2.img --no-kernel --append 'console=ttyS0 no_timer_check',"
cp -r /srv/etherroot/boot/ws1/*-1 /srv/etherroot/boot/ws1/generation.ipxe /srv/etherroot/boot/ws2
kill -HUP "$service"
wait_for_text "$scratch/serve.log" 'etherroot serve: serving e0.0, e0.1 on lan0 '
start_dnsmasq
mac=52:54:00:00:00:02
check 'the second workstation gets its own export' workstation \
	--after kill --expect 'TINY-ROOT /dev/etherd/e0.1 ext4 rw'
mac=52:54:00:12:34:56

# ---- beside a DHCP server that is there already --------------------------------------------------
another_dhcp_server "$scratch/router.log"
mv /etc/etherroot/machines "$scratch/machines"
check 'where one is, no second one is set up' fails_with 1 'the DHCP server 10.20.0.254 is on this LAN' \
	etherroot server init --interface lan0
sed 's/^dhcp range.*/dhcp proxy/' "$scratch/machines" >/etc/etherroot/machines
check 'the inventory says that there is one' etherroot server apply
start_dnsmasq
check 'beside a DHCP server, dnsmasq adds the names of the files' \
	workstation --after kill --expect 'etherroot: switch: /sbin/init'
check 'and the address is from that server' \
	contains "$scratch/router.log" 'DHCPACK(router) 10.20.0.2'
done_testing
