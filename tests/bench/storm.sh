# shellcheck shell=sh
# SPDX-License-Identifier: GPL-2.0-or-later
# A boot storm: 64 machines are switched on at once. What one Debian asks for on its way to
# multi-user, with its pauses, is recorded once in build/bench (from the tap of a guest in QEMU) and
# then asked for by 64 clients, each at an export of its own: of one process of etherroot, or of 64
# of vblade, as its manual starts it. All exports are one file, so that it is the target that is
# measured and not a disk; 64 machines with a file each would be 64 times as much to read.
# shellcheck disable=SC2154 # what `side` sets

machines=64
storm=$bench/storm

# The recording, and the disk as it was before that boot.
record_boot() {
	[ ! -e "$storm/boot.pcap" ] || return 0
	peer=$build/peers/6.1
	[ -e "$peer/version" ] || fail 'there is no Debian to record: tests/peers/build.sh says why'
	mkdir -p "$storm"
	cp --sparse=always --reflink=auto "$(realpath "$peer/image")" "$storm/disk"
	cp --sparse=always --reflink=auto "$storm/disk" "$scratch/disk"
	"$etherroot" initrd --kernel "$(cat "$peer/version")" --root "$peer/tree" \
		--drivers virtio_net --fs ext4 --output "$scratch/initrd" 2>"$scratch/initrd.log" ||
		fail 'no initrd for the boot that is recorded' "$scratch/initrd.log"
	open_tap
	ours -i lan2 "0.0=$scratch/disk"
	begin "$scratch/dumpcap.log" dumpcap -q -P -s 64 -i lan2 -f 'ether proto 0x88a2' \
		-w "$scratch/boot.pcap"
	dumpcap=$begun
	says "$scratch/dumpcap.log" 'File: '
	boot_guest --address 0.0 --kernel "$peer/vmlinuz" --initrd "$scratch/initrd" --timeout 300 \
		--append 'rw rd.mtu=9000 systemd.log_target=kmsg systemd.show_status=true' \
		--expect 'Reached target.*multi-user' --log "$scratch/console" ||
		fail 'the boot that is recorded failed' "$scratch/boot.log"
	end "$dumpcap"
	end "$target"
	mv "$scratch/boot.pcap" "$storm/boot.pcap"
}

# replayed PERCENT: the seconds to the last answer to the last machine
replayed() {
	load_for 600 --replay "$storm/boot.pcap" --pauses "$1" --overwrite --clients $machines \
		--target "$(seq -s , -f 0.%g 0 $((machines - 1)))" ||
		fail "etherroot bench --replay --pauses $1" "$scratch/bench.log"
	sed -n '1s/.*"seconds": \([0-9.]*\).*/\1/p' "$scratch/json"
}

row_storm() {
	record_boot
	cache "$storm/disk"
	case $side in
	ours)
		# shellcheck disable=SC2046 # words
		ours -i lan0 $(seq -f "0.%g=$storm/disk,lock=no" 0 $((machines - 1)))
		;;
	vblade)
		for slot in $(seq 0 $((machines - 1))); do
			begin "$scratch/vblade.log" vblade 0 "$slot" lan0 "$storm/disk"
		done
		;;
	esac
	figure "$side" as-fast "$(replayed 0)"
	figure "$side" as-recorded "$(replayed 100)"
	figure "$side" requests "$(($(of_all read operations) + $(of_all write operations)))"
}
