#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# `etherroot publish` for the machines of an inventory: all of them, each with what its starts and its
# target say of it.
# shellcheck source=tests/lib.sh
. tests/lib.sh
# shellcheck source=tests/publish/disk.sh
. tests/publish/disk.sh
# shellcheck source=tests/protocol/target.sh
. tests/protocol/target.sh

etherroot=$(realpath "${ETHERROOT:-$etherroot}")
root=$scratch/root
boot=$root/srv/etherroot/boot
trials=$root/var/lib/etherroot-trial
mkdir -p "$root/etc/etherroot" "$root/run/etherroot" "$boot/ws1" "$boot/ws2" "$trials" "$scratch/cgi/cgi-bin"
# What busybox knows of a connection that is none here.
printf '#!/bin/sh\nREMOTE_ADDR=$ADDRESS exec %s/tools/publish/trial.sh\n' "$PWD" >"$scratch/cgi/cgi-bin/trial"
chmod 755 "$scratch/cgi/cgi-bin/trial"

# An inventory of two machines.
site() {
	cat >"$root/etc/etherroot/machines" <<'END'
interface lan0
address 10.20.0.1/24
dhcp none
machine ws1 mac=02:00:00:00:00:01,02:00:00:00:00:11 export=0.0 disk=/ws1.img
machine ws2 mac=02:00:00:00:00:02,02:00:00:00:00:03 export=0.1 disk=/ws2.img
END
}
publish() {
	"$etherroot" publish --root "$root" "$@"
}
# says TEXT COMMAND...: on standard output, and succeeds
says() {
	says_text=$1
	shift
	"$@" >"$scratch/says.out" && contains "$scratch/says.out" "$says_text"
}
# status TEXT: it says so
status() {
	"$etherroot" server status --root "$root" >"$scratch/status" 2>&1 || :
	contains "$scratch/status" "$1"
}
# shows MACHINE STATE: in the table
shows() {
	"$etherroot" server status --root "$root" >"$scratch/status" 2>&1 || :
	sed -n '/^MACHINE *KERNEL/,/^$/p' "$scratch/status" >"$scratch/table"
	grep -qE "^$1 +[^ ]+ +$2\$" "$scratch/table" || {
		cat "$scratch/table"
		return 1
	}
}
# names MACHINE CURRENT [PREVIOUS]
names() {
	contains "$boot/$1/generation.ipxe" "set generation $2" && {
		[ ! "${3:-}" ] || contains "$boot/$1/generation.ipxe" "set previous $3"
	}
}
# starts QUESTION [ADDRESS]: as iPXE does at a start; the answer is on standard output
starts() {
	printf 'GET /cgi-bin/trial?%s HTTP/1.0\r\n\r\n' "$1" | ADDRESS=${2-10.20.0.101} \
		ETHERROOT_NEIGHBOURS=$scratch/arp ETHERROOT_BOOT=$boot STATE_DIRECTORY=$trials \
		busybox httpd -i -h "$scratch/cgi"
}
cat >"$scratch/arp" <<'END'
IP address       HW type     Flags       HW address            Mask     Device
10.20.0.102      0x1         0x2         02:00:00:00:00:02     *        lan0
10.20.0.101      0x1         0x2         02:00:00:00:00:66     *        lan1
10.20.0.101      0x1         0x2         02:00:00:00:00:11     *        lan0
10.20.0.1        0x1         0x2         02:00:00:00:00:77     *        lan0
END
# Before this machine was started: long enough for another one to have come up since.
long_ago() {
	sed -i 's/[^ ]*$/another-start/' "$trials/$1"
}

