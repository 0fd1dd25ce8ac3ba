#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# In an image of `etherroot image installer`: installs the export that the kernel's command line names,
# and starts the machine anew. Run by etherroot-install.service.
#   etherroot.answers=PATH|URL         the answers file (/etc/etherroot/answers)
#   etherroot.overwrite=no             a disk that is not empty was to be started, whatever the answers say
# and what installer-line.sh reads.
set -eu
here=$(dirname "$0")
# shellcheck source=images/disk-content.sh
. "$here/disk-content.sh"
# shellcheck source=images/installer-line.sh
. "$here/installer-line.sh"
work=
FETCH=300 # seconds, of all tries together

fail() {
	echo "etherroot install: $1" >&2
	echo "etherroot install: NOT INSTALLED. Again: systemctl start etherroot-install, or a restart" >&2
	exit 1
}

# The LAN is asked once more: the server may have got the export since this machine's start.
find_disk() {
	echo >/dev/etherd/discover || :
	udevadm wait --settle --timeout=60 "$disk" 2>/dev/null ||
		fail "$export: does not answer; what does: $(cd /dev/etherd && echo e*.*)"
}

# Who boots this after his disk did not start has perhaps had no answer from its server in time.
spare_disk() {
	[ "$(value_of overwrite)" = no ] || return 0
	what_is_on "$disk" >/dev/null || return 0
	echo "etherroot install: $export: is not empty, and was to start by itself: another try in a minute" >&2
	sleep 60
	systemctl reboot
	exit
}

# fetch URL FILE: as apt would, but no more than an answers file may have (images/load.c) and one block:
# whoever answers could go on for ever, and this machine's disk is its memory. In sh's blocks of 512 bytes.
fetch() {
	(
		ulimit -f 2049
		exec timeout -k 10 $FETCH /usr/lib/apt/apt-helper -o APT::Sandbox::User= -o Acquire::Retries=3 download-file "$1" "$2"
	)
}

find_answers() {
	answers=$(value_of answers)
	case ${answers:=/etc/etherroot/answers} in
	*://*)
		work=$(mktemp -d)
		fetch "$answers" "$work/answers" >"$work/log" 2>&1 || {
			[ $? != 124 ] || fail "$answers: has not come within $((FETCH / 60)) minutes"
			[ "$(stat -c %s "$work/answers" 2>/dev/null || echo 0)" -le 1048576 ] ||
				fail "$answers: is larger than 1 MiB"
			fail "$answers: $(sed -n 's/^E: //p' "$work/log" | head -n 1)"
		}
		answers=$work/answers
		;;
	esac
}

trap '[ -z "$work" ] || rm -rf "$work"' EXIT
read_command_line fail
find_disk
spare_disk
find_answers
etherroot install --answers "$answers" "$disk" || fail "$export: the reason is above"
systemctl "$finally"
