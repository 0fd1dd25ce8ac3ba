#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Runs a command as on a machine on which Debian was just installed.
#   tests/release/fresh-machine.sh [--check] SUITE COMMAND...
# The machine is a minimal Debian SUITE (bookworm, trixie) and make; in its /root/etherroot is a copy
# of this checkout without build/, and there COMMAND is run as its root. It has processes, mounts, a
# /dev and a /tmp of its own, and this machine's kernel and network. It is entered with pivot_root:
# the kernel refuses user namespaces to processes in a plain chroot, and tests need them. When
# COMMAND has ended, nothing of it is left.
#
# It needs root, or a user namespace with the IDs of /etc/subuid. --check says in one line why it is
# not possible here, and fails; or succeeds.
set -euo pipefail
cd "$(dirname "$0")/../.."

# shellcheck source=images/apt-sources.sh
. images/apt-sources.sh

namespaces=(unshare --mount --pid --fork --kill-child)
mode=root
if [ "$(id -u)" != 0 ]; then
	namespaces+=(--map-root-user --map-auto)
	mode=unshare
fi

why_not() {
	local tool

	for tool in mmdebstrap unshare tar; do
		command -v "$tool" >/dev/null || {
			echo "$tool is not installed"
			return
		}
	done
	"${namespaces[@]}" sh -c 'mount -t proc proc /proc' 2>&1 | tail -n 1
}

why=$(why_not)
if [ "${1-}" = --check ] || [ "$why" ]; then
	[ -z "$why" ] || echo "this user cannot have namespaces of their own: $why"
	[ -z "$why" ]
	exit
fi

suite=$1
shift
machine=$(realpath -m "${BUILD:-build}/release/$suite")
tree=$machine/tree

remove_machine() {
	if [ $mode = root ]; then
		rm -rf "$machine"
	else
		unshare --map-root-user --map-auto rm -rf "$machine"
	fi
}

# The tree's first packages, and what its apt is told, are from where this machine's are.
install_debian() {
	local arguments=() line mirror

	while read -r line; do
		[ "$line" ] && arguments+=("--aptopt=$line")
	done < <(apt_options)
	mirror=$(apt_sources "$suite")
	[ "$mirror" ] || mirror=$(debian_sources "$suite")
	printf '%s\n' "$mirror" >"$machine/sources.list"
	mmdebstrap --quiet --mode=$mode --variant=minbase --include=make,ca-certificates \
		--dpkgopt=force-unsafe-io \
		"${arguments[@]}" "$suite" "$machine/tree.tar" "$machine/sources.list" \
		3>&- 4>&- 5>&- 6>&- 7>&- 8>&- 9>&- # its shells know no others, and it needs some
}

# What pid 1 of the new machine does: mounts, the way into the tree, COMMAND. It stays pid 1, and so
# takes leave of those whose parents have gone. $1 is the tree, $2 its tar, $3 the checkout.
# shellcheck disable=SC2016 # for the shell inside
inside='
tree=$1 tar=$2 checkout=$3
shift 3
mount --make-rprivate /
mkdir "$tree"
mount --bind "$tree" "$tree"
tar -C "$tree" -xp --xattrs --xattrs-include="*" --exclude="./dev/*" -f "$tar"
rm "$tar"
mkdir "$tree/root/etherroot"
tar -C "$checkout" --exclude=./build --exclude=./.git -c . | tar -C "$tree/root/etherroot" --no-same-owner -x
for file in resolv.conf hosts; do
	[ ! -e "/etc/$file" ] || cat "/etc/$file" >"$tree/etc/$file"
done

mount -t proc proc "$tree/proc"
mount --rbind /sys "$tree/sys"
mount -t tmpfs -o mode=755 tmpfs "$tree/run"
mkdir -m 1777 "$tree/run/lock" # where /var/lock leads
mount -t tmpfs -o mode=755 tmpfs "$tree/dev"
for device in null zero full random urandom tty net/tun kvm loop-control $(cd /dev && echo loop[0-9]*); do
	if [ -e "/dev/$device" ]; then
		mkdir -p "$(dirname "$tree/dev/$device")"
		: >"$tree/dev/$device"
		mount --bind "/dev/$device" "$tree/dev/$device"
	fi
done
mkdir "$tree/dev/pts" "$tree/dev/shm"
mount -t devpts -o newinstance,ptmxmode=666,mode=620 devpts "$tree/dev/pts"
mount -t tmpfs -o mode=1777 tmpfs "$tree/dev/shm"
ln -s pts/ptmx "$tree/dev/ptmx"
ln -s /proc/self/fd "$tree/dev/fd"
for n in 0:stdin 1:stdout 2:stderr; do
	ln -s "/proc/self/fd/${n%:*}" "$tree/dev/${n#*:}"
done

mkdir "$tree/outside"
cd "$tree"
pivot_root . outside
cd /root/etherroot
umount -l /outside
rmdir /outside
env -i PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LANG=C.UTF-8 \
	${ETHERROOT_TEST_DEADLINE:+ETHERROOT_TEST_DEADLINE="$ETHERROOT_TEST_DEADLINE"} "$@" ||
	exit $?
'

remove_machine
mkdir -p "$machine"
running=
# The namespaces end with unshare, and all that runs in them.
trap '[ -z "$running" ] || { kill -KILL "$running"; wait "$running"; } 2>/dev/null || :; remove_machine' EXIT
trap 'exit 1' HUP INT TERM
install_debian
"${namespaces[@]}" sh -euc "$inside" sh "$tree" "$machine/tree.tar" "$PWD" "$@" <&0 &
running=$!
status=0
wait "$running" || status=$?
running=
exit $status
