#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Packs the source for `make dist`.
#   tools/packaging/dist.sh VERSION FOLDER
# writes FOLDER/etherroot-VERSION.tar.xz and its checksum beside it, for `sha256sum -c`. The same files
# give the same bytes, in whichever checkout or unpacked tarball, whoever does it and when: the date of
# all of them is that of the newest entry of debian/changelog.
set -eu
cd "$(dirname "$0")/../.."

name=etherroot-$1
folder=$2

# In a tree that is no checkout there is what was unpacked, and what was built there.
list_files() {
	if [ -e .git ]; then
		git ls-files --cached -z
	else
		find . \( -path ./build -o -path ./debian -o -path ./.pc \) -prune -o \
			\( -type f -o -type l \) -printf '%P\0'
	fi
}

mkdir -p "$folder"
scratch=$(mktemp -d "$folder/dist.XXXXXX")
trap 'rm -rf "$scratch"' EXIT
trap 'exit 1' HUP INT TERM
list_files >"$scratch/files"
LC_ALL=C sort -z "$scratch/files" >"$scratch/list"
date=$(sed -n 's/^ -- .*>  //p' tools/packaging/debian/changelog | head -n 1)
tar --null -T "$scratch/list" --format=ustar --owner=0 --group=0 --numeric-owner \
	--mode=u=rwX,go=rX --mtime="$date" --transform="s,^,$name/,S" -cf "$scratch/$name.tar"
xz -9 -T 1 "$scratch/$name.tar"
(cd "$scratch" && sha256sum "$name.tar.xz" >"$name.tar.xz.sha256")
mv "$scratch/$name.tar.xz" "$scratch/$name.tar.xz.sha256" "$folder"
