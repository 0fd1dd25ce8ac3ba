#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# What `make install` leaves behind: programs, manual pages, and a service that systemd accepts.
. tests/lib.sh

prefix=$scratch/usr
check 'make install' make -s BUILD="$build" PREFIX="$prefix" install
check 'the command' "$prefix/bin/etherroot" --version
check 'under the name of vblade' sh -c "'$prefix/bin/etherroot-vblade' 2>&1 | grep -q '^usage: etherroot-vblade '"
check 'no name is left open' sh -c "! grep -r '@[A-Z]*@' '$prefix/lib'"

unit=$prefix/lib/systemd/system/etherroot-serve.service
# The pages that the service names are the ones that are installed.
pages_exist() {
	sed -n 's/^Documentation=//p' "$unit" | tr ' ' '\n' >"$scratch/pages"
	[ -s "$scratch/pages" ] || return 1
	while IFS='():' read -r _ page section _; do
		ls "$prefix/share/man/man$section/$page.$section" || return 1
	done <"$scratch/pages"
}
check "the service's manual pages are there" pages_exist

verified() {
	systemd-analyze verify --man=no "$unit" >"$scratch/verify.log" 2>&1 || return 1
	[ ! -s "$scratch/verify.log" ] || { cat "$scratch/verify.log"; return 1; }
}
# Of 10, which is everything; a service that writes to disks and sends raw frames keeps some.
confined() {
	systemd-analyze security --offline=yes --threshold=30 "$unit"
}
user_is_made() {
	mkdir -p "$scratch/root/etc" &&
		systemd-sysusers --root="$scratch/root" "$prefix/lib/sysusers.d/etherroot.conf" &&
		grep '^etherroot:' "$scratch/root/etc/passwd" "$scratch/root/etc/group"
}
if command -v systemd-analyze >/dev/null; then
	check 'systemd finds nothing to say about the service' verified
	check 'and it may do little' confined
	check 'its user is made' user_is_made
else
	skip 'the service' 'this machine has no systemd'
fi
done_testing
