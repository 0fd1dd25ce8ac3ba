#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Kernel updates from the server's side: a machine installs another kernel with apt, `etherroot publish`
# takes it out of its disk, the machine runs it, and the target sees that; one that crashes is given up
# for the one before (one that iPXE cannot load: ipxe/test_ipxe.sh). With the services that `etherroot server init` sets
# up, in a network namespace, as qemu/readme-walk.sh has them.
. tests/namespaces.sh
again_in "$0" --net --mount
. tests/qemu/scenario.sh
# shellcheck source=tests/qemu/slow/kernel-package
. tests/qemu/slow/kernel-package
etherroot=$(realpath "$etherroot")
newer=$(cat "$peers/6.12-bookworm/version")
# A folder's name has no '+'.
generation=$(echo "$newer" | tr + _)

# ---- a server, and a machine -----------------------------------------------------------------------
# shellcheck source=tests/qemu/slow/server-lan
. tests/qemu/slow/server-lan
mkdir -p /var/lib/etherroot-trial "$scratch/trial/cgi-bin"

# The disk has the newer kernel's package, and not that kernel.
disk=/srv/etherroot/disks/ws1.img
cp --sparse=always "$peers/debian-12/image" "$disk"
kernel_package "$newer" "linux-image-$newer-test" "$scratch/newer.deb" >"$scratch/dpkg-deb.log"
cat >"$scratch/commands" <<END
rm /boot/vmlinuz-$newer
unlink /lib/modules/$newer
rm /etc/kernel/postinst.d/initramfs-tools
rm /etc/kernel/postrm.d/initramfs-tools
write $scratch/newer.deb /root/newer.deb
END
debugfs -w -f "$scratch/commands" "$disk" >"$scratch/debugfs.log" 2>&1
# The modules go to lost+found.
e2fsck -fy "$disk" >"$scratch/e2fsck.log" 2>&1 || :

check 'a server' "$etherroot" server init --interface lan0
check 'a machine' "$etherroot" machine add ws1 --mac 52:54:00:12:34:56 --image "$disk" \
	--append 'console=ttyS0 no_timer_check'
serve_exports
serve_http
cp tools/publish/trial.sh "$scratch/trial/cgi-bin/trial"
export STATE_DIRECTORY=/var/lib/etherroot-trial
in_background busybox httpd -f -p 10.20.0.1:8068 -h "$scratch/trial"
serve_dnsmasq

# debian EXPECTED COMMAND: logs in, types the command, and shuts down
debian() {
	machine --expect "$1" --type 'login: $=>root' --type 'Password: $=>etherroot' --type "root@.*# \$=>$2"
}
# shows STATE: the status has the kernel and its state
shows() {
	"$etherroot" server status >"$scratch/status" 2>&1 || :
	contains "$scratch/status" "$1"
}
# Before this server was started: the two minutes that a machine has to run until it is said to have come up.
long_ago() {
	sed -i 's/[^ ]*$/another-start/' "$STATE_DIRECTORY/ws1.$1"
}
as_regex() {
	echo "$1" | sed 's/[.+]/\\&/g'
}
runs='echo runs-$(uname -r)-$((1+1))'

# ---- a kernel is installed ---------------------------------------------------------------------------
check 'another kernel is installed' debian 'installed-2' \
	'apt-get -y -o Dpkg::Options::=--force-overwrite install /root/newer.deb >/root/log 2>&1 && echo installed-$((1+1))'
check 'and published' "$etherroot" publish
check 'on trial' shows "$generation-2"
check 'it runs at the next start' debian "runs-$(as_regex "$newer")-2" "$runs"
check 'which is counted' grep -qx 's [0-9]* .*' "$STATE_DIRECTORY/ws1.$generation-2"
check 'a crash is a new start' grep -q 'Kernel command line: .* panic=10 ' "$scratch/console.log"
long_ago "$generation-2"
check 'the target has seen it' sh -c "'$etherroot' publish | grep 'ws1: $generation-2 came up'"

# ---- one that crashes --------------------------------------------------------------------------------
"$etherroot" publish --compress gzip ws1 >"$scratch/said"
# An initrd without an init, and without a root: the kernel panics, and starts again 10 s later.
cd "$scratch"
echo nothing >nothing
echo nothing | cpio -o -H newc --quiet >"/srv/etherroot/boot/ws1/$generation-3/initrd.img"
cd "$OLDPWD"
# unattended QEMU-OPTION...: a machine that nobody touches, switched on once, until its init hands over
unattended() {
	rm -f "$STATE_DIRECTORY/ws1.$generation-3"
	: >"$scratch/console.log"
	in_background qemu-system-x86_64 -M pc,graphics=off -accel tcg -m 512 -nodefaults -display none \
		-serial "file:$scratch/console.log" -netdev tap,id=lan,ifname=tap0,script=no,downscript=no \
		-device virtio-net-pci,netdev=lan,mac=52:54:00:12:34:56,bootindex=0 "$@" >"$scratch/qemu.log" 2>&1
	guest=$!
	wait_for_text "$scratch/console.log" 'etherroot: switch: /sbin/init' || cat "$scratch/qemu.log"
	kill "$guest"
	wait "$guest" || :
	[ "$(grep -c 'Kernel panic - not syncing' "$scratch/console.log")" -eq 2 ] &&
		contains "$scratch/console.log" "etherroot: trying the generation before: $generation-2"
}
check 'it crashes twice, and the third start is of the one before' unattended
cp /usr/share/OVMF/OVMF_VARS_4M.fd "$scratch/vars.fd"
check 'with UEFI as well' unattended -drive if=pflash,format=raw,readonly=on,file=/usr/share/OVMF/OVMF_CODE_4M.fd \
	-drive "if=pflash,format=raw,file=$scratch/vars.fd"
check 'it is gone back from' sh -c "'$etherroot' publish | grep 'ws1: $generation-3 did not come up'"
check 'which the status has' shows "fallen back from $generation-3"
done_testing
