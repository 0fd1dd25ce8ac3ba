#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# `etherroot boot` as its user meets it: what bad input gets, what is found in an image, what a
# verdict says, what is left behind. The machine is a fake one (fake-qemu); tests/qemu has real ones.
# shellcheck source=tests/lib.sh
. tests/lib.sh

etherroot=$(realpath "$etherroot")
export XDG_CACHE_HOME="$scratch/cache"
export TMPDIR="$scratch/tmp"
export FAKE="$scratch"
mkdir "$scratch/tmp" "$scratch/bin"
ln -s "$PWD/tests/boot/fake-qemu" "$scratch/bin/qemu-system-x86_64"
real_path=$PATH
PATH=$scratch/bin:$PATH

# The head of a kernel image, with a version and as many bytes as wanted behind it.
make_kernel() {
	{
		head -c 514 /dev/zero
		printf 'HdrS\017\002'
		head -c 6 /dev/zero
		printf '\000\001'
		head -c 240 /dev/zero
		printf '%s (somebody@somewhere) #1\000' "$2"
		echo "$3"
	} >"$1"
}

make_kernel "$scratch/vmlinuz" 6.1.0-test one
echo initrd >"$scratch/initrd"
truncate -s 1M "$scratch/image"

# boot OPTION...: a machine without a target, with a kernel that is there
boot() {
	"$etherroot" boot --accel tcg --via direct --no-target --kernel "$scratch/vmlinuz" \
		--initrd "$scratch/initrd" "$@"
}

# story LINE...: what the fake machine does
story() {
	printf '%s\n' "$@" >"$scratch/story"
}

# ---- the command line -----------------------------------------------------------------------------

check 'an image is needed' fails_with 2 'etherroot boot: no --image FILE to boot off' \
	"$etherroot" boot
check 'an operand is refused' fails_with 2 'extra: no operand is expected' boot extra
check 'an address is checked' fails_with 2 '--address 0.255: not SHELF.SLOT, 0.0 to 65534.254' \
	boot --address 0.255
check 'a kernel beside the boot loader of the image' fails_with 2 \
	"--kernel: with --via sanboot the image's own boot loader decides" boot --via sanboot
check 'a boot loader on a LAN with a boot server' fails_with 2 \
	"--via sanboot: on a LAN of somebody else's (--lan tap:) the boot server there decides: --via ipxe" \
	"$etherroot" boot --via sanboot --lan tap:t0
check 'a medium of ours on a LAN with a boot server' fails_with 2 "--via iso: on a LAN of somebody else's" \
	"$etherroot" boot --via iso --lan tap:t0
check 'another firmware' fails_with 2 '--firmware coreboot: neither bios nor uefi nor uefi-secure' boot --firmware coreboot
check 'a way is checked' fails_with 2 \
	'--via nfs: neither ipxe nor direct nor sanboot nor http nor iso nor usb nor pxe nor uefi-http nor grub nor disk' boot --via nfs
check 'a medium is for the ways that have one' fails_with 2 '--medium x.iso: only with --via iso or usb' boot --medium x.iso
check 'and says itself what is loaded' fails_with 2 '--append: with --via usb the script on the medium decides' \
	"$etherroot" boot --image "$scratch/image" --via usb --medium x.iso --append quiet
check 'a disk that is not there' fails_with 2 '--via disk: no --disk FILE to boot off' "$etherroot" boot --via disk
check 'with Secure Boot nothing starts that is not signed' fails_with 2 \
	"--firmware uefi-secure: starts what is signed, which Debian's iPXE is not: --via grub" \
	boot --firmware uefi-secure
check 'a BIOS has no PXE of its own' fails_with 2 '--via pxe: only with --firmware uefi' boot --via pxe
check "QEMU's own DHCP does not know UEFI's HTTP boot" fails_with 2 \
	'--via uefi-http: asks for a boot server: only with --lan tap:INTERFACE' boot --via uefi-http --firmware uefi
check 'an accelerator is checked' fails_with 2 '--accel xen: neither auto nor kvm nor tcg' \
	boot --accel xen
check 'memory is a number' fails_with 2 \
	'--memory 1G: not a whole number from 64 to 1048576' boot --memory 1G
