# shellcheck shell=sh
# SPDX-License-Identifier: GPL-2.0-or-later
# A small tree of modules that are none: relocatable files with the sections that depmod and the
# generator read. Sourced after tests/lib.sh.
#
#   make_tree DIR      DIR/lib/modules/$version, with depmod's indexes
#
# Debug information is compiled in, so that what becomes of it can be seen.

# shellcheck disable=SC2034 # for the tests
version=6.1.0-test

# module DIR PATH [KEY=VALUE | +SYMBOL | -SYMBOL]...: a module with these words of modinfo, which
# exports (+) and needs (-) symbols
module() {
	module_path=$1/lib/modules/$version/kernel/$2
	shift 2
	mkdir -p "${module_path%/*}"
	{
		echo '#define SECTION(name) __attribute__((section(name), used))'
		number=0
		for word in "$@" license=GPL; do
			number=$((number + 1))
			case $word in
			+*) echo "static const char k${number}[] SECTION(\"__ksymtab_strings\") = \"${word#+}\";" ;;
			-*) echo "extern int ${word#-}; int *use${number} = &${word#-};" ;;
			*) echo "static const char i${number}[] SECTION(\".modinfo\") = \"$word\";" ;;
			esac
		done
		echo 'struct thing { int a; long b; } thing; int start(struct thing *t)'
		echo '{ static int calls; return t->a + (int)t->b + calls++; }'
	} >"$module_path.c"
	# A path of its own would show in the debug information, and so in the file's bytes.
	(cd "${module_path%/*}" && cc -c -g -O1 -ffreestanding -fno-pie -o "$module_path" \
		-x c - <"$module_path.c")
	rm "$module_path.c"
}

# Enough modules for every rule of choice, and a file system in the kernel itself.
make_modules() {
	module "$1" drivers/block/aoe/aoe.ko
	module "$1" fs/configfs/configfs.ko +config_group_init
	module "$1" drivers/net/netconsole.ko -config_group_init
	module "$1" net/core/failover.ko +failover_register
	module "$1" drivers/net/net_failover.ko +net_failover_create -failover_register
	module "$1" drivers/net/virtio_net.ko 'alias=virtio:d00000001v*' -net_failover_create
	module "$1" drivers/virtio/virtio_pci.ko 'alias=pci:v00001AF4d*sv*sd*bc*sc*i*'
	module "$1" drivers/net/ethernet/intel/e1000.ko \
		'alias=pci:v00008086d00001000sv*sd*bc*sc*i*'
	module "$1" drivers/net/ethernet/intel/igb.ko weakdep=micrel \
		'alias=pci:v00008086d000010C9sv*sd*bc*sc*i*'
	module "$1" drivers/net/phy/micrel.ko 'alias=mdio:0000000000100010001000010101????'
	module "$1" drivers/net/phy/marvell10g.ko 'alias=mdio:0000000000101011000010011010????'
	module "$1" drivers/net/ethernet/broadcom/bnx2.ko firmware=bnx2/rv2p.fw \
		firmware=bnx2/missing.fw firmware=bnx2 firmware=../../../etc/hostname \
		'alias=pci:v000014E4d0000164Asv*sd*bc*sc*i*'
	module "$1" drivers/net/ethernet/mellanox/mlx4_core.ko +mlx4_cmd \
		'alias=pci:v000015B3d00001003sv*sd*bc*sc*i*'
	module "$1" drivers/net/ethernet/mellanox/mlx4_en.ko -mlx4_cmd
	module "$1" drivers/net/ethernet/3com/3c589_cs.ko 'alias=pcmcia:m0101c0589f*'
	module "$1" drivers/net/usb/r8152.ko 'alias=usb:v0BDAp8152d*dc*'
	module "$1" drivers/usb/host/xhci-pci.ko 'alias=pci:v*d*sv*sd*bc0Csc03i30*'
	module "$1" drivers/net/hyperv/hv_netvsc.ko 'alias=vmbus:635161f83edfc546913ff2d2f965ed0e'
	module "$1" drivers/hv/hv_vmbus.ko
	module "$1" drivers/pci/controller/pci-hyperv.ko
	module "$1" drivers/usb/host/xhci-pci-renesas.ko 'alias=pci:v00001912d00000014sv*sd*bc*sc*i*'
	module "$1" drivers/hid/usbhid/usbhid.ko 'alias=usb:v*p*d*dc*dsc*dp*ic03isc*ip*in*'
	module "$1" drivers/hid/hid-generic.ko 'alias=hid:b*g*v*p*'
	module "$1" fs/quota/quota_tree.ko +qtree_read_dquot
	module "$1" fs/quota/quota_v2.ko -qtree_read_dquot
	module "$1" fs/overlayfs/overlay.ko alias=fs-overlay
	module "$1" drivers/md/dm-mod.ko +dm_register_target
	module "$1" drivers/md/dm-verity.ko -dm_register_target
	module "$1" arch/x86/crypto/sha256-ssse3.ko alias=crypto-sha256
	module "$1" crypto/crc32c_generic.ko alias=crypto-crc32c alias=crc32c
	module "$1" arch/x86/crypto/crc32c-intel.ko alias=crypto-crc32c alias=crc32c
	module "$1" lib/crc16.ko +crc16
	module "$1" fs/jbd2/jbd2.ko +jbd2_journal 'softdep=pre: crypto-crc32c'
	module "$1" fs/ext4/ext4.ko alias=fs-ext4 alias=ext3 alias=fs-ext3 -crc16 -jbd2_journal \
		depends=crc16,jbd2 'softdep=pre: crypto-crc32c'
	module "$1" ../updates/dkms/r8168.ko -alloc_etherdev_mqs \
		'alias=pci:v000010ECd00008168sv*sd*bc*sc*i*'
	module "$1" ../updates/dkms/tunnel.ko -alloc_etherdev_mqs
	module "$1" ../updates/dkms/sensor.ko 'alias=usb:v1234p5678d*dc*'
	module "$1" extra/round_a.ko 'softdep=pre: round_b'
	module "$1" extra/round_b.ko 'softdep=post: round_a'
	printf '%s\n' kernel/fs/xfs/xfs.ko >"$1/lib/modules/$version/modules.builtin"
	printf '%s\0' xfs.alias=fs-xfs xfs.license=GPL xfs.file=fs/xfs/xfs \
		>"$1/lib/modules/$version/modules.builtin.modinfo"
	find "$1/lib/modules/$version" -name '*.ko' | sed "s,.*/$version/,," | sort \
		>"$1/lib/modules/$version/modules.order"
}

make_tree() {
	make_modules "$1"
	depmod -b "$1" "$version"
}
