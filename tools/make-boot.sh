#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# What `make boot` does once the command is built: a Debian image, made once, and a machine without
# a disk that boots off it. SUITE names another release than the default.
set -eu
cd "$(dirname "$0")/.."

build=${BUILD:-build}
suite=${SUITE:-trixie}
case $suite in
trixie) release=13 ;;
bookworm) release=12 ;;
*) release=$suite ;;
esac
image=$build/debian-$release.img
recipe=$image.recipe

build_image() {
	echo "Building a Debian $release root image, once (about a minute): $image"
	rm -f "$recipe"
	"$build/etherroot" image debian --suite "$suite" --output "$image"
	echo "$new_recipe" >"$recipe"
}

# The image is made again when what makes it has changed. What was written to it by the machine that
# ran off it is never thrown away: an image younger than its recipe is put aside.
new_recipe=$(cat images/*.sh | sha256sum)
if [ ! -e "$image" ]; then
	build_image
	old=$build/debian-12.img # what was built here when Debian 12 was the default
	if [ "$suite" = trixie ] && [ -e "$old" ]; then
		echo "$old is left as it is: $build/etherroot boot --image $old"
	fi
elif [ "$(cat "$recipe" 2>/dev/null)" != "$new_recipe" ]; then
	if [ ! -e "$recipe" ] || [ "$(find "$image" -newer "$recipe")" ]; then
		aside=$build/debian-$release.$(date -r "$image" +%Y%m%d-%H%M%S).img
		mv "$image" "$aside"
		echo "The recipe of the root image has changed. The image so far, with all that you
changed in it, is kept as $aside"
	fi
	build_image
fi

if [ -t 0 ] && [ -t 1 ]; then
	cat <<END

This machine has no disk: its root is $image, exported over Ethernet.
What you change in it stays in that file; delete the file to start afresh.
Log in as root, password etherroot. 'poweroff' ends it.

END
	exec "$build/etherroot" boot --image "$image" "$@"
fi
exec "$build/etherroot" boot --image "$image" --expect 'login: ' --timeout 300 "$@"