check 'a MAC address is checked' fails_with 2 \
	"--mac 53:54:00:12:34:56: not a host's address like 52:54:00:12:34:56" \
	boot --mac 53:54:00:12:34:56
check 'a LAN is checked' fails_with 2 '--lan eth0: neither qemu:SOCKET nor tap:INTERFACE' \
	"$etherroot" boot --lan eth0
long=$(printf '%0108d' 0)
check 'a socket whose path is too long' fails_with 2 "a socket's path has at most 107 bytes" \
	"$etherroot" boot --lan "qemu:/$long"
check 'a timeout needs an expectation' fails_with 2 '--timeout: only together with --expect' \
	boot --timeout 5
check 'a timeout is a number' fails_with 2 \
	'--timeout soon: not a whole number from 1 to 604800' boot --expect x --timeout soon
check 'typing needs an expectation' fails_with 2 '--type: only together with --expect' \
	boot --type 'a=>b'
check 'what to do afterwards needs an expectation' fails_with 2 \
	'--after: only together with --expect' boot --after kill
check 'an expectation that is no regular expression' fails_with 2 \
	'--expect a(b: the regular expression is wrong: Unmatched ( or \(' boot --expect 'a(b'
check 'an empty expectation' fails_with 2 '--expect: the regular expression is empty' \
	boot --expect ''
check 'a rule whose expression is wrong' fails_with 2 \
	'--type [a=>b: the regular expression is wrong: Unmatched [' boot --type '[a=>b' --expect x
check 'a rule without an arrow' fails_with 2 '--type login: not of the form REGEX=>TEXT' \
	boot --type login --expect x
check 'a further export without a target of ours' fails_with 2 \
	'--export: no target is started that could' boot --export 0.1=x
check 'snapshot and read-only' fails_with 2 '--snapshot and --read-only exclude each other' \
	boot --image "$scratch/image" --snapshot --read-only

# ---- files ------------------------------------------------------------------------------------------

check 'an image that is not there' fails_with 1 "$scratch/none: No such file or directory" \
	"$etherroot" boot --image "$scratch/none"
check 'an image that is a directory' fails_with 1 \
	"$scratch: neither a disk image nor a block device" "$etherroot" boot --image "$scratch"
truncate -s 511 "$scratch/small"
check 'an image smaller than a sector' fails_with 1 \
	"$scratch/small: smaller than a disk's sector (512 bytes)" \
	"$etherroot" boot --image "$scratch/small"
check 'an image without a file system' fails_with 1 \
	'no ext4 file system in it to take a kernel out of (nothing known): give --kernel FILE and --initrd FILE' \
	"$etherroot" boot --image "$scratch/image"
printf 'QFI\373' | dd of="$scratch/image" conv=notrunc status=none
check 'a qcow2 image, with what converts it' fails_with 1 \
	"$scratch/image: a qcow2 image, not a raw disk image: convert it: qemu-img convert -O raw FILE RAWFILE" \
	"$etherroot" boot --image "$scratch/image"
printf 'LUKS\272\276\000\001' | dd of="$scratch/image" conv=notrunc status=none
check 'an encrypted image' fails_with 1 \
	'no ext4 file system in it to take a kernel out of (encrypted (LUKS)): give --kernel FILE and --initrd FILE' \
	"$etherroot" boot --image "$scratch/image"
rm "$scratch/image"
truncate -s 1M "$scratch/image"
check 'a kernel that is not there' fails_with 1 "$scratch/none: No such file or directory" \
	boot --kernel "$scratch/none"
check 'a kernel that is none' fails_with 1 'not a Linux kernel image (bzImage)' \
	boot --kernel "$scratch/initrd"
check 'an initrd that is not there' fails_with 1 "$scratch/none: No such file or directory" \
	boot --initrd "$scratch/none"
check 'a log that cannot be written' fails_with 1 \
	"--log $scratch/none/log: No such file or directory" boot --log "$scratch/none/log"
check 'a LAN that is no socket' fails_with 1 "$scratch/image: not a socket" \
	"$etherroot" boot --accel tcg --via direct --kernel "$scratch/vmlinuz" \
	--initrd "$scratch/initrd" --lan "qemu:$scratch/image"