# ---- all of them -----------------------------------------------------------------------------------
site
"$etherroot" server apply --root "$root" >"$scratch/said"
install_kernel 6.1.0-test old
make_disk
cp "$disk" "$root/ws1.img"
check 'one fails: so does the run' fails_with 1 "ws2.img: No such file or directory" publish
check 'the other one does not' names ws1 6.1.0-test-1
check 'the status has why' status "ws2: its kernel could not be published: $root/ws2.img: No such file or directory"
publish --quiet >"$scratch/said" 2>&1 || :
check 'to a timer it is news once' test ! -s "$scratch/said"
mv "$boot/ws2" "$scratch/ws2"
: >"$boot/ws2"
publish --quiet >"$scratch/said" 2>&1 || :
check 'so is what is wrong with its folder' contains "$scratch/said" "ws2: $boot/ws2: "
publish --quiet >"$scratch/said" 2>&1 || :
check 'once' test ! -s "$scratch/said"
rm "$boot/ws2"
mv "$scratch/ws2" "$boot/ws2"
cp "$disk" "$root/ws2.img"
check 'then it is there' says "$boot/ws2/6.1.0-test-1: kernel 6.1.0-test of $root/ws2.img" publish ws2
check 'and nothing is wrong any more' sh -c "! '$etherroot' server status --root '$root' | grep 'could not be published'"
check 'both are good' shows ws2 good
check 'nothing has changed' says "$boot/ws1/6.1.0-test-1: kernel 6.1.0-test of $root/ws1.img: nothing has changed" publish
publish --quiet >"$scratch/said" 2>&1
check 'which a timer does not say' test ! -s "$scratch/said"
check 'a machine that there is not' fails_with 1 "ws9: no such machine" publish ws1 ws9
check 'no inventory' fails_with 1 "$scratch/etc/etherroot/machines: not there" \
	"$etherroot" publish --root "$scratch"
echo 'mashine x' >>"$root/etc/etherroot/machines"
check 'one that is wrong' fails_with 1 "machines:6:1: 'mashine': unknown" publish
site

# ---- options stay ----------------------------------------------------------------------------------
check 'options for one machine' says "$boot/ws2/6.1.0-test-2: " publish --compress none --drivers virtio_net ws2
check 'are its own from now on' says "$boot/ws2/6.1.0-test-2: kernel 6.1.0-test of $root/ws2.img: nothing has changed" publish

# ---- a new kernel is on trial -----------------------------------------------------------------------
install_kernel 6.12.0+b1-test newer
make_disk
cp "$disk" "$root/ws1.img"
check 'a new kernel' says "$boot/ws1/6.12.0_b1-test-2: kernel 6.12.0+b1-test" publish
check 'is on trial' contains "$boot/ws1/generation.ipxe" \
	'set trial http://10.20.0.1:8068/cgi-bin/trial?ws1/6.12.0_b1-test-2'
check 'which the status has' shows ws1 'on trial, not started yet'
for question in ws1/6.1.0-test-1 ws1/6.12.0.b1-test-2 ws1/6.12.0_b1.test-2 ws1/6.12.0_b1-test-2/x ws2/6.12.0_b1-test-2 ws1/../ws1 ws1 ''; do
	check "refused: '$question'" sh -c "echo '$(starts "$question" | head -n 1)' | grep -q ' 404 '"
done
for address in 10.20.0.102 10.20.0.1 10.20.0.10 10.20.0.103 ''; do
	check "refused: from '$address'" sh -c \
		"echo '$(starts ws1/6.12.0_b1-test-2 "$address" | head -n 1)' | grep -q ' 404 '"
done
check 'and nothing is counted' test ! "$(ls "$trials")"
starts ws1/6.12.0_b1-test-2 >"$scratch/answer"
check 'the first start is one' sh -c "grep -q '^#!ipxe' '$scratch/answer' && ! grep trial-over '$scratch/answer'"
check 'and counted' shows ws1 'on trial, started once'
publish >"$scratch/said"
check 'nothing is known of it yet' shows ws1 'on trial, started once'

# ---- it comes up --------------------------------------------------------------------------------------
truncate -s 1M "$scratch/export0" "$scratch/export1"
ln -s "$scratch/target.sock" "$root/run/etherroot/serve.sock"
serves target --qemu "$scratch/lan" "0.0=$scratch/export0" "0.1=$scratch/export1"
# uses EXPORT: the second card of ws1 reads it
uses() {
	"$etherroot" bench --qemu "$scratch/lan" --mac 02:00:00:00:00:11 --target "$1" --count 10 \
		>"$scratch/bench.log" 2>&1
}
long_ago ws1.6.12.0_b1-test-2
uses 0.1
publish >"$scratch/said"
check 'who uses another export does not count' shows ws1 'on trial, started once'
rm "$trials/ws1.6.12.0_b1-test-2"
starts ws1/6.12.0_b1-test-2 >"$scratch/answer"
uses 0.0
publish >"$scratch/said"
check 'nor does a use at its very start' shows ws1 'on trial, started once'
touch -d '1 hour ago' "$trials/ws1.6.12.0_b1-test-2"
publish >"$scratch/said"
check 'whatever clock is set meanwhile' shows ws1 'on trial, started once'
long_ago ws1.6.12.0_b1-test-2
check 'a use of its disk long after it' says 'ws1: 6.12.0_b1-test-2 came up' publish
check 'is that it came up' shows ws1 good
check 'its starts are forgotten' test ! "$(ls "$trials")"
check 'and not asked for any more' sh -c "! grep 'set trial ' '$boot/ws1/generation.ipxe'"

