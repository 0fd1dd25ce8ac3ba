# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck disable=SC2154 # what who sources this sets: here
# The command itself, a copy of which comes into systems that make their own initrds. To be sourced.

# What it needs beyond what every Debian has.
command_packages() {
	echo libarchive13,libelf1,liburing2,libseccomp2
}

# command_install ROOT: into that Debian
command_install() {
	install -D -m 755 "$IMAGE_COMMAND" "$1/usr/bin/etherroot"
}

# command_hooks ROOT: what gives each of its kernels an initrd, where the package etherroot-initramfs has it
command_hooks() {
	install -D -m 755 "$here/kernel-hook.sh" "$1/usr/share/etherroot-initramfs/kernel-hook"
	install -D -m 755 "$here/kernel-parts.sh" "$1/etc/kernel/postinst.d/z-etherroot"
	install -D -m 755 "$here/kernel-parts.sh" "$1/etc/kernel/postrm.d/z-etherroot"
}