# As somebody who is not root, for whom permissions count.
unprivileged() {
	if [ "$(id -u)" -eq 0 ]; then
		setpriv --reuid 65534 --regid 65534 --clear-groups "$@"
	else
		"$@"
	fi
}
chmod 755 "$scratch"
chmod 777 "$scratch/tmp"
chmod 444 "$scratch/image"
check 'an image that may not be written' fails_with 1 \
	'Permission denied: --snapshot lets the guest write all the same, --read-only does not' \
	unprivileged "$etherroot" boot --image "$scratch/image"
chmod 0 "$scratch/image"
check 'an image that may not be read' fails_with 1 "$scratch/image: Permission denied" \
	unprivileged "$etherroot" boot --image "$scratch/image"
chmod 644 "$scratch/image"

# ---- programs -----------------------------------------------------------------------------------------

mkdir "$scratch/empty"
check "without QEMU its package is named" fails_with 1 \
	'qemu-system-x86_64: not found: install the package qemu-system-x86' \
	env PATH="$scratch/empty" "$etherroot" boot --accel tcg --via direct --no-target \
	--kernel "$scratch/vmlinuz" --initrd "$scratch/initrd"
check "what QEMU says against a network card is shown" fails_with 1 \
	"'nonsense' is not a valid device model name" \
	env PATH="$real_path" "$etherroot" boot --accel tcg --no-target \
	--kernel "$scratch/vmlinuz" --initrd "$scratch/initrd" --nic nonsense

# ---- verdicts --------------------------------------------------------------------------------------------

story 'echo "[    1.500000] Run /init as init process"; printf "etherroot login: "' \
	'until [[ $line == *system_powerdown* ]]; do reply; done' \
	'echo; echo "reboot: Power down"; end guest-shutdown'
boot --log "$scratch/log" >"$scratch/out" </dev/null || :
check 'without a terminal a boot is told stage by stage' \
	grep -qE '^init +[0-9.]+ s +[0-9.]+ s +1\.500 s$' "$scratch/out"
check 'the verdict says what was seen and that the guest went off' grep -qE \
	"^'login: ' seen after [0-9.]+ s, off [0-9.]+ s later \(tcg, direct, kernel 6.1.0-test\)$" \
	"$scratch/out"
printf '[    1.500000] Run /init as init process\netherroot login: \nreboot: Power down\n' \
	>"$scratch/expected"
check "the log is the console's text, to its end" cmp "$scratch/expected" "$scratch/log"
boot --json >"$scratch/out" </dev/null
check 'the verdict as JSON' grep -q '"success": true' "$scratch/out"
check 'the stages as JSON' grep -qE '\{"name": "init", "at": [0-9.]+, "guest": 1.500000\}' \
	"$scratch/out"

story 'echo up; sleep 1000'
check 'a power cut needs no button' boot --expect up --after kill
check 'what was not seen in time' fails_with 1 \
	"'never' was not seen within 1 s; the console's log is $scratch/log" \
	boot --expect never --timeout 1 --log "$scratch/log"
story 'echo up; end guest-shutdown'
fails_with 1 'never' boot --expect never
check "a failure shows the console's last lines" contains "$scratch/fails.log" '  | up'
kept=$(sed -n "s/.*the console's log is //p" "$scratch/fails.log")
check 'a failure keeps the log and says where' contains "$kept" up
rm -f "$kept"

story 'echo one; end guest-shutdown'
check 'a guest that powers itself off too early' fails_with 1 \
	"the guest powered itself off before 'two' was seen" boot --expect two
story 'end guest-reset'
check 'a guest that reboots' fails_with 1 "the guest rebooted before 'two' was seen" \
	boot --expect two
story 'echo one; echo '\''{"event": "RESET", "data": {"guest": true}}'\'' >&"$qmp"; reply; echo two; sleep 1000'
check 'one that may do so once' boot --expect two --after kill --reboots 1
check 'its machine does so' contains "$FAKE/arguments" 'reboot=reset'
check 'how often is a number' fails_with 2 '--reboots x: not a whole number from 1 to 100' \
	boot --expect two --reboots x
# The target is the other child of who has started this machine.
story 'cat /proc/$PPID/task/*/children | xargs -n 1 | while read -r pid; do
	tr "\\0" " " <"/proc/$pid/cmdline"; echo
