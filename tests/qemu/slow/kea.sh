#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Where Kea gives the addresses, by what `etherroot server kea` prints, machines find this server: by the iPXE of
# their network card, and by UEFI's own PXE and HTTP boot.
. tests/namespaces.sh
again_in "$0" --net --mount
. tests/qemu/scenario.sh
etherroot=$(realpath "$etherroot")
use_kernel 6.12
# shellcheck source=tests/qemu/slow/server-lan
. tests/qemu/slow/server-lan

disk=/srv/etherroot/disks/ws1.img
tiny_root "$disk" >"$scratch/mkfs.log"
check 'a server' "$etherroot" server init --interface lan0
check 'a machine' "$etherroot" machine add ws1 --no-kernel --mac 52:54:00:12:34:56 --image "$disk" \
	--append 'console=ttyS0 no_timer_check'
# As `etherroot publish` would have it: the disk has no kernel.
folder=/srv/etherroot/boot/ws1
mkdir "$folder/one-1"
cp "$kernel" "$folder/one-1/vmlinuz"
cp "$initrd" "$folder/one-1/initrd.img"
printf '#!ipxe\nset generation one-1\n' >"$folder/generation.ipxe"
"$etherroot" server kea >"$scratch/kea.conf"
sed -i 's/^dhcp .*/dhcp none/' /etc/etherroot/machines
check 'which leaves the addresses to Kea' "$etherroot" server apply
serve_exports
serve_http
serve_dnsmasq
mkdir -p "$scratch/kea" /var/lib/kea
export KEA_PIDFILE_DIR="$scratch/kea" KEA_LOCKFILE_DIR="$scratch/kea"
in_background kea-dhcp4 -c "$scratch/kea.conf" >"$scratch/kea.log" 2>&1
check 'Kea starts' wait_for_text "$scratch/kea.log" 'DHCP4_STARTED'

# starts FIRMWARE WAY: up to its root
starts() {
	if machine --firmware "$1" --via "$2" --after kill --expect 'TINY-ROOT /dev/etherd/e0.0 ext4 rw' \
		>"$scratch/boot.log" 2>&1; then
		ok "$1, $2"
	else
		cat "$scratch/kea.log" >>"$scratch/boot.log"
		not_ok "$1, $2" "$scratch/boot.log"
	fi
}
starts bios ipxe
starts uefi ipxe
starts uefi pxe
starts uefi uefi-http
check 'by addresses of Kea' contains "$scratch/kea.log" 'DHCP4_LEASE_ALLOC'
check 'and not of dnsmasq' sh -c "! grep DHCPACK '$scratch/dnsmasq.log'"
done_testing
