#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# The init as etherroot-find, beside another's /init, which here is a script: it finds the disk, prints its
# path and ends, and the network stays; what it cannot have done by the other it refuses.
# (slow/others-*.sh boot Debian with the initrds of others.)
. tests/qemu/scenario.sh

cat >"$scratch/other-init" <<'END'
#!/bin/busybox sh
export PATH=/bin:/sbin
busybox mkdir -p /proc /sys /dev /run
busybox mount -t proc proc /proc
busybox mount -t sysfs sysfs /sys
busybox mount -t devtmpfs dev /dev
busybox mount -t tmpfs run /run
disk=$(/sbin/etherroot-find)
echo "BESIDE $? found $disk"
echo "BESIDE is open: $(busybox dd if="$disk" bs=1024 skip=1 count=1 2>/dev/null | busybox wc -c)"
echo "BESIDE keeps it: $(busybox cat /sys/module/aoe/parameters/aoe_deadsecs)"
echo "BESIDE left: $(cd /run && echo initramfs/shutdown udev/rules.d/*)"
echo "BESIDE runs: $(busybox pidof etherroot-find || echo nothing)"
echo "$(busybox cat /proc/cmdline) rd.overlay" >/run/cmdline
busybox mount -o bind /run/cmdline /proc/cmdline
disk=$(/sbin/etherroot-find)
echo "BESIDE $? refused $disk"
busybox poweroff -f
END
chmod 755 "$scratch/other-init"
use_kernel 6.12 --shell --init "$scratch/other-init" --add "$build/init:/sbin/etherroot-find"
tiny_root "$scratch/root.img"
boots 'beside another init' 'BESIDE 1 refused *$' --image "$scratch/root.img" --append 'quiet loglevel=7'
console() {
	tr -d '\r' <"$scratch/console.log" | grep -qE "$1" || {
		grep -a BESIDE "$scratch/console.log"
		return 1
	}
}
check 'the disk is found' console '^BESIDE 0 found /dev/etherd/e0\.0$'
check 'and answers' console '^BESIDE is open: 1024$'
check 'for longer than three minutes' console '^BESIDE keeps it: 604800$'
check 'the OS finds what it needs to keep it' console \
	'^BESIDE left: initramfs/shutdown udev/rules.d/70-etherroot.rules$'
check 'nothing of it still runs' console '^BESIDE runs: nothing$'
check 'an overlay is refused' contains "$scratch/console.log" \
	'etherroot: E-UNSUPPORTED: rd.overlay: the initrd of etherroot has it, and not this one'
done_testing
