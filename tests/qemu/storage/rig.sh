# shellcheck shell=sh
# SPDX-License-Identifier: GPL-2.0-or-later
# A storage machine in QEMU whose power can be cut, and a client outside that keeps count of what was
# acknowledged (`etherroot bench --journal`).
#
#   . tests/qemu/storage/rig.sh
#   storage ours 'target -i eth0 0.0=/dev/vda'
#   power_cuts 3
#   check 'nothing is lost' test "$lost" -eq 0
#
# What a cut takes away. The machine is killed with SIGKILL: its memory is gone, and with it its page
# cache. What it had written to its virtual disk would survive that, flushed or not, in the page
# cache of this host; a real disk has a cache of its own that a power cut empties too. So the disk is
# nbdkit's, with its cache filter: writes stay in that process's cache until the guest flushes, and
# it is killed together with the machine. What is left is what was flushed, all of it and nothing
# else.
#
# What that does not show: a disk that keeps some of what was not flushed, in another order (here it
# is all or nothing, but for a flush that the cut interrupts); a disk that lies about flushes; and
# sectors that are torn, since an image file does not tear them.
# shellcheck source=tests/qemu/scenario.sh
. tests/qemu/scenario.sh

# Blocks of 4096 bytes that are written, over and over, so that the cuts fall on old and new ones.
blocks=4096

# Who writes them: so many machines, the first of which has this MAC; "": any.
clients=2
machine_mac=

# What else a storage machine has: options of its card, and of QEMU.
card=
more_hardware=

# storage NAME SCRIPT [INITRD-OPTION...]: $machine, with an empty disk of 64 MiB, which runs SCRIPT
# (a shell's text) on /dev/vda and eth0 when it is on. NAME is a new one.
storage() {
	machine=$scratch/$1
	client=$machine
	network="--qemu-wire $machine/lan,$machine/lan.guest"
	mkdir "$machine"
	mkfifo "$client/ready" "$machine/nbdkit" "$machine/control.in" "$machine/control.out"
	printf '%s\n' "$2" >"$machine/script"
	shift 2
	truncate -s 64M "$machine/disk"
	version=$(cat "$peers/6.1/version")
	"$etherroot" initrd --kernel "$version" --root "$peers/6.1/tree" --drivers virtio_net \
		--module virtio_blk --fs squashfs --shell --init tests/qemu/storage/init \
		--add "$build/tests/qemu/target:/target" --add "$machine/script:/storage" "$@" \
		--output "$machine/initrd"
}

# The options of storage that put dynamically linked programs in: with_program FILE[:PLACE]...
with_program() {
	for program; do
		case $program in *:*) ;; *) program=$program:/${program##*/} ;; esac
		echo "$program"
		ldd "${program%:*}" | sed -n 's/.*=> \(\/[^ ]*\).*/\1/p; s/^[[:space:]]*\(\/[^ ]*\) (.*/\1/p' |
			while read -r library; do
				echo "$(readlink -f "$library"):$library"
			done
	done | sort -u | sed 's/^/--add\n/'
}

# Its disk fails for as long as there is a file $machine/broken.
power_on() {
	# It writes its process id when it is ready; if it ends before that, the FIFO does too.
	# shellcheck disable=SC2094
	(exec nbdkit -f -U "$machine/nbd" -P "$machine/nbdkit" --filter=error \
		--filter=cache file "$machine/disk" cache=writeback error-rate=100% \
		error-file="$machine/broken" 9>"$machine/nbdkit" </dev/null >>"$machine/nbdkit.log" 2>&1) &
	nbdkit=$!
	read -r _ <"$machine/nbdkit" || {
		cat "$machine/nbdkit.log"
		return 1
	}
	# shellcheck disable=SC2086 # words of a command
	qemu-system-x86_64 -M pc -accel tcg -m 256 -nodefaults -no-user-config -display none \
		-kernel "$peers/6.1/vmlinuz" -initrd "$machine/initrd" \
		-append 'console=ttyS0 no_timer_check quiet panic=-1' -no-reboot \
		-chardev "file,id=console,path=$machine/console,append=on" -serial chardev:console \
		-chardev "pipe,id=control,path=$machine/control" -serial chardev:control \
		-drive "file=nbd:unix:$machine/nbd,if=virtio,format=raw" \
		-netdev "dgram,id=lan,local.type=unix,local.path=$machine/lan.guest,remote.type=unix,remote.path=$machine/lan" \
		-device virtio-net-pci,netdev=lan,romfile=$card $more_hardware >>"$machine/qemu.log" 2>&1 &
	qemu=$!
	children="$children $nbdkit $qemu"
}

# tell COMMAND: to a script in the machine that reads commands, a line each, from /dev/ttyS1
tell() {
	printf '%s\n' "$1" >"$machine/control.in"
}

