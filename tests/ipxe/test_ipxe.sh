#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# `etherroot ipxe` and the script that it prints, run by the iPXE of QEMU's network cards.
# shellcheck source=tests/ipxe/machine.sh
. tests/ipxe/machine.sh

# ---- the command -------------------------------------------------------------------------------
"$etherroot" ipxe --append quiet >"$scratch/script"
check 'the script begins as iPXE wants it' sh -c "head -n 1 '$scratch/script' | grep -qx '#!ipxe'"
"$etherroot" ipxe -a quiet -o "$scratch/boot.ipxe"
check '--output writes the same' cmp "$scratch/script" "$scratch/boot.ipxe"
# A power cut leaves the old file or the new one: strace tells in which order they reach the disk.
if strace -o /dev/null true 2>/dev/null; then
	strace -f -o "$scratch/trace" "$etherroot" ipxe -a quiet -o "$scratch/boot.ipxe"
	check 'a file is on the disk before it replaces another' sh -c \
		"sed -n '/^[0-9]* *fsync(/,\$p' '$scratch/trace' | grep -q '^[0-9]* *rename'"
else
	skip 'a file is on the disk before it replaces another' 'no strace, or it may not trace here'
fi
check 'what would break the script is a usage error' fails_with 2 \
	"etherroot ipxe: --append: a word that ends iPXE's command at character 3 of 'a || b'" \
	"$etherroot" ipxe --append 'a || b' --output "$scratch/boot.ipxe"
check 'an output that cannot be' fails_with 1 \
	"etherroot ipxe: $scratch/none/boot.ipxe: No such file or directory: nothing was written" \
	"$etherroot" ipxe --output "$scratch/none/boot.ipxe"
check 'the old script stays' cmp "$scratch/script" "$scratch/boot.ipxe"
check 'an operand too many' fails_with 2 'x: nothing is expected here' "$etherroot" ipxe x

# ---- a medium -----------------------------------------------------------------------------------
"$etherroot" ipxe --append 'console=ttyS0' --iso "$scratch/medium.iso" 2>"$scratch/medium.log"
check 'a medium' test -s "$scratch/medium.iso"
# Debian 12's iPXE reads its script from the medium under BIOS alone.
check 'what it cannot do is said' sh -c \
	"grep -q autoexec.ipxe /usr/lib/ipxe/ipxe.efi || grep -q 'a machine with UEFI asks DHCP' '$scratch/medium.log'"
(umask 077 && TZ=Asia/Tokyo "$etherroot" ipxe --append 'console=ttyS0' --usb "$scratch/again.iso" \
	2>"$scratch/medium.log")
check 'the same again is the same to the byte' cmp "$scratch/medium.iso" "$scratch/again.iso"
mkdir "$scratch/tools"
for tool in mformat mmd mcopy; do
	ln -s "$(command -v $tool)" "$scratch/tools"
done
check 'a tool that is missing is named, with its package' fails_with 1 \
	'etherroot ipxe: xorriso: not there: install the package xorriso: nothing was written' \
	env PATH="$scratch/tools" "$etherroot" ipxe --iso "$scratch/medium.iso"
check 'the old medium stays' cmp "$scratch/medium.iso" "$scratch/again.iso"
check 'a device is not written to' fails_with 1 '/dev/null: not a file: write one, and copy it there' \
	"$etherroot" ipxe --iso /dev/null
check 'the script goes to one place' fails_with 2 '--output x: the script is on the medium already' \
	"$etherroot" ipxe --iso "$scratch/other.iso" --output x

# ---- the script, in iPXE -----------------------------------------------------------------------
mkdir "$scratch/tftp" "$scratch/http"
link 0x100000 "$scratch/kernel"
cp "$scratch/kernel" "$scratch/tftp/vmlinuz"
cp "$scratch/kernel" "$scratch/http/kernel"
echo 123456789 >"$scratch/tftp/initrd.img"
echo 1234 >"$scratch/http/initrd"

http="guestfwd=tcp:10.0.2.100:80-cmd:busybox httpd -i -h $scratch/http"
card=virtio-net-pci,netdev=lan,mac=52:54:00:AA:BB:0C

"$etherroot" ipxe --root aoe:e1.2 --append 'console=ttyS0 name=${hostname} ip=${netX/ip}' \
	--output "$scratch/tftp/boot.ipxe"
start -netdev user,id=other -device e1000,netdev=other,mac=52:54:00:00:00:01 \
	-netdev "user,id=lan,tftp=$scratch/tftp,bootfile=boot.ipxe,hostname=seven" -device "$card"
