#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# What is put into other makers' initrds, with stand-ins for their functions: for which roots our finder
# is asked, what becomes of its answer, and that its failure is one. (Booted are initramfs-tools' and
# dracut's, by qemu/slow/others-*.sh; mkinitcpio's was not.)
. tests/lib.sh

if ! unshared true 2>/dev/null; then
	skip 'all of it' 'this machine gives its users no namespaces'
	done_testing
	exit
fi
tree=$scratch/tree
mkdir -p "$tree/bin" "$tree/sbin" "$tree/proc" "$tree/scripts" "$tree/conf" "$tree/lib" "$tree/tmp" \
	"$tree/dev" "$tree/run/etherroot" "$tree/units" "$tree/hooks/initqueue/finished"
cp /bin/busybox "$tree/bin/busybox"
for applet in sh cat ln rm mkdir; do
	ln -s busybox "$tree/bin/$applet"
done
write() {
	{
		echo '#!/bin/sh'
		cat
	} >"$tree/$1"
	chmod 755 "$tree/$1"
}
write sbin/etherroot-find <<'END'
echo find >>/calls
[ ! -e /lost ] || exit 1
echo /dev/etherd/e0.0p1
END
write bin/mount <<'END'
echo "mount $*" >>/calls
END
write sbin/udevadm <<'END'
echo "udevadm $*" >>/calls
END
write sbin/initqueue <<'END'
echo "initqueue $*" >>/calls
END

