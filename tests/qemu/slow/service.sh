#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# The target's unit under a systemd: it is ready when that says so, has no more rights than it needs, reads its
# file again, is started again when it is killed or stands still, and ends well. In one Debian, of this
# machine's own release, that runs off an export and has others on an interface of its own.
. tests/qemu/scenario.sh

. /etc/os-release
suite=$VERSION_CODENAME

# The packages of the libraries that the command is linked with.
libraries() {
	ldd "$etherroot" | sed -n 's/.* => \(\/[^ ]*\) .*/\1/p' | while read -r library; do
		dpkg -S "$(realpath "$library")" "$library" 2>/dev/null | head -n 1
	done | sed 's/:.*//' | sort -u | paste -sd ,
}

cat >"$scratch/try" <<'END'
#!/bin/sh
# try: what is found out in the guest, a line "try: WHAT: yes" or "no" each
unit=etherroot-serve.service

# says WHAT COMMAND...
says() {
	what=$1
	shift
	if "$@" >/run/out 2>&1; then
		echo "try: $what: yes"
	else
		echo "try: $what: no"
		cat /run/out
	fi
}
# within SECONDS COMMAND...: until it succeeds
within() {
	until=$(($(date +%s) + $1))
	shift
	until "$@"; do
		[ "$(date +%s)" -lt $until ] || return 1
		sleep 0.2
	done
}
property() { systemctl show -P "$1" $unit; }
kernel_says() { grep "^$1:" "/proc/$(property MainPID)/status"; }
another() { [ "$(property ActiveState)" = active ] && [ "$(property MainPID)" != "$1" ]; }
restarted() {
	before=$(property MainPID)
	kill "-$1" "$before"
	within 240 another "$before"
}
discovers() { etherroot discover -i lan1 | grep -w "e7.$1"; }
loads() { timeout 120 etherroot bench -i lan1 -t 7.1 -p randwrite --overwrite --verify --count 200 --patience 60; }
reloads() {
	echo "$1" >>/etc/etherroot/serve.conf
	systemctl reload $unit
}

systemd-sysusers
ip link add lan0 type veth peer name lan1
ip link set lan0 up
ip link set lan1 up
mkdir -p /etc/etherroot /srv
truncate -s 16M /srv/one.img /srv/two.img
chown etherroot /srv/one.img /srv/two.img
printf 'interface lan0\nexport 7.1 /srv/one.img\n' >/etc/etherroot/serve.conf
systemctl daemon-reload

says 'it starts' systemctl start $unit
says 'it is ready at once when that ends' discovers 1
says 'it says how it is' test "$(property StatusText)"
says 'it is not root' sh -c "ps -o user= -p $(property MainPID) | grep -x etherroot"
says 'it may only send frames' test "$(kernel_says CapEff)" = "$(printf 'CapEff:\t0000000000002000')"
says 'it is confined by itself' test "$(kernel_says Seccomp)" = "$(printf 'Seccomp:\t2')"
says 'it has descriptors enough' grep -E '^Max open files +524288' "/proc/$(property MainPID)/limits"
says 'its status can be asked for' sh -c 'etherroot status | grep -w e7.1'
says 'what is written can be read' loads
reloads 'export 7.2 /srv/two.img'
says 'its file is read again' within 60 discovers 2
reloads 'export nowhere'
says 'a wrong file is told, as an error' within 60 \
	sh -c "journalctl -u $unit -p err -o cat | grep -F '/etc/etherroot/serve.conf:4:'"
says 'what was served goes on' discovers 2
sed -i '$d' /etc/etherroot/serve.conf
says 'it is started again when it is killed' restarted KILL
says 'and serves' within 60 discovers 2
says 'it is started again when it stands still' restarted STOP
says 'and serves' within 60 discovers 1
systemctl stop $unit
says 'it ends well' test "$(property Result) $(property ExecMainStatus)" = 'success 0'
rm /etc/etherroot/serve.conf
systemctl start $unit
says 'without a file it is not started' test "$(property ActiveState)" = inactive
echo 'try: all done'
END
chmod +x "$scratch/try"
chmod 755 "$scratch"
cat >"$scratch/hook" <<END
#!/bin/sh -e
cp -a "$scratch/installed/." "\$1"
cp "$scratch/try" "\$1/root/try"
END
chmod +x "$scratch/hook"

check 'it is installed' make -s install DESTDIR="$scratch/installed" PREFIX=/usr
check 'an image with the service' "$etherroot" image debian --suite "$suite" --size 1500M \
	--include "iproute2,procps,$(libraries)" --hook "$scratch/hook" --output "$scratch/server.img"
check 'the guest tries it' "$etherroot" boot --accel tcg --via direct --image "$scratch/server.img" \
	--timeout $((2 * deadline)) --log "$scratch/console.log" --expect 'try: all done' \
	--type 'login: $=>root' --type 'Password: $=>etherroot' --type 'root@.*# $=>/root/try'
[ -e "$scratch/console.log" ] || : >"$scratch/console.log"
sed -n 's/\r$//; s/^try: \(.*\): yes$/ok \1/p; s/^try: \(.*\): no$/no \1/p' "$scratch/console.log" >"$scratch/results"
check 'all was tried' test "$(wc -l <"$scratch/results")" -eq "$(grep -c '^says ' "$scratch/try")"
while read -r result what; do
	if [ "$result" = ok ]; then
		ok "$what"
	else
		not_ok "$what" "$scratch/console.log"
	fi
done <"$scratch/results"
done_testing
