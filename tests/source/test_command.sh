#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# The command itself: what it says without a subcommand, and what is true of each.
. tests/lib.sh

# prints STATUS OUT|ERR TEXT ARGUMENT...: the text goes to that stream, and nothing to the other
prints() {
	status=$1 stream=$2 text=$3
	shift 3
	result=0
	"$etherroot" "$@" >"$scratch/out" 2>"$scratch/err" || result=$?
	[ "$result" -eq "$status" ] || { echo "exit status $result"; return 1; }
	case $stream in
	out) set -- out err ;;
	err) set -- err out ;;
	esac
	contains "$scratch/$1" "$text" && [ ! -s "$scratch/$2" ]
}
check 'without a subcommand it says which there are' prints 2 err 'Usage: etherroot SUBCOMMAND '
check '--help does' prints 0 out 'Usage: etherroot SUBCOMMAND ' --help
check 'and -h' prints 0 out 'Usage: etherroot SUBCOMMAND ' -h
check 'one that there is not is named' prints 2 err 'etherroot: reboot: no such subcommand' reboot
check '--version says the version' prints 0 out 'etherroot 0.' --version

"$etherroot" --help | sed -n 's/^  \([a-z]*\)  .*/\1/p' >"$scratch/subcommands"
check 'there are nine or more' test "$(wc -l <"$scratch/subcommands")" -ge 9
while read -r subcommand; do
	check "$subcommand --help" prints 0 out "Usage: etherroot $subcommand" "$subcommand" --help
	check "$subcommand --version" prints 0 out "etherroot 0." "$subcommand" --version
	check "$subcommand refuses what it does not know" prints 2 err \
		"etherroot $subcommand: " "$subcommand" --no-such-option
	check "$subcommand has a manual page" test \
		"$(find init initramfs ipxe tools images -name "etherroot-$subcommand.[18]" | wc -l)" -eq 1
	check "$subcommand is in the overview" contains tools/etherroot.1 ".It Cm $subcommand"
done <"$scratch/subcommands"

# no_streams: the target is started without any stream, and what it says goes into no image
no_streams() {
	truncate -s 1M "$scratch/disk" "$scratch/blank"
	mkfifo "$scratch/ready"
	"$etherroot" serve --io threads --ready-fd 3 --qemu "$scratch/lan" 0.0="$scratch/disk" \
		3>"$scratch/ready" <&- >&- 2>&- &
	read -r _ <"$scratch/ready" || return 1
	kill "$!" && wait "$!" && cmp "$scratch/disk" "$scratch/blank"
}
check 'without standard streams no image gets what is said there' no_streams
done_testing
