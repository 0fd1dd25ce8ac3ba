#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# What `make install` leaves behind: programs, manual pages, and services that systemd accepts.
. tests/lib.sh

prefix=$scratch/usr
check 'make install' make -s BUILD="$build" PREFIX="$prefix" install
check 'the command' "$prefix/bin/etherroot" --version
check 'under the name of vblade' sh -c "'$prefix/bin/etherroot-vblade' 2>&1 | grep -q '^usage: etherroot-vblade '"
check 'the cluster agent, where Pacemaker looks for it' test -x "$prefix/lib/ocf/resource.d/etherroot/export"
check 'no name is left open' sh -c "! grep -rI '@[A-Z]*@' '$prefix/lib'"

units=$prefix/lib/systemd/system
check 'the services' test "$(find "$units" -type f -printf '%f\n' | sort | tr '\n' ' ')" = \
	'etherroot-dnsmasq.service etherroot-export@.service etherroot-http.service etherroot-publish.service etherroot-publish.timer etherroot-serve.service etherroot-trial.service '
# The pages that the services name are the ones that are installed.
pages_exist() {
	sed -n 's/^Documentation=//p' "$units"/* | tr ' ' '\n' >"$scratch/pages"
	[ -s "$scratch/pages" ] || return 1
	while IFS='():' read -r _ page section _; do
		ls "$prefix/share/man/man$section/$page.$section" || return 1
	done <"$scratch/pages"
}
check "the services' manual pages are there" pages_exist

# A program that is not installed here is not the unit's fault.
verified() {
	systemd-analyze verify --man=no "$1" 2>&1 | grep -v 'Command .* is not executable' \
		>"$scratch/verify.log" || :
	[ ! -s "$scratch/verify.log" ] || { cat "$scratch/verify.log"; return 1; }
}
# Of 10, which is everything; one writes to disks and sends raw frames, another begins as root.
confined() {
	systemd-analyze security --offline=yes --threshold="$2" "$1"
}
user_is_made() {
	mkdir -p "$scratch/root/etc" &&
		systemd-sysusers --root="$scratch/root" "$prefix/lib/sysusers.d/etherroot.conf" &&
		grep '^etherroot:' "$scratch/root/etc/passwd" "$scratch/root/etc/group"
}
if command -v systemd-analyze >/dev/null; then
	for unit in "$units"/*; do
		name=${unit##*/}
		check "systemd finds nothing to say about $name" verified "$unit"
	done
	check 'the target may do little' confined "$units/etherroot-serve.service" 30
	check 'so may one export of a pair' confined "$units/etherroot-export@.service" 30
	check 'so may the HTTP server' confined "$units/etherroot-http.service" 20
	check 'and what counts starts' confined "$units/etherroot-trial.service" 20
	check 'and what publishes' confined "$units/etherroot-publish.service" 40
	check 'and dnsmasq' confined "$units/etherroot-dnsmasq.service" 40
	check 'its user is made' user_is_made
else
	skip 'the service' 'this machine has no systemd'
fi
done_testing
