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
mkdir "$scratch/srv" "$scratch/etc"
mount --bind "$scratch/srv" /srv
cp -a /etc/. "$scratch/etc" 2>"$scratch/etc.log" || :
mount --bind "$scratch/etc" /etc
mount -t tmpfs tmpfs /run
mount -t tmpfs tmpfs /var/lib
mkdir -p /run/etherroot /var/lib/etherroot-trial /srv/etherroot/disks "$scratch/trial/cgi-bin"
ip link set lo up
ip link add lan0 type bridge
ip tuntap add dev tap0 mode tap
ip link set tap0 master lan0
ip link set tap0 up
ip link set lan0 up
ip link add plug type veth peer name socket
ip link set plug master lan0 up
ip link set socket up
has_carrier() { ip link show dev lan0 | grep -q LOWER_UP; }
until_done has_carrier
ip address add 10.20.0.1/24 dev lan0
ip address add fd00:20::1/64 dev lan0

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
in_background "$etherroot" serve --config /etc/etherroot/serve.conf --control /run/etherroot/serve.sock \
	2>"$scratch/serve.log"
wait_for_text "$scratch/serve.log" 'etherroot serve: serving e0.0 on lan0 '
in_background busybox httpd -f -p 10.20.0.1:8067 -h /srv/etherroot/boot
cp tools/publish/trial.sh "$scratch/trial/cgi-bin/trial"
export STATE_DIRECTORY=/var/lib/etherroot-trial
in_background busybox httpd -f -p 10.20.0.1:8068 -h "$scratch/trial"
in_background dnsmasq --no-daemon --conf-file=/etc/etherroot/dnsmasq.conf \
	--dhcp-leasefile="$scratch/leases" --pid-file 2>"$scratch/dnsmasq.log"
wait_for_text "$scratch/dnsmasq.log" 'started, version'

# machine BOOT-OPTION...: with nothing but this LAN
machine() {
	"$etherroot" boot --accel tcg --lan tap:tap0 --mac 52:54:00:12:34:56 --timeout $((2 * deadline)) \
		--log "$scratch/console.log" "$@" || {
		result=$?
		cat "$scratch/dnsmasq.log" "$scratch/serve.log"
		return "$result"
	}
}
# debian EXPECTED COMMAND: logs in, types the command, and shuts down
debian() {
	machine --expect "$1" --type 'login: $=>root' --type 'Password: $=>etherroot' --type "root@.*# \$=>$2"
}
# shows STATE: the status has the kernel and its state
shows() {
	"$etherroot" server status >"$scratch/status" 2>&1 || :
	contains "$scratch/status" "$1"
}
# An hour ago: the two minutes that a machine has to run until it is said to have come up.
long_ago() {
	touch -d '1 hour ago' "$STATE_DIRECTORY/ws1.$1"
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
check 'which is counted' test "$(cat "$STATE_DIRECTORY/ws1.$generation-2")" = s
check 'a crash is a new start' grep -q 'Kernel command line: .* panic=10 ' "$scratch/console.log"
long_ago "$generation-2"
check 'the target has seen it' sh -c "'$etherroot' publish | grep 'ws1: $generation-2 came up'"

# ---- one that crashes --------------------------------------------------------------------------------
"$etherroot" publish --compress gzip ws1 >"$scratch/said"
# An initrd without an init, and without a root: the kernel panics.
cd "$scratch"
echo nothing >nothing
echo nothing | cpio -o -H newc --quiet >"/srv/etherroot/boot/ws1/$generation-3/initrd.img"
cd "$OLDPWD"
# crashes FIRMWARE: the runner takes a panic for the end; the machine itself would start again
crashes() {
	machine --firmware "$1" --after kill --expect 'Kernel panic - not syncing' &&
		contains "$scratch/console.log" ' panic=10 '
}
check 'it panics' crashes bios
check 'and again' crashes uefi
check 'the third start is of the one before' machine --firmware uefi --after kill \
	--expect 'etherroot: switch: /sbin/init'
check 'as iPXE says' contains "$scratch/console.log" "etherroot: trying the generation before: $generation-2"
check 'it is gone back from' sh -c "'$etherroot' publish | grep 'ws1: $generation-3 did not come up'"
check 'which the status has' shows "fallen back from $generation-3"
done_testing
