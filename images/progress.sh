# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-or-later
# How far long work is: on a terminal a bar, drawn anew at each step; else a line a step. To be sourced.
#
#   progress_begin NAME STEPS  "etherroot image", and how many there are, about
#   progress TEXT [STEP]       the next step, or this one
#   progress_note TEXT         a line of its own, which stays
#   progress_clear             the bar goes: what follows stands on its line
#
# A part of the work that runs as another process goes on from where it was started.
PROGRESS_WIDTH=20 # of the bar

progress_begin() {
	export progress_name=$1 progress_steps=$2
	export progress_step=${progress_step:-0} progress_started=${progress_started:-$EPOCHSECONDS}
}

# How many characters of text are left on a line behind the bar.
progress_room() {
	local columns

	read -r _ columns < <(stty size <&2 2>/dev/null) || columns=0
	[ "$columns" -gt 0 ] || columns=80 # a terminal that does not know
	echo $((columns - PROGRESS_WIDTH - ${#progress_name} - 13))
}

progress_bar() {
	local bar room

	printf -v bar '%*s' $((progress_step * PROGRESS_WIDTH / progress_steps)) ''
	room=$(progress_room)
	printf '\r\e[K%s: %4d s [%-*s] %s' "$progress_name" $((EPOCHSECONDS - progress_started)) \
		$PROGRESS_WIDTH "${bar// /#}" "${1:0:$((room > 0 ? room : 0))}" >&2
}

progress() {
	progress_step=${2:-$((progress_step + 1))}
	# There may be more of them than was thought.
	[ "$progress_step" -le "$progress_steps" ] || progress_step=$progress_steps
	if [ -t 2 ]; then
		progress_bar "$1"
		[ "$progress_step" -lt "$progress_steps" ] || echo >&2
	else
		printf '%s: %4d s  %s\n' "$progress_name" $((EPOCHSECONDS - progress_started)) "$1" >&2
	fi
}

progress_clear() {
	[ ! -t 2 ] || printf '\r\e[K' >&2
}

progress_note() {
	progress_clear
	printf '%s: %s\n' "$progress_name" "$1" >&2
}
