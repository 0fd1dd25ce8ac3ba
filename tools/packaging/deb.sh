#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Builds the Debian packages for `make deb`, from the tarball of `make dist`.
#   tools/packaging/deb.sh VERSION DIST-FOLDER FOLDER
# leaves them in FOLDER, with their source package. No root is needed; what is missing to build them,
# dpkg-buildpackage says.
set -eu
here=$(dirname "$(readlink -f "$0")")
version=$1
dist=$(readlink -f "$2")
mkdir -p "$3"
folder=$(readlink -f "$3")

if ! command -v dpkg-buildpackage >/dev/null || ! command -v dh >/dev/null; then
	echo "make deb: dpkg-buildpackage or dh is not installed: apt install dpkg-dev debhelper" >&2
	exit 1
fi

find "$folder" -mindepth 1 -maxdepth 1 -exec rm -rf {} +
cp "$dist/etherroot-$version.tar.xz" "$folder/etherroot_$version.orig.tar.xz"
tar -C "$folder" -xf "$folder/etherroot_$version.orig.tar.xz"
cp -r "$here/debian" "$folder/etherroot-$version/debian"
# Whoever copied it had a umask of their own.
chmod -R u=rwX,go=rX "$folder/etherroot-$version/debian"
cd "$folder/etherroot-$version"
umask 022
# Of the make that runs this: another BUILD would be that of the packages' own, which begins with a clean one.
unset BUILD MAKEFLAGS MAKEOVERRIDES
dpkg-buildpackage -us -uc
rm -rf "$folder/etherroot-$version"
