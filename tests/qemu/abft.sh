#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Boots with nothing on the kernel command line about the root: export and network card come from the
# table that iPXE leaves (aBFT). iPXE is QEMU's own; other tables are QEMU's to inject.
. tests/qemu/scenario.sh

# machine APPEND QEMU-OPTION...: a machine, its console in $scratch/console.log
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

tiny_root "$scratch/root.img"
partitioned "$scratch/disk.img" "$scratch/root.img"
lan() {
	exec "$etherroot" serve --qemu "$scratch/lan.sock" "7.3=$1"
}

serve() {
	in_background lan "$1" 2>"$scratch/serve.log"
	target=$!
	wait_for_text "$scratch/serve.log" 'serving'
}

hooked 6.12
serve "$scratch/root.img"
cards
shows 'iPXE leaves a table in the memory of a machine with a BIOS' \
	'abft: e7.3 on 52:54:00:00:00:02, from memory at 0x'
shows 'the whole disk is the root' 'TINY-ROOT /dev/etherd/e7.3 ext4'
check 'the card is the one that booted' contains "$scratch/console.log" 'etherroot: nic: eth1 52:54:00:00:00:02'
check 'and the other one is left alone' sh -c "! grep 'etherroot: nic: eth0' '$scratch/console.log'"
stop
kill "$target"
wait "$target" || :

hooked 6.1
serve "$scratch/disk.img"
cards
shows 'its only partition with a file system is the root' 'TINY-ROOT /dev/etherd/e7.3p2 ext4'
stop

kill "$target"
wait "$target" || :

# A machine with UEFI, whose variables are thrown away. Where there is the larger one, it is the only.
firmware=/usr/share/OVMF/OVMF_CODE_4M.fd
[ -e "$firmware" ] || firmware=/usr/share/OVMF/OVMF_CODE.fd
serve "$scratch/root.img"
# Debian 13's has a PXE of its own, which starts no script, but an iPXE that finds one beside itself.
if grep -q autoexec.ipxe /usr/lib/ipxe/ipxe.efi; then
	cp /usr/lib/ipxe/ipxe.efi "$scratch/tftp"
	cp "$scratch/tftp/boot.ipxe" "$scratch/tftp/autoexec.ipxe"
	boot_file=ipxe.efi
fi
cp "$(echo "$firmware" | sed 's/CODE/VARS/')" "$scratch/variables"
cards -drive "if=pflash,format=raw,readonly=on,file=$firmware" \
	-drive "if=pflash,format=raw,file=$scratch/variables"
shows 'on a machine with UEFI the table is one of ACPI' \
	'abft: e7.3 on 52:54:00:00:00:02, from /sys/firmware/acpi/tables/aBFT'
shows 'and says the same' 'TINY-ROOT /dev/etherd/e7.3 ext4'
stop

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

table good '\007\000\003\000\122\124\000\000\000\002'
table other '\007\000\004\000\122\124\000\000\000\002'
table cardless '\007\000\003\000\000\000\000\000\000\000'
injected -acpitable "sig=aBFT,data=$scratch/good" -acpitable "sig=aBFT,data=$scratch/other"
shows 'two tables that differ are refused' 'says something else: name the root with root=aoe:'
check 'and both are named' grep -qE \
	'E-ABFT: /sys/firmware/acpi/tables/aBFT([12]): /sys/firmware/acpi/tables/aBFT[12] says' \
	"$scratch/console.log"
stop
injected -acpitable "sig=aBFT,data=$scratch/cardless"
shows 'a table that is not in order is not followed' \
	'E-ABFT: /sys/firmware/acpi/tables/aBFT: it names no network card: name the root'
stop
injected -acpitable "sig=aBFT,data=$scratch/good" -acpitable "sig=aBFT,data=$scratch/cardless" \
	-device virtio-net-pci,mac=52:54:00:00:00:07,romfile=
shows 'unless there is another one, and it is told' \
	'warning: /sys/firmware/acpi/tables/aBFT2: an aBFT that is ignored: it names no network card'
shows 'a card that the machine has not is named' \
	"E-WRONGNIC: the aBFT's card 52:54:00:00:00:02: no such interface; there is eth0 52:54:00:00:00:07"
stop
injected
shows 'neither a table nor root=' 'E-NOROOT: aBFT: the firmware has left none, and no root= names an export'
stop
words=lockdown=integrity
injected
shows 'memory that the kernel does not show' \
	'E-NOROOT: /dev/mem: the aBFT cannot be read: operation not permitted'
stop
done_testing
