#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# `etherroot install`: what it refuses, what is on the disk while it works, when it has failed and when it
# is done. The disk is a file; what would mount it, and mmdebstrap, are stand-ins: what a Debian is then made
# of is for tests/qemu/slow/install-debian.sh.
. tests/namespaces.sh
again_in "$0" --mount
. tests/lib.sh

export FAKE="$scratch/fake"
mkdir -p "$FAKE" "$scratch/bin"
: >"$FAKE/mode"
# What mmdebstrap makes, for each run anew.
new_tree() {
	rm -rf "$FAKE/tree"
	mkdir -p "$FAKE/tree/etc/systemd/network" "$FAKE/tree/etc/systemd/system/multi-user.target.wants" \
		"$FAKE/tree/usr/share/zoneinfo/Europe" "$FAKE/tree/etc/default" "$FAKE/tree/boot" \
		"$FAKE/tree/usr/share/i18n"
	printf 'de_DE.UTF-8 UTF-8\nde_DE ISO-8859-1\n' >"$FAKE/tree/usr/share/i18n/SUPPORTED"
	: >"$FAKE/tree/usr/share/zoneinfo/Europe/Berlin"
}
install -m 755 tests/image/fake-mmdebstrap "$scratch/bin/mmdebstrap"
install -m 755 tests/image/fake-chroot "$scratch/bin/chroot"
# What is on the disk at that moment is kept.
cat >"$scratch/bin/mount" <<'END'
#!/bin/sh
printf '%s\n' "$*" >"$FAKE/mount"
head -n 1 "$DISK" >"$FAKE/mark"
END
printf '#!/bin/sh\n' >"$scratch/bin/umount"
chmod +x "$scratch/bin/mount" "$scratch/bin/umount"
export DISK="$scratch/disk.img"
answers=$scratch/answers
mib=1048576

# ---- what it refuses -------------------------------------------------------------------------------
refuses() {
	refuses_text=$1
	shift
	check "refused: $*" fails_with 2 "etherroot install: $refuses_text" "$etherroot" install "$@"
}
refuses '--answers FILE is needed: what is to be installed' x
refuses 'which disk? DISK is needed, or --check' -a x
refuses 'y: nothing is expected here' -a x x y
refuses 'x: nothing is expected here' -a x -c x
check 'answers that are not there' fails_with 1 "etherroot install: $answers: No such file" \
	"$etherroot" install -a "$answers" -c
cat >"$answers" <<'END'
hostname ws1
timezone Europe/Berlin
keyboard de
user root "password=two  words "
user alice sudo hash=$6$salt$hash "key=ssh-ed25519 AAAA alice@here"
END
check 'answers that are in order' "$etherroot" install -a "$answers" --check
echo 'suite Trixie' | cat "$answers" - >"$scratch/wrong"
check 'answers that are not: where' fails_with 1 \
	"etherroot install: $scratch/wrong:6:7: 'Trixie': not a code name such as trixie" \
	"$etherroot" install -a "$scratch/wrong" "$DISK"
check 'a disk that is not there' fails_with 1 "etherroot install: $DISK: No such file" \
	"$etherroot" install -a "$answers" "$DISK"
check 'a disk that is none' fails_with 1 'etherroot install: /dev/null: neither a block device nor a file' \
	"$etherroot" install -a "$answers" /dev/null

# debian [ANSWER...]: installed, with further answers
debian() {
	cp "$answers" "$scratch/now"
	for answer; do
		echo "$answer" >>"$scratch/now"
	done
	: >"$FAKE/chroot"
	new_tree
	(cd "$scratch" && PATH=$scratch/bin:/usr/bin:/bin TMPDIR=$scratch \
		"$here/$etherroot" install -a now disk.img)
}
here=$PWD
# disk_says TEXT: as long as it is not finished
disk_says() {
	head -n 1 "$DISK" >"$scratch/mark"
	contains "$scratch/mark" "etherroot install: $1"
}
# disk SIZE: an empty one
disk() {
	rm -f "$DISK"
	truncate -s "$1" "$DISK"
}
boots_by_no_way() {
	! blkid -p "$DISK" && [ "$(od -An -tx1 -j 510 -N 2 "$DISK")" != ' 55 aa' ]
}
leaves_nothing() {
	! find "$scratch" -maxdepth 1 -name 'etherroot-install.*' | grep .
}

disk 1024M
check 'a disk that is too small' fails_with 1 \
	"etherroot install: $DISK: is too small: 1024 MiB, of which the root needs 1024 or more" debian
disk 2G
# As of a disk whose sectors are larger, which is not to be had without root.
printf '#!/bin/sh\ncase $1 in\n--getss) echo 4096 ;;\n*) echo 2147483648 ;;\nesac\n' >"$scratch/bin/blockdev"
chmod +x "$scratch/bin/blockdev"
check 'a disk with sectors of 4096 bytes' fails_with 1 \
	"etherroot install: $DISK: has sectors of 4096 bytes: it can only be installed on a disk with 512" debian
