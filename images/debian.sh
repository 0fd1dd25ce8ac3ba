#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Builds the file that `etherroot image debian` was asked for: mmdebstrap makes the root and hands it
# over as a tar stream, mke2fs packs it into ext4 under fakeroot. Nothing here needs root.
#
# image.c runs this with its options checked, in the environment:
#   IMAGE_OUTPUT     the file to write          IMAGE_SIZE       its size in bytes
#   IMAGE_SUITE      Debian's code name         IMAGE_MIRROR     "" = what apt on this machine uses
#   IMAGE_KERNELS    packages, by commas        IMAGE_INCLUDE    further packages, by commas
#   IMAGE_HOOKS      scripts, one a line        IMAGE_INITRD     yes: let Debian make its initrds
#   IMAGE_BOOTLOADER bios, uefi, both or ""     IMAGE_COMMAND    etherroot itself
#   IMAGE_LABEL, IMAGE_UUID ("" = random)       IMAGE_PARTITION  yes: a GPT disk, root in partition 1
#   IMAGE_HOSTNAME, IMAGE_PASSWORD, IMAGE_ISSUE (the line above the login prompt): configure.sh
set -euo pipefail

# What a root needs to be a Debian that one logs in to, beyond Priority: required and apt.
PACKAGES=systemd-sysv,dbus,udev,libpam-systemd,kmod,e2fsprogs,iproute2,procps,nano,less

export LC_ALL=C.UTF-8

# Under fakechroot, programs find the libraries that systemd keeps for itself only if the loader's
# configuration names their directory. debian-configure.sh takes it out again.
# shellcheck disable=SC2016 # for mmdebstrap's shell
FAKECHROOT_HOOK='[ -z "${FAKECHROOT-}" ] || {
	private=usr/lib/$(uname -m)-linux-gnu/systemd
	mkdir -p "$1/etc/ld.so.conf.d" "$1/$private"
	echo "/$private" >"$1/etc/ld.so.conf.d/fakechroot.conf"
}'

here=$(dirname "$(readlink -f "$0")")
# shellcheck source=images/apt-sources.sh
. "$here/apt-sources.sh"
# shellcheck source=images/boot-loader.sh
. "$here/boot-loader.sh"

# Partitions that begin before the root's, and where that begins.
start=0
if [ "$IMAGE_BOOTLOADER" ]; then
	IMAGE_PARTITION=yes
	boot_loader_layout
elif [ "$IMAGE_PARTITION" = yes ]; then
	start=$MIB
fi

# A package that is asked for as NAME/SUITE-backports needs that archive as well.
export IMAGE_BACKPORTS=
case ,$IMAGE_KERNELS,$IMAGE_INCLUDE, in
*"/$IMAGE_SUITE-backports,"*) IMAGE_BACKPORTS=yes ;;
esac
export IMAGE_STARTED=${IMAGE_STARTED:-$EPOCHSECONDS}

say() {
	if [ -t 2 ]; then
		printf 'etherroot image: %3d s  %s\n' $((EPOCHSECONDS - IMAGE_STARTED)) "$1" >&2
	fi
}

fail() {
	echo "etherroot image: $1" >&2
	exit 1
}

require() {
	local need=(mmdebstrap fakeroot mke2fs debugfs) tool missing=

	[ "$IMAGE_PARTITION" = yes ] && need+=(sfdisk)
	for tool in "${need[@]}"; do
		command -v "$tool" >/dev/null || missing="$missing $tool"
	done
	[ -z "$missing" ] ||
		fail "${missing# }: not found: install mmdebstrap, fakeroot, e2fsprogs, fdisk"
	[ -z "$IMAGE_BOOTLOADER" ] || boot_loader_require
}

# Where mmdebstrap is to look for packages: its arguments, one a line. None: its own choice.
sources() {
	local archive=$IMAGE_MIRROR found

	if [ "$IMAGE_MIRROR" ]; then
		echo "$IMAGE_MIRROR"
	else
		found=$(apt_sources "$IMAGE_SUITE")
		archive=$(archive_of "$IMAGE_SUITE" <<<"$found")
		if [ "$found" ]; then
			printf '%s\n' "$found" >"$work/sources.list"
			echo "$work/sources.list"
		elif [ "$IMAGE_BACKPORTS" ]; then
			debian_sources "$IMAGE_SUITE"
		fi
	fi
	[ -z "$IMAGE_BACKPORTS" ] || echo "deb $archive $IMAGE_SUITE-backports main"
}

