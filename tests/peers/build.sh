#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# What tests and benchmarks boot, and what they compare with. Built once into build/peers:
#   debian-12/           Debian 12 with both of its kernels, aoetools and nbd-client
#   debian-13/           Debian 13, likewise
#   debian-13-newest/    Debian 13 with the newest kernel of its backports and nothing else
# Each has the image, and the same as a directory for `etherroot initrd --root`: tree. Each kernel,
#   6.1/ 6.12-bookworm/  of Debian 12
#   6.12/                of Debian 13
#   newest/              of the backports; not there where the mirror has no backports
# has the image and the tree of its Debian, its version, vmlinuz, and all but the newest
#   initrd-aoe           initramfs-tools' initrd for root=/dev/etherd/eSHELF.SLOT
set -euo pipefail
cd "$(dirname "$0")/../.."

# shellcheck source=images/apt-sources.sh
. images/apt-sources.sh

build=${BUILD:-build}
peers=$build/peers.new

# One builder at a time: the second finds what the first has made.
mkdir -p "$build"
exec 9>"$build/peers.lock"
flock 9

recipe=$(cat images/apt-sources.sh images/bootstrap.sh images/debian*.sh images/pack.sh tests/peers/* | sha256sum)
if [ "$(cat "$build/peers/recipe" 2>/dev/null)" = "$recipe" ]; then
	exit 0
fi
rm -rf "$peers"
mkdir -p "$peers"

fail() {
	echo "tests/peers/build.sh: $1" >&2
	exit 1
}

# debian NAME IMAGE-OPTION...: image and tree. The tree belongs to whoever runs this: debugfs cannot
# give files away and says so for each.
debian() {
	local where=$peers/$1

	shift
	mkdir -p "$where/tree"
	"$build/etherroot" image debian --output "$where/image" --label debian-test "$@"
	debugfs -R "rdump / $where/tree" "$where/image" >/dev/null 2>&1
}

# kernel NAME DEBIAN SERIES: where the tests look for it
kernel() {
	local where=$peers/$1 tree=$peers/$2/tree version=

	for version in "$tree/lib/modules/$3"*; do
		version=${version##*/}
	done
	[ -e "$tree/boot/vmlinuz-$version" ] || fail "$2: it has no kernel $3"
	mkdir "$where"
	echo "$version" >"$where/version"
	ln -s "../$2/image" "../$2/tree" "$where/"
	cp "$tree/boot/vmlinuz-$version" "$where/vmlinuz"
	[ "$1" = newest ] || tests/peers/initrd.sh "$tree" aoe "$version" "$where/initrd-aoe" >"$where/seconds"
}

echo 'Building the images that the tests boot (two minutes, once)'
comparable=(--include 'aoetools,nbd-client,initramfs-tools,zstd' --hook tests/peers/image-hook)
# All at a time: much of it is waiting, for the mirror and for the disk.
jobs=
debian debian-12 --suite bookworm --kernel linux-image-amd64 --kernel linux-image-6.12-amd64 \
	"${comparable[@]}" &
jobs+=" $!"
debian debian-13 --suite trixie "${comparable[@]}" &
jobs+=" $!"
newest=
if has_release "$(apt_sources trixie | archive_of trixie)" trixie-backports; then
	newest=yes
	debian debian-13-newest --suite trixie --kernel linux-image-amd64/trixie-backports &
	jobs+=" $!"
fi
failed=
for job in $jobs; do
	wait "$job" || failed=yes
done
[ -z "$failed" ] || fail 'an image could not be built: what was in its way is above'

kernel 6.1 debian-12 6.1.
kernel 6.12-bookworm debian-12 6.12.
kernel 6.12 debian-13 6.12.
[ -z "$newest" ] || kernel newest debian-13-newest ''
echo "$recipe" >"$peers/recipe"
rm -rf "$build/peers"
mv "$peers" "$build/peers"
