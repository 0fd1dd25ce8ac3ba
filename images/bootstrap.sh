# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck disable=SC2154 # what who sources this sets: here, work
# A Debian root out of packages: mmdebstrap, told of everything that IMAGE_* say of it (debian.sh lists
# them). To be sourced, with `say` and `fail`, apt-sources.sh and command.sh; what mmdebstrap says is in
# $work/log.

# What a root needs to be a Debian that one logs in to, beyond Priority: required and apt.
PACKAGES=systemd-sysv,dbus,udev,libpam-systemd,kmod,e2fsprogs,iproute2,procps,nano,less

# Under fakechroot, programs find the libraries that systemd keeps for itself only if the loader's
# configuration names their directory. debian-configure.sh takes it out again.
# shellcheck disable=SC2016 # for mmdebstrap's shell
FAKECHROOT_HOOK='[ -z "${FAKECHROOT-}" ] || {
	private=usr/lib/$(uname -m)-linux-gnu/systemd
	mkdir -p "$1/etc/ld.so.conf.d" "$1/$private"
	echo "/$private" >"$1/etc/ld.so.conf.d/fakechroot.conf"
}'

# A package that is asked for as NAME/SUITE-backports needs that archive as well.
export IMAGE_BACKPORTS=
case ,$IMAGE_KERNELS,$IMAGE_INCLUDE, in
*"/$IMAGE_SUITE-backports,"*) IMAGE_BACKPORTS=yes ;;
esac

# Where mmdebstrap is to look for packages: its arguments, one a line. None: its own choice.
sources() {
	local archive=$IMAGE_MIRROR found

	if [ "$IMAGE_MIRROR" ]; then
		echo "$IMAGE_MIRROR"
	else
		found=$(apt_sources "$IMAGE_SUITE")
		archive=$(archive_of "$IMAGE_SUITE" <<<"$found")
		if [ "$found" ]; then
			printf '%s\n' "$found" >"$work/sources.list"
			echo "$work/sources.list"
		elif [ "$IMAGE_BACKPORTS" ]; then
			debian_sources "$IMAGE_SUITE"
		fi
	fi
	[ -z "$IMAGE_BACKPORTS" ] || echo "deb $archive $IMAGE_SUITE-backports main"
}

# bootstrap TARGET: the root into that empty directory, or with - as a tar stream on stdout. mmdebstrap
# chooses between root, user namespaces and fakechroot. In a user namespace its hooks run as somebody who
# may not look into this user's home: they are copied to where everybody may read.
bootstrap() {
	local arguments=() mirrors hook n=0 line packages=$PACKAGES status=0 format=directory

	[ "$1" != - ] || format=tar
	install -m 755 "$here/debian-configure.sh" "$work/configure"
	while read -r hook; do
		[ "$hook" ] || continue
		n=$((n + 1))
		install -m 755 "$hook" "$work/hook$n"
		arguments+=("--customize-hook=$work/hook$n \"\$1\"")
	done <<<"$IMAGE_HOOKS"
	while read -r line; do
		[ "$line" ] && arguments+=("--aptopt=$line")
	done < <(apt_options)
	[ "$IMAGE_INCLUDE" ] && arguments+=("--include=$IMAGE_INCLUDE")
	[ "${INSTALL_LOCALE-}" ] || arguments+=(--dpkgopt='path-exclude=/usr/share/locale/*')
	[ "$IMAGE_INITRD" = yes ] || export INITRD=No
	packages+=,${IMAGE_KERNELS:-linux-image-$(dpkg --print-architecture)}
	[ -z "$IMAGE_BOOTLOADER" ] || packages+=,$(command_packages)
	mapfile -t mirrors < <(sources)

	cd /
	mkfifo "$work/messages"
	follow <"$work/messages" &
	TMPDIR=$work mmdebstrap --variant=minbase --include="$packages" \
		--dpkgopt=force-unsafe-io \
		--dpkgopt='path-exclude=/usr/share/doc/*' \
		--dpkgopt='path-include=/usr/share/doc/*/copyright' \
		--dpkgopt='path-exclude=/usr/share/man/*' \
		--dpkgopt='path-exclude=/usr/share/info/*' \
		--dpkgopt='path-exclude=/usr/share/lintian/*' \
		--setup-hook="$FAKECHROOT_HOOK" \
		--customize-hook="$work/configure \"\$1\"" \
		"${arguments[@]}" --format=$format "$IMAGE_SUITE" "$1" "${mirrors[@]}" \
		2>"$work/messages" || status=$?
	wait $! # for the last of its messages
	return $status
}

# mmdebstrap's messages: kept for the case of trouble, the steps among them shown.
follow() {
	local line

	while read -r line; do
		echo "$line"
		case $line in
		'I: main() '*) ;; # of its end
		'I: '*...) say "${line#I: }" ;;
		esac
	done >"$work/log"
}
