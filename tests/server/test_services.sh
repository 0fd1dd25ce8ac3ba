#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# What `etherroot server` and `machine` tell systemd, and hear of it: on this machine's own root, in
# namespaces where /etc and /srv are put aside and systemctl is a stand-in.
. tests/namespaces.sh
again_in "$0" --net --mount
. tests/lib.sh
etherroot=$(realpath "${ETHERROOT:-$etherroot}")

mkdir "$scratch/etc" "$scratch/bin"
cp -a /etc/. "$scratch/etc" 2>"$scratch/etc.log" || :
sed -i '/^etherroot:/d' "$scratch/etc/passwd"
mount --bind "$scratch/etc" /etc
mount -t tmpfs tmpfs /srv
mount -t tmpfs tmpfs /run
mkdir -p /run/systemd/system

# Each writes down how it was called; $scratch/fails is what fails.
for program in systemctl systemd-sysusers journalctl; do
	cat >"$scratch/bin/$program" <<'EOF'
#!/bin/sh
echo "${0##*/} $*" >>"$CALLS/calls"
case ${0##*/} in journalctl) cat "$CALLS/journal" ;; esac
! grep -qxF -e "$*" "$CALLS/fails"
EOF
	chmod 755 "$scratch/bin/$program"
done
export CALLS="$scratch"
PATH=$scratch/bin:$PATH
: >"$scratch/fails"
: >"$scratch/journal"

# calls COMMAND...: exactly those of standard input are made by it
calls() {
	cat >"$scratch/expected"
	: >"$scratch/calls"
	"$@" && diff "$scratch/expected" "$scratch/calls"
}

ip link add lan0 type veth peer name lan1
ip link set lan0 up
ip link set lan1 up
ip address add 10.20.0.1/24 dev lan0
check 'init starts what is to run' calls "$etherroot" server init --interface lan0 --no-dhcp <<'EOF'
systemd-sysusers 
systemctl daemon-reload
systemctl enable etherroot-serve.service
systemctl reload-or-restart etherroot-serve.service
systemctl enable etherroot-dnsmasq.service
systemctl restart etherroot-dnsmasq.service
systemctl enable etherroot-http.service
systemctl restart etherroot-http.service
systemctl enable etherroot-trial.service
systemctl restart etherroot-trial.service
systemctl enable --now etherroot-publish.timer
EOF
mkdir -p /srv/etherroot/disks
truncate -s 1M /srv/etherroot/disks/ws1.img /srv/etherroot/disks/ws2.img
check 'a new machine is told to the target, without a restart' calls "$etherroot" machine add ws1 --no-kernel \
	--mac 52:54:00:00:00:01 --image /srv/etherroot/disks/ws1.img <<'EOF'
systemctl enable etherroot-serve.service
systemctl reload-or-restart etherroot-serve.service
systemctl enable --now etherroot-dnsmasq.service
systemctl enable --now etherroot-http.service
systemctl enable --now etherroot-trial.service
systemctl enable --now etherroot-publish.timer
EOF
check 'nothing new is told to nobody' calls "$etherroot" server apply <<'EOF'
systemctl enable --now etherroot-serve.service
systemctl enable --now etherroot-dnsmasq.service
systemctl enable --now etherroot-http.service
systemctl enable --now etherroot-trial.service
systemctl enable --now etherroot-publish.timer
EOF
printf 'http none\ntrial none\n' >>/etc/etherroot/machines
check 'HTTP that is not wanted ends' calls "$etherroot" server apply <<'EOF'
systemctl enable --now etherroot-serve.service
systemctl enable --now etherroot-dnsmasq.service
systemctl disable --now etherroot-http.service
systemctl disable --now etherroot-trial.service
systemctl enable --now etherroot-publish.timer
EOF
echo 'restart etherroot-dnsmasq.service' >"$scratch/fails"
sed -i 's/^dhcp none/dhcp proxy/' /etc/etherroot/machines
check 'a service that does not start' fails_with 1 'etherroot server apply: systemctl restart etherroot-dnsmasq.service: failed: the files are as the inventory says' \
	"$etherroot" server apply
: >"$scratch/fails"

cat >"$scratch/journal" <<'EOF'
1732843300.000001 srv dnsmasq-dhcp[9]: DHCPDISCOVER(lan0) 52:54:00:00:00:77
1732843300.000001 srv dnsmasq-dhcp[9]: PXE(lan0) 52:54:00:00:00:01 proxy
EOF
printf '%s\n' 'is-active --quiet etherroot-serve.service' 'is-active --quiet etherroot-publish.timer' >"$scratch/fails"
"$etherroot" server status >"$scratch/status" || :
check 'who is not known is in the journal' grep -qE '^52:54:00:00:00:77 - +20' "$scratch/status"
check 'and who is' grep -qE '^ws1 +e0\.0 +52:54:00:00:00:01 - +20' "$scratch/status"
check 'a service that does not run' contains "$scratch/status" 'etherroot-serve.service: does not run: journalctl -u etherroot-serve.service'
check 'nor does the timer' contains "$scratch/status" 'etherroot-publish.timer: does not run'
check 'another that does' sh -c "! grep 'etherroot-dnsmasq.service: does not run' '$scratch/status'"
check 'nor is one missed that is not wanted' sh -c "! grep -e 'etherroot-http' -e 'etherroot-trial' '$scratch/status'"
ip address del 10.20.0.1/24 dev lan0
ip address add 10.20.0.2/24 dev lan0
check 'an interface with another address' fails_with 1 \
	'lan0: its first address is not 10.20.0.1/24, as the inventory says' "$etherroot" server status

# ---- whose the disks are ---------------------------------------------------------------------------
# In a user namespace there is nobody else to be.
if [ "$(awk 'END { print $3 }' /proc/self/uid_map)" -gt 1 ]; then
	echo 'etherroot:x:64999:64999::/:/bin/false' >>/etc/passwd
	check 'a disk becomes the target'\''s' "$etherroot" machine add ws2 --no-kernel --mac 52:54:00:00:00:02 \
		--image /srv/etherroot/disks/ws2.img
	check 'by its user' test "$(stat -c %u /srv/etherroot/disks/ws2.img)" -eq 64999
	chmod 600 /srv/etherroot/disks/*.img
	"$etherroot" server status >"$scratch/status" || :
	check 'one that it may not open is named' contains "$scratch/status" \
		'/srv/etherroot/disks/ws1.img: the disk of ws1: the user etherroot may not open it'
	check 'and none that it may' sh -c "! grep 'disk of ws2' '$scratch/status'"
else
	skip 'whose the disks are' 'there is one user here'
fi
done_testing