# ---- it does not ---------------------------------------------------------------------------------------
install_kernel 6.13.0-test newest
make_disk
cp "$disk" "$root/ws1.img"
publish >"$scratch/said"
check 'the next one' names ws1 6.13.0-test-3 6.12.0_b1-test-2
starts ws1/6.13.0-test-3/failed >"$scratch/answer"
long_ago ws1.6.13.0-test-3
uses 0.0
publish >"$scratch/said"
check 'a use after a start that iPXE could not do is one of the kernel before' shows ws1 'on trial, started once'
starts ws1/6.13.0-test-3 >"$scratch/answer"
check 'a second start' sh -c "! grep trial-over '$scratch/answer'"
starts ws1/6.13.0-test-3 >"$scratch/answer"
check 'at the third it is sent back' grep -qx 'set trial-over 1' "$scratch/answer"
long_ago ws1.6.13.0-test-3
check 'and what it uses then is not the new one' says \
	'ws1: 6.13.0-test-3 did not come up: going back to 6.12.0_b1-test-2' publish
check 'it boots the one before' names ws1 6.12.0_b1-test-2 6.13.0-test-3
check 'and stays there' says 'nothing has changed, and it was gone back from' publish
check 'the status has it' shows ws1 'fallen back from 6.13.0-test-3'
check 'among what is wrong' status "ws1: its kernel 6.13.0-test-3 did not come up, and it boots 6.12.0_b1-test-2 again: \
'etherroot publish --back --root $root ws1' tries once more"
"$etherroot" server status --root "$root" --json >"$scratch/status.json" || :
check 'as JSON' contains "$scratch/status.json" \
	'"kernel": {"state": "fallen back", "starts": 0, "generation": "6.12.0_b1-test-2", "previous": "6.13.0-test-3", "error": null}'
check 'once more' says "$boot/ws1/6.13.0-test-3" publish --back ws1
check 'it is on trial again' shows ws1 'on trial, not started yet'
for i in 1 2 3 4 5 6 7 8 9 10 11 12; do
	starts ws1/6.13.0-test-3 >"$scratch/answer.$i" &
	at_once="${at_once-} $!"
done
# shellcheck disable=SC2086 # ids
wait $at_once
check 'of many starts at once three are counted' test "$(cut -c 1 "$trials/ws1.6.13.0-test-3" | tr -d '\n')" = sss
check 'and two are started' test "$(grep -L trial-over "$scratch"/answer.* | wc -l)" -eq 2
check 'who goes back then is not led to it again' says "$boot/ws1/6.12.0_b1-test-2" publish --back ws1
check 'but the next time' says "$boot/ws1/6.13.0-test-3" publish --back ws1

# ---- who it is, and where it asks -------------------------------------------------------------------------
"$etherroot" machine rename --root "$root" ws1 desk1 >"$scratch/said"
publish >"$scratch/said"
check 'under another name it asks by that' contains "$boot/desk1/generation.ipxe" 'trial?desk1/6.13.0-test-3'
check 'its trial goes on' shows desk1 'on trial, not started yet'
check 'so does the one of ws2' shows ws2 'on trial, not started yet'
rm -r "$boot/ws2/6.1.0-test-1"
publish >"$scratch/said"
check 'it ends without what it would fall back to' shows ws2 good
echo 'trial none' >>"$root/etc/etherroot/machines"
publish >"$scratch/said"
check 'where nothing is counted, nothing is on trial' shows desk1 good
printf '#!ipxe\nset generation mine\n' >"$boot/desk1/generation.ipxe"
check 'a script of one'\''s own is left alone' says 'desk1: its kernel is put there by hand' publish
check 'which the status says' shows desk1 'by hand'
done_testing
