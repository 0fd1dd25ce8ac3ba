#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# What README.md names is there: options, codes, files, anchors. (tests/qemu/readme-walk.sh does what
# it tells.)
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
	for command in initrd ipxe serve discover bench boot image; do
		"$etherroot" "$command" --help >"$scratch/$command.help"
		cat "$scratch/$command.help" >>"$scratch/any.help"
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

paths_exist() {
	grep -oE '(^|[ `(])(init|initramfs|ipxe|tools|images|tests)/[a-z./-]+' README.md |
		tr -d ' `(' | sort -u >"$scratch/paths"
	[ -s "$scratch/paths" ] || return 1
	while read -r path; do
		[ -e "$path" ] || {
			echo "is not there: $path"
			return 1
		}
	done <"$scratch/paths"
}
check 'every path in the README is there' paths_exist
done_testing
