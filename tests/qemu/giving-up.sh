#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# What waiting and giving up look like: the reminder, the reboot, the panic, the shell at a breakpoint. (The
# one that is left when nothing helps is in again.sh.)
. tests/qemu/scenario.sh

use_kernel 6.12
tiny_root "$scratch/root.img"

boots 'what is missing is said every ten seconds, and the wait goes on' \
	'waiting: E-NOTARGET: e0.0: no AoE target answers' \
	--image "$scratch/root.img" --no-target --append 'root=aoe:e0.0'
boots 'rd.onfail=reboot reboots' 'etherroot: reboot: as rd.onfail= says' \
	--image "$scratch/root.img" --no-target \
	--append 'root=aoe:e0.0 rd.timeout=1 rd.onfail=reboot'
boots 'panic= is left to the kernel' 'Rebooting in 1 seconds' \
	--image "$scratch/root.img" --no-target --append 'root=aoe:e0.0 rd.timeout=1 panic=1'
make_initrd "$initrd" --shell
boots 'rd.break= gives a shell, where a driver can be loaded, and the boot goes on' \
	'TINY-ROOT /dev/etherd/e0.0' --image "$scratch/root.img" \
	--append 'root=aoe:e0.0 modprobe.blacklist=virtio_net rd.break=find rd.break=switch' \
	--type '# $=>modprobe virtio_net && exit' --type '# $=>test -x /root/sbin/init && exit'

# What makes the root of the disks, for want of a volume manager; the first two times it does not.
cat >"$scratch/hook" <<'END'
#!/bin/sh
PATH=/bin
# The console is its input and output, and nothing more; and the device mapper's programs know of no udev.
consoles=$(busybox ls -l /proc/$$/fd | busybox grep -c /dev/console)
busybox [ "$consoles $DM_DISABLE_UDEV" = '3 1' ] || exit 4
busybox [ -e /dev/mapper ] || { busybox mkdir /dev/mapper; exit 3; }
busybox [ -e /dev/mapper/control ] || { busybox touch /dev/mapper/control; exit 0; }
busybox ln -s /dev/etherd/e0.0 "$1"
END
# What e2fsck says that has mended something, and would have a machine rebooted that has it mounted.
printf '#!/bin/sh\necho mended\nexit 3\n' >"$scratch/e2fsck"
chmod +x "$scratch/hook" "$scratch/e2fsck"
make_initrd "$initrd" --shell --add "$scratch/hook:/bin/hook" --add "$scratch/e2fsck:/sbin/e2fsck"
boots 'rd.hook= makes the root' 'TINY-ROOT /dev/mapper/root ext4' --image "$scratch/root.img" \
	--append 'root=/dev/mapper/root rw rd.hook=/bin/hook'
check 'which is mounted once e2fsck has mended it, though it asks for a reboot' \
	contains "$scratch/console.log" 'etherroot: fsck: mended'
check 'and is run again when it has failed, which is told' contains "$scratch/console.log" \
	'etherroot: waiting: E-HOOK: /bin/hook: it ended with status 3: see what it says above'
check 'or when it has made nothing' contains "$scratch/console.log" \
	'/bin/hook: it ended with status 0, but /dev/mapper/root is no root: no such device'
done_testing