rm "$scratch/bin/blockdev"
# Where blkid can read nothing it finds nothing.
for tool in dd tail; do
	printf '#!/bin/sh\ncase $* in\n*of=/dev/null*|"-c "*) exit 1 ;;\nesac\nexec /usr/bin/%s "$@"\n' $tool >"$scratch/bin/$tool"
	chmod +x "$scratch/bin/$tool"
	check "a disk that cannot be read ($tool)" fails_with 1 \
		"etherroot install: $DISK: is not empty (what cannot be read): the answer 'overwrite yes' has that" debian
	rm "$scratch/bin/$tool"
done
check 'a hook that is not there' fails_with 1 \
	'etherroot install: the hook /nowhere/hook: is not there, or cannot be run' debian 'hook /nowhere/hook'
check 'has the disk as it was' sh -c "! tr -d '\\0' <'$DISK' | head -c 1 | grep ."

being_installed() {
	exec 8<"$DISK"
	flock 8
	held_status=0
	"$@" || held_status=$?
	exec 8<&-
	return $held_status
}
check 'a disk that is being installed' being_installed fails_with 1 \
	"etherroot install: $DISK: is in use: it is being installed, or served" debian

# unwritable_table COMMAND...: with a partitioner that fails
unwritable_table() {
	printf '#!/bin/sh\necho no space\nexit 1\n' >"$scratch/bin/sfdisk"
	chmod +x "$scratch/bin/sfdisk"
	unwritable_status=0
	"$@" || unwritable_status=$?
	rm "$scratch/bin/sfdisk"
	return $unwritable_status
}
# debian_in TIMEZONE
debian_in() {
	sed -i "s,^timezone .*,timezone $1," "$answers"
	debian_status=0
	debian || debian_status=$?
	sed -i 's,^timezone .*,timezone Europe/Berlin,' "$answers"
	return $debian_status
}

# ---- one that fails ----------------------------------------------------------------------------------
echo fail >"$FAKE/mode"
check 'a mirror that fails' fails_with 1 \
	"etherroot install: Failed to fetch the moon: mmdebstrap's last messages are above" debian
check 'what is no step is not shown as one' sh -c "! grep '^etherroot install: .*main()' '$scratch/fails.log'"
check 'stands on the disk' disk_says 'not finished: Failed to fetch the moon'
check 'which boots by no way' boots_by_no_way
check 'and has no kernel to publish' fails_with 1 'etherroot publish: ' \
	"$etherroot" publish --disk "$DISK" --output "$scratch"
check 'nothing is left behind' leaves_nothing
# As where packages have filled the file system.
printf '#!/bin/sh\nprintf "Avail\\n3\\n"\n' >"$scratch/bin/df"
chmod +x "$scratch/bin/df"
check 'a disk that is full before all is on it' fails_with 1 \
	"etherroot install: $DISK: is too small: the packages do not fit in its 2046 MiB" debian
check 'stands on the disk' disk_says "not finished: $DISK: is too small"
rm "$scratch/bin/df"
: >"$FAKE/mode"

# interrupted: told to end while packages are fetched, by its process alone
interrupted() {
	cp "$answers" "$scratch/now"
	new_tree
	echo wait >"$FAKE/mode"
	mkfifo "$FAKE/started"
	PATH=$scratch/bin:/usr/bin:/bin TMPDIR=$scratch "$here/$etherroot" install -a "$scratch/now" "$DISK" &
	installer=$!
	timeout 60 head -n 1 "$FAKE/started" >/dev/null
	kill "$installer"
	interrupted_status=0
	wait "$installer" || interrupted_status=$?
	rm "$FAKE/started"
	: >"$FAKE/mode"
	return $interrupted_status
}
check 'one that is interrupted ends at once' fails_with 1 'etherroot install: interrupted' interrupted
check 'stands on the disk' disk_says 'not finished: interrupted'
check 'nothing is left behind' leaves_nothing

check 'a table that cannot be written' unwritable_table fails_with 1 \
	"etherroot install: $DISK: sfdisk: no space" debian
check 'stands on the disk' disk_says "not finished: $DISK: sfdisk: no space"
check 'which boots by no way' boots_by_no_way
check 'a time zone that is a folder of them' fails_with 1 \
	'etherroot install: timezone Europe: Debian has none of this name' debian_in Europe

