# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck disable=SC2154 # what debian.sh sets: here
# What makes of a Debian the root that installs others: this command, what it needs, and a service that
# runs it where the kernel's command line asks for that. To be sourced, with boot-loader.sh and
# command.sh; debian.sh calls installer_packages and installer_populate.

installer_packages() {
	echo "mmdebstrap,fdisk,systemd-resolved,$(boot_loader_tools),$(command_packages)"
}

# Done by the user who builds it: what he makes is root's in the image.
installer_populate() {
	local root=$1 units=$1/etc/systemd/system

	command_install "$root"
	install -D -m 755 -t "$root/usr/lib/etherroot" "$here"/*.sh
	"$here/hook-network.sh" "$root"
	[ -z "$IMAGE_ANSWERS" ] || install -D -m 600 "$IMAGE_ANSWERS" "$root/etc/etherroot/answers"
	install -d "$units/multi-user.target.wants" "$units/network-online.target.wants"
	ln -s /lib/systemd/system/systemd-networkd-wait-online.service \
		"$units/network-online.target.wants/"
	cat >"$units/etherroot-install.service" <<'END'
[Unit]
Description=Install Debian onto an AoE export
ConditionKernelCommandLine=etherroot.install
Wants=network-online.target
After=network-online.target nss-lookup.target

[Service]
Type=oneshot
ExecStart=/usr/lib/etherroot/installer.sh
StandardOutput=journal+console
StandardError=inherit

[Install]
WantedBy=multi-user.target
END
	ln -s ../etherroot-install.service "$units/multi-user.target.wants/"
}
