#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# What the target asks the kernel for while it is started, loaded, asked, reloaded and ended is what
# its service lets it ask for: the system calls, and the families of sockets; and what it lets itself
# ask for once it serves.
. tests/lib.sh

unit=tools/serve/etherroot-serve.service
if ! systemd-analyze syscall-filter @system-service >"$scratch/set" 2>/dev/null; then
	skip 'the service' 'this machine has no systemd'
	done_testing
	exit
fi
if ! strace -o /dev/null true 2>/dev/null; then
	skip 'the service' 'no strace, or it may not trace here'
	done_testing
	exit
fi

# members SET: the names of its system calls, those of the sets in it too
members() {
	systemd-analyze syscall-filter "$1" | sed -n 's/^ \{4\}\([a-z_@]\)/\1/p' |
		while read -r member; do
			case $member in
			@*) members "$member" ;;
			*) echo "$member" ;;
			esac
		done
}

# run WAY: everything that a target does, its transfers done that way; the calls are in WAY.calls
run() {
	truncate -s 1M "$scratch/$1.disk" "$scratch/$1.more"
	printf 'qemu %s/%s.lan\nexport 7.3 %s/%s.disk\n' "$scratch" "$1" "$scratch" "$1" >"$scratch/$1.conf"
	mkfifo "$scratch/$1.ready"
	strace -f -o "$scratch/$1.trace" "$etherroot" serve --io "$1" --config "$scratch/$1.conf" \
		--control "$scratch/$1.socket" --ready-fd 3 3>"$scratch/$1.ready" 2>"$scratch/$1.log" &
	tracer=$!
	children="$children $tracer"
	timeout 60 head -c1 "$scratch/$1.ready" >"$scratch/$1.byte"
	[ -s "$scratch/$1.byte" ] || return 1
	"$etherroot" bench --qemu "$scratch/$1.lan" --target 7.3 --count 100 --pattern write \
		--overwrite >"$scratch/$1.bench" 2>&1 || return 1
	"$etherroot" status --control "$scratch/$1.socket" >/dev/null || return 1
	pid=$(sed -n '1s/ .*//p' "$scratch/$1.trace")
	cat /proc/"$pid"/task/*/status >"$scratch/$1.status"
	printf 'qemu %s/%s.lan2\nexport 7.4 %s/%s.more direct\n' "$scratch" "$1" "$scratch" "$1" \
		>>"$scratch/$1.conf"
	"$etherroot" ctl reload --control "$scratch/$1.socket" || return 1
	"$etherroot" bench --qemu "$scratch/$1.lan2" --target 7.4 --count 100 >"$scratch/$1.bench" 2>&1 ||
		return 1
	sed -i '3,$d' "$scratch/$1.conf"
	"$etherroot" ctl reload --control "$scratch/$1.socket" || return 1
	kill "$pid"
	wait "$tracer" || return 1
	sed -n 's/^[0-9]* *\([a-z_0-9]*\)(.*/\1/p' "$scratch/$1.trace" | sort -u >"$scratch/$1.calls"
	[ "$(wc -l <"$scratch/$1.calls")" -gt 20 ]
}

within() {
	grep -vxF -f "$scratch/allowed" "$scratch/$1.calls" && return 1
	return 0
}

# confined WAY: each of its threads was, and was refused nothing that it asked for
confined() {
	threads=$(grep -c '^Pid:' "$scratch/$1.status")
	[ "$threads" -gt 1 ] || return 1
	[ "$(grep -c '^Seccomp:.2$' "$scratch/$1.status")" -eq "$threads" ] || return 1
	[ "$(grep -c '^NoNewPrivs:.1$' "$scratch/$1.status")" -eq "$threads" ] || return 1
	grep -w EPERM "$scratch/$1.trace" && return 1
	return 0
}

families() {
	sed -n 's/.*socket(\(AF_[A-Z0-9]*\),.*/\1/p' "$scratch"/*.trace | sort -u | while read -r family; do
		grep -q "^RestrictAddressFamilies=.*\<$family\>" "$unit" || echo "$family"
	done >"$scratch/families"
	cat "$scratch/families"
	[ ! -s "$scratch/families" ]
}

sed -n 's/^SystemCallFilter=//p' "$unit" | tr ' ' '\n' | while read -r word; do
	case $word in
	@*) members "$word" ;;
	*) echo "$word" ;;
	esac
done | sort -u >"$scratch/allowed"
check 'the service may use io_uring' grep -qx io_uring_enter "$scratch/allowed"
check 'a target runs with threads' run threads
check 'and calls nothing else' within threads
check 'nor would it be let' confined threads
uring=0
run uring || uring=1
if grep -qs 'this kernel does not allow it' "$scratch/uring.log"; then
	skip 'io_uring' 'this kernel does not allow it'
else
	check 'one with io_uring' test "$uring" -eq 0
	check 'calls it' grep -qx io_uring_enter "$scratch/uring.calls"
	check 'and nothing else that it may not' within uring
	check 'nor would that be let' confined uring
fi
check 'its sockets are of families that it may have' families

done_testing
