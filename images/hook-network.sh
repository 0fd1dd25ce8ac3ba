#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# hook-network.sh ROOT: a hook of `etherroot image`, for a machine whose users want the network: it gets
# an address by DHCP, without which it is not online yet. The root needs neither that nor this.
set -eu

cat >"$1/etc/systemd/network/80-lan.network" <<'END_NETWORK'
[Match]
Type=ether

[Link]
RequiredFamilyForOnline=ipv4

[Network]
DHCP=ipv4
END_NETWORK
ln -sf /lib/systemd/system/systemd-networkd.service \
	"$1/etc/systemd/system/multi-user.target.wants/"
