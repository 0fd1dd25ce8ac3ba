# shellcheck shell=sh
# SPDX-License-Identifier: GPL-2.0-or-later
# What a storage machine of the pair runs (tests/qemu/storage/init): it brings its half of the mirror
# up, and then does what it is told on /dev/ttyS1, a line each: NUMBER COMMAND. "pair: NUMBER ended
# STATUS" is its answer. $name and $number are set before this.
# Open before it is told that this is up: the first to open a serial line empties it.
exec 4</dev/ttyS1
stty raw -echo <&4
hostname "${name:?}"
: "${resource:?}"
ip link set lo up
ip address add "10.0.0.${number:?}/24" dev eth1
ip link set eth1 up
mkdir -p /var/lock /var/lib/drbd /var/run/drbd /run/etherroot

# serve: on the device of the mirror, from the address that moves with it
serve() {
	rm -f /run/ready
	mkfifo /run/ready
	target -i eth0 --control /run/etherroot/serve.sock --ready-fd 3 \
		"0.0=/dev/drbd0,vmac=02:00:00:00:00:aa${serve_options:-}" 3>/run/ready &
	target=$!
	read -r _ </run/ready
}

# unserve: what was begun is finished, and the device closed
unserve() {
	kill "$target" && wait "$target"
}

# A tool of DRBD gives up after five seconds, which a busy machine that emulates this one takes.
up() {
	drbdadm up "$resource" || drbdadm adjust "$resource" || drbdadm adjust "$resource"
}

# Data and mirror are new on both: there is nothing to copy from one to the other.
begin() {
	drbdadm -- --clear-bitmap new-current-uuid "$resource"
}

# The first try may be refused although the other was just fenced ("while peer is not outdated").
promote() {
	drbdadm primary "$resource" || drbdadm primary "$resource" || return
	serve
}

demote() {
	unserve && drbdadm secondary "$resource"
}

# fence STATUS: the answer from now on to DRBD's question whether the other is fenced (fence-peer)
fence() {
	echo "$1" >/run/fence
}

# slow: from the next time that it is set up it takes 40 KiB each second of what it has missed
slow() {
	sed -i '/^	disk {$/s/$/ c-plan-ahead 0; resync-rate 40k;/' /etc/drbd.conf
}

# slowly, quickly: from now on
slowly() {
	slow && drbdadm adjust "$resource"
}

quickly() {
	sed -i 's/ c-plan-ahead 0; resync-rate 40k;$/ c-plan-ahead 20; resync-rate 100M;/' /etc/drbd.conf
	drbdadm adjust "$resource"
}

# alone: until it does not look for the other one any more
alone() {
	until [ "$(drbdadm cstate "$resource")" = StandAlone ]; do
		usleep 100000
	done
}

# syncing: until it gets what it has missed
syncing() {
	until [ "$(drbdadm cstate "$resource")" = SyncTarget ]; do
		usleep 100000
	done
}

# disconnected: until this half has noticed that the other one is gone; connected: that it is there
disconnected() {
	while [ "$(drbdadm role "$resource")" != Secondary/Unknown ] &&
		[ "$(drbdadm role "$resource")" != Primary/Unknown ]; do
		usleep 100000
	done
}

connected() {
	drbdadm wait-connect "$resource"
}

# whole: until both halves are up to date
whole() {
	until [ "$(drbdadm dstate "$resource")" = UpToDate/UpToDate ]; do
		usleep 100000
	done
}

# diskless: until its disk was given up
diskless() {
	until [ "$(drbdadm dstate "$resource")" = Diskless/UpToDate ]; do
		usleep 100000
	done
}

echo "pair: $name is up"
while read -r order command <&4; do
	eval "$command" </dev/null
	echo "pair: $order ended $?"
done
