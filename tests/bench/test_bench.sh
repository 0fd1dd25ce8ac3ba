#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# `make bench` when boots fail: one is lost, the others go on, and the table says so. The machines are
# fake ones (tests/boot/fake-qemu), and so are initramfs-tools and qemu-nbd.
# shellcheck source=tests/lib.sh
. tests/lib.sh

# A build with nothing measured yet, whose root is small and has its first boot behind it.
mkdir -p "$scratch/build/bench/6.1" "$scratch/build/peers/6.1" "$scratch/bin" "$scratch/tmp"
for name in etherroot init uapi; do
	ln -s "$(realpath "$build/$name")" "$scratch/build/$name"
done
for name in 6.1/tree 6.1/vmlinuz 6.1/version recipe; do
	ln -s "$(realpath "$peers/$name")" "$scratch/build/peers/$name"
done
truncate -s 1M "$scratch/build/peers/6.1/image" "$scratch/build/bench/6.1/root.img"

cat >"$scratch/bin/mkinitramfs" <<'END_FAKE'
#!/bin/sh
[ ! -e "$FAKE/no-initrd-$2" ] || { echo "mkinitramfs: no space" >&2; exit 1; }
echo initrd >"$4"
echo 1.500
END_FAKE
cat >"$scratch/bin/qemu-nbd" <<'END_FAKE'
#!/bin/sh
for argument; do
	case $argument in
	--pid-file=*) sleep 1000 </dev/null >/dev/null 2>&1 & echo $! >"${argument#*=}" ;;
	esac
done
END_FAKE
chmod +x "$scratch/bin/mkinitramfs" "$scratch/bin/qemu-nbd"
ln -s "$PWD/tests/boot/fake-qemu" "$scratch/bin/qemu-system-x86_64"

