#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# /etc/kernel/postinst.d/z-etherroot and postrm.d/z-etherroot: what a kernel's package runs, after those
# of others that make initrds and before those of boot loaders (zz-).
# The work is done by a file that goes when the package etherroot-initramfs is removed; this one, as
# configuration, stays until that is purged.
set -eu

hook=/usr/share/etherroot-initramfs/kernel-hook
folder=${0%/*}
folder=${folder##*/}
[ ! -x "$hook" ] || exec "$hook" "${folder%.d}" "$@"