shows 'kernel and initrd come from where the script came from' 'kernel: end'
check 'the command line names the card that booted, of two, and what iPXE filled in' contains \
	"$scratch/console" \
	' initrd=initrd root=aoe:e1.2 BOOTIF=01-52-54-00-aa-bb-0c console=ttyS0 name=seven ip=10.0.2.15'
check 'the initrd is handed over under the name on the command line' \
	grep -q '^module: .*initrd.*, bytes: 10' "$scratch/console"
stop

"$etherroot" ipxe --kernel http://10.0.2.100/kernel --initrd 'http://${http}/initrd' \
	--output "$scratch/tftp/boot.ipxe"
sed -i 's/^:start$/set http 10.0.2.100\n&/' "$scratch/tftp/boot.ipxe"
start -netdev "user,id=lan,tftp=$scratch/tftp,bootfile=boot.ipxe,$http" -device "$card"
shows 'kernel and initrd by HTTP' 'kernel: end'
check 'and a setting of iPXE in a URL' grep -q '^module: .*initrd.*, bytes: 5' "$scratch/console"
stop

# From a medium, names are looked for on the server that DHCP names. The network card has no iPXE.
rm "$scratch/tftp/boot.ipxe"
lan="-netdev user,id=lan,tftp=$scratch/tftp,bootfile=none -device e1000,netdev=lan,romfile="
# shellcheck disable=SC2086 # words
start -boot d -cdrom "$scratch/medium.iso" $lan
shows 'a CD starts a machine' 'kernel: end'
stop
# shellcheck disable=SC2086 # words
start -boot c -drive "file=$scratch/medium.iso,format=raw" $lan
shows 'and so does a stick' 'kernel: end'
stop

"$etherroot" ipxe --output "$scratch/tftp/boot.ipxe"
mv "$scratch/tftp/vmlinuz" "$scratch/tftp/initrd.img" "$scratch"
start -netdev "user,id=lan,tftp=$scratch/tftp,bootfile=boot.ipxe" -device "$card"
shows 'a kernel that is missing is named' 'etherroot: the kernel could not be loaded: vmlinuz'
shows 'and a key away is the next try' 'any other key to try now'
cp "$scratch/vmlinuz" "$scratch/tftp"
printf x >&3
shows 'an initrd that is missing is named' 'etherroot: the initrd could not be loaded: initrd.img'
cp "$scratch/initrd.img" "$scratch/tftp"
shows 'some seconds later it is there' 'kernel: end'
check 'and handed over once, in spite of the tries before' \
	test "$(grep -c '^module: ' "$scratch/console")" -eq 1
stop

# Nobody listens at port 1 of the host; the second server ends in the midst of a file; the third has lost its
# initrd.
mkdir "$scratch/http/half"
cp "$scratch/kernel" "$scratch/http/half/vmlinuz"
size=$(stat -c %s "$scratch/kernel")
{
	printf 'HTTP/1.1 200 OK\r\nContent-Length: %s\r\n\r\n' "$size"
	head -c $((size - 1)) "$scratch/kernel"
} >"$scratch/cut"
"$etherroot" ipxe --server http://10.0.2.2:1 --server http://10.0.2.101 --server http://10.0.2.100/half/ --server tftp://10.0.2.2 \
	--sanboot aoe:e0.0 --output "$scratch/tftp/boot.ipxe"
start -netdev "user,id=lan,tftp=$scratch/tftp,bootfile=boot.ipxe,$http,guestfwd=tcp:10.0.2.101:80-cmd:cat $scratch/cut" \
	-device "$card"
shows 'a server that is dead is named' 'etherroot: the kernel could not be loaded: http://10.0.2.2:1/vmlinuz'
shows 'so is a file that is cut off on its way' 'etherroot: the kernel could not be loaded: http://10.0.2.101/vmlinuz'
shows 'and the next one' 'etherroot: trying another server: http://10.0.2.100/half/'
shows 'one that has half of it is none' \
	'etherroot: the initrd could not be loaded: http://10.0.2.100/half/initrd.img'
shows 'the last one has it all' 'kernel: end'
check 'and half of another is not handed over' \
	test "$(grep '^module: ' "$scratch/console" | grep -c 'bytes: 10')/$(grep -c '^module: ' "$scratch/console")" = 1/1
stop

# Two generations as publish leaves them, the newer one on trial: it has lost its initrd.
mkdir -p "$scratch/tftp/ws1/one-1" "$scratch/tftp/ws1/two-2" "$scratch/trial/cgi-bin" "$scratch/count" \
	"$scratch/table"