done >"$FAKE/siblings"; echo one; sleep 1000'
check 'a machine with its target' "$etherroot" boot --accel tcg --via direct --kernel "$scratch/vmlinuz" \
	--initrd "$scratch/initrd" --image "$scratch/image" --expect one --after kill
check 'whose requests are carried out however busy this machine is' grep -q 'serve .*--max-age 3600000' \
	"$FAKE/siblings"
story 'echo "[ 1.0] Kernel panic - not syncing: no init"; sleep 1000'
check 'a panic is told at once' fails_with 1 "the kernel panicked before 'two' was seen" \
	boot --expect two --timeout 1000
story 'echo "[ 1.0] etherroot: E-NOFS: /dev/etherd/e0.0: it holds nothing";' \
	'echo "[ 1.1] Kernel panic - not syncing: no init"; sleep 1000'
check 'with what the init said' fails_with 1 \
	"before 'two' was seen; the init said E-NOFS: /dev/etherd/e0.0: it holds nothing; the console" \
	boot --expect two --timeout 1000
story 'echo "No bootable device."; sleep 1000'
check 'a firmware that finds nothing' fails_with 1 \
	"the firmware found nothing to boot before 'two' was seen" boot --expect two --timeout 1000
story 'echo "qemu: it hurts" >&2; exit 5'
check 'a QEMU that dies' fails_with 1 "QEMU ended with status 5 before 'two' was seen" \
	boot --expect two
check 'what it said is shown' fails_with 1 'qemu: it hurts' boot --expect two
story 'echo up; reply; reply; echo "Kernel panic - not syncing: at the end"; sleep 1000'
check 'a guest that panics while it goes off' fails_with 1 \
	'the kernel panicked instead of powering off' boot --expect up

story 'printf "login: "; read -r -d $'"'\\r'"' name; printf "Password: "' \
	'read -r -d $'"'\\r'"' word; echo "$name has $word"; sleep 1000'
check 'rules type in their order, and then the expectation counts' boot --after kill \
	--type 'login: $=>root' --type 'Password: $=>a=>b' --expect 'root has a=>b' --timeout 20
check 'the rule that waits is named' fails_with 1 "'nobody asks' was not seen within 1 s" \
	boot --type 'nobody asks=>x' --expect 'has' --timeout 1

# ---- what the machine is given ------------------------------------------------------------------------------

story 'echo up; sleep 1000'
argument() {
	contains "$scratch/arguments" "$1"
}
boots() {
	"$etherroot" boot --accel tcg --expect up --after kill "$@" >"$scratch/boots.log" 2>&1 || {
		cat "$scratch/boots.log"
		return 1
	}
}
mkdir -p "$scratch/tree/boot" "$scratch/tree/usr/lib/modules/6.1.0-test"
mkdir -p "$scratch/tree/usr/lib/modules/6.12.0-test"
ln -s usr/lib "$scratch/tree/lib"
make_kernel "$scratch/tree/boot/vmlinuz-6.1.0-test" 6.1.0-test old
make_kernel "$scratch/tree/boot/vmlinuz-6.12.0-test" 6.12.0-test newer
make_kernel "$scratch/tree/boot/vmlinuz-6.13.0-test" 6.13.0-test 'has no modules'
for version in 6.1.0-test 6.12.0-test; do
	echo 'kernel/aoe.ko:' >"$scratch/tree/usr/lib/modules/$version/modules.dep"
done
make_image() {
	mke2fs -q -F -t ext4 -d "$scratch/tree" "$scratch/image" 8M
}
make_image

# The kernel that the fake machine was given says TEXT.
kernel_says() {
	contains "$(sed -n '/^-kernel$/{n;p}' "$scratch/arguments")" "$1"
}
with_image() {
	boots --via direct --image "$scratch/image" --initrd "$scratch/initrd" "$@"
}
check 'a kernel comes out of the image' with_image --kernel 6.12.0-test
check 'it is that one' kernel_says newer
check 'another version' with_image --kernel 6.1.0-test
check 'it is the other one' kernel_says old
check 'the root is the export' argument 'root=aoe:e0.0 no_timer_check rd.mtu=9000 rw console=ttyS0'
check 'a version that is not there: those that are, are listed' fails_with 1 \
	"$scratch/image: no kernel 5.0 in it (there are: 6.1.0-test, 6.12.0-test)" \
	"$etherroot" boot --accel tcg --image "$scratch/image" --kernel 5.0
