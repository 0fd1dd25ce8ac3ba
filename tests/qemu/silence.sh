#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# A target that falls silent, or has a disk that does: at whatever point of the boot, the init says so
# within seconds, keeps rd.timeout=, and goes on when it is answered again. No other disk suffers.
. tests/qemu/scenario.sh

use_kernel 6.12
tiny_root "$scratch/root.img" -L tiny
cp "$scratch/root.img" "$scratch/other.img"
tune2fs -L other "$scratch/other.img" >/dev/null

# sector_of FILE BLOCK: of the file's block, by debugfs's name of the file; the image has blocks of 1 KiB
sector_of() {
	echo $(($(debugfs -R "bmap $1 $2" "$scratch/root.img" 2>/dev/null) * 2))
}

# begin NAME APPEND EXPECT EXPORT...: a guest and a target with these exports, beside the others
begin() {
	begin_name=$1
	begin_append=$2
	begin_expect=$3
	shift 3
	in_background "$build/tests/qemu/mute" "$scratch/$begin_name.sock" "$@" >"$scratch/$begin_name.mute"
	target=$!
	wait_for_text "$scratch/$begin_name.mute" ready
	in_background "$etherroot" boot --accel tcg --via direct --kernel "$kernel" --initrd "$initrd" \
		--timeout "$deadline" --log "$scratch/$begin_name.log" --image "$scratch/root.img" \
		--lan "qemu:$scratch/$begin_name.sock" --append "quiet loglevel=7 ro $begin_append" \
		--after kill --expect "$begin_expect" >"$scratch/$begin_name.boot" 2>&1
	guest=$!
}
# says NAME TEXT: the guest's console
says() {
	wait_for_text "$scratch/$1.log" "$2"
}

begin read 'root=LABEL=tiny netroot=aoe:e0.8 rd.timeout=60 rd.onfail=poweroff' 'reboot: Power down' \
	"0.8=$scratch/root.img,hole=0" "0.8=$scratch/root.img,hole=0"
read_guest=$guest
begin mount "root=aoe:e0.0 rd.timeout=60 rd.onfail=poweroff" 'reboot: Power down' \
	"0.0=$scratch/root.img,hole=$(sector_of '<8>' 0)"
mount_guest=$guest
begin init "root=aoe:e0.0 rd.netconsole=192.0.2.1" 'TINY-ROOT /dev/etherd/e0.0' \
	"0.0=$scratch/root.img,hole=$(sector_of /sbin 0)"
init_target=$target
init_guest=$guest
begin exec "root=aoe:e0.0 rd.timeout=60 rd.onfail=poweroff" 'reboot: Power down' \
	"0.0=$scratch/root.img,hole=$(sector_of /sbin/init 0)"
exec_guest=$guest

check 'a disk that is not read to its end: said' \
	says read 'E-SILENT: e0.8: answers on eth0, but not when it is read'
check 'and rd.timeout= is kept' wait "$read_guest"
check 'and that there are two of it' contains "$scratch/read.log" 'warning: e0.8: two servers answer for it, '
check 'silence while it is mounted: said' \
	says mount 'E-SILENT: e0.0: answers on eth0, but not when it is read'
check 'and rd.timeout= is kept' wait "$mount_guest"
check 'silence while the init is looked for: said' \
	says init 'waiting: E-SILENT: e0.0: answers on eth0, but not when it is read'
check 'and over the LAN, with rd.netconsole=' wait_for_text "$scratch/init.mute" 'waiting: E-SILENT: e0.0: '
kill -USR1 "$init_target"
check 'and the boot goes on when the disk answers' wait "$init_guest"
check 'silence while the init is started: said' \
	says exec 'E-SILENT: /sbin/init: the disk does not answer as it is started'
check 'and rd.timeout= is kept' wait "$exec_guest"

begin others root=LABEL=tiny 'TINY-ROOT /dev/etherd/e0.1' \
	"0.0=$scratch/root.img,hole=0" "0.1=$scratch/root.img" "0.2=$scratch/other.img"
check 'one disk that is silent does not hold up the root on another' wait "$guest"
check 'which is told, since it may be that as well' contains "$scratch/others.log" \
	'warning: e0.0: does not answer when it is read: whether it is LABEL=tiny as well is not known'
begin twins 'root=LABEL=tiny rd.onfail=poweroff' 'reboot: Power down' \
	"0.1=$scratch/root.img" "0.2=$scratch/root.img" "0.3=$scratch/other.img"
check 'two disks with one label are refused' wait "$guest"
check 'and both are named' sh -c \
	"grep -q 'E-AMBIGUOUS: LABEL=tiny: it is on e0.[12] and on e0.[12]: ' '$scratch/twins.log'"

begin two 'root=aoe:e0.0' 'TINY-ROOT /dev/etherd/e0.0' "0.0=$scratch/root.img" "0.0=$scratch/root.img"
check 'two servers for one export: the boot goes on' wait "$guest"
check 'and both are named' sh -c "
	grep -E 'warning: e0.0: two servers answer for it, 02:00:00:00:00:0[12] and 02:00:00:00:00:0[12]: ' \
		'$scratch/two.log'"
begin chosen 'root=LABEL=tiny netroot=aoe:e0.0 rd.target=02:00:00:00:00:02' 'TINY-ROOT /dev/etherd/e0.0' \
	"0.0=$scratch/root.img,hole=0" "0.0=$scratch/root.img"
check 'rd.target= has the other one alone' wait "$guest"
check 'and nothing is said of two' sh -c "! grep 'two servers' '$scratch/chosen.log'"
done_testing
