#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Makes the folder that `etherroot image installer --with debian-installer` was asked for: kernel and
# initrd of Debian's own installer, out of its packages. To that initrd is appended what lets it install
# on an AoE disk and gives what it has installed an initrd of ours. Nothing here needs root.
#
# image.c runs this with its options checked, in the environment:
#   IMAGE_OUTPUT    the folder to write        IMAGE_SUITE     bookworm or trixie
#   IMAGE_MIRROR    "" = where apt on this machine has its packages, and for the machine Debian's own
#   IMAGE_PRESEED   a file, or "": then it is made from the answers
#   IMAGE_ANSWERS   a file, or "": what it says is in the environment as install.sh has it
#   IMAGE_COMMAND   etherroot itself, a copy of which is installed
set -euo pipefail

export LC_ALL=C.UTF-8

here=$(dirname "$(readlink -f "$0")")
# shellcheck source=images/apt-sources.sh
. "$here/apt-sources.sh"
# shellcheck source=images/command.sh
. "$here/command.sh"
# shellcheck source=images/job.sh
. "$here/job.sh"
# shellcheck source=images/preseed.sh
. "$here/preseed.sh"
# shellcheck source=images/progress.sh
. "$here/progress.sh"

KEYRING=/usr/share/keyrings/debian-archive-keyring.gpg
STEPS=6 # what progress is called for

fail() {
	progress_note "$1"
	exit 1
}

require() {
	local tool missing=

	for tool in apt-get dpkg-deb cpio gzip xz perl; do
		command -v "$tool" >/dev/null || missing="$missing $tool"
	done
	[ -z "$missing" ] || fail "${missing# }: not found: install apt, dpkg, cpio, gzip, xz-utils, perl"
	[ -e $KEYRING ] || fail "$KEYRING: is not there: install debian-archive-keyring"
}

# The number that the installer's packages have in their names.
release() {
	case $IMAGE_SUITE in
	bookworm) echo 12 ;;
	trixie) echo 13 ;;
	*) fail "--suite $IMAGE_SUITE: of debian-installer there are bookworm and trixie" ;;
	esac
}

# ---- packages --------------------------------------------------------------------------------------

archives() {
	if [ "$IMAGE_MIRROR" ]; then
		echo "deb $IMAGE_MIRROR $IMAGE_SUITE main"
	else
		local found

		found=$(apt_sources "$IMAGE_SUITE")
		if [ "$found" ]; then echo "$found"; else debian_sources "$IMAGE_SUITE"; fi
	fi
}

# An apt of its own: this machine's may be set up for another release, and is not touched.
open_archive() {
	local own=$work/apt

	mkdir -p "$own/lists/partial" "$own/cache/archives/partial"
	archives | sed "s,^deb ,deb [signed-by=$KEYRING] ," >"$own/sources.list"
	cat >"$own/apt.conf" <<END
APT::Sandbox::User "";
Dir::State "$own";
Dir::State::status "/dev/null";
Dir::Cache "$own/cache";
Dir::Etc::SourceList "$own/sources.list";
Dir::Etc::SourceParts "/dev/null";
END
	export APT_CONFIG=$own/apt.conf
	apart apt-get update --error-on=any >"$work/log" 2>&1 || fail_as_apt "Debian $IMAGE_SUITE"
}

# fail_as_apt WHAT
fail_as_apt() {
	fail "$1: $(sed -n 's/^E: //p' "$work/log" | head -n 1)"
}

# fetch PACKAGE: into the folder of its name
fetch() {
	progress "fetching $1"
	mkdir "$work/$1"
	apart env -C "$work/$1" apt-get download "$1" >"$work/log" 2>&1 || fail_as_apt "$1"
}

# take PACKAGE PATTERN: those of its files that match, into a folder files there
take() {
	mkdir -p "$work/$1/files"
	dpkg-deb --fsys-tarfile "$work/$1/"*.deb |
		tar -x -C "$work/$1/files" --wildcards "$2" 2>"$work/log" ||
		fail "$1: $(head -n 1 "$work/log")"
}

# only_file FOLDER NAME: where it is in FOLDER
only_file() {
	find "$1" -name "$2" -print -quit
}

# ---- Debian's kernel and initrd ----------------------------------------------------------------------

# Sets kernel, initrd and version.
take_netboot() {
	local package

	package=debian-installer-$(release)-netboot-$(dpkg --print-architecture)
	fetch "$package"
	take "$package" '*/text/debian-installer/*'
	kernel=$(only_file "$work/$package/files" linux)
	initrd=$(only_file "$work/$package/files" initrd.gz)
	{ [ "$kernel" ] && [ "$initrd" ]; } || fail "$package: there is no kernel with an initrd in it"
	version=$(gzip -dc "$initrd" | cpio -t --quiet | sed -nE 's,^(usr/)?lib/modules/([^/]+)$,\2,p')
	[ "$version" ] || fail "$package: its initrd has no modules"
}

