#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# What a guest writes is there after its power was cut, and read-only means read-only.
. tests/qemu/scenario.sh

use_kernel newest
tiny_root "$scratch/root.img"

boots 'rw: the root takes a write' 'TINY-ROOT wrote hello-etherroot' \
	--image "$scratch/root.img" --append 'root=aoe:e0.0 rw do=write:hello-etherroot'
boots 'the write is there for the next boot' 'TINY-ROOT read hello-etherroot' \
	--image "$scratch/root.img" --append 'root=aoe:e0.0 ro do=read'
before=$(sha256sum <"$scratch/root.img")
boots 'a read-only export boots with ro' 'TINY-ROOT /dev/etherd/e0.0 ext4 ro' \
	--image "$scratch/root.img" --read-only --append 'root=aoe:e0.0 ro rootflags=noload'
boots '--snapshot takes writes' 'TINY-ROOT wrote lost' \
	--image "$scratch/root.img" --snapshot --append 'root=aoe:e0.0 rw do=write:lost'
check 'neither changed the image' test "$before" = "$(sha256sum <"$scratch/root.img")"
done_testing
