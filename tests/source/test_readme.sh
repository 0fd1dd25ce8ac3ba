#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# What README.md and the other documents name is there: options, codes, files, anchors, services.
# (tests/qemu/readme-walk.sh does what README.md tells.)
. tests/lib.sh

# Shell blocks, with continued lines joined: "COMMAND OPTION" for each long option of ours.
options_in_use() {
	awk '
		/^```/ { inside = !inside && /^```sh/; next }
		inside { if (sub(/\\$/, "")) { line = line $0; next } print line $0; line = "" }' \
		README.md | sed -n "s/'[^']*'//g; s/^etherroot \([a-z]*\)/\1/p" |
		awk '{ for (i = 2; i <= NF; i++) if ($i ~ /^--[a-z]/) print $1, $i }' | sort -u
	# In the text: `--option` belongs to some command.
	grep -o '`--[a-z-]*' README.md | sed 's/`/any /' | sort -u
}
options_exist() {
	: >"$scratch/any.help"
	for command in initrd ipxe serve discover bench boot publish image; do
		"$etherroot" "$command" --help >"$scratch/$command.help"
		cat "$scratch/$command.help" >>"$scratch/any.help"
	done
	for verb in 'server init' 'server apply' 'server status' 'machine add' 'machine list' 'pair' 'pair status'; do
		# shellcheck disable=SC2086 # two words
		"$etherroot" $verb --help | tee -a "$scratch/any.help" >>"$scratch/${verb% *}.help"
	done
	options_in_use >"$scratch/used"
	[ "$(wc -l <"$scratch/used")" -gt 15 ] || return 1
	while read -r command option; do
		grep -qE -e "^ +(-., )?$option( |\$)" "$scratch/$command.help" || {
			echo "etherroot $command has no $option"
			return 1
		}
	done <"$scratch/used"
}
check 'every option in the README exists' options_exist

codes_exist() {
	grep -o 'E-[A-Z]\{4,\}' README.md | sort -u >"$scratch/codes"
	[ -s "$scratch/codes" ] || return 1
	while read -r code; do
		contains init/report.c "\"$code\"" || return 1
	done <"$scratch/codes"
}
check "every code in the README is one of the init's" codes_exist

links_lead_somewhere() {
	grep -oE '\]\([^)]+\)' README.md | sed 's/^](//; s/)$//' >"$scratch/links"
	sed -n 's/^##* //p' README.md | tr 'A-Z ' 'a-z-' | sed 's/^/#/' >"$scratch/anchors"
	[ -s "$scratch/links" ] || return 1
	while read -r link; do
		case $link in
		'#'*) grep -qxF -e "$link" "$scratch/anchors" ;;
		*) [ -e "$link" ] ;;
		esac || {
			echo "leads nowhere: $link"
			return 1
		}
	done <"$scratch/links"
}
check 'every link in the README leads somewhere' links_lead_somewhere

# As they are written, under tests, or under the target's folder, which has a table of its own.
paths_exist() {
	grep -oE '(^|[ `(])(init|initramfs|ipxe|tools|images|tests|unit|qemu|protocol)/[A-Za-z0-9_./*-]+' "$1" |
		tr -d ' `(' | sed 's/\.$//' | grep -v NAME | sort -u >"$scratch/paths"
	[ -s "$scratch/paths" ] || return 1
	while read -r path; do
		# shellcheck disable=SC2086 # some are patterns
		ls -d $path >/dev/null 2>&1 || ls -d tests/$path >/dev/null 2>&1 || {
			echo "is not there: $path"
			return 1
		}
	done <"$scratch/paths"
}
for document in README.md CONTRIBUTING.md SECURITY.md; do
	check "every path in $document is there" paths_exist "$document"
done

units_exist() {
	grep -oE '(systemctl|journalctl)( [a-z-]+)? (--now |-u )?etherroot[a-z-]*' README.md |
		grep -oE '[a-z-]+$' | sort -u >"$scratch/units"
	[ -s "$scratch/units" ] || return 1
	while read -r unit; do
		ls tools/*/"$unit.service" || {
			echo "no such unit: $unit"
			return 1
		}
	done <"$scratch/units"
}
check 'every service in the README exists' units_exist
done_testing
