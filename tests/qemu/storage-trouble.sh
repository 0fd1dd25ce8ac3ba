#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# A disk that fails, fails only writes, is slow, hangs, and comes back, under a client that writes,
# reads and verifies all the while: the client gets no error and no wrong data, only a pause; the log
# tells what it is, and that it is over; nothing has to be started again.
. tests/qemu/storage/rig.sh

# The disk is a device-mapper device, whose table is exchanged while the target has it open.
cat >"$scratch/script" <<'END'
stty -F /dev/ttyS1 raw -echo
use() {
	dmsetup suspend --noflush --nolockfs disk
	echo "$1" | dmsetup reload disk
	dmsetup resume --noflush --nolockfs disk
}
good() { use '0 131072 linear /dev/vda 0'; }
failing() { use '0 131072 error'; }
not_writing() { use '0 131072 flakey /dev/vda 0 0 3600 1 error_writes'; }
slow() { use '0 131072 delay /dev/vda 0 200'; }
hanging() { dmsetup suspend --noflush --nolockfs disk; }
going_on() { dmsetup resume disk; }
export DM_DISABLE_UDEV=1 # there is none: dmsetup makes the node
echo '0 131072 linear /dev/vda 0' | dmsetup create disk
target -i eth0 0.0=/dev/mapper/disk &
while read -r command; do
	$command
	echo "storage: the disk is $command"
done </dev/ttyS1
END
# shellcheck disable=SC2046 # words of a command
storage trouble "$(cat "$scratch/script")" --module dm-flakey --module dm-delay \
	$(with_program "$(command -v dmsetup)")

# The end of what the machine has printed, at a moment: later() looks only at what comes after it.
now() {
	moment=$(stat -c %s "$machine/console")
}
later() {
	rm -f "$scratch/later.fifo"
	mkfifo "$scratch/later.fifo"
	timeout "$deadline" tail -c "+$((moment + 1))" -f "$machine/console" \
		>"$scratch/later.fifo" 2>/dev/null &
	later_tail=$!
	later_found=0
	grep -qm 1 -E -e "$1" "$scratch/later.fifo" || later_found=1
	kill "$later_tail" 2>/dev/null || :
	[ "$later_found" -eq 0 ] || tail -n 20 "$machine/console"
	return "$later_found"
}
# the_disk_is STATE: the machine has made it so
the_disk_is() {
	now
	tell "$1"
	later "storage: the disk is $1"
}

power_on
load_begins mix=50
check 'a disk that fails' the_disk_is failing
check 'is told' later '/dev/mapper/disk: (reading|writing|syncing) sector [0-9]*: Input/output error: '
check 'it is mended' the_disk_is good
# What was cached is read all the same, and soon all requests of the client are writes.
check 'it is told to work again' later '(reading|writing) works again, after'
check 'a disk that takes no writes' the_disk_is not_writing
check 'is told' later '/dev/mapper/disk: (writing|syncing) sector [0-9]*: Input/output error: '
check 'it is mended' the_disk_is good
check 'writing is told to work again' later 'writing works again, after'
check 'a disk that hangs' the_disk_is hanging
check 'is told' later '/dev/mapper/disk: the disk has not answered for '
check 'it goes on' the_disk_is going_on
check 'that it answers again is told' later 'the disk answers again'
check 'a disk that is slow' the_disk_is slow
check 'it is quick again' the_disk_is good

load_ends
check 'the client saw no error' sh -c "sed -n 2p '$machine/load.json' | grep -q '\"errors\": 0'"
check 'and no wrong data' test "$(member_of_all "$machine/load.json" lost)$(member_of_all \
	"$machine/load.json" damaged)$(member_of_all "$machine/load.json" misplaced)" = 000
check 'it was answered again and again' test \
	"$(member_of_all "$machine/load.json" acknowledged_writes)" -gt 50
lost=0
check 'all that was acknowledged can be read' count_lost
check 'and is what it should be' test "$lost" -eq 0
power_off
done_testing
