# shellcheck shell=sh
# SPDX-License-Identifier: GPL-2.0-or-later
# What is compared: how each column's initrd is generated, and how its machine is booted. The
# machines differ in the root= argument and in what it names, and in nothing else.
#
#   etherroot   our initrd, root exported over AoE
#   aoe         initramfs-tools at its leanest, root exported over AoE
#   virtio      initramfs-tools at its leanest, root on a local virtio disk
#   nbd         initramfs-tools at its leanest, root on NBD over QEMU's user networking
#   floor       a program that does only what the kernel needs (floor.c), root exported over AoE
#
# Each returns 1 when it failed, and has said why: the others go on without it.
#
# The caller sets: build; version, kernel and tree, of the series; work, where its files go; root, the
# root image; perhaps deadline, the seconds that a boot may take.
# shellcheck disable=SC2034,SC2154 # what `run` uses and sets
columns='etherroot aoe virtio nbd'

# The messages that are timed go through the kernel's log, where each gets its stamp.
same_arguments='ro printk.devkmsg=on systemd.log_target=kmsg systemd.show_status=false'

# What generates initramfs-tools' initrds.
mkinitramfs=${BENCH_MKINITRAMFS:-tests/peers/initrd.sh}

root_arguments()
{
	case $1 in
	virtio) echo root=/dev/vda ;;
	nbd) echo root=/dev/nbd0 nbdroot=10.0.2.2,root,nbd0 ip=dhcp ;;
	*) echo root=/dev/etherd/e0.0 ;;
	esac
}

now_ms()
{
	echo $(($(date +%s%N) / 1000000))
}

# our_initrd FILE [OPTION...]: for one virtio machine with an ext4 root, kernel $version
our_initrd()
{
	our_initrd_file=$1
	shift
	"$build/etherroot" initrd --kernel "$version" --root "$tree" --drivers virtio_net \
		--fs ext4 "$@" --output "$our_initrd_file"
}

# generate COLUMN: its initrd for $version into $work/initrd-COLUMN; prints the seconds it took
generate()
{
	if [ "$1" = etherroot ]; then
		start=$(now_ms)
		our_initrd "$work/initrd-$1" || return 1
		end=$(now_ms)
		awk -v ms=$((end - start)) 'BEGIN { printf "%.3f\n", ms / 1000 }'
	else
		"$mkinitramfs" "$tree" "$1" "$version" "$work/initrd-$1" \
			2>"$work/mkinitramfs.log" || {
			cat "$work/mkinitramfs.log" >&2
			return 1
		}
	fi
}

# boot_until REGEX COLUMN LOG OPTION...: boots $kernel until the console shows REGEX, then cuts the
# power. The processor is emulated on every machine: KVM is not everywhere, and what was measured
# with it and without it could not be compared.
boot_until()
{
	boot_regex=$1
	boot_column=$2
	boot_log=$3
	shift 3
	"$build/etherroot" boot --accel tcg --via direct --internet --kernel "$kernel" \
		--initrd "$work/initrd-$boot_column" --timeout "${deadline:-300}" --after kill \
		--append "$(root_arguments "$boot_column") $same_arguments ${more_arguments-}" \
		--expect "$boot_regex" --log "$boot_log" "$@" >"$boot_log.verdict" 2>&1 || {
		cat "$boot_log.verdict" >&2
		return 1
	}
}

# boot_whole COLUMN LOG: boots a fresh copy of $root to multi-user
boot_whole()
{
	cp --sparse=always --reflink=auto "$root" "$work/disk.img" || return 1
	# What a copy leaves to be written back would be written while the boot is timed.
	sync "$work/disk.img" || return 1
	whole_status=0
	whole='Reached target.*multi-user'
	case $1 in
	virtio)
		boot_until "$whole" "$1" "$2" --no-target --disk "$work/disk.img" || whole_status=1
		;;
	nbd)
		# A network of its own, so that NBD's one port is free.
		# shellcheck disable=SC2016 # expanded inside
		inside='
			ip link set lo up
			qemu-nbd --fork --persistent --shared=0 --format=raw --export-name=root \
				--bind=127.0.0.1 --pid-file="$work/nbd.pid" "$work/disk.img"
			trap '\''kill "$(cat "$work/nbd.pid")"'\'' EXIT
			. tests/bench/columns.sh
			boot_until "$1" "$2" "$3" --no-target'
		user=
		[ "$(id -u)" = 0 ] || user=--map-root-user
		unshare $user --net env work="$work" build="$build" kernel="$kernel" \
			sh -euc "$inside" sh "$whole" "$1" "$2" || whole_status=1
		;;
	*)
		boot_until "$whole" "$1" "$2" --image "$work/disk.img" || whole_status=1
		;;
	esac
	rm "$work/disk.img"
	return $whole_status
}

# boot_early COLUMN LOG [ARGUMENTS]: only until the root is mounted
boot_early()
{
	more_arguments=${3-}
	early_status=0
	boot_until 'EXT4-fs .*mounted filesystem' "$1" "$2" --image "$root" --read-only ||
		early_status=1
	more_arguments=
	return $early_status
}

# make_floor: the floor's image into $work/initrd-floor. It is ours with another init, and with its
# orders: the modules that our init loads (it names them with rd.debug), those of the network card
# apart.
make_floor()
{
	our_initrd "$work/initrd-etherroot" &&
		boot_early etherroot "$work/modules.log" rd.debug &&
		awk -v version="$version" -f tests/bench/orders.awk \
			"$tree/lib/modules/$version/modules.dep" "$work/modules.log" >"$work/floor" &&
		${MUSL_CC:-musl-gcc} -Os -static -s -o "$work/floor-init" tests/bench/floor.c \
			-isystem "$build/uapi" &&
		our_initrd "$work/initrd-floor" --init "$work/floor-init" --add "$work/floor:/floor"
}
