# shellcheck shell=sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Runs tests of the target again, with a sanitized build in place of the program.
#
#   . tests/protocol/sanitized.sh
#   sanitized PROGRAM TEST...
#
# TEST is one of build/tests/protocol, or of tests/protocol with its .sh. What they print is the TAP
# of this one: their plans add up.
set -eu

build=${BUILD:-build}

sanitized() {
	export ETHERROOT="$1"
	export CMOCKA_MESSAGE_OUTPUT=TAP
	# The first finding ends the process: whoever talks to it notices.
	export ASAN_OPTIONS=halt_on_error=1 TSAN_OPTIONS=halt_on_error=1
	shift
	sanitized_status=0
	for sanitized_test in "$@"; do
		if [ ! -e "tests/protocol/$sanitized_test" ]; then
			sanitized_test=$build/tests/protocol/$sanitized_test
		else
			sanitized_test=tests/protocol/$sanitized_test
		fi
		echo "# $sanitized_test"
		"$sanitized_test" || sanitized_status=1
	done
	return "$sanitized_status"
}