# The root as a tar stream on stdout. mmdebstrap chooses between root, user namespaces and
# fakechroot. In a user namespace its hooks run as somebody who may not look into this user's home:
# they are copied to where everybody may read.
bootstrap() {
	local arguments=() mirrors hook n=0 line packages=$PACKAGES status=0

	install -m 755 "$here/debian-configure.sh" "$work/configure"
	while read -r hook; do
		[ "$hook" ] || continue
		n=$((n + 1))
		install -m 755 "$hook" "$work/hook$n"
		arguments+=("--customize-hook=$work/hook$n \"\$1\"")
	done <<<"$IMAGE_HOOKS"
	while read -r line; do
		[ "$line" ] && arguments+=("--aptopt=$line")
	done < <(apt_options)
	[ "$IMAGE_INCLUDE" ] && arguments+=("--include=$IMAGE_INCLUDE")
	[ "$IMAGE_INITRD" = yes ] || export INITRD=No
	packages+=,${IMAGE_KERNELS:-linux-image-$(dpkg --print-architecture)}
	[ -z "$IMAGE_BOOTLOADER" ] || packages+=,$(boot_loader_packages)
	mapfile -t mirrors < <(sources)

	cd /
	TMPDIR=$work mmdebstrap --variant=minbase --include="$packages" \
		--dpkgopt=force-unsafe-io \
		--dpkgopt='path-exclude=/usr/share/doc/*' \
		--dpkgopt='path-include=/usr/share/doc/*/copyright' \
		--dpkgopt='path-exclude=/usr/share/man/*' \
		--dpkgopt='path-exclude=/usr/share/info/*' \
		--dpkgopt='path-exclude=/usr/share/locale/*' \
		--dpkgopt='path-exclude=/usr/share/lintian/*' \
		--setup-hook="$FAKECHROOT_HOOK" \
		--customize-hook="$work/configure \"\$1\"" \
		"${arguments[@]}" --format=tar "$IMAGE_SUITE" - "${mirrors[@]}" \
		2> >(progress) || status=$?
	wait $! # for the last of its messages
	return $status
}

# mmdebstrap's messages: kept for the case of trouble, the steps among them shown.
progress() {
	local line

	while read -r line; do
		echo "$line"
		case $line in
		'I: '*...) say "${line#I: }" ;;
		esac
	done >"$work/log"
}

unpack() {
	mkdir "$work/root"
	fakeroot -s "$work/owners" tar -C "$work/root" -xp --xattrs --xattrs-include='*' \
		2>"$work/unpack.log"
	# The modes are in fakeroot's list. In fact its owner must be able to read each file.
	find "$work/root" -type f ! -perm -u+r -exec chmod u+r {} +
}

pack() {
	local extended=assume_storage_prezeroed=1 size=$IMAGE_SIZE need

	need=$(du -s -B 1M "$work/root" | cut -f 1)
	if [ "$IMAGE_PARTITION" = yes ]; then
		extended+=,offset=$start
		size=$((size - start - MIB)) # behind it is the copy of the partition table
	fi
	[ "$IMAGE_UUID" ] && extended+=,hash_seed=$IMAGE_UUID
	[ "${SOURCE_DATE_EPOCH-}" ] && export E2FSPROGS_FAKE_TIME=$SOURCE_DATE_EPOCH
	truncate -s "$IMAGE_SIZE" "$temporary"
	fakeroot -i "$work/owners" mke2fs -q -F -t ext4 -m 1 -L "$IMAGE_LABEL" \
		${IMAGE_UUID:+-U "$IMAGE_UUID"} -E "$extended" -d "$work/root" \
		"$temporary" $((size / 1024))k >"$work/log" 2>&1 ||
		fail "$IMAGE_OUTPUT: $(tail -n 1 "$work/log"): the files need about $need MiB, \
--size gives them $((size / 1048576))"
	[ -z "${SOURCE_DATE_EPOCH-}" ] || set_times $start
	if [ "$IMAGE_PARTITION" = yes ]; then
		partition
	fi
	if [ "$IMAGE_BOOTLOADER" ]; then
		boot_loader_install >"$work/log" 2>&1 ||
			fail "$IMAGE_OUTPUT: the boot loader: $(tail -n 1 "$work/log")"
	fi
}

