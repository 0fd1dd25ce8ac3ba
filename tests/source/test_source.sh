#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# What holds for every file of the source: licence lines, lint, manual pages that are true.
. tests/lib.sh

sources() {
	find init initramfs ipxe tools images tests -name "$1" -type f | sort
}

every_file_names_its_licence() {
	find init initramfs ipxe tools images tests Makefile .ci/run -type f \
		! -name '*.svg' ! -name '*.md' ! -path 'tests/fuzz/corpus/*' -exec grep -L 'SPDX-License-Identifier: GPL-2.0-or-later' {} + \
		>"$scratch/unlicensed" || :
	cat "$scratch/unlicensed"
	[ ! -s "$scratch/unlicensed" ]
}
check 'every file names its licence' every_file_names_its_licence

shell_scripts() {
	grep -rlE '^#!/bin/sh|^#!/bin/bash|^#!/usr/bin/env bash|^# shellcheck shell=' \
		init initramfs ipxe tools images tests .ci | sort
}
# SC2016: text for the guest's shell stands in single quotes, so that ours leaves it alone.
# shellcheck disable=SC2046
check 'shell scripts are shellcheck clean' shellcheck -x -e SC2016 $(shell_scripts)

pages=$(find init initramfs ipxe tools images -name '*.[1578]' | sort)
# shellcheck disable=SC2086
check 'manual pages are mandoc clean' mandoc -Tlint -Wwarning $pages

# Each long option of --help is in the manual page of its command.
page_has_options() {
	page=$(find init initramfs ipxe tools images -name "etherroot-$1.[1578]")
	"$etherroot" "$1" --help | sed -n 's/^ \{2,6\}\(-., \)\{0,1\}--\([a-z0-9-]*\).*/\2/p' >"$scratch/options"
	[ -s "$scratch/options" ] || return 1
	mandoc -Tascii "$page" | col -b >"$scratch/page"
	while read -r option; do
		grep -qE -e "--$option([^a-z0-9-]|\$)" "$scratch/page" || {
			echo "$page: --$option is missing"
			return 1
		}
	done <"$scratch/options"
}
for command in initrd ipxe serve discover bench boot image; do
	check "the manual page of $command has every option" page_has_options "$command"
done

# Every code that the init can give is in its manual page, and the page names no other.
codes_agree() {
	sed -n 's/.*{"\(E-[A-Z]*\)".*/\1/p' init/report.c | sort >"$scratch/said"
	sed -n 's/^\.It Cm \(E-[A-Z]*\)$/\1/p' init/etherroot-init.7 | sort >"$scratch/documented"
	[ -s "$scratch/said" ] && diff "$scratch/said" "$scratch/documented"
}
check "the init's codes and its manual page agree" codes_agree

is_static() {
	! readelf -l "$build/init" | grep -q INTERP && ! readelf -d "$build/init" | grep -q NEEDED
}
check 'the init is static' is_static
check 'the init is at most 48 KiB' test "$(stat -c %s "$build/init")" -le 49152
done_testing
