# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-or-later
# What answers say, in the words of debian-installer. To be sourced, with `fail`; the answers are in the
# environment as install.sh has them.

# What it has no words for, or others than ours.
preseed_require() {
	[ -z "$IMAGE_HOOKS" ] ||
		fail "hook ${IMAGE_HOOKS%%$'\n'*}: debian-installer runs none of the answers': \
--preseed FILE can have a preseed/late_command"
	case $IMAGE_MIRROR in
	'' | http://* | https://*) ;;
	*) fail "mirror $IMAGE_MIRROR: debian-installer takes one with http or https" ;;
	esac
	case ,$IMAGE_KERNELS,$IMAGE_INCLUDE, in
	*/*) fail "include and kernel: debian-installer takes packages of the suite itself, without '/'" ;;
	esac
}

# users: as install-configure.sh wants them, with the hashes of their passwords
users() {
	# shellcheck disable=SC2016 # perl's own
	printf '%s\n' "$INSTALL_USERS" | perl -pe '
		sub salt { join "", map { ("a".."z", "A".."Z", 0..9)[rand 62] } 1..16 }
		s/^(\S+) password=(.*)$/"$1 hash=" . crypt($2, "\$6\$" . salt())/e'
}

preseed_mirror() {
	local protocol=http host=deb.debian.org directory=/debian rest

	if [ "$IMAGE_MIRROR" ]; then
		protocol=${IMAGE_MIRROR%%://*}
		rest=${IMAGE_MIRROR#*://}
		host=${rest%%/*}
		directory=${rest#"$host"}
	fi
	cat <<END
d-i mirror/country string manual
d-i mirror/protocol string $protocol
d-i mirror/$protocol/hostname string $host
d-i mirror/$protocol/directory string ${directory:-/}
d-i mirror/$protocol/proxy string
END
}

preseed_packages() {
	local kernel=${IMAGE_KERNELS%%,*} others=${IMAGE_KERNELS#"${IMAGE_KERNELS%%,*}"}

	[ -z "$kernel" ] || echo "d-i base-installer/kernel/image string $kernel"
	echo "d-i pkgsel/include string $(tr , ' ' <<<"$IMAGE_INCLUDE$others")"
}

preseed_boot_loader() {
	if [ -z "$IMAGE_BOOTLOADER" ]; then
		cat <<'END'
# None: the boot server has the kernel (etherroot publish). With answers that have a line 'bootloader',
# it is GRUB for the firmware that the installer was started by.
d-i grub-installer/skip boolean true
d-i nobootloader/confirmation_common note
END
	else
		cat <<'END'
# GRUB, for the firmware that the installer was started by. iPXE's sanboot starts what is at the place
# for removable media, and the firmware of a machine without a disk need not remember anything.
d-i grub-installer/only_debian boolean true
d-i grub-installer/with_other_os boolean true
d-i grub-installer/force-efi-extra-removable boolean true
d-i grub-installer/update-nvram boolean false
END
	fi
}

# The whole of it, on stdout.
preseed() {
	cat <<END
# A preseed for debian-installer, Debian $IMAGE_SUITE: the whole of an AoE disk, without a question.
# Made by 'etherroot image installer --with debian-installer'; a changed copy can be given to it with
# --preseed, beside the answers. The initrd adds, when it starts, what the kernel's command line says:
#   etherroot.install=aoe:e0.1   partman-auto/disk and grub-installer/bootdev
#   etherroot.finally=poweroff   debian-installer/exit/poweroff

#### Language and keyboard
d-i debian-installer/locale string ${INSTALL_LOCALE:-en_US.UTF-8}
d-i keyboard-configuration/xkb-keymap select ${INSTALL_KEYBOARD:-us}

#### The network: by DHCP, on the first card with a link
d-i netcfg/choose_interface select auto
d-i netcfg/get_hostname string $IMAGE_HOSTNAME
d-i netcfg/get_domain string
d-i netcfg/hostname string $IMAGE_HOSTNAME
# Nobody is there to bring firmware on a stick.
d-i hw-detect/load_firmware boolean false

#### Where packages are fetched
$(preseed_mirror)

#### Users: those of the answers are made at the end (finish-install.d/90etherroot in the initrd); until
#### then nobody knows a password
d-i passwd/root-login boolean true
d-i passwd/root-password-crypted password !
d-i passwd/make-user boolean false

#### The time
d-i clock-setup/utc boolean true
d-i clock-setup/ntp boolean true
d-i time/zone string ${INSTALL_TIMEZONE:-Etc/UTC}

#### The disk: one partition for all, and those that a boot loader needs. No swap: swapping over the
#### network can wait for the memory that it is to free
d-i partman-auto/method string regular
d-i partman-partitioning/default_label string gpt
d-i partman-basicfilesystems/no_swap boolean false
d-i partman-auto/expert_recipe string etherroot :: \\
	64 64 64 free \$iflabel{ gpt } \$reusemethod{ } method{ efi } format{ } . \\
	1 1 1 free \$iflabel{ gpt } \$reusemethod{ } method{ biosgrub } . \\
	1000 10000 -1 ext4 method{ format } format{ } use_filesystem{ } filesystem{ ext4 } \\
		label{ $IMAGE_LABEL } mountpoint{ / } .
d-i partman-auto/choose_recipe select etherroot
d-i partman-md/confirm boolean true
d-i partman-partitioning/confirm_write_new_label boolean true
d-i partman/choose_partition select finish
d-i partman/confirm boolean true
d-i partman/confirm_nooverwrite boolean true

#### Packages
$(preseed_packages)
d-i apt-setup/cdrom/set-first boolean false
d-i pkgsel/run_tasksel boolean false
d-i pkgsel/upgrade select none
d-i pkgsel/update-policy select none
popularity-contest popularity-contest/participate boolean false

#### The boot loader
$(preseed_boot_loader)

#### The end
d-i finish-install/reboot_in_progress note
END
}