# mke2fs copies the times when a file was last read and changed here: no two builds have the same.
set_times() {
	local path

	(cd "$work/root" && find . -printf '/%P\n') | while read -r path; do
		printf 'sif "%s" atime @%s\nsif "%s" ctime @%s\n' \
			"$path" "$SOURCE_DATE_EPOCH" "$path" "$SOURCE_DATE_EPOCH"
	done >"$work/times"
	debugfs -w -f "$work/times" "$temporary?offset=$1" >"$work/log" 2>&1
}

# Names that follow from the file system's: the same image from the same options.
derived_uuid() {
	local sum

	sum=$(echo "$IMAGE_UUID $1" | md5sum)
	echo "${sum:0:8}-${sum:8:4}-4${sum:13:3}-8${sum:17:3}-${sum:20:12}"
}

partition() {
	{
		echo 'label: gpt'
		[ "$IMAGE_UUID" ] && echo "label-id: $(derived_uuid disk)"
		[ -z "$IMAGE_BOOTLOADER" ] || boot_loader_partitions
		echo "1 : start=$((start / 512)), size=$((size / 512)), type=L, \
name=\"$IMAGE_LABEL\"${IMAGE_UUID:+, uuid=$(derived_uuid partition)}"
	} | sfdisk -q --no-reread --no-tell-kernel --wipe never "$temporary" >"$work/log" 2>&1 ||
		fail "$IMAGE_OUTPUT: sfdisk: $(tail -n 1 "$work/log")"
}

cleanup() {
	trap '' INT TERM HUP
	if [ "${job-}" ]; then
		kill -- "-$job" 2>/dev/null || kill "$job" 2>/dev/null || :
		wait "$job" || : # mmdebstrap removes what only it may remove
	fi
	[ -z "${work-}" ] || end_fakeroot
	rm -rf --one-file-system "${work-}" "${temporary-}"
}

# When fakeroot is killed its server stays, in a session of its own; and when that ends, it writes
# the owners down, into what is about to be removed.
end_fakeroot() {
	local entry server

	{ grep -lzxF -- "$work/owners" /proc/[0-9]*/cmdline 2>/dev/null || :; } | while read -r entry; do
		server=${entry#/proc/}
		server=${server%/cmdline}
		kill "$server" 2>/dev/null || continue # or it is this grep
		timeout 10 tail --pid="$server" -s 0.1 -f /dev/null || kill -KILL "$server" 2>/dev/null || :
	done
}

if [ "${1-}" = --root ]; then
	work=$2
	bootstrap | unpack
	exit
fi

require
IMAGE_OUTPUT=$(realpath -m -- "$IMAGE_OUTPUT")
trap cleanup EXIT
trap 'exit 1' INT TERM HUP
temporary=$(mktemp "$IMAGE_OUTPUT.XXXXXX" 2>&1) || {
	reason=${temporary##*: }
	temporary=
	fail "$IMAGE_OUTPUT: cannot be written: $reason"
}
work=$(mktemp -d "${TMPDIR:-/tmp}/etherroot-image.XXXXXX")
chmod 755 "$work"

say "fetching Debian $IMAGE_SUITE"
# In a session of its own, so that it can be ended as a whole, and so that no maintainer script
# finds a terminal to ask questions on. As root mmdebstrap mounts this machine's own /proc, /sys and
# devices in the tree: in a mount namespace, so that they are gone with it, however it ends, before
# the tree is removed.
isolated=()
if [ "$(id -u)" = 0 ] && unshare --mount true 2>/dev/null; then
	isolated=(unshare --mount)
fi
setsid "${isolated[@]}" "$BASH" "$0" --root "$work" &
job=$!
status=0
wait $job || status=$?
job=
if [ $status != 0 ]; then
	if ! grep -q '^I: success' "$work/log"; then
		tail -n 20 "$work/log" >&2
		fail "mmdebstrap: could not build the root: its last messages are above"
	fi
	tail -n 5 "$work/unpack.log" >&2
	fail "$work: the root could not be unpacked there: TMPDIR names another place"
fi
[ -z "$IMAGE_BOOTLOADER" ] || boot_loader_populate "$work/root"
say 'packing the file system'
pack
if [ -e "$IMAGE_OUTPUT" ]; then
	chmod --reference="$IMAGE_OUTPUT" "$temporary"
	sync "$temporary" # the old one is not given up before the new one is on the disk
else
	chmod "$(printf %o $((0666 & ~0$(umask))))" "$temporary"
fi
mv -f "$temporary" "$IMAGE_OUTPUT"
temporary=
say "$IMAGE_OUTPUT is ready"
