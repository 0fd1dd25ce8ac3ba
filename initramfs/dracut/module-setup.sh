#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# For dracut, as modules.d/95etherroot: an AoE root, without IP (dracut.modules(7)). The disk is found by
# etherroot-init under the name etherroot-find; what is said of it in etherroot-init(7), NICs, waiting and
# messages, holds here too.
#
# There is no shutdown hook: etherroot-find leaves /run/initramfs/shutdown, which unmounts the root while
# the network is still up. Dracut's own takes its place where another module asks for that
# (need_shutdown), and leaves the network up as well.

# called by dracut
check() {
	# shellcheck disable=SC2317 # called by for_each_host_dev_and_slaves
	is_aoe() {
		[[ $(readlink -f "/sys/dev/block/$1") == */block/etherd\!* ]]
	}

	require_binaries /usr/lib/etherroot/etherroot-init || return 1
	# shellcheck disable=SC2154 # dracut's
	if [[ $hostonly ]] || [[ $mount_needs ]]; then
		for_each_host_dev_and_slaves is_aoe || return 255
	fi
	return 0
}

# called by dracut
depends() {
	echo rootfs-block
}

# called by dracut
installkernel() {
	hostonly='' instmods aoe 8021q bonding
	# In a host-only image those of this machine's cards.
	dracut_instmods -o -P '.*(/wireless/|/wan/|/hamradio/|/can/|/isdn/).*' \
		-s 'eth_type_trans|register_virtio_device|usbnet_open' '=drivers/net'
}

# called by dracut: the root of a host-only image, as it is mounted now
cmdline() {
	local disk

	# shellcheck disable=SC2154 # dracut's
	for disk in "${host_devs[@]}"; do
		if [[ $disk == /dev/etherd/* ]]; then
			printf ' netroot=aoe:%s' "${disk#/dev/etherd/}"
		fi
	done
}

# called by dracut
install() {
	# shellcheck disable=SC2154 # dracut's
	if [[ $hostonly_cmdline == yes ]]; then
		cmdline >"$initdir/etc/cmdline.d/95etherroot.conf"
	fi
	inst_binary /usr/lib/etherroot/etherroot-init /sbin/etherroot-find
	# shellcheck disable=SC2154 # dracut's
	inst_hook cmdline 96 "$moddir/parse-etherroot.sh"
	inst_script "$moddir/aoeroot.sh" /sbin/aoeroot
	if dracut_module_included systemd; then
		# shellcheck disable=SC2154 # dracut's
		inst_script "$moddir/etherroot-generator.sh" \
			"$systemdutildir/system-generators/dracut-etherroot-generator"
	fi
	dracut_need_initqueue
}
