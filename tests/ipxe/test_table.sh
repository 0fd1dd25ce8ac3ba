#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# What `etherroot server` makes, run by the iPXE of QEMU's network cards: the table that leads a
# machine to its script, by HTTP or else by TFTP, and what machines get that are not in it.
# shellcheck source=tests/ipxe/machine.sh
. tests/ipxe/machine.sh

root=$scratch/root
boot=$root/srv/etherroot/boot
mkdir -p "$root/etc/etherroot"
link 0x100000 "$scratch/kernel"

# site LINE...: made from an inventory with these lines
site() {
	{
		printf 'interface lan0\ndhcp none\n'
		printf '%s\n' "$@"
	} >"$root/etc/etherroot/machines"
	"$etherroot" server apply --root "$root" >"$scratch/apply.log"
}
# kernel_of NAME: as `etherroot publish` would leave it
kernel_of() {
	mkdir -p "$boot/$1/one-1"
	cp "$scratch/kernel" "$boot/$1/one-1/vmlinuz"
	echo "initrd of $1" >"$boot/$1/one-1/initrd.img"
	printf '#!ipxe\nset generation one-1\n' >"$boot/$1/generation.ipxe"
}
# machine MAC [NETDEV-OPTION]: one on a LAN that has the boot folder by TFTP
machine() {
	start -netdev "user,id=lan,tftp=$boot,bootfile=boot.ipxe${2:-}" \
		-device "virtio-net-pci,netdev=lan,mac=$1"
}

lab='machine lab mac=52:54:00:00:00:01,52:54:00:aa:bb:0c export=1.2 shared=/lab.img'
kernel_of lab
site 'address 10.0.2.100/24' 'http 80' 'machine ws1 mac=52:54:00:00:00:02 export=0.0 disk=/ws1.img' \
	"$lab append=\"console=ttyS0 card=\${netX/mac}\""
# All that iPXE is told of it comes by HTTP: TFTP has nothing but the table.
mkdir "$scratch/tftp"
mv "$boot/boot.ipxe" "$scratch/tftp"
start -netdev "user,id=lan,tftp=$scratch/tftp,bootfile=boot.ipxe,guestfwd=tcp:10.0.2.100:80-cmd:busybox httpd -i -h $boot" \
	-device virtio-net-pci,netdev=lan,mac=52:54:00:AA:BB:0C
shows 'a machine is led to its script' 'etherroot: this is lab'
shows 'and gets its kernel and initrd by HTTP' 'kernel: end'
check 'with its own root, name and arguments' contains "$scratch/console" \
	' root=aoe:e1.2 BOOTIF=01-52-54-00-aa-bb-0c rw aoe.aoe_deadsecs=86400 systemd.hostname=lab console=ttyS0 card=52:54:00:aa:bb:0c'
check 'its own initrd' grep -q '^module: .*initrd.*, bytes: 14' "$scratch/console"
stop

# Port 1 of the host, where nobody listens.
site 'address 10.0.2.2/24' 'http 1' 'unknown register'
machine 52:54:00:aa:bb:0c
shows 'who is not known is told so' \
	"etherroot: 52:54:00:aa:bb:0c is not known to this server, which has noted it"
shows 'and waits' 'any key to try now'
site 'address 10.0.2.2/24' 'http 1' 'unknown register' "$lab"
printf x >&3
shows 'until it is known' 'etherroot: this is lab'
shows 'where no HTTP server answers, all comes by TFTP' 'kernel: end'
stop

site 'address 10.0.2.2/24' 'http none' 'unknown menu' "$lab"
machine 52:54:00:00:00:03
shows 'or gets a menu, which says how it is added' 'On the server: etherroot machine add NAME --mac 52:54:00:00:00:03'
shows 'with a countdown' 'Ask the server again'
printf '\r' >&3
shows 'that goes on with its own disk' "etherroot: going on with this machine's own disk"
shows 'which the firmware then does' 'No more network devices'
stop

site 'address 10.0.2.2/24' 'http none' 'unknown refuse' "$lab"
machine 52:54:00:00:00:03
shows 'or is refused' 'etherroot: 52:54:00:00:00:03 is not known to this server: refused'
printf x >&3
shows 'and goes on as well' 'No more network devices'
stop
done_testing
