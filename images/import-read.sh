#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# import-read.sh ROOT: writes the system in the directory ROOT to stdout, as a tar stream: its own file
# system, and below it those disks that its fstab mounts and that are mounted now. It says on stderr what
# comes along, a line each, "import: ...". It only reads. `etherroot image import` runs it where the files
# are: here, on another machine by ssh, in the machine that looks into a disk's image.
set -eu
unset CDPATH

root=${1%/}

say() {
	echo "import: $1" >&2
}

fail() {
	say "FAILED $1"
	exit 1
}

# Whether a path of fstab's is a folder of the root's, reached by no link.
is_own() {
	case $1 in
	/*) ;;
	*) return 1 ;;
	esac
	[ "$(cd "$root$1" 2>/dev/null && pwd -P)" = "$physical${1%/}" ]
}

# as a pattern that matches nothing else
literal() {
	printf '%s' "$1" | sed 's/[][*?\\]/\\&/g'
}

# What the kernel and the boot make anew each time.
set -- --exclude='./proc/*' --exclude='./sys/*' --exclude='./dev/*' --exclude='./run/*' --exclude='./tmp/*' \
	--exclude='./lost+found'
below=
physical=$(cd "${root:-/}" && pwd -P) || fail "${root:-/}: cannot be entered"
physical=${physical%/}
for needed in etc usr sbin; do
	[ -e "$root/$needed" ] || fail "${root:-/}: is no system's root: it has no $needed"
done
[ -f "$root/etc/fstab" ] || fail "${root:-/}: is no system's root: it has no etc/fstab"

while read -r device where type _ || [ "$device" ]; do
	case $device in
	'' | '#'*) continue ;;
	esac
	where=$(printf '%b' "$(printf '%s' "$where" | sed 's/\\/\\0/g')") # \040 is a blank
	case $type in
	swap)
		case $device in
		/dev/* | *=*) ;;
		/*)
			set -- "$@" --exclude=".$(literal "$device")"
			say "without $device: swap"
			;;
		esac
		;;
	vfat)
		if is_own "$where"; then
			set -- "$@" --exclude=".$(literal "$where")/*"
			say "without $where: the firmware's boot files, which a machine without a disk does not read"
		fi
		;;
	auto | ext[234] | xfs | btrfs | f2fs | jfs | reiserfs | nilfs2)
		if [ "$where" != / ] && is_own "$where" && mountpoint -q "$root$where"; then
			below=$below${below:+'
'}$where
			say "with $where, which is a file system of its own"
		fi
		;;
	esac
done <"$root/etc/fstab"

# A user's copy of a system's files: what is the user's there was root's.
owner=$(stat -c %u "${root:-/}")
if [ "$owner" != 0 ]; then
	say "what belongs to user $owner, as ${root:-/} does, becomes root's"
	set -- "$@" --owner-map=/dev/fd/3 --group-map=/dev/fd/4
fi
set -- "$@" -- .
while read -r where; do
	[ -z "$where" ] || set -- "$@" ".$where"
done <<END
$below
END

status=0
tar -C "${root:-/}" -c -f - --one-file-system --numeric-owner --sparse --acls --xattrs --xattrs-include='*' \
	"$@" 3<<OWNER 4<<GROUP || status=$?
+$owner +0
OWNER
+$(stat -c %g "${root:-/}") +0
GROUP
# A system that runs goes on writing.
[ $status != 1 ] || say 'some files changed while they were read'
[ $status -le 1 ] || exit $status
