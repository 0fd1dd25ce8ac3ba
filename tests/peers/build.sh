#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# What tests and benchmarks boot, and what they compare with. Built once into build/peers:
#   debian-test.img      a Debian 12 with both of its kernels, aoetools and nbd-client
#   tree/                the same, as a directory (`etherroot initrd --root` takes it)
#   6.1/, 6.12/          for each kernel: version, vmlinuz, and initramfs-tools' initrds:
#     initrd-aoe         root=/dev/etherd/eSHELF.SLOT
#     initrd-virtio      root=/dev/vda
#     initrd-nbd         root=/dev/nbd0 nbdroot=ADDRESS,NAME,nbd0 ip=dhcp
#     times              lines "KIND SECONDS BYTES": what generating them took
set -eu
cd "$(dirname "$0")/../.."

build=${BUILD:-build}
peers=$build/peers.new
image=$peers/debian-test.img

# One builder at a time: the second finds what the first has made.
mkdir -p "$build"
exec 9>"$build/peers.lock"
flock 9

recipe=$(cat images/*.sh tests/peers/* | sha256sum)
if [ "$(cat "$build/peers/recipe" 2>/dev/null)" = "$recipe" ]; then
	exit 0
fi
rm -rf "$peers"
mkdir -p "$peers"

echo 'Building the test image (about two minutes, once)'
"$build/etherroot" image debian --output "$image" --label debian-test \
	--kernel linux-image-amd64 --kernel linux-image-6.12-amd64 \
	--include aoetools,nbd-client,initramfs-tools,zstd --hook tests/peers/image-hook

# The tree belongs to whoever runs this: debugfs cannot give files away and says so for each.
mkdir "$peers/tree"
debugfs -R "rdump / $peers/tree" "$image" >/dev/null 2>&1
for modules in "$peers"/tree/lib/modules/*; do
	version=${modules##*/}
	kernel=$peers/$(echo "$version" | cut -d . -f 1,2)
	mkdir "$kernel"
	echo "$version" >"$kernel/version"
	cp "$peers/tree/boot/vmlinuz-$version" "$kernel/vmlinuz"
	for kind in aoe virtio nbd; do
		seconds=$(tests/peers/initrd.sh "$peers/tree" $kind "$version" "$kernel/initrd-$kind")
		echo "$kind $seconds $(stat -c %s "$kernel/initrd-$kind")" >>"$kernel/times"
	done
done
for kernel in 6.1 6.12; do
	if [ ! -e "$peers/$kernel/initrd-nbd" ]; then
		echo "tests/peers/build.sh: the image has no kernel $kernel" >&2
		exit 1
	fi
done
echo "$recipe" >"$peers/recipe"
rm -rf "$build/peers"
mv "$peers" "$build/peers"
