# shellcheck shell=sh
# SPDX-License-Identifier: GPL-2.0-or-later
# What the first process of the guest does: finds the four disks, loads one after the other, and says
# what came of it. guest.sh puts seconds= before it. When something fails the console shows it, and
# the host's deadline ends the guest: the first process must not.
# shellcheck disable=SC2154 # seconds

PATH=/usr/sbin:/usr/bin:/sbin:/bin
export PATH
for mount in "proc /proc" "sysfs /sys" "tmpfs /tmp" "tmpfs /run" "tmpfs /etc/iscsi" "tmpfs /var/lib"; do
	# shellcheck disable=SC2086 # words
	set -- $mount
	if [ "$1" = tmpfs ] || ! mountpoint -q "$2"; then
		mount -t "$1" "$1" "$2"
	fi
done

# there WHAT COMMAND...: until it succeeds
there() {
	there_what=$1
	shift
	for try in $(seq 60); do
		! "$@" || return 0
		sleep 1
	done
	echo "bench: $there_what is not there ($try tries)"
	sleep infinity
}

ip addr add 10.99.0.2/24 dev eth0
ip link show eth0
modprobe nbd
modprobe sd_mod
modprobe iscsi_tcp
there 'AoE by etherroot' test -b /dev/etherd/e7.0
there 'AoE by vblade' test -b /dev/etherd/e7.1
there NBD nbd-client 10.99.0.1 /dev/nbd0
iscsi() {
	iscsistart -i iqn.2026-11.bench:guest -t iqn.2026-11.bench:disk -g 1 -a 10.99.0.1 -p 3260
	set -- /sys/class/scsi_disk/*/device/block/*
	iscsi_disk=/dev/${1##*/}
	test -b "$iscsi_disk"
}
there iSCSI iscsi

# measure NAME DISK
measure() {
	for way in read write; do
		result=$(fio --name=x --filename="$2" --rw=rand$way --bs=4k --iodepth=32 \
			--ioengine=libaio --direct=1 --time_based --ramp_time=1 --runtime="$seconds" \
			--output-format=terse --terse-version=3)
		case $way in
		read) field=8 ;;
		write) field=49 ;;
		esac
		echo "bench: $1 $way $(echo "$result" | tail -n 1 | cut -d ';' -f "$field")"
	done
}
# What else the host has to do comes and goes: in turn, more than once.
for _ in 1 2 3; do
	measure ours /dev/etherd/e7.0
	measure vblade /dev/etherd/e7.1
	measure nbd /dev/nbd0
	measure iscsi "$iscsi_disk"
done
echo 'bench: all done'
sleep infinity
