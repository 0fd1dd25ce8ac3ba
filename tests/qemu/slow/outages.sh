#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# An outage in each stage of a boot, and one later: the target is killed, or the cable pulled, until the
# init says what is missing; and then it is as it was, and the boot goes on. The guest is held in front
# of a stage by a shell, which waits for a word on a second serial line.
. tests/qemu/scenario.sh

use_kernel 6.12 --shell
tiny_root "$scratch/root.img"
console=$scratch/console.log
socket=$scratch/aoe.sock

# The guests have a monitor and a second serial line, on FIFOs whose names end in .in and .out.
qemu=$(command -v qemu-system-x86_64)
mkdir "$scratch/bin"
cat >"$scratch/bin/qemu-system-x86_64" <<END
#!/bin/sh
exec $qemu "\$@" -chardev pipe,id=go,path=\$GUEST.go -serial chardev:go \\
	-chardev pipe,id=monitor,path=\$GUEST.monitor -mon chardev=monitor,mode=readline
END
chmod 755 "$scratch/bin/qemu-system-x86_64"
PATH=$scratch/bin:$PATH
drain() {
	exec cat "$1.out" >"$1.log"
}

serve() {
	exec "$etherroot" serve --max-age "$any_age" --qemu "$socket" "0.0=$scratch/root.img,ro$1" \
		>>"$scratch/serve.log" 2>&1
}
# target [OPTION]: it is there
target() {
	in_background serve "${1:-}"
	target=$!
	until_done "$etherroot" discover --qemu "$socket"
}
no_target() {
	kill -KILL "$target"
	wait "$target" 2>/dev/null || :
}
# tell LINE WORDS: what reads it may be gone
tell() {
	# shellcheck disable=SC2016 # words of another shell
	timeout "$deadline" sh -c 'echo "$2" >"$1.in"' sh "$GUEST.$1" "$2"
}
# cable on|off: until that is done
cable() {
	cables=$((cables + 1))
	tell monitor "set_link nic $1"
	tell monitor 'info status'
	check "$kind: it is $1" wait_for_text "$GUEST.monitor.log" 'VM status: running' "$cables"
}

# says TIMES TEXT: the guest's console, so many times at least since it was switched on
says() {
	wait_for_text "$console" "$2" "$1"
}
# again TEXT: once more than it has been said so far
again() {
	says $(($(grep -cF -e "$1" "$console") + 1)) "$1"
}
# held STAGE: the guest stands in front of it. go_on: no longer
holds=0
held() {
	holds=$((holds + 1))
	check "$kind: it comes to $1" says "$holds" 'held-2'
}
go_on() {
	tell go go
}
hold='# $=>exec 3</dev/ttyS1; echo held-$((1+1)); read go <&3; exit'

# begin NAME: a guest that stops in front of three stages
begin() {
	: >"$console"
	holds=0
	cables=0
	export GUEST="$scratch/$1"
	for line in "$GUEST.go" "$GUEST.monitor"; do
		mkfifo "$line.in" "$line.out"
		in_background drain "$line"
	done
	begin_boot --image "$scratch/root.img" --lan "qemu:$socket" --after kill \
		--type "$hold" --type "$hold" --type "$hold" --expect 'TINY-ROOT ended' --append \
		'root=aoe:e0.0 ro rd.break=load rd.break=mount rd.break=switch do=read-disk' >"$scratch/boot.log" 2>&1
	guest=$!
}
end() {
	kill "$guest"
	wait "$guest" 2>/dev/null || :
}
reads_on() {
	again 'TINY-ROOT read ' && again 'TINY-ROOT read ' && ! grep -F 'TINY-ROOT ended' "$console"
}

kind='a target that is killed'
begin killed
held 'its network cards'
go_on
check "$kind: before there is a disk" says 1 'waiting: E-NOTARGET: e0.0: '
target ,fault=read-hang
check "$kind: before its disk is read" says 1 'waiting: E-SILENT: e0.0: '
no_target
check "$kind: nor by one that is gone" again 'waiting: E-SILENT: e0.0: '
target
check "$kind: it is found when it is there" says 1 'etherroot: discover: e0.0'
held 'the mount'
no_target
go_on
check "$kind: while the root is mounted" again 'waiting: E-SILENT: e0.0: '
target
check "$kind: it is mounted when it is back" says 1 'etherroot: mount: /dev/etherd/e0.0 ext4 ro'
held 'the hand-over'
no_target
go_on
check "$kind: while the OS is started" says 1 'waiting: E-SILENT: /sbin/init: '
target
check "$kind: it is started when it is back" again 'TINY-ROOT read '
no_target
target
check "$kind: and reads on after one more" reads_on
end
no_target

kind='a cable that is pulled'
begin pulled
held 'its network cards'
cable off
go_on
check "$kind: before there is a link" says 1 'waiting: E-NOCARRIER: eth0: '
cable on
check "$kind: it is seen when it is there" says 1 'etherroot: carrier: eth0'
check "$kind: nobody is there yet" says 1 'waiting: E-NOTARGET: e0.0: '
cable off
check "$kind: before there is a disk" again 'waiting: E-NOCARRIER: eth0: '
target ,fault=read-hang
cable on
check "$kind: before the disk is read" says 1 'waiting: E-SILENT: e0.0: '
cable off
check "$kind: before the root is found" again 'waiting: E-NOCARRIER: eth0: '
no_target
target
cable on
check "$kind: it is found when it is back" says 1 'etherroot: discover: e0.0'
held 'the mount'
cable off
go_on
check "$kind: while the root is mounted" again 'waiting: E-NOCARRIER: eth0: '
cable on
check "$kind: it is mounted when it is back" says 1 'etherroot: mount: /dev/etherd/e0.0 ext4 ro'
held 'the hand-over'
cable off
go_on
check "$kind: while the OS is started" says 1 'waiting: E-SILENT: /sbin/init: '
cable on
check "$kind: it is started when it is back" again 'TINY-ROOT read '
cable off
cable on
check "$kind: and reads on after one more" reads_on
end
done_testing
