#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# A machine with 128 MiB of memory boots; one that has not enough to unpack its initrd ends in a panic that
# says so, before there is an init. tests/bench/init looks for the least that boots.
. tests/qemu/scenario.sh

use_kernel 6.12
tiny_root "$scratch/root.img"
boots '128 MiB are enough' 'TINY-ROOT /dev/etherd/e0.0 ext4 ro' \
	--image "$scratch/root.img" --read-only --memory 128
make_initrd "$initrd" --drivers all --fs all
boots '96 MiB are not for every driver and file system, and the kernel says so' \
	'Out of memory and no killable processes' --image "$scratch/root.img" --read-only --memory 96
done_testing