# given WORDS: the kernel command line, and nothing has happened yet
given() {
	echo "BOOT_IMAGE=x $1" >"$tree/proc/cmdline"
	rm -f "$tree/lost" "$tree/conf/param.conf" "$tree/dev/root" "$tree"/tmp/* "$tree"/hooks/initqueue/finished/*
	: >"$tree/calls"
}
in_tree() {
	unshared chroot "$tree" /bin/busybox env -i PATH=/bin:/sbin "$@"
}
found() {
	grep -qx find "$tree/calls"
}
# Which roots are ours is the same for all.
ours='root=aoe:e0.0 root=/dev/etherd/e0.0p1 root=abft root=UUID=1_netroot=aoe:e0.0'
others='root=/dev/sda1 root=UUID=1 ro netroot=iscsi:x_root=LABEL=aoe:x'

# Our finder itself takes the word that is theirs, and goes on until what it refuses.
mkdir "$tree/true"
cp "$build/init" "$tree/true/etherroot-find"
given 'root=UUID=1 netroot=aoe:e0.0 rd.overlay'
in_tree /true/etherroot-find >"$scratch/log" 2>&1 || :
check 'a UUID with netroot= is taken' contains "$scratch/log" 'E-UNSUPPORTED: rd.overlay: '

# ---- initramfs-tools -------------------------------------------------------------------------------
install -m 755 initramfs/initramfs-tools/local-top "$tree/local-top"
write scripts/functions <<'END'
panic() {
	echo "panic $*" >>/calls
	exit 1
}
END
for root in $ours; do
	given "$(echo "$root" | tr _ ' ')"
	check "initramfs-tools: $root" in_tree /local-top
	check 'is found' test "$(cat "$tree/conf/param.conf")" = ROOT=/dev/etherd/e0.0p1
done
check 'the program for the end can be run then' grep -q '^mount -o remount,nosuid,nodev tmpfs /run$' "$tree/calls"
for root in $others; do
	given "$(echo "$root" | tr _ ' ')"
	check "initramfs-tools: $root" in_tree /local-top
	check 'is left to others' test ! -s "$tree/calls"
done
given root=aoe:e0.0
touch "$tree/lost"
in_tree /local-top >"$scratch/log" 2>&1 || :
check 'initramfs-tools: a root that is not found' contains "$tree/calls" 'panic etherroot: the root was not found'
check 'what it asks for first' test "$(in_tree /local-top prereqs)" = ''

# ---- dracut ----------------------------------------------------------------------------------------
install -m 755 initramfs/dracut/*.sh "$tree/"
write lib/dracut-lib.sh <<'END'
hookdir=/hooks
getarg() {
	for word in $(cat /proc/cmdline); do
		case $word in "$1"*) value=${word#"$1"} ;; esac
	done
	echo "${value-}"
	unset value
}
getargbool() {
	case " $(cat /proc/cmdline) " in *" $2 "*) return 0 ;; esac
	return 1
}
die() {
	echo "die $*" >>/calls
	exit 1
}
END
write parse <<'END'
. /lib/dracut-lib.sh
root=$(getarg root=)
. /parse-etherroot.sh
echo "$root ${rootok-}" >/tmp/parsed
END
for root in $ours; do
	given "$(echo "$root" | tr _ ' ')"
	check "dracut: $root" in_tree /parse
	check 'is to be found' grep -q '^initqueue --settled --onetime .* /sbin/aoeroot$' "$tree/calls"
	check 'and is waited for' contains "$tree/hooks/initqueue/finished/etherroot.sh" /tmp/etherroot.found
	case $root in
	root=aoe:* | root=abft) parsed='block:/dev/root 1' ;;
	*)
		parsed="${root#root=} "
		parsed="${parsed%%_*}"
		;;
	esac
	check 'by a name that it has then' test "$(sed 's/ $//' "$tree/tmp/parsed")" = "${parsed% }"
done
for root in $others; do
	given "$(echo "$root" | tr _ ' ')"
	check "dracut: $root" in_tree /parse
	check 'is left to others' test ! -s "$tree/calls"
done
given root=aoe:e0.0
check 'dracut: the disk is found' in_tree /aoeroot.sh
check 'and has its name' test "$(readlink "$tree/dev/root")" = /dev/etherd/e0.0p1
check 'also for systemd' test "$(readlink "$tree/run/etherroot/root")" = /dev/etherd/e0.0p1
check 'once is enough' in_tree /aoeroot.sh eth0 aoe:e0.0 /sysroot
check 'it was asked for once' test "$(grep -c find "$tree/calls")" = 1
given root=aoe:e0.0
touch "$tree/lost"
in_tree /aoeroot.sh >"$scratch/log" 2>&1 || :
check 'dracut: a root that is not found' contains "$tree/calls" 'die etherroot: the root was not found'
check 'is not taken for one' test ! -e "$tree/tmp/etherroot.found"

generated() {
	grep -qx "$1" "$tree/units/sysroot.mount"
}
given 'root=aoe:e0.0 rootflags=noatime rw rootfstype=ext4'
check 'dracut: the unit that mounts it' in_tree /etherroot-generator.sh /late /units /early
check 'mounts the disk that is found' generated What=/run/etherroot/root
check 'as it is to be' generated Options=noatime,rw
check 'by its type' generated Type=ext4
check 'and is needed' test -e "$tree/units/initrd-root-fs.target.requires/sysroot.mount"
rm -r "$tree/units"
mkdir "$tree/units"
given root=/dev/etherd/e0.0
check 'dracut: a name that systemd knows' in_tree /etherroot-generator.sh /late /units /early
check "is systemd's to mount" test ! -e "$tree/units/sysroot.mount"

# ---- mkinitcpio ------------------------------------------------------------------------------------
install -m 755 initramfs/mkinitcpio/hook "$tree/hook"
write run-hook <<'END'
err() { echo "err $*" >>/calls; }
launch_interactive_shell() { echo shell >>/calls; }
for word in $(cat /proc/cmdline); do # as its init has them
	case $word in *=*) eval "${word%%=*}='${word#*=}'" ;; esac
done
. /hook
run_hook
echo "$root" >/tmp/root
END
for root in $ours; do
	given "$(echo "$root" | tr _ ' ')"
	check "mkinitcpio: $root" in_tree /run-hook
	check 'is found' test "$(cat "$tree/tmp/root")" = /dev/etherd/e0.0p1
done
given 'root=/dev/sda1'
check 'mkinitcpio: another root' in_tree /run-hook
check 'is left to others' test ! -s "$tree/calls"
given root=aoe:e0.0
touch "$tree/lost"
check 'mkinitcpio: a root that is not found' in_tree /run-hook
check 'is told' contains "$tree/calls" 'err etherroot: the root was not found'
check 'with a shell' contains "$tree/calls" shell

# what its build asks mkinitcpio for
builds() {
	bash -eu -c '
		for name in add_module add_checked_modules add_binary add_runscript; do
			eval "$name() { echo $name \$*; }"
		done
		. initramfs/mkinitcpio/install
		build' >"$scratch/built"
	contains "$scratch/built" 'add_module aoe' &&
		contains "$scratch/built" 'add_binary /usr/lib/etherroot/etherroot-init /usr/bin/etherroot-find' &&
		contains "$scratch/built" add_runscript && contains "$scratch/built" 'add_checked_modules /drivers/net/'
}
check 'mkinitcpio: what is in the image' builds
done_testing
