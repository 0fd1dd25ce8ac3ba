# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck disable=SC2034,SC2154 # what who sources this sets: start; and has of it: disk
# From a root's tar stream to the file IMAGE_OUTPUT, without being root: fakeroot remembers the owners, and
# mke2fs packs the tree. To be sourced, with `fail`, job.sh, partitions.sh and boot-loader.sh, and called in
# this order: begin_output, unpack, pack, finish_output.

# begin_output FOLDER: the file that is to take the output's place, and $work in FOLDER for what it is made of
begin_output() {
	local reason

	IMAGE_OUTPUT=$(realpath -m -- "$IMAGE_OUTPUT")
	trap cleanup EXIT
	trap 'exit 1' INT TERM HUP
	temporary=$(mktemp "$IMAGE_OUTPUT.XXXXXX" 2>&1) || {
		reason=${temporary##*: }
		temporary=
		fail "$IMAGE_OUTPUT: cannot be written: $reason"
	}
	disk=$temporary
	work=$(mktemp -d "$1/etherroot-image.XXXXXX")
	chmod 755 "$work"
}

# The stream on stdin to $work/root.
unpack() {
	mkdir "$work/root"
	fakeroot -s "$work/owners" tar -C "$work/root" -xp --xattrs --xattrs-include='*' \
		2>"$work/unpack.log"
	# The modes are in fakeroot's list. In fact its owner must be able to read each file.
	find "$work/root" -type f ! -perm -u+r -exec chmod u+r {} +
}

BLOCK=4096 # bytes: ext4's
INODE=256 # bytes: ext4's

count_files() {
	find "$work/root" -printf . | wc -c
}

# What the files take in MiB: where they lie now, small ones may share what they are kept in.
needed_mib() {
	local files used least

	files=$(count_files)
	used=$(du -s -B "$MIB" "$work/root" | cut -f 1)
	least=$((files * (BLOCK + INODE) / MIB))
	echo $((used > least ? used : least))
}

# Where there are more files than ext4 would have inodes for: as many again.
inodes() {
	local files ratio=16384 # bytes for each, as mke2fs.conf has it

	[ "$IMAGE_SIZE" -ge $((512 * MIB)) ] || ratio=4096
	files=$(count_files)
	[ $((files * 2)) -le $((IMAGE_SIZE / ratio)) ] || echo $((files * 2))
}

pack() {
	local extended=assume_storage_prezeroed=1 size=$IMAGE_SIZE need inodes

	need=$(needed_mib)
	inodes=$(inodes)
	if [ "$IMAGE_PARTITION" = yes ]; then
		extended+=,offset=$start
		size=$((size - start - MIB)) # behind it is the copy of the partition table
	fi
	[ "$IMAGE_UUID" ] && extended+=,hash_seed=$IMAGE_UUID
	[ "${SOURCE_DATE_EPOCH-}" ] && export E2FSPROGS_FAKE_TIME=$SOURCE_DATE_EPOCH
	truncate -s "$IMAGE_SIZE" "$temporary"
	fakeroot -i "$work/owners" mke2fs -q -F -t ext4 -m 1 -L "$IMAGE_LABEL" \
		${IMAGE_UUID:+-U "$IMAGE_UUID"} ${inodes:+-N "$inodes"} -E "$extended" -d "$work/root" \
		"$temporary" $((size / 1024))k >"$work/log" 2>&1 ||
		fail "$IMAGE_OUTPUT: $(tail -n 1 "$work/log"): the files need about $need MiB, \
--size gives them $((size / 1048576))"
	[ -z "${SOURCE_DATE_EPOCH-}" ] || set_times "$start"
	if [ "$IMAGE_PARTITION" = yes ]; then
		partition "$size"
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

# finish_output [MODE]: puts it in its place, readable as the one that was there, unless a mode is given
finish_output() {
	if [ "${1-}" ]; then
		chmod "$1" "$temporary"
	elif [ -e "$IMAGE_OUTPUT" ]; then
		chmod --reference="$IMAGE_OUTPUT" "$temporary"
	else
		chmod "$(printf %o $((0666 & ~0$(umask))))" "$temporary"
	fi
	[ ! -e "$IMAGE_OUTPUT" ] || sync "$temporary" # the old one is not given up before the new one is on the disk
	mv -f "$temporary" "$IMAGE_OUTPUT"
	temporary=
}

cleanup() {
	trap '' INT TERM HUP
	end_job
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
