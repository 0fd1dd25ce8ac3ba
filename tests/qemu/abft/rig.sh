# shellcheck shell=sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Machines whose firmware says where the root is, in a table (aBFT): iPXE, which is QEMU's own, leaves it,
# or QEMU injects it. Nothing on the kernel command line is about the root.
#
#   . tests/qemu/abft/rig.sh
#   hooked 6.12
#   serve "$scratch/root.img"
#   cards
#   shows 'the whole disk is the root' 'TINY-ROOT /dev/etherd/e7.3 ext4'
#   stop
#   stop_serving
# shellcheck source=tests/qemu/scenario.sh
. tests/qemu/scenario.sh

# machine QEMU-OPTION...: a machine, its console in $scratch/console.log
machine() {
	: >"$scratch/console.log"
	in_background qemu-system-x86_64 -M pc,graphics=off -accel tcg -m 256 -nodefaults -no-user-config \
		-display none -no-reboot -serial "file:$scratch/console.log" -device virtio-rng-pci \
		"$@" >"$scratch/qemu.log" 2>&1
	guest=$!
}

boot_file=boot.ipxe
# cards QEMU-OPTION...: the machine's second network card boots; the first one's LAN has no AoE
cards() {
	machine "$@" -netdev user,id=other,restrict=on \
		-device virtio-net-pci,netdev=other,mac=52:54:00:00:00:01,romfile= \
		-netdev "user,id=user,restrict=on,tftp=$scratch/tftp,bootfile=$boot_file" \
		-netdev "dgram,id=lan,local.type=unix,local.path=$scratch/guest.sock,remote.type=unix,remote.path=$scratch/lan.sock" \
		-netdev hubport,id=port-user,hubid=0,netdev=user -netdev hubport,id=port-lan,hubid=0,netdev=lan \
		-netdev hubport,id=port-nic,hubid=0 \
		-device virtio-net-pci,netdev=port-nic,mac=52:54:00:00:00:02,bootindex=0
}

stop() {
	kill "$guest" 2>/dev/null || :
	wait "$guest" 2>/dev/null || :
}

# shows WHAT TEXT: the console does, sooner or later
shows() {
	check "$1" wait_for_text "$scratch/console.log" "$2"
}

# hooked KERNEL: the files that iPXE loads, and the script that hooks the export before
hooked() {
	use_kernel "$1"
	mkdir -p "$scratch/tftp"
	cp "$kernel" "$scratch/tftp/kernel"
	cp "$initrd" "$scratch/tftp/initrd"
	cat >"$scratch/tftp/boot.ipxe" <<-EOF
		#!ipxe
		dhcp netX || dhcp net1
		sanhook aoe:e7.3
		kernel kernel initrd=initrd console=ttyS0 no_timer_check quiet loglevel=7
		initrd initrd
		boot
	EOF
}

# serve FILE: a target that exports it as e7.3, until stop_serving
serve() {
	in_background "$etherroot" serve --max-age "$any_age" --qemu "$scratch/lan.sock" "7.3=$1" 2>"$scratch/serve.log"
	target=$!
	wait_for_text "$scratch/serve.log" 'serving'
}
stop_serving() {
	kill "$target"
	wait "$target" || :
}

# table FILE BYTES: what stands behind the header of an injected one, in printf's words
table() {
	# shellcheck disable=SC2059 # the format is the data
	printf "$2" >"$scratch/$1"
}

# injected OPTION...: no card, and no root=; on the kernel command line $words
words=
injected() {
	machine -kernel "$kernel" -initrd "$initrd" \
		-append "console=ttyS0 no_timer_check quiet loglevel=7 $words" "$@"
}