# ---- and again, to its end ---------------------------------------------------------------------------
# As udev does, who looks what is on a disk that was written to.
# By the call that it is in: /proc/locks does not show a lock in a PID namespace whose flock(1) has ended.
is_waited_for() {
	flock=73 # its number on x86-64
	for process in /proc/[0-9]*; do
		# By no process of its own: it is waited for ten seconds, and there may be hundreds.
		{ read -r call _ <"$process/syscall"; } 2>/dev/null || continue
		[ "$call" = "$flock" ] || continue
		! find "$process/fd" -lname "$1" 2>/dev/null | grep -q . || return 0
	done
	return 1
}
is_waited_for_or_over() {
	is_waited_for "$DISK" || ! kill -0 "$1"
}
held_for_a_moment() {
	exec 8<"$DISK"
	flock 8
	(exec 8<&- && "$@") &
	until_done is_waited_for_or_over $!
	exec 8<&-
	wait $!
}
check 'it is begun with again, though somebody has the disk for a moment' held_for_a_moment debian
check 'all the while the disk said that' contains "$FAKE/mark" 'etherroot install: begun'
check 'its root was mounted where it is' grep -qE "^-o loop,offset=$mib,sizelimit=$((2046 * mib)) $DISK " \
	"$FAKE/mount"
sfdisk -d "$DISK" >"$scratch/table"
check 'it has a table at the end' grep -qE "1 : start= +2048, size= +$((2046 * 2048)), .*name=\"debian\"" \
	"$scratch/table"
check 'its mark is gone' sh -c "! head -c 440 '$DISK' | tr -d '\\0' | grep ."
check 'the file system is sound' e2fsck -fn "$DISK?offset=$mib"
check 'what Debian needs for the answers is asked for' contains "$FAKE/arguments" \
	'--include=systemd-resolved,keyboard-configuration,console-setup,tzdata,sudo'
cat >"$scratch/expected" <<'END'
usermod -p * root
chpasswd -c SHA512 < root:two  words 
useradd -m -s /bin/bash alice
usermod -a -G sudo alice
chpasswd -e < alice:$6$salt$hash
install -d -m 700 -o alice -g alice /home/alice/.ssh
chown alice:alice /home/alice/.ssh/authorized_keys
END
check 'users are made as the answers say' diff "$FAKE/chroot" "$scratch/expected"
check 'their keys are theirs alone' test \
	"$(stat -c %a "$FAKE/tree/home/alice/.ssh/authorized_keys")" = 600
check 'the time zone' test "$(readlink "$FAKE/tree/etc/localtime")" = /usr/share/zoneinfo/Europe/Berlin
check 'the keyboard' contains "$FAKE/tree/etc/default/keyboard" 'XKBLAYOUT="de"'
check 'nothing is left behind' leaves_nothing

check 'a disk with something on it is not overwritten' fails_with 1 \
	"etherroot install: $DISK: is not empty (gpt): the answer 'overwrite yes' has that given up" debian
check 'it is as it was' sh -c "sfdisk -d '$DISK' | diff - '$scratch/table'"
check 'unless that is given up, and then it is gone' fails_with 1 \
	"etherroot install: locale xx_XX: Debian has none of this name: mmdebstrap's last messages" \
	debian 'overwrite yes' 'locale xx_XX'
check 'whatever comes then' boots_by_no_way
check 'it needs not be given up again' debian 'locale de_DE.UTF-8'
check 'its language is made' sh -c "grep -x locale-gen '$FAKE/chroot' && [ \"$(cat "$FAKE/tree/etc/locale.gen")\" = 'de_DE.UTF-8 UTF-8' ]"
check 'and translations are not left out' sh -c "! grep usr/share/locale '$FAKE/arguments'"

# ---- with a boot loader --------------------------------------------------------------------------------
disk 2G
# What an older system of the disk's had there.
yes | dd of="$DISK" bs=1M seek=1 count=40 iflag=fullblock conv=notrunc status=none
check 'one that starts its own kernels' debian 'bootloader both'
sfdisk -d "$DISK" >"$scratch/table"
check 'has its partitions' grep -qE '1 : start= +69632, .*name="debian"' "$scratch/table"
check 'a first sector to start from' test "$(od -An -v -j 92 -N 8 -tu8 "$DISK" | tr -d ' ')" = 2048
check 'that says so' test "$(od -An -tx1 -j 510 -N 2 "$DISK")" = ' 55 aa'
check 'a loader for UEFI' mdir -i "$DISK@@2M" ::/EFI/BOOT/BOOTX64.EFI
check 'in a file system that is sound' sh -c "dd if='$DISK' of='$scratch/esp' bs=1M skip=2 count=32 status=none &&
	fsck.fat -n '$scratch/esp'"

# ---- on a terminal -----------------------------------------------------------------------------------
# A process in the background that touches the terminal is stopped, for ever.
on_a_terminal() {
	disk 2G
	new_tree
	cp "$answers" "$scratch/now"
	PATH=$scratch/bin:/usr/bin:/bin TMPDIR=$scratch timeout 60 \
		script -qec "$here/$etherroot install -a $scratch/now $DISK" "$scratch/screen" </dev/null
}
echo ask >"$FAKE/mode"
check 'on a terminal it works as well' on_a_terminal
echo fail >"$FAKE/mode"
fails_on_a_terminal() {
	! on_a_terminal && grep -qF "$(printf '\033[KI: downloading packages')" "$scratch/screen"
}
check 'and what mmdebstrap said last does not stand behind the bar' fails_on_a_terminal
done_testing
