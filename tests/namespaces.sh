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

# another_dhcp_server LOG: somebody else's, who names no file, with the addresses 10.20.0.200 to 250 of the
# bridge lan0: in a network namespace of its own, from where it plugs itself in. Its process id is in $router.
another_dhcp_server() {
	# shellcheck disable=SC2016,SC2094 # expanded there; that is its name
	in_background unshare --net sh -euc '
		ip link add router type veth peer name to-router netns "$1"
		nsenter --target "$1" --net ip link set to-router master lan0 up
		ip address add 10.20.0.254/24 dev router
		ip link set router up
		exec dnsmasq --no-daemon --conf-file=/dev/null --port=0 --interface=router --no-ping \
			--dhcp-range=10.20.0.200,10.20.0.250 --dhcp-leasefile="$2.leases"' sh $$ "$1" >"$1" 2>&1
	# shellcheck disable=SC2034 # for the tests
	router=$!
	wait_for_text "$1" 'DHCP, IP range 10.20.0.200'
}