make_kernel "$scratch/tree/boot/vmlinuz-6.1.0-test" 6.1.0-test changed
make_image
check 'an image that has changed' with_image --kernel 6.1.0-test
check 'gives its new kernel' kernel_says changed
check 'an address, read-only, with words of the user' with_image --kernel 6.1.0-test \
	--address 7.3 --read-only --append 'quiet root=LABEL=x'
check 'they are on the command line' argument 'root=LABEL=x no_timer_check rd.mtu=9000 ro console=ttyS0 quiet'

truncate -s 12M "$scratch/disk"
printf 'label: gpt\nstart=2048, size=2048\nstart=4096, size=16384\n' | sfdisk -q "$scratch/disk"
dd if="$scratch/image" of="$scratch/disk" bs=1M seek=2 conv=notrunc status=none
check 'a kernel comes out of a partition' boots --via direct --image "$scratch/disk" \
	--initrd "$scratch/initrd" --kernel 6.1.0-test
check 'it is the one in the partition' kernel_says changed
check 'the root is the partition' argument 'root=aoe:e0.0p2 no_timer_check rd.mtu=9000 rw console=ttyS0'
debugfs -w -R 'sif /boot/vmlinuz-6.12.0-test block[0] 1' "$scratch/disk?offset=2097152" 2>"$scratch/debugfs.log"
check 'a damaged image, with what mends it' fails_with 1 \
	"$scratch/disk: kernel 6.12.0-test cannot be taken out of it: its ext4 is damaged (vmlinuz: Corrupt extent header): mend it while no machine uses it: e2fsck -f '$scratch/disk?offset=2097152'" \
	"$etherroot" boot --accel tcg --image "$scratch/disk" --initrd "$scratch/initrd" --kernel 6.12.0-test
truncate -s 1M "$scratch/disk"
check 'an image that was cut off' fails_with 1 \
	'no ext4 file system in it to take a kernel out of (a GPT that is damaged or cut off)' \
	"$etherroot" boot --image "$scratch/disk"
ln -sf ../usr/lib/kernel "$scratch/tree/boot/vmlinuz-6.1.0-test"
make_kernel "$scratch/tree/usr/lib/kernel" 6.1.0-test linked
make_image
check 'a kernel behind a link' with_image --kernel 6.1.0-test
check 'is taken from where it leads' kernel_says linked
rm "$scratch/tree/usr/lib/modules/6.12.0-test/modules.dep"
make_image
check 'modules without their list' fails_with 1 \
	'kernel 6.12.0-test cannot be taken out of it: /lib/modules/6.12.0-test/modules.dep: not in it' \
	"$etherroot" boot --accel tcg --image "$scratch/image"
rm "$scratch/tree/boot/vmlinuz-6.1.0-test"
make_kernel "$scratch/tree/boot/vmlinuz-6.1.0-test" 6.1.0-test changed
echo 'kernel/aoe.ko:' >"$scratch/tree/usr/lib/modules/6.12.0-test/modules.dep"
make_image
truncate -s 128M "$scratch/btrfs"
mkfs.btrfs -q "$scratch/btrfs" >"$scratch/btrfs.log" 2>&1
check 'another file system is named' fails_with 1 \
	'no ext4 file system in it to take a kernel out of (btrfs)' \
	"$etherroot" boot --image "$scratch/btrfs"

odd="$scratch/an image, with (odd) name?offset=1"
cp "$scratch/image" "$odd"
check 'the name of an image may be odd' boots --via direct --image "$odd" \
	--initrd "$scratch/initrd" --kernel 6.1.0-test
check 'its kernel is found all the same' kernel_says changed

sum() {
	sha256sum <"$1"
}
before=$(sum "$scratch/image")
check 'by PXE' boots --image "$scratch/image" --initrd "$scratch/initrd" --kernel 6.1.0-test
check 'the network card boots first' argument 'netdev=port-nic,bootindex=0'
check 'iPXE gets its script' argument 'bootfile=boot.ipxe'
check 'a snapshot' with_image --kernel 6.1.0-test --snapshot
check 'the image is what it was' test "$before" = "$(sum "$scratch/image")"

