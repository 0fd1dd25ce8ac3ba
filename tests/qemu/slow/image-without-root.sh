#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# A Debian built by somebody who is not root, with every option that changes what it is, boots and
# lets its owner in.
# shellcheck source=tests/qemu/scenario.sh
. tests/qemu/scenario.sh

# Somebody may not look into our scratch folder, nor perhaps into this checkout.
home=$(mktemp -d "${TMPDIR:-/tmp}/etherroot-home.XXXXXX")
trap 'rm -rf "$home"; clean_up' EXIT
make --no-print-directory -s BUILD="$build" install DESTDIR="$home" PREFIX= >/dev/null
printf '#!/bin/sh\necho "hooked by $(id -u)" >"$1/etc/motd"\nchroot "$1" uname -s >>"$1/etc/motd"\n' \
	>"$home/hook"
chmod 755 "$home/hook"

as_somebody() {
	if [ "$(id -u)" = 0 ]; then
		chown 65534:65534 "$home"
		setpriv --reuid=65534 --regid=65534 --clear-groups env HOME="$home" "$@"
	else
		"$@"
	fi
}
image=$home/disk.img
check 'an image is built without root' as_somebody "$home/bin/etherroot" image debian -o "$image" \
	--suite bookworm --size 3G --partition --kernel linux-image-6.12-amd64 --include strace --hook "$home/hook" \
	--hostname ws-1 --password '' --label workstation
check 'it boots, lets root in without a password, and holds what was asked for' \
	"$etherroot" boot --accel tcg --image "$image" --via direct --timeout "$deadline" \
	--append root=LABEL=workstation --log "$scratch/console.log" \
	--type 'ws-1 login: =>root' --type 'root@ws-1:~# =>cat /etc/motd; strace true 2>&1 | tail -n 1' \
	--expect 'exited with 0'
check 'the kernel is the one asked for' contains "$scratch/console.log" 'Linux version 6.12.'
check 'the hook ran as root' contains "$scratch/console.log" 'hooked by 0'
done_testing
