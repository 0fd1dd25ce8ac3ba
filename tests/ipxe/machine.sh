# shellcheck shell=sh
# SPDX-License-Identifier: GPL-2.0-or-later
# A machine with nothing but the iPXE of its network card, and a kernel for it that only speaks.
# shellcheck source=tests/qemu/scenario.sh
. tests/qemu/scenario.sh

# link ADDRESS FILE
link() {
	cc -m32 -ffreestanding -fno-pie -no-pie -fno-stack-protector -O1 -nostdlib -static \
		-fno-asynchronous-unwind-tables -Wl,-N,--build-id=none,--no-warn-rwx-segments \
		"-Wl,-Ttext=$1" -o "$2" tests/ipxe/kernel.c
}
# start OPTION...: a machine that boots from its first network card, its console in $scratch/console;
# what is written to descriptor 3 is typed there
start() {
	rm -f "$scratch/keys"
	mkfifo "$scratch/keys"
	: >"$scratch/console"
	qemu-system-x86_64 -M pc -accel tcg -m 128 -nographic -monitor none -serial stdio -no-reboot -boot n \
		"$@" <"$scratch/keys" >"$scratch/console" 2>&1 &
	machine=$!
	children="$children $machine"
	exec 3>"$scratch/keys"
}

stop() {
	kill "$machine" 2>/dev/null || :
	wait "$machine" 2>/dev/null || :
	exec 3>&-
}

# shows WHAT TEXT: TEXT appears on the console
shows() {
	if wait_for_text "$scratch/console" "$2"; then
		ok "$1"
	else
		not_ok "$1" "$scratch/console"
	fi
}
