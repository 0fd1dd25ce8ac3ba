#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# A machine without a disk installs Debian $RELEASE (13) on an empty export, by itself, and then runs off
# it: with the kernel by network, and started by the disk's own boot loader, BIOS and UEFI. Before that a
# mirror fails, which is told, and leaves a disk that the next start installs.
. tests/qemu/scenario.sh

# An emulated machine takes as long for its packages as a real one for a hundred such installations.
deadline=$((12 * deadline))
installer=$scratch/installer.img
disk=$scratch/disk.img

chmod 755 "$scratch"

# write_answers: two files, one of which names a mirror where nobody is; a hook puts that one into
# the installer too, with a hook of its own: who logs in on a slow machine has more than a minute for it
write_answers() {
	cat >"$scratch/answers" <<END
suite $suite
user root password=etherroot
user alice password=alice sudo "key=ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIH alice@here"
hostname ws9
timezone Europe/Berlin
keyboard de
bootloader both
hook /etc/etherroot/patience
END
	cat >"$scratch/hook" <<END
#!/bin/sh -e
install -d "\$1/etc/etherroot"
cat >"\$1/etc/etherroot/no-mirror" <<'ANSWERS'
$(cat "$scratch/answers")
mirror http://127.0.0.1:9/debian
ANSWERS
cat >"\$1/etc/etherroot/patience" <<'PATIENCE'
#!/bin/sh -e
sed -i 's/^LOGIN_TIMEOUT.*/LOGIN_TIMEOUT 3600/' "\$1/etc/login.defs"
PATIENCE
chmod +x "\$1/etc/etherroot/patience"
END
	chmod +x "$scratch/hook"
}

# installs EXPECTED ARGUMENT: the machine, from its start on
installs() {
	"$etherroot" boot --accel tcg --via direct --image "$installer" --read-only \
		--export "0.1=$disk,cache=writeback" --internet --memory 1024 --after kill --timeout "$deadline" \
		--log "$scratch/console.log" --expect "$1" \
		--append "rd.overlay etherroot.install=aoe:e0.1 etherroot.finally=poweroff $2"
}
# runs WAY FIRMWARE: off its own disk; it logs in, and looks around
looks='hostname; readlink /etc/localtime; id -nG alice; ls -l ~alice/.ssh/authorized_keys; '
looks=$looks'getent ahosts deb.debian.org; echo state-$(systemctl is-system-running --wait); echo seen-$((1+1))'
runs() {
	"$etherroot" boot --accel tcg --via "$1" --firmware "$2" --image "$disk" --internet \
		--timeout "$deadline" --log "$scratch/console.log" --expect 'seen-2' \
		--type 'ws9 login: $=>root' --type 'Password: $=>etherroot' --type "root@ws9.*# \$=>$looks"
}

case ${RELEASE:-13} in
12) suite=bookworm ;;
13) suite=trixie ;;
esac
write_answers
check 'an installer' "$etherroot" image installer --suite "$suite" --size 1500M \
	--hook "$scratch/hook" --answers "$scratch/answers" --output "$installer"
truncate -s 3G "$disk"
check 'a mirror that is not there' installs 'etherroot install: NOT INSTALLED' \
	etherroot.answers=/etc/etherroot/no-mirror
check 'stands on the disk' sh -c "head -n 1 '$disk' | grep '^etherroot install: not finished: '"
check 'which has nothing to boot off' fails_with 1 "etherroot boot: $disk: " \
	"$etherroot" boot --image "$disk" --expect never
check 'it installs itself' installs 'reboot: Power down' ''
check 'and says so' contains "$scratch/console.log" 'done: Debian '
check 'it runs off its disk' runs direct bios
check 'as the answers say: who it is' grep -q '^ws9' "$scratch/console.log"
check 'where' grep -q '^/usr/share/zoneinfo/Europe/Berlin' "$scratch/console.log"
check 'whose' grep -qE '^alice .*sudo' "$scratch/console.log"
check 'who may come in' grep -q '^-rw------- 1 alice alice' "$scratch/console.log"
check 'no unit has failed' grep -q '^state-running' "$scratch/console.log"
check 'a BIOS starts it' runs sanboot bios
check 'UEFI starts it' runs sanboot uefi
done_testing