mkfifo "$scratch/no-file"
for drive in medium disk; do
	check "a FIFO as its $drive holds nobody" fails_with 1 "etherroot boot: $scratch/no-file: neither a disk image nor a block device" \
		boots --image "$scratch/image" --via usb "--$drive" "$scratch/no-file"
done
: >"$scratch/a,b.iso"
check 'a medium of the user'\''s' boots --image "$scratch/image" --via usb --medium "$scratch/a,b.iso"
check 'is what the machine starts from' argument "file=$scratch/a,,b.iso"
check 'and has all that it loads' sh -c "! grep -q 'bootfile=\|^-kernel' '$scratch/arguments'"
check "the image's own boot loader" boots --image "$scratch/image" --via sanboot
check 'iPXE gets its script too' argument 'bootfile=boot.ipxe'
check 'QEMU gets no kernel' sh -c "! grep -q '^-kernel' '$scratch/arguments'"
if [ -e /usr/share/OVMF/OVMF_CODE_4M.fd ] || [ -e /usr/share/OVMF/OVMF_CODE.fd ]; then
	check 'a machine with UEFI' boots --image "$scratch/image" --initrd "$scratch/initrd" \
		--kernel 6.1.0-test --firmware uefi
	check 'has its code' argument 'if=pflash,unit=0,format=raw,readonly=on,file=/usr/share/OVMF/OVMF_CODE'
	check 'and variables of its own' argument "if=pflash,unit=1,format=raw,file=$scratch/tmp/etherroot-boot-"
	check 'a kernel that is started directly is not unpacked for it' boots --image "$scratch/image" \
		--initrd "$scratch/initrd" --kernel 6.1.0-test --firmware uefi --via direct
else
	skip 'a machine with UEFI' 'no UEFI firmware: the package ovmf is not installed'
fi

# holding_the_lock COMMAND...: while a target writes to the image. The lock is not the command's, which
# may leave a process behind for a while.
holding_the_lock() {
	flock --close --timeout 60 "$scratch/image" "$@"
}
check 'a snapshot of an image that is exported for writing comes with a warning' fails_with 0 \
	"$scratch/image: warning: it is exported for writing: if a machine writes to it now, the guest of --snapshot finds it torn" \
	holding_the_lock "$etherroot" boot --accel tcg --via direct --image "$scratch/image" \
	--initrd "$scratch/initrd" --kernel 6.1.0-test --snapshot --expect up --after kill
check 'no second export at its address' fails_with 1 'etherroot serve: e0.0: named twice, for' \
	"$etherroot" boot --accel tcg --via direct --image "$scratch/image" --export "0.0=$scratch/initrd" \
	--initrd "$scratch/initrd" --kernel 6.1.0-test
check 'no second machine that writes to it' fails_with 1 'the target: it ended before it answered' \
	holding_the_lock "$etherroot" boot --accel tcg --via direct --image "$scratch/image" \
	--initrd "$scratch/initrd" --kernel 6.1.0-test

# ---- the accelerator -------------------------------------------------------------------------------

# chosen kvm|tcg: what `--accel auto` starts the machine with
chosen() {
	"$etherroot" boot --accel auto --via direct --no-target --kernel "$scratch/vmlinuz" \
		--initrd "$scratch/initrd" --expect up --after kill >"$scratch/chosen.log" 2>&1 || :
	cat "$scratch/chosen.log"
	sed -n '/^-accel$/{n;p}' "$scratch/arguments" | grep -q "^$1"
}
told() {
	grep -qF '/dev/kvm: a kernel started with it does not run' "$scratch/chosen.log"
}
not_told() {
	! told
}
if [ -r /dev/kvm ] && [ -w /dev/kvm ]; then
	story 'echo "VFS: Unable to mount root"; echo up; sleep 1000'
	check 'KVM is taken where a kernel runs with it' chosen kvm
	story 'echo up; sleep 1000'
	check 'and is not tried again' chosen kvm
	export XDG_CACHE_HOME="$scratch/cache2"
	story 'exit 1'
	chosen tcg || :
	check 'KVM that runs no kernel is told' told
	check 'and is not tried again either' chosen tcg
	check 'nor told again' not_told
	echo 'torn' >"$scratch/cache2/etherroot/accel/answer"
	story 'echo "VFS: Unable to mount root"; echo up; sleep 1000'
	check 'an answer that cannot be read is asked for again' chosen kvm
	export XDG_CACHE_HOME="$scratch/cache"
