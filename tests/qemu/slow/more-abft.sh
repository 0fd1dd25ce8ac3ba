#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# More boots with nothing on the kernel command line about the root. What the tables say is in
# unit/test_init_abft.c too, and which partition is the root in unit/test_init_choice.c.
. tests/qemu/abft/rig.sh

tiny_root "$scratch/root.img"
partitioned "$scratch/disk.img" "$scratch/root.img"
hooked 6.1
serve "$scratch/disk.img"
# shellcheck disable=SC2119 # no further options
cards
shows 'its only partition with a file system is the root' 'TINY-ROOT /dev/etherd/e7.3p2 ext4'
stop
stop_serving

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
words=lockdown=integrity
injected
shows 'memory that the kernel does not show' \
	'E-NOROOT: /dev/mem: the aBFT cannot be read: operation not permitted'
stop
done_testing
