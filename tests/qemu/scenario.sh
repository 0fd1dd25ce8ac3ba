# shellcheck shell=sh
# SPDX-License-Identifier: GPL-2.0-or-later
# The words that QEMU scenarios are told in. A scenario is one file beside this one:
#
#   . tests/qemu/scenario.sh
#   use_kernel 6.1
#   tiny_root "$scratch/root.img"
#   boots 'a whole disk' 'TINY-ROOT e0.0 ext4 ro' --image "$scratch/root.img"
#   done_testing
# shellcheck source=tests/lib.sh
. tests/lib.sh

# use_kernel 6.1|6.12|6.12-bookworm|newest [INITRD-OPTION...]: $version, $kernel, its Debian's $tree, and
# an $initrd of ours for it. Where there is no newest, that is 6.12; slow/debian-newest.sh says so.
use_kernel() {
	if [ "$1" = newest ] && [ ! -e "$peers/newest" ]; then
		shift
		set -- 6.12 "$@"
	fi
	tree=$peers/$1/tree
	kernel=$peers/$1/vmlinuz
	version=$(cat "$peers/$1/version")
	shift
	initrd=$scratch/initrd-$version
	make_initrd "$initrd" "$@"
}

# make_initrd FILE [INITRD-OPTION...]: for $version; virtio and ext4 unless the options differ
make_initrd() {
	make_initrd_file=$1
	shift
	"$etherroot" initrd --kernel "$version" --root "$tree" --drivers virtio_net \
		--fs ext4 "$@" --output "$make_initrd_file"
}

# A directory for a root that says what it was booted as, in one line that begins TINY-ROOT, then
# does what the kernel command line asks of it in do=, and powers off.
tiny_tree() {
	mkdir -p "$1/bin" "$1/sbin" "$1/proc" "$1/sys" "$1/dev" "$1/run" "$1/etc" "$1/mnt"
	cp /bin/busybox "$1/bin/busybox"
	for applet in sh cat echo sync poweroff reboot sed grep ls readlink; do
		ln -sf busybox "$1/bin/$applet"
	done
	cp tests/qemu/tiny-init "$1/sbin/init"
}

# tiny_root FILE [MKE2FS-OPTION...]: that root as an ext4 image
tiny_root() {
	tiny_root_file=$1
	shift
	[ -d "$scratch/tiny" ] || tiny_tree "$scratch/tiny"
	mke2fs -q -F -t ext4 -d "$scratch/tiny" "$@" "$tiny_root_file" 16M
}

# is_clean IMAGE: whether its ext4 was unmounted, or a mount that was read-only wrote nothing
is_clean() {
	dumpe2fs -h "$1" >"$scratch/superblock" 2>/dev/null
	cat "$scratch/superblock"
	grep -q '^Filesystem state: *clean$' "$scratch/superblock" &&
		grep -q '^Filesystem features:.*has_journal' "$scratch/superblock" &&
		! grep -q needs_recovery "$scratch/superblock"
}

# partitioned IMAGE FILESYSTEM: a GPT disk whose second partition is a copy of FILESYSTEM
partitioned() {
	truncate -s 32M "$1"
	printf 'label: gpt\nstart=2048, size=2048\nstart=4096\n' | sfdisk -q "$1"
	dd if="$2" of="$1" bs=1M seek=2 conv=notrunc status=none
}

# Of a target's requests, in milliseconds: it may not get to run for longer than its second on a machine that
# other tests keep busy, and what it drops a guest's driver repeats later each time, after minutes in the end.
# shellcheck disable=SC2034 # for the scenarios
any_age=3600000

# runner HOW BOOT-OPTION...: `etherroot boot`, with the kernel and initrd in use, quick and without PXE
runner() {
	runner_how=$1
	shift
	$runner_how "$etherroot" boot --accel tcg --via direct --kernel "$kernel" --initrd "$initrd" \
		--timeout "$deadline" --log "$scratch/console.log" "$@"
}

# boot BOOT-OPTION...: a machine, to its end; begin_boot BOOT-OPTION...: it runs, and is in $!
boot() {
	runner env "$@"
}
begin_boot() {
	runner in_background "$@"
}

# boots WHAT REGEX BOOT-OPTION...: the console shows REGEX
boots() {
	boots_what=$1
	boots_regex=$2
	shift 2
	check "$boots_what" boot --after kill --expect "$boots_regex" "$@"
}

# fails_to_boot WHAT TEXT APPEND BOOT-OPTION...: the init says TEXT, and powers off as it was told
fails_to_boot() {
	fails_what=$1
	fails_text=$2
	fails_append=$3
	shift 3
	if boot --after kill --expect 'reboot: Power down' \
		--append "quiet loglevel=7 rd.onfail=poweroff $fails_append" "$@" \
		>"$scratch/boot.log" 2>&1 && contains "$scratch/console.log" "$fails_text" \
		>>"$scratch/boot.log"; then
		ok "$fails_what"
	else
		not_ok "$fails_what" "$scratch/boot.log"
	fi
}

# waits_in_vain WHAT TEXT APPEND BOOT-OPTION...: the init waits and says TEXT, sooner or later: what it
# lacks first depends on how fast the machine is
waits_in_vain() {
	waits_what=$1
	waits_regex="etherroot: waiting: $(printf '%s' "$2" | sed 's/[][().*^$+?{}|\\]/\\&/g')"
	waits_append=$3
	shift 3
	boots "$waits_what" "$waits_regex" --append "quiet loglevel=7 $waits_append" "$@"
}