# Each machine is called by the column that it is in, and has its own story if there is a file with
# it: its Nth boot one in COLUMN-N, every boot one in COLUMN. Else it comes up.
cat >"$scratch/story" <<'END_FAKE'
initrd=$(sed -n '/^-initrd$/{n;p}' "$FAKE/arguments")
column=${initrd##*/initrd-}
echo >>"$FAKE/boots-$column"
story=$FAKE/$column-$(wc -l <"$FAKE/boots-$column")
[ -e "$story" ] || story=$FAKE/$column
if [ -e "$story" ]; then . "$story"; fi
grep -q rd.debug "$FAKE/arguments" && echo 'etherroot: module: aoe 0.1 s'
echo '[    1.000000] Run /init as init process'
echo '[    2.000000] EXT4-fs (vda): mounted filesystem'
echo '[    3.000000] systemd[1]: systemd 252.1 running in system mode'
echo '[    4.000000] systemd[1]: Reached target multi-user.target - Multi-User System.'
exec sleep 1000
END_FAKE

# measures STATUS OPTION...: a run with kernel 6.1 ends with STATUS
measures() {
	measures_status=$1
	measures_got=0
	shift
	rm -f "$scratch"/boots-*
	env PATH="$scratch/bin:$PATH" FAKE="$scratch" TMPDIR="$scratch/tmp" BUILD="$scratch/build" \
		BENCH_MKINITRAMFS="$scratch/bin/mkinitramfs" tests/bench/run --kernel 6.1 "$@" \
		>"$scratch/table" 2>"$scratch/told" || measures_got=$?
	cat "$scratch/told" "$scratch/table"
	[ "$measures_got" -eq "$measures_status" ]
}
# row NAME REGEX: the table has a row that begins so and ends so
row() {
	grep -E "^$1 +$2\$" "$scratch/table" || {
		cat "$scratch/table"
		return 1
	}
}

check 'a run in which every boot comes up' measures 0 --rounds 1
check 'has them all in its table' row 'boots that count' '1 of 1 +1 of 1 +1 of 1 +1 of 1'
check 'with what the stages took' row '/init to root mounted, s' '1.00 +(1.00 \(x 1.00\) *){3}'
check 'and says of none that it is lost' sh -c "! grep -i lost '$scratch/table' '$scratch/told'"

# The first boot of a local disk fails, a later one of the floor panics, a boot of initramfs-tools
# shows no systemd, and NBD never comes up.
echo 'echo "qemu: it hurts" >&2; exit 3' >"$scratch/virtio-1"
echo 'echo "Kernel panic - not syncing: no root"; exec sleep 1000' >"$scratch/floor-4"
echo 'echo "[    4.0] systemd[1]: Reached target multi-user.target"; exec sleep 1000' >"$scratch/aoe-2"
cp "$scratch/virtio-1" "$scratch/nbd"
check 'a run that loses boots' measures 1 --rounds 2
check 'says which one' contains "$scratch/told" \
	"6.1, virtio: lost, the others go on: $scratch/build/bench/6.1/virtio-1.log"
check 'and why' contains "$scratch/told" 'qemu: it hurts'
check 'one whose log lacks a stage is lost as well' contains "$scratch/told" \
	'it has no line that shows '\''init'\'
check 'the table says how many boots count' row 'boots that count' \
	'2 of 2 +1 of 2 +1 of 2 +0 of 2'
check 'the others have their figures, and a column without any is marked' \
	row '/init to root mounted, s' '1.00 +1.00 \(x 1.00\) +1.00 \(x 1.00\) +lost'
check 'as many boots as came up stand against the floor' grep -qF '(6 and 5 boots)' "$scratch/table"
check 'below the table each lost boot is named, with its log' \
	contains "$scratch/table" 'Lost: 6.1, nbd: 6.1/nbd-2.log'
check 'and that is all of them' test "$(grep -c '^Lost: ' "$scratch/table")" -eq 5
check 'the table of the last run still says so' measures 1 --print
check 'and has it all again' row 'boots that count' '2 of 2 +1 of 2 +1 of 2 +0 of 2'

rm "$scratch/nbd" "$scratch/virtio-1" "$scratch/floor-4" "$scratch/aoe-2"
echo 'exit 3' >"$scratch/etherroot"
touch "$scratch/no-initrd-aoe"
check 'a run without its own figures, and without an initrd to compare with' measures 1 --rounds 1
check 'has those of the others, without ratios' row 'kernel start to systemd, s' \
	'lost +lost +3.00 +3.00'
check 'and says what cannot be said' contains "$scratch/table" 'not measured: 6.1 etherroot root is lost'

# ---- the ways to start ---------------------------------------------------------------------------
touch "$scratch/build/bench/ways.img"
truncate -s 1M "$scratch/build/bench/ways.img"
rm -f "$scratch/etherroot"
cat >"$scratch/story" <<'END_FAKE'
echo >>"$FAKE/boots-way"
[ ! -e "$FAKE/lost" ] || exit 3
echo 'boot.ipxe : 900 bytes [script]'
echo '[    0.000000] Linux version 6.1.0-test'
echo 'debian login: '
exec sleep 1000
END_FAKE
# ways STATUS ARGUMENT...
ways() {
	ways_status=$1
	ways_got=0
	shift
	env PATH="$scratch/bin:$PATH" FAKE="$scratch" TMPDIR="$scratch/tmp" BUILD="$scratch/build" tests/bench/ways "$@" \
		>"$scratch/table" 2>"$scratch/told" || ways_got=$?
	cat "$scratch/told" "$scratch/table"
	[ "$ways_got" -eq "$ways_status" ]
}
check 'ways to start are measured' ways 0 --rounds 2 bios-disk bios-sanboot
check 'each in turn' test "$(wc -l <"$scratch/boots-way")" -eq 4
check 'a line for each' test "$(grep -cE '^\| bios-(disk|sanboot) ' "$scratch/table")" -eq 2
# The stand-in boots in no time at all, which nothing can be compared with.
cat >"$scratch/build/bench/ways" <<'END'
bios-disk kernel 4.0
bios-disk login 20.0
bios-sanboot script 3.0
bios-sanboot kernel 5.5
bios-sanboot login 25.0
END
check 'a run that was measured is printed again' ways 0 --print
check 'beside the local disk' contains "$scratch/table" '| bios-sanboot | 3.0 | 5.5 | 25.0 | 1.25 |'
touch "$scratch/lost"
check 'one that does not come up is lost' ways 1 --rounds 1 bios-sanboot
check 'and is told' contains "$scratch/told" 'bios-sanboot: lost, the others go on'
check 'a way that there is none of' fails_with 2 'bios-smoke: not a way' tests/bench/ways bios-smoke
done_testing
