#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# The walk of the README, done: its commands and its configuration, read out of README.md, bring a
# machine from PXE to Debian's login prompt over an Ethernet of its own (a tap on a bridge, in a
# network namespace) where nothing but the README's dnsmasq and target answer.
#
# /srv and /usr/local are put aside in a mount namespace, so that the commands run as they stand.
# What is different from a server: the image is the tests' own and not built here, the console is
# serial, and Debian's package ipxe is not needed, since QEMU's network card starts iPXE itself.
. tests/namespaces.sh
again_in "$0" --net --mount
. tests/qemu/scenario.sh
# The workstation's Debian, and its kernel.
release=${RELEASE:-13}
series=${SERIES:-6.12}
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
mkdir "$scratch/srv"
mount --bind "$scratch/srv" /srv
mount -t tmpfs tmpfs /usr/local
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
has_addresses() {
	block interfaces &&
		sed -n 's/^\taddress /address add dev lan0 /p' "$scratch/interfaces" | ip -batch - &&
		ip address show dev lan0 | grep 'inet 10\.20\.0\.1/24' &&
		ip address show dev lan0 | grep 'inet6 fd'
}
check 'lan0 has its addresses' has_addresses

# ---- the image -----------------------------------------------------------------------------------
check 'the hook is written' run_block hook
image=/srv/etherroot/ws1.img
cp --sparse=always "$peers/debian-$release/image" "$image"
# The hook runs on the image's folders, empty, and what it made goes into the image.
tree=$scratch/hooked
hooked_image() {
	(cd "$peers/debian-$release/tree" && find etc/systemd -type d) >"$scratch/folders" &&
		mkdir "$tree" && (cd "$tree" && xargs mkdir -p <"$scratch/folders") &&
		/srv/etherroot/network.sh "$tree" &&
		find "$tree" -type f -printf "write $tree/%P /%P\n" -o \
			-type l -printf 'symlink /%P %l\n' >"$scratch/commands" &&
		[ "$(wc -l <"$scratch/commands")" -eq 2 ] &&
		debugfs -w -f "$scratch/commands" "$image"
}
check 'the hook does its work' hooked_image
tiny_root /srv/etherroot/ws2.img >"$scratch/mkfs.log"

# ---- kernel, initrd, script ----------------------------------------------------------------------
version=$(cat "$peers/$series/version")
check 'kernel and initrd' run_block kernel "s,\$(ls lib/modules),$version,"
# (no_timer_check, as the runner's own command lines have it: tools/boot/cmdline.c.)
serial='s/aoe_deadsecs=86400/& console=ttyS0 no_timer_check/; /^cp .*ipxe.efi/d'
check 'the boot script' run_block script "$serial"
check 'the boot script of the second machine' run_block script2 "$serial"

# ---- the services --------------------------------------------------------------------------------
service=
# What the installed service starts, with the configuration in the scratch folder.
start_target() {
	command=$(sed -n "s,/etc/etherroot,$scratch,; s/^ExecStart=//p" \
		/usr/local/lib/systemd/system/etherroot-serve.service)
	: >"$scratch/target.log"
	# shellcheck disable=SC2086 # the words of a command
	in_background $command >>"$scratch/target.log" 2>&1
	service=$!
	wait_for_text "$scratch/target.log" 'etherroot serve: serving e0.0 on lan0 '
}
# The configuration grows while it serves.
reload_target() {
	block conf2 && cat "$scratch/conf2" >>"$scratch/serve.conf" && kill -HUP "$service" &&
		wait_for_text "$scratch/target.log" 'etherroot serve: serving e0.0, e0.1 on lan0 '
}
dhcp=
# start_dnsmasq BLOCK...: without --no-daemon it would become a user that is not in the namespace
start_dnsmasq() {
	[ -z "$dhcp" ] || { kill "$dhcp" && wait "$dhcp"; } || :
	: >"$scratch/dnsmasq.conf"
	for part in "$@"; do
		block "$part" && cat "$scratch/$part" >>"$scratch/dnsmasq.conf"
	done
	# A server that takes its time once iPXE is done: an IPv6 address, by the router's
	# advertisement, is always there before the one by DHCP.
	echo 'dhcp-reply-delay=tag:!ipxe,5' >>"$scratch/dnsmasq.conf"
	: >"$scratch/dnsmasq.log"
	in_background dnsmasq --no-daemon --conf-file="$scratch/dnsmasq.conf" \
		--dhcp-leasefile="$scratch/leases" >>"$scratch/dnsmasq.log" 2>&1
	dhcp=$!
	wait_for_text "$scratch/dnsmasq.log" 'started, version'
}
# workstation BOOT-OPTION...: a machine with nothing but this LAN
workstation() {
	etherroot boot --accel tcg --lan tap:tap0 --timeout "$deadline" \
		--log "$scratch/console.log" "$@" || {
		result=$?
		cat "$scratch/dnsmasq.log" "$scratch/target.log"
		return "$result"
	}
}

check 'what is exported' block conf
cp "$scratch/conf" "$scratch/serve.conf"
start_target
start_dnsmasq dnsmasq
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

check 'the second workstation is told of' block dnsmasq2
check 'the second export is added' reload_target
start_dnsmasq dnsmasq dnsmasq2
check 'the second workstation gets its own export' workstation --mac 52:54:00:00:00:02 \
	--after kill --expect 'TINY-ROOT /dev/etherd/e0.1 ext4 rw'

# ---- beside a DHCP server that is there already --------------------------------------------------
# In a network namespace of its own, from where it plugs itself into our bridge.
other_server='
	ip link add router type veth peer name to-router netns "$1"
	nsenter --target "$1" --net ip link set to-router master lan0 up
	ip address add 10.20.0.254/24 dev router
	ip link set router up
	exec dnsmasq --no-daemon --conf-file=/dev/null --port=0 --interface=router \
		--dhcp-range=10.20.0.200,10.20.0.250 --dhcp-leasefile="$2"'
in_background unshare --net sh -euc "$other_server" sh $$ "$scratch/leases-router" \
	>"$scratch/router.log" 2>&1
wait_for_text "$scratch/router.log" 'DHCP, IP range 10.20.0.200'
start_dnsmasq proxy
check 'beside a DHCP server, the README'\''s dnsmasq adds the names of the files' \
	workstation --after kill --expect 'etherroot: switch: /sbin/init'
check 'and the address is from that server' \
	contains "$scratch/router.log" 'DHCPACK(router) 10.20.0.2'
done_testing
