#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Counts how often a machine has started a kernel that is on trial, and sends it back to the one before
# once that was often enough. A CGI program of etherroot-trial.service, and all that this service gives
# out; iPXE's scripts (etherroot-publish(8)) ask it by
#
#   .../cgi-bin/trial?MACHINE/GENERATION          the kernel is loaded, and about to be started
#   .../cgi-bin/trial?MACHINE/GENERATION/failed   it could not be loaded or started
#
# Each adds a line to a file: a letter, when that was, in seconds since this server was started, and which start
# of it: of a clock that is set meanwhile nothing depends. 'etherroot publish' reads it, and removes it. Anyone
# on the LAN may ask, and is refused unless his card is one of the machine's, by the table that leads it to its
# script, and the generation is on trial. No file has more than three lines.
set -eu

tries=2
boot=${ETHERROOT_BOOT:-/srv/etherroot/boot}
neighbours=${ETHERROOT_NEIGHBOURS:-/proc/net/arp} # "ADDRESS 0x1 0x2 MAC * INTERFACE"

refuse() {
	printf 'Status: 404 Not Found\r\nContent-Type: text/plain\r\n\r\n'
	exit 0
}

case ${QUERY_STRING:-} in
*[!a-zA-Z0-9._/-]* | .* | *..* | *//*) refuse ;;
*/*/failed) letter=f ;;
*/*/* | '') refuse ;;
*/?*) letter=s ;;
*) refuse ;;
esac
name=${QUERY_STRING%/failed}
machine=${name%%/*}
sed -n 's/^set trial .*?//p' "$boot/$machine/generation.ipxe" 2>/dev/null | grep -qxF -e "$name" || refuse
# A server with two cards on the LAN may know two for one address.
sed -n "s/^${REMOTE_ADDR%:*} .* \([0-9a-f:]\{17\}\) .*/iseq \${netX\/mac} \1 \&\& goto machine-$machine ||/p" \
	"$neighbours" | grep -qxFf - "$boot/boot.ipxe" || refuse

file=$STATE_DIRECTORY/$machine.${name#*/}
exec 9>>"$file"
flock 9 # of two that ask at once, each sees the other's line
count=$(wc -l <"$file")
if [ "$count" -le $tries ]; then
	read -r uptime _ </proc/uptime
	read -r boot_id </proc/sys/kernel/random/boot_id
	echo "$letter ${uptime%.*} $boot_id" >&9
	count=$((count + 1))
fi
printf 'Content-Type: text/plain\r\n\r\n#!ipxe\n'
[ "$count" -le $tries ] || printf 'set trial-over 1\n'
