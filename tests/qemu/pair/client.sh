# shellcheck shell=sh
# SPDX-License-Identifier: GPL-2.0-or-later
# What the client of the pair runs: Linux's own initiator, and writers on the disk that it finds
# (tests/qemu/pair/writer.c). It does what it is told as the storage machines do (server.sh).
# Open before it is told that this is up: the first to open a serial line empties it.
exec 4</dev/ttyS1
stty raw -echo <&4
# The machine has the driver already. Its disk is never given up, however long nobody serves it.
echo 1000000 >/sys/module/aoe/parameters/aoe_deadsecs
mkfifo /run/writer

# The driver asks for disks when it is loaded, and by itself only a minute later.
find_disk() {
	until [ -b /dev/etherd/e0.0 ]; do
		echo >/dev/etherd/discover
		usleep 250000
	done
}

write() {
	/writer /dev/etherd/e0.0 4 1024 </run/writer &
	writer=$!
	exec 5>/run/writer
}

stall() {
	echo stall >&5
}

check() {
	echo check >&5
	wait "$writer"
}

echo "pair: ${name:?} is up"
while read -r order command <&4; do
	eval "$command" </dev/null
	echo "pair: $order ended $?"
done
