#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Makes IMAGE_OUTPUT of the system in IMAGE_INPUT, as `etherroot image import` was told, and fit to boot
# from AoE: an ext4 of one file system's size that holds all of its disks' files. image.c runs this with its
# options checked, in the environment: IMAGE_*, as debian.sh has them, and
#   IMAGE_SIZE    "" = what the files need, and as much again
#   IMPORT_ROOT   which of several roots on a disk, or ""
#   IMPORT_HELPER the image that looks into a disk's, or "" = one is made and kept
# The source is only read. What was found and changed is said in a line each.
set -euo pipefail

export LC_ALL=C.UTF-8

here=$(dirname "$(readlink -f "$0")")
# shellcheck source=images/boot-loader.sh
. "$here/boot-loader.sh"
# shellcheck source=images/partitions.sh
. "$here/partitions.sh"
# shellcheck source=images/job.sh
. "$here/job.sh"
# shellcheck source=images/pack.sh
. "$here/pack.sh"
# shellcheck source=images/progress.sh
. "$here/progress.sh"
# shellcheck source=images/import-disk.sh
. "$here/import-disk.sh"
# shellcheck source=images/import-adapt.sh
. "$here/import-adapt.sh"

# Names and words of the source are among what is said: none of them is an order to the terminal.
say() {
	progress_note "${1//[^[:print:]]/?}"
}

fail() {
	say "$1"
	exit 1
}

require() {
	local need=(fakeroot mke2fs tar "$@") tool missing=

	for tool in "${need[@]}"; do
		command -v "$tool" >/dev/null || missing="$missing $tool"
	done
	[ -z "$missing" ] ||
		fail "${missing# }: not found: install fakeroot, e2fsprogs, fdisk, openssh-client, qemu-utils"
}

progress_begin 'etherroot image' 5

# Sets kind: directory, disk or machine, of which host and folder are set.
recognise() {
	host='' folder='' format=''
	# By its full name nothing takes it for an option, or qemu-img for a protocol.
	[ ! -e "$IMAGE_INPUT" ] || IMAGE_INPUT=$(realpath -- "$IMAGE_INPUT")
	if [ -d "$IMAGE_INPUT" ]; then
		kind=directory
	elif [ -f "$IMAGE_INPUT" ] || [ -b "$IMAGE_INPUT" ]; then
		kind=disk
	elif [ -e "$IMAGE_INPUT" ]; then
		fail "$IMAGE_INPUT: neither a directory nor a disk's image"
	elif [[ $IMAGE_INPUT =~ ^(([A-Za-z0-9_][A-Za-z0-9_.-]*@)?[A-Za-z0-9][A-Za-z0-9.-]*):(/[A-Za-z0-9_./-]*)?$ ]]; then
		kind=machine
		host=${BASH_REMATCH[1]}
		folder=${BASH_REMATCH[3]:-/}
	else
		fail "$IMAGE_INPUT: is not there. A machine that is reached by ssh is written HOST: or USER@HOST:"
	fi
	[ "$kind" = disk ] || [ -z "$IMPORT_ROOT$IMPORT_HELPER" ] ||
		fail "$IMAGE_INPUT: --root and --helper are for a disk's image"
}

# within FILE FOLDER: whether FILE, which may not be there yet, would be copied with FOLDER
within() {
	local file folder

	file=$(realpath -m -- "$1")
	folder=$(realpath -- "$2")
	[ "${file#"${folder%/}"/}" != "$file" ] &&
		[ "$(stat -c %d "$(dirname "$file")" 2>/dev/null)" = "$(stat -c %d "$folder")" ]
}

check_places() {
	if [ "$IMAGE_INPUT" -ef "$IMAGE_OUTPUT" ]; then
		fail "$IMAGE_OUTPUT: is the source: name another file for the output"
	fi
	[ "$kind" = directory ] || return 0
	if within "$IMAGE_OUTPUT" "$IMAGE_INPUT"; then
		fail "$IMAGE_OUTPUT: lies in the source: name a place outside of it for the output"
	fi
	if within "$place/x" "$IMAGE_INPUT"; then
		fail "$place: lies in the source: let TMPDIR name a place outside of it"
	fi
}

# The stream of the source's files, on stdout. What is said of them goes to $work/said; that it is not whole,
# to $work/broken: not where nobody reads on (SIGPIPE).
read_source() {
	local status=0

	case $kind in
	directory) sh "$here/import-read.sh" "$IMAGE_INPUT" ;;
	machine)
		# Root's files are to be read; nobody is asked for a password meanwhile. One that falls silent is given
		# up after three questions.
		ssh -o BatchMode=yes -o ConnectTimeout=30 -o ServerAliveInterval=20 -o ServerAliveCountMax=3 -- \
			"$host" "if [ \$(id -u) = 0 ]; then exec sh -s -- '$folder'; \
else exec sudo -n sh -s -- '$folder'; fi" <"$here/import-read.sh"
		;;
	esac 2>>"$work/said" || status=$?
	[ $status = 0 ] || [ $status = 141 ] || : >"$work/broken"
	return $status
}

# The messages of import-read.sh and import-helper.sh: what was found.
tell() {
	local line

	sed -n '/^import: FAILED /d; /^import: END$/d; s/^import: //p' "$work/said" | while read -r line; do
		say "$line"
	done
}

# The reason why the source could not be read, out of those messages.
reason() {
	{
		sed -n 's/^import: FAILED //p' "$work/said"
		grep -vE '^import: |: socket ignored$|: file changed as we read it$' "$work/said" || :
		echo 'cannot be read'
	} | sed '/^$/d; q'
}

fill() {
	if [ "$kind" = disk ]; then
		unpack <"$work/copy" # what it does not fill is behind the stream's end
	else
		read_source | unpack
	fi
}

copy() {
	[ "$kind" != disk ] || progress 'taking the files out of what was written' 2
	apart "$BASH" "$0" --fill && return
	[ -e "$work/broken" ] || [ ! -s "$work/unpack.log" ] ||
		fail "$work: $(tail -n 1 "$work/unpack.log"): TMPDIR names another place"
	fail "$IMAGE_INPUT: $(reason)"
}

measure() {
	local need

	need=$(needed_mib)
	[ "$IMAGE_SIZE" ] || IMAGE_SIZE=$(((need * 2 + 1024) / 1024 * 1024 * MIB))
	progress "packing $need MiB of files into an ext4 of $((IMAGE_SIZE / MIB)) MiB" 4
}

if [[ ${1-} == --* ]]; then
	"${1#--}"
	exit
fi

layout
place=${TMPDIR:-/var/tmp}
recognise
check_places
require
case $kind in
disk) check_disk ;;
machine) require ssh ;;
esac
begin_output "$place"
chmod 700 "$work" # its files are a system's, with programs that run as their owner
: >"$work/said"
export work kind host folder format
if [ "$kind" = disk ]; then
	find_helper
	progress "looking into $IMAGE_INPUT" 1
	apart "$BASH" "$0" --look || fail "$IMAGE_INPUT: $(reason)"
else
	progress "reading $IMAGE_INPUT" 1
fi
copy
tell
progress 'making it fit to boot from AoE' 3
apart fakeroot -i "$work/owners" -s "$work/owners" "$BASH" "$0" --adapt || exit 1
rm -f "$work/copy"
measure
pack
finish_output 600 # keys and passwords are in it
progress "$IMAGE_OUTPUT is ready: etherroot boot --image $IMAGE_OUTPUT --snapshot tries it" 5
