#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# The init as /run/initramfs/shutdown, process 1 of a process namespace: there reboot(2) ends the
# namespace, with a signal that says what was asked for. Always in a user namespace, even for root: what
# is mounted outside cannot be made read-only from there.
. tests/lib.sh

# as_systemd VERB: an OS on a file system of its own, and what systemd does at its end. Whoever holds
# something is given in $holder: a process of the OS, or one that cannot be killed from there.
cat >"$scratch/os" <<'END'
set -eu
mount -t tmpfs tmpfs "$scratch/os.root"
cd "$scratch/os.root"
mkdir bin proc run host "a disk"
cp /bin/busybox bin/
mount --rbind /proc proc
mount -t tmpfs tmpfs run
mkdir -p run/initramfs/oldroot
cp "$init" run/initramfs/shutdown
mount -t tmpfs /dev/a-disk "a disk"
if [ "$holder" = stranger ]; then
	(cd "a disk" && exec /bin/busybox sleep 1000) &
	echo $! >"$scratch/stranger"
	until [ "/proc/$!/cwd" -ef "a disk" ]; do
		/bin/busybox sleep 0.1
	done
fi
exec unshare --pid --fork /bin/busybox sh "$scratch/end" "$1"
END
cat >"$scratch/end" <<'END'
set -eu
busybox() { /bin/busybox "$@"; }
if [ "$holder" = process ]; then
	(cd "a disk" && exec /bin/busybox sleep 1000) &
fi
busybox mount -t proc proc proc
busybox pivot_root . host
cd /
busybox umount -l /host
busybox mount -o bind /run/initramfs /run/initramfs
cd /run/initramfs
busybox pivot_root . oldroot
exec ./shutdown "$1"
END
mkdir "$scratch/os.root"
export scratch

# ends_with STATUS TEXT HOLDER VERB
ends_with() {
	ends_status=0
	init=$PWD/$build/init holder=$3 timeout "$deadline" \
		unshare --user --map-root-user --mount --net \
		sh "$scratch/os" "$4" >"$scratch/end.log" 2>&1 || ends_status=$?
	[ ! -e "$scratch/stranger" ] || kill "$(cat "$scratch/stranger")" 2>/dev/null || :
	rm -f "$scratch/stranger"
	echo "exit status $ends_status, expected $1"
	contains "$scratch/end.log" "$2" && [ "$ends_status" -eq "$1" ] || return 1
	[ "$3" = stranger ] || ! grep 'still in use' "$scratch/end.log"
}
# By the signal (kernel/pid_namespace.c, reboot_pid_ns): SIGINT and SIGHUP, as a shell counts them.
off=130 again=129
written='etherroot: unmount: all that was mounted is written'

if ! unshare --user --map-root-user --mount --net --pid --fork true 2>/dev/null; then
	skip 'the end of a machine' 'this machine gives its users no namespaces'
	done_testing
	exit
fi
check 'poweroff: all is unmounted, and it goes off' ends_with $off "$written" nobody poweroff
check 'reboot' ends_with $again "$written" nobody reboot
check 'halt' ends_with $off "$written" nobody halt
check 'kexec without a kernel reboots' \
	ends_with $again 'etherroot: warning: kexec: ' nobody kexec
check 'a word that is unknown means off' ends_with $off "$written" nobody exit
check 'what a process has in use is unmounted: the process is ended' \
	ends_with $off "$written" process poweroff
check 'what stays in use is made read-only' ends_with $off \
	'etherroot: warning: /oldroot/a disk: still in use: made read-only' stranger poweroff
check 'by hand it does nothing' fails_with 2 'shutdown is for process 1 alone' \
	sh -c 'cp "$1" "$2/shutdown" && "$2/shutdown" poweroff' sh "$build/init" "$scratch"
done_testing
