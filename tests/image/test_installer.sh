#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# What a machine does that is started off the image of `etherroot image installer`: what it takes from its
# kernel's command line, and how it gets its answers. The machine, and what installs, are stand-ins; the
# real ones are for tests/qemu/slow/install.sh.
. tests/namespaces.sh
again_in "$0" --mount --net
. tests/lib.sh

export FAKE="$scratch/fake"
mkdir -p "$FAKE" "$scratch/bin" "$scratch/web"
export TMPDIR="$FAKE"
# stand_in NAME TEXT
stand_in() {
	printf '#!/bin/sh\n%s\n' "$2" >"$scratch/bin/$1"
	chmod +x "$scratch/bin/$1"
}
stand_in udevadm ''
stand_in blkid 'exit "$(cat "$FAKE/../blkid")"'
stand_in dd 'exit "$(cat "$FAKE/../unreadable")"'
stand_in tail 'case $1 in -c) ;; *) exec /usr/bin/tail "$@" ;; esac'
stand_in sleep 'echo "sleep $*" >>"$FAKE/../calls"'
# The five minutes of a web server that is silent.
stand_in timeout 'shift 3; exec /usr/bin/timeout 2 "$@"'
echo 2 >"$scratch/blkid"
echo 0 >"$scratch/unreadable"
stand_in etherroot 'echo "etherroot $*" >>"$FAKE/../calls"; cp "$3" "$FAKE/../answers"'
stand_in systemctl 'echo "systemctl $*" >>"$FAKE/../calls"'
ip link set lo up
url=http://127.0.0.1:8067
echo 'user root password=x' >"$scratch/web/answers"
in_background busybox httpd -f -p 127.0.0.1:8067 -h "$scratch/web"
until_done busybox wget -q -O /dev/null "$url/answers"

# installs COMMAND-LINE
installs() {
	: >"$scratch/calls"
	echo "quiet $1" >"$scratch/cmdline"
	mount --bind "$scratch/cmdline" /proc/cmdline
	installs_status=0
	PATH=$scratch/bin:$PATH sh images/installer.sh || installs_status=$?
	umount /proc/cmdline
	return $installs_status
}
# refuses TEXT COMMAND-LINE
refuses() {
	check "refused: $2" fails_with 1 "etherroot install: $1" installs "$2"
	check 'nothing was installed' test ! -s "$scratch/calls"
}
refuses 'etherroot.install=e0.1: not like aoe:e0.1' 'etherroot.install=e0.1'
refuses 'etherroot.finally=stop: neither reboot nor poweroff' 'etherroot.install=aoe:e0.1 etherroot.finally=stop'
refuses "$url/none: Failed to fetch $url/none" "etherroot.install=aoe:e0.1 etherroot.answers=$url/none"
head -c 1100000 /dev/zero >"$scratch/web/large"
refuses "$url/large: is larger than 1 MiB" "etherroot.install=aoe:e0.1 etherroot.answers=$url/large"
in_background busybox nc -l -p 8068 >"$scratch/heard"
listens() { grep -q ':1F84 .* 0A ' /proc/net/tcp /proc/net/tcp6; }
until_done listens
refuses 'http://127.0.0.1:8068/silent: has not come within 5 minutes' \
	'etherroot.install=aoe:e0.1 etherroot.answers=http://127.0.0.1:8068/silent'
check 'answers from a web server' installs \
	"etherroot.install=aoe:e0.7 etherroot.install=aoe:e0.1 etherroot.answers=$url/answers"
check 'are those' cmp "$scratch/web/answers" "$scratch/answers"
check 'for the export' grep -qx 'etherroot install --answers .* /dev/etherd/e0.1' "$scratch/calls"
check 'then it restarts' grep -qx 'systemctl reboot' "$scratch/calls"
check 'and nothing is left of them' sh -c "! find '$FAKE' -mindepth 1 | grep ."

# By the script of a boot server's, the disk was tried before.
once="etherroot.install=aoe:e0.1 etherroot.overwrite=no etherroot.answers=$url/answers"
check 'a disk that is empty, as it is to be' installs "$once"
check 'is installed' grep -q '^etherroot install ' "$scratch/calls"
# In the end blkid finds nothing since nothing can be read.
for status in 0 8 2; do
	echo $status >"$scratch/blkid"
	[ $status != 2 ] || echo 1 >"$scratch/unreadable"
	check "one that is not is not (blkid: $status)" installs "$once"
	check 'whatever the answers say: it is to be started, in a minute' \
		test "$(cat "$scratch/calls")" = "sleep 60
systemctl reboot"
done
done_testing
