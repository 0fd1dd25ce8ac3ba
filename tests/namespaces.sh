# shellcheck shell=sh
# SPDX-License-Identifier: GPL-2.0-or-later
# For a test that needs a network, or mounts, of its own. Before anything else:
#
#   . tests/namespaces.sh
#   again_in "$0" --net
set -eu

# unshared OPTION... COMMAND...: unshare(1), where COMMAND is root: by a user namespace, unless it is
# root already, which some machines allow to nobody else
unshared() {
	if [ "$(id -u)" -eq 0 ]; then
		unshare "$@"
	else
		unshare --user --map-root-user "$@"
	fi
}

# again_in SCRIPT OPTION...: in new namespaces runs SCRIPT, which calls this, once more, and there
# returns; or skips all of it
again_in() {
	if [ -n "${IN_NAMESPACES:-}" ]; then
		return
	fi
	again_script=$1
	shift
	if ! unshared "$@" true 2>/dev/null; then
		echo 'ok 1 - everything # SKIP this machine gives its users no namespaces'
		echo '1..1'
		exit 0
	fi
	export IN_NAMESPACES=1
	again_status=0
	unshared "$@" "$again_script" || again_status=$?
	exit "$again_status"
}
