#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Roots that a distribution's own programs make of disks, as the manual page of the init has it: a logical
# volume that is found by its label, and an encrypted disk.
. tests/qemu/scenario.sh

mkdir "$scratch/tree"
check 'a Debian with the programs' "$etherroot" image debian --include lvm2,cryptsetup-bin \
	--output "$scratch/debian.img"
debugfs -R "rdump / $scratch/tree" "$scratch/debian.img" >"$scratch/rdump.log" 2>&1
tree=$scratch/tree
version=$(ls "$tree/lib/modules")
kernel=$tree/boot/vmlinuz-$version
initrd=$scratch/initrd

cat >"$scratch/prepare" <<'END'
#!/bin/sh
set -e
busybox [ -b /dev/etherd/e0.1 ]
busybox [ -b /dev/etherd/e0.2 ]
/sbin/lvm pvcreate /dev/etherd/e0.1
/sbin/lvm vgcreate vg /dev/etherd/e0.1
/sbin/lvm lvcreate --yes --wipesignatures n --zero n --extents 10 --name root vg
busybox dd if=/dev/etherd/e0.0 of=/dev/vg/root bs=1M
printf secret >/secret
/sbin/cryptsetup luksFormat --batch-mode --pbkdf pbkdf2 --pbkdf-force-iterations 1000 /dev/etherd/e0.2 /secret
/sbin/cryptsetup open --key-file /secret /dev/etherd/e0.2 root
busybox dd if=/dev/etherd/e0.0 of=/dev/mapper/root bs=1M
END
# recipe NAME LINE: a script that the manual page has
recipe() {
	printf '#!/bin/sh\n%s\n' "$2" >"$scratch/$1"
	check "the manual page has the script $1" contains init/etherroot-init.7 "$2"
}
recipe activate 'exec /sbin/lvm vgchange -ay --sysinit'
recipe open 'exec /sbin/cryptsetup open /dev/etherd/e0.2 "${1##*/}"'
# The whole of a disk once more: what is on it is to be seen twice.
printf '#!/bin/sh\nexec /sbin/dmsetup create whole --table "0 32768 linear /dev/etherd/e0.0 0"\n' \
	>"$scratch/whole"
chmod +x "$scratch/prepare" "$scratch/activate" "$scratch/open" "$scratch/whole"
make_initrd "$initrd" --shell --program /sbin/lvm --program /sbin/cryptsetup --program /sbin/dmsetup \
	--module dm-mod --module dm-crypt --module xts --module algif_skcipher \
	--add "$scratch/prepare:/bin/prepare" --add "$scratch/activate:/bin/activate" \
	--add "$scratch/open:/bin/open" --add "$scratch/whole:/bin/whole"

tiny_root "$scratch/root.img" -L tiny
tiny_root "$scratch/other.img" -L other
truncate -s 48M "$scratch/lvm.img" "$scratch/luks.img"
# made WHAT REGEX FIRST-DISK BOOT-OPTION...: with a target for it and the two others
made() {
	made_what=$1
	made_regex=$2
	: >"$scratch/serve.log"
	in_background "$etherroot" serve --max-age "$any_age" --qemu "$scratch/aoe.sock" "0.0=$scratch/$3,ro" \
		"0.1=$scratch/lvm.img" "0.2=$scratch/luks.img" >"$scratch/serve.log" 2>&1
	made_target=$!
	shift 3
	wait_for_text "$scratch/serve.log" e0.2
	boots "$made_what" "$made_regex" --image "$scratch/root.img" --lan "qemu:$scratch/aoe.sock" "$@"
	kill "$made_target"
	wait "$made_target" || :
}
made 'a logical volume and an encrypted disk are made' 'TINY-ROOT /dev/mapper/root ext4' root.img \
	--append 'root=/dev/mapper/root rd.hook=/bin/prepare'
made 'a logical volume is found by the label of what is on it' 'TINY-ROOT /dev/dm-0 ext4' other.img \
	--append 'root=LABEL=tiny rd.hook=/bin/activate'
check 'the program is told what is looked for' contains "$scratch/console.log" \
	'etherroot: hook: /bin/activate LABEL=tiny'
made 'of a disk and what was made of it the root is the latter' 'TINY-ROOT /dev/dm-0 ext4' other.img \
	--append 'root=LABEL=other ro rd.hook=/bin/whole'
made 'an encrypted disk takes its passphrase on the console' 'TINY-ROOT /dev/mapper/root ext4' other.img \
	--append 'root=/dev/mapper/root rd.hook=/bin/open' --type 'passphrase for .*: $=>secret'
done_testing