ln -s ../tftp/ws1 "$scratch/table/ws1"
printf '#!/bin/sh\nREMOTE_ADDR=10.0.2.15 exec %s/tools/publish/trial.sh\n' "$PWD" >"$scratch/trial/cgi-bin/trial"
chmod 755 "$scratch/trial/cgi-bin/trial"
cp "$scratch/kernel" "$scratch/tftp/ws1/two-2/vmlinuz"
cp "$scratch/kernel" "$scratch/tftp/ws1/one-1/vmlinuz"
echo 12345678901 >"$scratch/tftp/ws1/one-1/initrd.img"
cat >"$scratch/tftp/ws1/generation.ipxe" <<'EOF'
#!ipxe
clear previous ||
clear trial ||
clear trial-args ||
set trial-args careful
set trial http://10.0.2.100:8068/cgi-bin/trial?ws1/two-2
set previous one-1
set generation two-2
EOF
"$etherroot" ipxe --generation generation.ipxe --output "$scratch/tftp/ws1/boot.ipxe"
card=virtio-net-pci,netdev=lan,mac=52:54:00:00:00:01
echo 'iseq ${netX/mac} 52:54:00:00:00:01 && goto machine-ws1 ||' >"$scratch/table/boot.ipxe"
echo '10.0.2.15        0x1         0x2         52:54:00:00:00:01     *        lan' >"$scratch/arp"
# start_ws1: where starts are counted, as etherroot-trial.service does
start_ws1() {
	ETHERROOT_NEIGHBOURS=$scratch/arp ETHERROOT_BOOT=$scratch/table STATE_DIRECTORY=$scratch/count \
		start -device "$card" -netdev \
		"user,id=lan,tftp=$scratch/tftp,bootfile=ws1/boot.ipxe,guestfwd=tcp:10.0.2.100:8068-cmd:busybox httpd -i -h $scratch/trial"
}
# one_module N: one was handed over, of N bytes
one_module() {
	test "$(grep '^module: ' "$scratch/console" | grep -c "bytes: $1")/$(grep -c '^module: ' "$scratch/console")" = 1/1
}
count=$scratch/count/ws1.two-2
# counted LETTERS: so many starts, of these kinds
counted() {
	[ "$(cut -c 1 "$count" | tr -d '\n')" = "$1" ]
}
mv "$scratch/tftp/ws1/one-1/initrd.img" "$scratch/one"
start_ws1
shows 'a generation that cannot be loaded is named' \
	'etherroot: the initrd could not be loaded: two-2/initrd.img'
shows 'the one before is tried' 'etherroot: trying the generation before: one-1'
shows 'it cannot be loaded either' 'etherroot: the initrd could not be loaded: one-1/initrd.img'
shows 'which is no fault of the new one' 'any other key to try now'
check 'and not counted' test ! -e "$count"
mv "$scratch/one" "$scratch/tftp/ws1/one-1/initrd.img"
printf x >&3
shows 'until the one before can be loaded again' 'kernel: end'
check 'with its own initrd alone' one_module 12
check 'and without what a trial adds' sh -c "! grep careful '$scratch/console'"
check 'that is counted' counted f
stop

# It has an initrd, but does not come up.
echo 1234567 >"$scratch/tftp/ws1/two-2/initrd.img"
start_ws1
shows 'one that is on trial starts' 'kernel: end'
check 'with its own initrd alone, too' one_module 8
check 'and with what a trial adds' grep -q ' BOOTIF=.* careful' "$scratch/console"
check 'its start is counted' counted fs
stop
start_ws1
shows 'after two the one before is tried' 'etherroot: trying the generation before: one-1'
shows 'and starts, too' 'kernel: end'
check 'with the initrd of that one alone' one_module 12
check 'no more is counted' counted fss
stop

# One that wants to be loaded where the graphics card is.
link 0xa0000 "$scratch/tftp/vmlinuz"
"$etherroot" ipxe --output "$scratch/tftp/boot.ipxe"
start -netdev "user,id=lan,tftp=$scratch/tftp,bootfile=boot.ipxe" -device "$card"
shows 'a kernel that cannot be started is named' 'etherroot: the kernel could not be started: vmlinuz'
shows 'and s is for a shell' 'press s for a shell'
# The Enter behind it ends the prompt's line: text is looked for a line at a time.
printf 's\n' >&3
shows 'which is there' 'iPXE>'
stop
done_testing
