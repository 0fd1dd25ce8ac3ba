# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck disable=SC2154 # what who sources this sets: here
# The command itself, a copy of which comes into systems that make their own initrds. To be sourced, with
# `fail`.

# What it needs beyond what every Debian has.
command_packages() {
	echo libarchive13,libelf1,liburing2,libseccomp2
}

# command_require ROOT: it starts with the C library in ROOT, whose Debian may be older than what built it
command_require() {
	local loader why

	for loader in "$1"/usr/lib/*-linux-gnu/ld-linux-*.so.* "$1"/lib/*-linux-gnu/ld-linux-*.so.*; do
		[ -e "$loader" ] || continue
		why=$("$loader" --inhibit-cache --library-path "${loader%/*}" \
			"$IMAGE_COMMAND" --version 2>&1 >/dev/null) ||
			fail "$IMAGE_COMMAND: does not start in Debian $IMAGE_SUITE (${why##*: }): its system \
is to have a copy: do this with an etherroot that was built on Debian $IMAGE_SUITE"
		return
	done
}

# command_install ROOT: into that Debian
command_install() {
	command_require "$1"
	install -D -m 755 "$IMAGE_COMMAND" "$1/usr/bin/etherroot"
}

# command_hooks ROOT: what gives each of its kernels an initrd, where the package etherroot-initramfs has it
command_hooks() {
	install -D -m 755 "$here/kernel-hook.sh" "$1/usr/share/etherroot-initramfs/kernel-hook"
	install -D -m 755 "$here/kernel-parts.sh" "$1/etc/kernel/postinst.d/z-etherroot"
	install -D -m 755 "$here/kernel-parts.sh" "$1/etc/kernel/postrm.d/z-etherroot"
}