# The aoe module of exactly that kernel, which debian-installer has not.
take_module() {
	local package=linux-image-$version module

	fetch "$package"
	take "$package" '*/drivers/block/aoe/aoe.ko*'
	module=$(only_file "$work/$package/files" 'aoe.ko*')
	case $module in
	*.xz) xz -dc "$module" ;;
	*) cat "$module" ;;
	esac >"$work/added/etherroot/aoe.ko"
}

# ---- what is added to it -------------------------------------------------------------------------------

# What becomes part of the installed system: our command, and the hook that gives each kernel its initrd.
pack_for_target() {
	local root=$work/target

	fetch libc6
	take libc6 '*/*-linux-gnu/*'
	command_require "$work/libc6/files"
	install -D -m 755 "$IMAGE_COMMAND" "$root/usr/bin/etherroot"
	command_hooks "$root"
	tar -C "$root" --owner=0 --group=0 -c -f "$work/added/etherroot/target.tar" etc usr/bin usr/share
	command_packages | tr , ' ' >"$work/added/etherroot/packages"
}

add_scripts() {
	local added=$work/added

	install -D -m 755 "$here/netboot-start.sh" "$added/lib/debian-installer-startup.d/S29etherroot"
	install -D -m 755 "$here/netboot-finish.sh" "$added/usr/lib/finish-install.d/90etherroot"
	install -D -m 755 "$here/install-configure.sh" "$added/etherroot/install-configure.sh"
	install -D -m 644 -t "$added/etherroot" "$here/installer-line.sh" "$here/disk-content.sh"
	install -d "$added/lib/udev/rules.d"
	# list-devices takes what udev calls a disk, which it does of no AoE disk by itself.
	echo 'SUBSYSTEM=="block", KERNEL=="etherd/*", ENV{DEVTYPE}=="disk", ENV{ID_TYPE}="disk"' \
		>"$added/lib/udev/rules.d/65-etherroot.rules"
}

add_preseed() {
	if [ "$IMAGE_PRESEED" ]; then
		cat -- "$IMAGE_PRESEED" >"$work/added/preseed.cfg" || fail "$IMAGE_PRESEED: cannot be read"
	else
		preseed >"$work/added/preseed.cfg"
	fi
	chmod 600 "$work/added/preseed.cfg"
}

# What a preseed has no words for. Without answers it is the preseed's affair.
add_answers() {
	[ "$IMAGE_ANSWERS" ] || return 0
	users >"$work/added/etherroot/users"
	chmod 600 "$work/added/etherroot/users"
	[ "$INSTALL_OVERWRITE" = yes ] || : >"$work/added/etherroot/only-empty"
}

# Directories that Debian's initrd has are left to it: what is one of them may be a link there.
append() {
	(cd "$work/added" && { echo etherroot && find . -type f -printf '%P\n' | sort; } |
		cpio --quiet -o -H newc --owner 0:0) | gzip -9n | cat "$initrd" - >"$temporary/initrd.img"
}

cleanup() {
	trap '' INT TERM HUP
	end_job
	rm -rf --one-file-system "${work-}" "${temporary-}"
}

progress_begin 'etherroot image' $STEPS
require
release >/dev/null
[ "$IMAGE_PRESEED" ] || preseed_require
trap cleanup EXIT
trap 'exit 1' INT TERM HUP
IMAGE_OUTPUT=$(realpath -m -- "$IMAGE_OUTPUT") # a folder's name may end with a slash
temporary=$(mktemp -d "$IMAGE_OUTPUT.XXXXXX" 2>&1) || {
	reason=${temporary##*: }
	temporary=
	fail "$IMAGE_OUTPUT: cannot be written: $reason"
}
work=$(mktemp -d "${TMPDIR:-/tmp}/etherroot-image.XXXXXX")
mkdir -p "$work/added/etherroot"
progress "asking the archive of Debian $IMAGE_SUITE"
open_archive
take_netboot
take_module
pack_for_target
add_scripts
add_preseed
add_answers
progress "writing $IMAGE_OUTPUT"
append
cp "$kernel" "$temporary/vmlinuz"
cp "$work/added/preseed.cfg" "$temporary/"
chmod "$(printf %o $((0777 & ~0$(umask))))" "$temporary"
chmod "$(printf %o $((0666 & ~0$(umask))))" "$temporary"/*
# One of the user's may have passwords in it, though whoever can have the initrd can have it as well.
[ -z "$IMAGE_PRESEED" ] || chmod 600 "$temporary/preseed.cfg"
mv -T "$temporary" "$IMAGE_OUTPUT" || fail "$IMAGE_OUTPUT: could not be given its name"
temporary=
progress "$IMAGE_OUTPUT is ready" $STEPS
