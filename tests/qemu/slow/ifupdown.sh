#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Debian as its installer leaves it, with ifupdown and isc-dhcp-client: it goes off, and its file
# system is clean. ifupdown takes the root's NIC down unless it is kept from it.
. tests/qemu/scenario.sh

image=$scratch/debian.img
cat >"$scratch/interfaces" <<'END'
#!/bin/sh -e
printf 'auto lo\niface lo inet loopback\n\nallow-hotplug eth0\niface eth0 inet dhcp\n' \
	>"$1/etc/network/interfaces"
END
chmod +x "$scratch/interfaces"
check 'an image with ifupdown' "$etherroot" image debian --include ifupdown,isc-dhcp-client \
	--hook "$scratch/interfaces" --output "$image"

# debian COMMAND EXPECTED: logs in, waits for ifupdown's address, and types the command
has_address='until ip -4 -brief address show eth0 | grep -F 10.0.2.; do sleep 1; done'
debian() {
	"$etherroot" boot --accel tcg --via direct --image "$image" --after kill \
		--timeout "$deadline" --log "$scratch/console.log" \
		--type 'login: =>root' --type 'Password: $=>etherroot' \
		--type "root@.*# =>dmesg -n 7; $has_address; $1" --expect "$2"
}
is_clean() {
	dumpe2fs -h "$image" >"$scratch/superblock" 2>/dev/null
	cat "$scratch/superblock"
	grep -q '^Filesystem state: *clean$' "$scratch/superblock" &&
		! grep -q needs_recovery "$scratch/superblock"
}
check 'it goes off' debian poweroff 'reboot: Power down'
check 'the shutdown program has ended it' \
	contains "$scratch/console.log" 'etherroot: unmount: all that was mounted is written'
check 'its file system is clean' is_clean
check 'it reboots' debian reboot 'reboot: Restarting system'
check 'and is clean then' is_clean
done_testing
