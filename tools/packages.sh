#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Installs what is missing from packages.list, for one of its sections and those before it.
#   tools/packages.sh [build|boot|test|bench|coverage|all]
# A fresh system has little more than this shell and apt: nothing else is used here.
set -eu

list=$(dirname "$0")/packages.list
section=${1:-all}

fail() {
	echo "tools/packages.sh: $1" >&2
	exit 1
}

# The lines "PACKAGE  PURPOSE" of the sections up to the one asked for.
wanted() {
	while read -r package purpose; do
		case $package in
		'' | '#'*)
			;;
		"[$section]")
			last=yes
			;;
		'['*)
			[ "${last-}" ] && return
			;;
		*)
			printf '%-22s %s\n' "$package" "$purpose"
			;;
		esac
	done <"$list"
	[ "${last-}" ] || [ "$section" = all ]
}

# Those of the lines whose package is not installed.
missing() {
	# dpkg-query fails when it has never heard of one of them: that one is missing, no error.
	# shellcheck disable=SC2046 # the names are to be split
	installed=$(dpkg-query -W -f '${Package} ${db:Status-Status}\n' $(names "$1") 2>/dev/null) ||
		:
	echo "$1" | while read -r package purpose; do
		case "
$installed
" in
		*"
$package installed
"*) ;;
		*) printf '  %-22s %s\n' "$package" "$purpose" ;;
		esac
	done
}

names() {
	echo "$1" | while read -r package _; do
		printf '%s ' "$package"
	done
}

# Run as root: quiet, no questions, nothing that is only recommended, waits for another apt.
# The package lists are fetched when there are none and when they turn out to be stale.
# shellcheck disable=SC2016 # expanded by the shell that root runs
install_as_root='
export DEBIAN_FRONTEND=noninteractive
install="apt-get -q -y -o DPkg::Lock::Timeout=300 --no-install-recommends install"
$install --simulate "$@" >/dev/null 2>&1 || apt-get -q update
$install "$@" || { apt-get -q update && $install "$@"; }'

if ! wanted=$(wanted); then
	fail "$section: no such section in packages.list"
fi
if ! command -v dpkg-query >/dev/null || ! command -v apt-get >/dev/null; then
	[ "${ETHERROOT_PACKAGES-}" = present ] && exit 0
	echo "$wanted" | while read -r line; do
		echo "  $line"
	done >&2
	fail 'this system has no apt: install what Debian calls by the names above,
then say so: make ETHERROOT_PACKAGES=present ...'
fi

missing=$(missing "$wanted")
[ "$missing" ] || exit 0

packages=$(names "$missing")
echo "Not installed yet, and needed:
$missing"
if [ "$(id -u)" = 0 ]; then
	as_root=
elif command -v sudo >/dev/null && sudo -n true 2>/dev/null; then
	as_root='sudo -n'
elif command -v sudo >/dev/null && [ -t 0 ] && [ -t 2 ]; then
	as_root=sudo
else
	command="apt-get update && apt-get install --yes --no-install-recommends ${packages% }"
	if command -v sudo >/dev/null; then
		command="sudo sh -c '$command'"
	else
		command="su -c '$command'"
	fi
	echo "Only root can install them. Run this, then try again:
  $command" >&2
	exit 1
fi

# shellcheck disable=SC2086 # words of a command, names of packages
if ! $as_root sh -c "$install_as_root" sh $packages; then
	fail "apt-get could not install the packages above; its messages say why"
fi