else
	story 'echo up; sleep 1000'
	check 'without KVM it is TCG' chosen tcg
fi

# ---- what is left behind --------------------------------------------------------------------------------------

# The consoles of the runs that failed are kept, as they should be.
rm "$scratch"/tmp/etherroot-*.console
check 'nothing else is left of all these runs' test -z "$(ls -A "$scratch/tmp")"

# The fake machine holds a FIFO open: when its other end reads the end of file, it is gone.
story 'echo up >"$FAKE/fifo"; exec sleep 1000 >"$FAKE/fifo"'
mkfifo "$scratch/fifo"

# has_ended PID: though perhaps nobody has asked how
has_ended() {
	[ ! -e "/proc/$1" ] || grep -q '^State:.Z' "/proc/$1/status"
}

# ends PID: within 20 seconds. The signal that the kernel sends to the children of who was killed takes
# its time, and what is not this shell's own child can only be looked at.
ends() {
	looks=200
	until has_ended "$1"; do
		looks=$((looks - 1))
		[ "$looks" -gt 0 ] || return 1
		sleep 0.1
	done
}

# ends_with_signal SIGNAL NUMBER: a boot that is ended by it takes its machine and its target along
ends_with_signal() {
	"$etherroot" boot --accel tcg --via direct --image "$scratch/image" \
		--initrd "$scratch/initrd" --kernel 6.1.0-test --expect never --timeout 1000 \
		>"$scratch/signal.log" 2>&1 &
	boot=$!
	exec 3<"$scratch/fifo"
	read -r _ <&3
	pids=$(cat "/proc/$boot/task/$boot/children")
	kill -s "$1" "$boot"
	status=0
	wait "$boot" || status=$?
	timeout "$deadline" cat <&3
	exec 3<&-
	echo "status $status, children $pids"
	# shellcheck disable=SC2086 # one word a child: the machine and the target
	set -- "$2" $pids
	[ "$status" -eq $((128 + $1)) ] && [ $# -eq 3 ] && ends "$2" && ends "$3"
}
check 'TERM ends all' ends_with_signal TERM 15
check 'INT ends all' ends_with_signal INT 2
check 'and nothing is left of them' test -z "$(ls -A "$scratch/tmp")"
check 'KILL leaves no process' ends_with_signal KILL 9

# ---- the terminal ------------------------------------------------------------------------------------------------

story 'printf "login: "; read -r -d $'"'\\r'"' name; echo "hello $name"' \
	'until [[ $line == *system_powerdown* ]]; do reply; done; end guest-shutdown'
mkfifo "$scratch/keys" "$scratch/screen"

# on_terminal KEYS STATUS: types KEYS on the terminal once the machine is on; it ends with STATUS
on_terminal() {
	timeout "$deadline" script -qec "'$etherroot' boot --accel tcg --via direct --no-target \
		--kernel '$scratch/vmlinuz' --initrd '$scratch/initrd'" /dev/null \
		<"$scratch/keys" >"$scratch/screen" 2>&1 &
	terminal=$!
	exec 4>"$scratch/keys" 5<"$scratch/screen"
	while read -r shown <&5; do
		case $shown in
		*'The machine is on'*) break ;;
		esac
	done
	# shellcheck disable=SC2059 # the keys are a format
	printf "$1" >&4
	cat <&5 >"$scratch/shown"
	status=0
	wait "$terminal" || status=$?
	exec 4>&- 5<&-
	cat "$scratch/shown"
	[ "$status" -eq "$2" ]
}
check 'on a terminal the console is the user'"'"'s, and Ctrl-A p powers off' \
	on_terminal 'root\r\001p' 0
check 'what the guest said was on the screen' contains "$scratch/shown" 'hello root'
check 'and then the stages' grep -q '^login  ' "$scratch/shown"
story 'printf "login: "; sleep 1000'
check 'Ctrl-A x leaves at once' on_terminal '\001h\001x' 0
check 'Ctrl-A h helps' contains "$scratch/shown" 'Ctrl-A Ctrl-A  send Ctrl-A'
done_testing
