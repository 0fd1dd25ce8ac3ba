#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# The completions of bash and zsh offer what --help has: subcommands, verbs, options, and what an option
# takes.
. tests/lib.sh

# offers SHELL WORD...: what is offered in place of the last one
offers() {
	shell=$1
	shift
	"tests/source/completes.$shell" "$etherroot" "$@" | sort
}

subcommands=$("$etherroot" --help | sed -n 's/^  \([a-z]*\)  .*/\1/p')

same_subcommands() {
	echo "$subcommands" | sort >"$scratch/told"
	offers "$1" '' >"$scratch/offered"
	[ -s "$scratch/told" ] && diff "$scratch/told" "$scratch/offered"
}

# options_of COMMAND...: as --help has them
options_of() {
	"$etherroot" "$@" --help | grep -oE '^ +(-., )?--[a-z-]+' | grep -oE -e '--[a-z-]+' | sort
}
same_options() {
	shell=$1
	shift
	options_of "$@" >"$scratch/told"
	offers "$shell" "$@" -- >"$scratch/offered"
	[ "$(wc -l <"$scratch/told")" -gt 2 ] && diff "$scratch/told" "$scratch/offered"
}
every_option() {
	for subcommand in $(echo "$subcommands" | grep -vxE 'server|machine'); do
		same_options "$1" "$subcommand" || { echo "of $subcommand"; return 1; }
	done
	for verb in 'server init' 'server status' 'machine add' 'machine remove' 'image debian' 'ctl fault' 'pair status'; do
		# shellcheck disable=SC2086 # two words
		same_options "$1" $verb || { echo "of $verb"; return 1; }
	done
}

# are SHELL "WHAT" WORD...: exactly these are offered
are() {
	are_shell=$1 are_what=$2
	shift 2
	are_got=$(offers "$are_shell" "$@" | tr '\n' ' ')
	[ "$are_got" = "${are_what:+$are_what }" ] || { echo "offered: $are_got"; return 1; }
}

# what_belongs SHELL FILES FOLDERS INTERFACES
what_belongs() {
	are "$1" "$2" boot --image "$scratch/d" && are "$1" "$2" boot -i "$scratch/d" &&
		are "$1" "$3" initrd --root "$scratch/d" && are "$1" "$4" serve --interface l
}

for shell in bash zsh; do
	if ! command -v $shell >/dev/null; then
		skip "completions for $shell" "$shell is not installed"
		continue
	fi
	check "$shell: every subcommand" same_subcommands $shell
	check "$shell: every option of each" every_option $shell
	check "$shell: verbs" are $shell 'add list remove rename show' machine ''
	check "$shell: verbs after an option" are $shell 'drop fault release reload resume withdraw' \
		ctl --control x ''
	mkdir -p "$scratch/dir"
	touch "$scratch/disk"
	case $shell in
	bash)
		check 'bash: files, folders, interfaces' what_belongs bash "$scratch/dir $scratch/disk" \
			"$scratch/dir" lo
		check 'bash: nothing where a number is awaited' are bash '' serve --buffers ''
		;;
	zsh)
		check 'zsh: files, folders, interfaces' what_belongs zsh files 'files -/' interfaces
		check 'zsh: nothing where a number is awaited' are zsh message serve --buffers ''
		;;
	esac
done
done_testing
