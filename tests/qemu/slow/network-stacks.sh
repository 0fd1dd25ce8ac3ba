#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Debian with each of the programs that manage its network, set up as usual, and with names of its own for
# its NICs: the root's gets its address and keeps the name that the aoe module has in its list, the machine
# goes off and starts anew, and its file system is clean.
. tests/qemu/scenario.sh

# debian COMMAND EXPECTED: logs in, waits for the address by DHCP, and types the command
has_address='until ip -4 -brief address show eth0 | grep -F 10.0.2.; do sleep 1; done'
debian() {
	"$etherroot" boot --accel tcg --via direct --image "$image" --after kill \
		--timeout "$deadline" --log "$scratch/console.log" \
		--type 'login: =>root' --type 'Password: $=>etherroot' \
		--type "root@.*# =>dmesg -n 7; $has_address; $1" --expect "$2"
}

# stack NAME SUITE IMAGE-OPTION...
stack() {
	stack="$1 on $2"
	stack_suite=$2
	shift 2
	image=$scratch/root.img
	check "$stack: an image" "$etherroot" image debian --suite "$stack_suite" --output "$image" \
		--hook "$scratch/settings" "$@"
	check "$stack: it gets its address and goes off" debian poweroff 'reboot: Power down'
	check "$stack: the shutdown program has ended it" \
		contains "$scratch/console.log" 'etherroot: unmount: all that was mounted is written'
	check "$stack: its file system is clean" is_clean "$image"
	check "$stack: it reboots" debian reboot 'reboot: Restarting system'
	check "$stack: and is clean then" is_clean "$image"
	rm -f "$image"
}

cat >"$scratch/interfaces" <<'END'
#!/bin/sh -e
printf 'auto lo\niface lo inet loopback\n\nallow-hotplug eth0\niface eth0 inet dhcp\n' \
	>"$1/etc/network/interfaces"
END
# Names as systemd has them, and as Debian had them before: kernel 6.12 renames also what is up. And a login
# that does not give up after a minute, which a busy machine may take.
cat >"$scratch/settings" <<'END'
#!/bin/sh -e
sed -i 's/^LOGIN_TIMEOUT.*/LOGIN_TIMEOUT 0/' "$1/etc/login.defs"
printf '[Match]\nType=ether\n\n[Link]\nName=lan0\n' >"$1/etc/systemd/network/10-lan.link"
echo 'SUBSYSTEM=="net", ACTION=="add", DRIVERS=="?*", NAME="lan1"' \
	>"$1/etc/udev/rules.d/70-persistent-net.rules"
END
chmod +x "$scratch/interfaces" "$scratch/settings"
for suite in trixie bookworm; do
	# As Debian's installer leaves it. ifupdown takes the root's NIC down unless it is kept from it.
	stack ifupdown "$suite" --include ifupdown,isc-dhcp-client --hook "$scratch/interfaces"
	# It takes a NIC that is up, with an address by IPv6, for one that is none of its business.
	stack NetworkManager "$suite" --include network-manager
	stack networkd "$suite" --hook images/hook-network.sh
done
done_testing