# The machine, its memory and its disk's cache are gone from one moment to the next.
power_off() {
	kill -KILL "$nbdkit" "$qemu"
	wait "$nbdkit" "$qemu" 2>/dev/null || :
	rm -f "$machine/nbd"
}

# bench ARGUMENT...: on the machine's network; the target is e0.0
bench() {
	# shellcheck disable=SC2086 # words of a command
	"$etherroot" bench $network --target 0.0 \
		--size "$((blocks * 4096))" --wait "$deadline" ${machine_mac:+--mac "$machine_mac"} "$@"
}

# storage_with_layers NAME: one whose disk has a file system with an image and kept layers of it
storage_with_layers() {
	storage "$1" 'mkdir /mnt && mount -t ext4 /dev/vda /mnt &&
		target -i eth0 0.0=/mnt/image,snapshot-dir=/mnt/layers' --fs ext4
	mkdir -p "$machine/tree/layers"
	truncate -s "$((blocks * 4096))" "$machine/tree/image"
	mke2fs -q -F -t ext4 -d "$machine/tree" "$machine/disk"
	clients=1
	machine_mac=02:00:00:00:00:01
}

# load_begins PATTERN: for as long as it is let, in the background: $load. Returns when it has begun.
load_begins() {
	# shellcheck disable=SC2086 # words of a command
	(exec "$etherroot" bench $network --target 0.0 \
		--size "$((blocks * 4096))" --wait "$deadline" --pattern "$1" --depth 32 \
		--clients "$clients" ${machine_mac:+--mac "$machine_mac"} --overwrite \
		--seconds 100000 --patience 100000 --json \
		--journal "$client/journal" --ready-fd 9 9>"$client/ready" \
		>"$client/load.json" 2>"$client/load.log") &
	load=$!
	children="$children $load"
	read -r _ <"$client/ready" || {
		tail -n 20 "$machine/console" "$client/load.log"
		return 1
	}
}

load_ends() {
	kill "$load"
	wait "$load" || :
	cat "$client/load.log" >&2
}

# member_of_all FILE NAME: the first number of that name in the sum over all targets, which is the
# second line of the JSON text
member_of_all() {
	sed -n 2p "$1" | sed -n "s/.*\"$2\": \([0-9]*\).*/\1/p"
}

# random LESS-THAN: $random, from the seed, so that a run can be repeated
random() {
	seed=$(((seed * 1103515245 + 12345) % 2147483648))
	random=$(((seed >> 16) * $1 >> 15))
}

# Reads back all that the journal says was acknowledged: adds to $lost.
count_lost() {
	bench --check --journal "$client/journal" --json >"$client/check.json" \
		2>"$client/check.log" || :
	for verdict in lost damaged misplaced never_written; do
		count=$(member_of_all "$client/check.json" $verdict)
		if [ -z "$count" ]; then
			tail -n 20 "$client/check.log" "$machine/console"
			return 1
		fi
		lost=$((lost + count))
	done
}

# power_cuts N: cuts the power N times, at random moments within two seconds of load, and looks each
# time what is left; more often where the machine is so slow that few writes are acknowledged in that
# time. $acknowledged is the number of writes, $lost of the blocks that were not there.
power_cuts() {
	cuts_end=$(($(date +%s) + deadline))
	enough=$(($1 * 50))
	acknowledged=0
	lost=0
	cuts=0
	seed=${POWER_CUT_SEED:-$(od -A n -N 2 -t u2 /dev/urandom | tr -d ' ')}
	echo "# POWER_CUT_SEED=$seed"
	power_on
	while [ "$cuts" -lt "$1" ] ||
		{ [ "$acknowledged" -le "$enough" ] && [ "$(date +%s)" -lt "$cuts_end" ]; }; do
		load_begins randwrite || return 1
		random 200
		sleep "$((random / 100)).$((random / 10 % 10))$((random % 10))"
		power_off
		load_ends
		acknowledged=$((acknowledged + $(member_of_all "$client/load.json" acknowledged_writes)))
		cuts=$((cuts + 1))
		power_on
		count_lost || return 1
		echo "# cut $cuts: $acknowledged acknowledged so far, $lost lost"
	done
	power_off
	echo "# $cuts cuts, $acknowledged acknowledged writes, $lost lost"
}

# one_cut_after_writing_all: every block is written, in order, and acknowledged; then a cut
one_cut_after_writing_all() {
	lost=0
	power_on
	bench --pattern write --count "$blocks" --overwrite --journal "$client/journal" --json \
		>"$client/load.json" 2>"$client/load.log" || {
		tail -n 20 "$client/load.log" "$machine/console"
		return 1
	}
	acknowledged=$(member_of_all "$client/load.json" acknowledged_writes)
	power_off
	power_on
	count_lost || return 1
	power_off
	echo "# $lost of $acknowledged acknowledged writes are lost"
}
