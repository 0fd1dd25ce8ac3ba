# shellcheck shell=sh
# SPDX-License-Identifier: GPL-2.0-or-later
# What a user would pick instead: one guest in QEMU (emulated, one processor) with one network card,
# fio in it, and on the host four servers of one file at the other end of a tap: etherroot and vblade
# (AoE), nbdkit (NBD), tgt (iSCSI). All are asked in turn, three times, in one boot, in O_DIRECT, 32 requests under
# way, frames of 9000 bytes for all of them. Each server is as its manual starts it, which means that
# only etherroot has its writes on the disk when it acknowledges them. The guest's root is an export
# of a process of its own.
#
# guest-build builds the guest, and guest-work.sh is what it does.
# shellcheck disable=SC2154 # what `side` sets

guest=$bench/guest

# open_tap: lan2, the host's end of the guest's card; that of the round before is gone
open_tap() {
	ip link delete lan2 2>/dev/null || :
	ip tuntap add lan2 mode tap
	ip link set lan2 mtu 9000 up
}

# boot_guest OPTION...: a machine on it, on the processor of the load
boot_guest() {
	taskset -c "$load_on" "$etherroot" boot --accel tcg --via direct --lan tap:lan2 \
		--after kill "$@" >"$scratch/boot.log" 2>&1
}

serve_iscsi() {
	# Its socket, for nobody else's tgtd.
	mount -t tmpfs tmpfs /run
	begin "$scratch/tgtd.log" tgtd -f --iscsi portal=10.99.0.1:3260
	for wait in $(seq "$patience"); do
		! tgtadm --lld iscsi --op show --mode sys >/dev/null 2>&1 || break
		[ "$wait" -lt "$patience" ] || fail 'tgtd does not answer' "$scratch/tgtd.log"
		sleep 1
	done
	{
		tgtadm --lld iscsi --op new --mode target --tid 1 -T iqn.2026-11.bench:disk &&
			tgtadm --lld iscsi --op new --mode logicalunit --tid 1 --lun 1 -b "$file" &&
			tgtadm --lld iscsi --op bind --mode target --tid 1 -I ALL
	} >"$scratch/tgtadm.log" 2>&1 || fail 'tgtd refuses the disk' "$scratch/tgtadm.log"
}

row_guest() {
	[ -e "$guest/recipe" ] || fail 'there is no guest: tests/bench/guest-build says why'
	open_tap
	ip addr add 10.99.0.1/24 dev lan2
	cache "$file"
	begin_ready "$scratch/root.log" "$etherroot" serve --ready-fd 9 -i lan2 "9.0=$guest/image,ro"
	ours -i lan2 "7.0=$file,lock=no"
	begin "$scratch/vblade.log" vblade 7 1 lan2 "$file"
	begin_ready "$scratch/nbdkit.log" nbdkit -f -P /dev/fd/9 -i 10.99.0.1 file "$file"
	serve_iscsi
	# The guest reads what it is to do from its local disk; the rest of that is empty lines.
	{
		echo "seconds=$seconds"
		cat tests/bench/guest-work.sh
		yes '' | head -c 65536
	} | head -c 65536 >"$scratch/work"
	boot_guest --address 9.0 --kernel "$guest/vmlinuz" --initrd "$guest/initrd" \
		--disk "$scratch/work" --append 'ro rd.mtu=9000 init=/bench' \
		--timeout $((24 * seconds + 400)) --expect 'bench: all done' --log "$scratch/console" ||
		fail 'the guest did not do its work' "$scratch/boot.log"
	for kind in ours vblade nbd iscsi; do
		for way in read write; do
			rates=$(sed -n "s/.*bench: $kind $way \([0-9][0-9]*\)\r*\$/\1/p" \
				"$scratch/console")
			[ "$rates" ] || fail "$kind: no $way was measured" "$scratch/console"
			for rate in $rates; do
				figure $kind $way "$rate"
			done
		done
	done
}
