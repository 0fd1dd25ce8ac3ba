#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# What holds for every file of the source: licence lines, lint, manual pages that are true.
. tests/lib.sh

sources() {
	find init initramfs ipxe tools images tests -name "$1" -type f | sort
}

every_file_names_its_licence() {
	find init initramfs ipxe tools images tests Makefile .ci/run -type f \
		! -name '*.svg' ! -name '*.md' ! -path 'tests/fuzz/corpus/*' \
		! -path tools/packaging/debian/changelog ! -path tools/packaging/debian/source/format -exec grep -L 'SPDX-License-Identifier: GPL-2.0-or-later' {} + \
		>"$scratch/unlicensed" || :
	cat "$scratch/unlicensed"
	[ ! -s "$scratch/unlicensed" ]
}
check 'every file names its licence' every_file_names_its_licence

# What a tool left behind where it was started is not part of the project. A tree without git is one
# that was unpacked, and has nothing else.
top_is_as_drawn() {
	if git rev-parse --git-dir >/dev/null 2>&1; then git ls-files; else find . -type f -printf '%P\n'; fi |
		cut -d / -f 1 | sort -u | grep -vxE 'build|[.]git|[.]ci|[.]clang-format|[.]editorconfig|[.]gitignore|CHANGELOG[.]md|CONTRIBUTING[.]md|LICENSE|Makefile|README[.]md|SECURITY[.]md|images|init|initramfs|ipxe|tests|tools' \
		>"$scratch/strangers" || :
	cat "$scratch/strangers"
	[ ! -s "$scratch/strangers" ]
}
check 'nothing stands at the top but what is drawn there' top_is_as_drawn

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

# An include that runs up or across, or into a folder past its door, is printed.
includes_go_down() {
	# shellcheck disable=SC2046 # file names without blanks
	awk '
		function folder(path) { sub(/\/[^\/]*$/, "", path); return path }
		FILENAME ~ /floors.list$/ {
			if ($1 ~ /^[0-9]/) { floor[$2] = $1; door[$2] = $3 }
			next
		}
		/^#include "/ {
			split($0, part, "\"")
			from = folder(FILENAME)
			to = folder(part[2])
			looked++
			if (from == to) next
			if (!(from in floor)) why = "the folder is not in floors.list"
			else if (!(to in floor)) why = "its folder is not in floors.list"
			else if (floor[to] >= floor[from]) why = "it is not on a floor below"
			else if (door[to] && part[2] != to "/" door[to]) why = "it is not the door of its folder"
			else next
			print FILENAME ": " part[2] ": " why
			wrong++
		}
		END { exit wrong || !looked }
	' tests/source/floors.list $(find init initramfs ipxe images tools -name '*.[ch]')
}
check 'every include goes down, and through the door' includes_go_down

# The init is linked with the files of the Makefile's SHARED_SRC and its own, without stdio or malloc.
init_stands_on_base() {
	! grep -nE '^#include "' init/*.[ch] | grep -vE '"(init|tools/base|tools/aoe)/' &&
		! grep -nE '^#include <(stdio|malloc)\.h>' init/*.[ch] tools/base/*.[ch] tools/aoe/*.[ch]
}
check 'the init stands on tools/base and tools/aoe alone' init_stands_on_base

# Each long option of --help is in the manual page of its command.
page_has_options() {
	page=$(find init initramfs ipxe tools images -name "etherroot-$1.[18]")
	"$etherroot" "$@" --help | sed -n 's/^ \{2,6\}\(-., \)\{0,1\}--\([a-z0-9-]*\).*/\2/p' >"$scratch/options"
	[ -s "$scratch/options" ] || return 1
	mandoc -Tascii "$page" | col -b >"$scratch/page"
	while read -r option; do
		grep -qE -e "--$option([^a-z0-9-]|\$)" "$scratch/page" || {
			echo "$page: --$option is missing"
			return 1
		}
	done <"$scratch/options"
}
for command in initrd ipxe serve status ctl trace discover bench boot publish image install pair; do
	check "the manual page of $command has every option" page_has_options "$command"
done
for verb in 'server init' 'server apply' 'server status' 'server kea' 'machine add' 'machine list' 'machine show' \
	'machine rename' 'machine remove' 'pair status' 'pair move' 'pair take' 'pair leave' 'pair fence' 'pair resync' \
	'pair note'; do
	# shellcheck disable=SC2086 # two words
	check "the manual page has every option of $verb" page_has_options $verb
done

check 'every mutant finds its line and its tests' tests/mutants/run --check

# Each option of an export is where one looks for it; lan-admin is only there to be refused.
export_options_agree() {
	sed -n 's/{"\([a-z-]*\)", \(true\|false\), [a-z_]*}/\n&\n/gp' tools/serve/config/options.c |
		sed -n 's/^{"\([a-z-]*\)".*/\1/p' | grep -v '^lan-admin$' | sort >"$scratch/options"
	[ "$(wc -l <"$scratch/options")" -gt 5 ] || return 1
	"$etherroot" serve --help | sed '1,/^Options of an export:/d' >"$scratch/help"
	sed '1,/^An export may have/d; /^\.Sh/,$d' tools/serve/etherroot-serve.8 | grep '^\.It' >"$scratch/page"
	! "$etherroot" serve 0.0=x,nosuch 2>"$scratch/refused" || return 1
	while read -r option; do
		for file in help page refused; do
			grep -qE -e "(^|[ ,])$option([=, ]|\$)" "$scratch/$file" || {
				echo "$option is not in the $file"
				return 1
			}
		done
	done <"$scratch/options"
}
check 'the options of an export agree' export_options_agree

# Each parameter that the init knows is in its manual page.
parameters_agree() {
	sed -n 's/^ *{"\([A-Za-z.]*\)", \(set\|refuse\).*/\1/p' init/cmdline.c >"$scratch/parameters"
	[ "$(wc -l <"$scratch/parameters")" -gt 15 ] || return 1
	while read -r parameter; do
		grep -qE "^\.(It )?Cm (.*[ ,])?$parameter([= ,]|\$)" init/etherroot-init.7 || {
			echo "$parameter is not in the page"
			return 1
		}
	done <"$scratch/parameters"
}
check "the init's parameters are in its manual page" parameters_agree

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
check 'the init is at most 90 KiB' test "$(stat -c %s "$build/init")" -le 92160
done_testing
