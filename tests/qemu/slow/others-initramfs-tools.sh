#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Debian off AoE with initramfs-tools' initrd and our finder in it (initramfs/initramfs-tools), to the login
# prompt and to the end of the machine.
. tests/qemu/scenario.sh

# What the package brings, laid over a Debian that has initramfs-tools. aoetools' script would ask for an
# address first; nbd-client's would add every driver.
extra=$scratch/extra
theirs=$extra/usr/share/initramfs-tools
mkdir -p "$extra/usr/lib/etherroot" "$theirs/hooks" "$theirs/scripts/local-top" \
	"$extra/etc/initramfs-tools" "$scratch/root"
cp "$build/init" "$extra/usr/lib/etherroot/etherroot-init"
cp initramfs/initramfs-tools/hook "$theirs/hooks/etherroot"
cp initramfs/initramfs-tools/local-top "$theirs/scripts/local-top/etherroot"
for name in hooks/aoe hooks/nbd hooks/nbd-client scripts/local-top/aoe scripts/local-top/nbd; do
	printf '#!/bin/sh\nexit 0\n' >"$theirs/$name"
	chmod 755 "$theirs/$name"
done
printf 'MODULES=list\nBUSYBOX=n\nCOMPRESS=zstd\n' >"$extra/etc/initramfs-tools/initramfs.conf"
printf 'virtio_pci\nvirtio_net\next4\n' >"$extra/etc/initramfs-tools/modules"

# generate KERNEL OUTPUT: nothing of the Debian's own tree is written to
generate() {
	rm -f "$2"
	unshared --mount sh -euc '
		mount -t overlay overlay -o lowerdir="$2:$1" "$3"
		mount -t tmpfs tmpfs "$3/tmp"
		mount -t tmpfs tmpfs "$3/var/tmp"
		mount --rbind /proc "$3/proc"
		mount --rbind /dev "$3/dev"
		chroot "$3" /usr/bin/env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin TMPDIR=/tmp \
			mkinitramfs -o /tmp/initrd "$4"
		cp "$3/tmp/initrd" "$5"' sh "$peers/$1/tree" "$extra" "$scratch/root" \
		"$(cat "$peers/$1/version")" "$2"
}

# debian KERNEL ROOT: to the login prompt, and switched off by its power button
debian() {
	"$etherroot" boot --accel tcg --via direct --image "$peers/$1/image" --snapshot \
		--kernel "$peers/$1/vmlinuz" --initrd "$scratch/initrd" --append "root=$2 rw" \
		--timeout $((2 * deadline)) --log "$scratch/console.log" --expect 'login: '
}

for kernel in ${KERNELS:-6.12 6.1}; do
	check "an initrd for $kernel" generate "$kernel" "$scratch/initrd"
	check "$kernel boots with root=aoe:e0.0" debian "$kernel" aoe:e0.0
	check 'our finder has found it' contains "$scratch/console.log" 'etherroot: discover: e0.0 on '
	check 'and the root is the export' \
		grep -qE 'EXT4-fs \(etherd.e0\.0\): mounted' "$scratch/console.log"
	check 'what it has left ends the machine' contains "$scratch/console.log" 'etherroot: shutdown: '
done
check 'what this initrd does not do is refused' \
	"$etherroot" boot --accel tcg --via direct --image "$peers/$kernel/image" --snapshot \
	--kernel "$peers/$kernel/vmlinuz" --initrd "$scratch/initrd" --append 'root=aoe:e0.0 rd.overlay' \
	--timeout "$deadline" --after kill --expect 'E-UNSUPPORTED: rd.overlay: '
done_testing
