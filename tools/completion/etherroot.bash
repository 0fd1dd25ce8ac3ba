# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Completions for bash. Nothing of the command is written down here: its own --help is asked, so that what
# is offered is what the installed command has.

# _etherroot_names COMMAND: its subcommands, which --help lists
# _etherroot_names COMMAND SUBCOMMAND: its verbs, the small words where --help shows how it is used
_etherroot_names() {
	case $# in
	1) "$1" --help 2>/dev/null | sed -n 's/^  \([a-z][a-z]*\)  .*/\1/p' ;;
	2) "$1" "$2" --help 2>/dev/null | awk -v subcommand="$2" '
		/^Usage:/ { usage = 1 }
		!/^(Usage:| )/ { usage = 0 }
		usage || ($1 == "etherroot" && $2 == subcommand) {
			for (i = 1; i <= NF; i++)
				if ($i ~ /^[a-z]+$/ && $i != "etherroot" && $i != subcommand) print $i
		}' ;;
	esac
}

# "--LONG -S ARGUMENT" a line, of the options of COMMAND SUBCOMMAND [VERB]; "-" is none.
_etherroot_options() {
	"$@" --help 2>/dev/null |
		sed -n 's/^ \{2,6\}\(-.\)\{0,1\}\(, \)\{0,1\}\(--[a-z-]*\) \{0,1\}\([^ ]*\).*/\3 \1 \4/p' |
		sed 's/^\(--[a-z-]*\)  /\1 - /; s/ $/ -/'
}

# What an argument may be by its name in --help: file, folder, interface, "word WORDS", or other.
_etherroot_kind() {
	case $1 in
	FILE | FILE\|* | PATH | SCRIPT | SOCKET | SRC:DST) echo file ;;
	DIR | FOLDER) echo folder ;;
	IF) echo interface ;;
	*) echo other ;;
	esac
}

# The argument that the option in $2 takes, among those of _etherroot_options in $1; none: it fails.
_etherroot_argument() {
	local long short argument

	while read -r long short argument; do
		if [ "$2" = "$long" ] || [ "$2" = "$short" ]; then
			[ "$argument" != - ] && echo "$argument"
			return
		fi
	done <<<"$1"
	return 1
}

# Sets command to what is being completed: as many words of the line as are names, from the first on.
_etherroot_command() {
	local names

	command=("${words[0]}")
	while [ ${#command[@]} -lt 3 ] && [ ${#words[@]} -gt ${#command[@]} ]; do
		names=$(_etherroot_names "${command[@]}")
		grep -qxF -e "${words[${#command[@]}]}" <<<"$names" || return 0
		command+=("${words[${#command[@]}]}")
	done
}

_etherroot() {
	local words=("${COMP_WORDS[@]:0:COMP_CWORD}") word=${COMP_WORDS[COMP_CWORD]}
	local command options argument names

	_etherroot_command
	options=$(_etherroot_options "${command[@]}")
	names=$(_etherroot_names "${command[@]}")
	if argument=$(_etherroot_argument "$options" "${words[-1]}"); then
		case $(_etherroot_kind "$argument") in
		file) mapfile -t COMPREPLY < <(compgen -f -- "$word") ;;
		folder) mapfile -t COMPREPLY < <(compgen -d -- "$word") ;;
		interface) mapfile -t COMPREPLY < <(cd /sys/class/net && compgen -d -- "$word") ;;
		*) COMPREPLY=() ;;
		esac
	elif [[ $word == -* ]]; then
		mapfile -t COMPREPLY < <(compgen -W "$(cut -d ' ' -f 1 <<<"$options")" -- "$word")
	elif [ "$names" ]; then
		mapfile -t COMPREPLY < <(compgen -W "$names" -- "$word")
	else
		mapfile -t COMPREPLY < <(compgen -f -- "$word")
	fi
}
complete -o filenames -F _etherroot etherroot
