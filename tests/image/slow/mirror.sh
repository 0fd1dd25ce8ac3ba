#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# `etherroot install` with the real mmdebstrap and a mirror that dies half way: it closes its connections, or
# sends the half of a file, after the fifth package. The archive is a small one, of packages that are empty, so
# that nothing comes of it but that; what mounts the disk, which is a file, is a stand-in, and so is the
# mmdebstrap that installs it after all.
. tests/namespaces.sh
again_in "$0" --mount --net
. tests/lib.sh
# shellcheck source=tests/qemu/slow/kernel-package
. tests/qemu/slow/kernel-package

etherroot=$(realpath "$etherroot")
disk=$scratch/disk.img
archive=$scratch/archive
answers=$scratch/answers
mkdir -p "$archive/dists/trixie/main/binary-amd64" "$scratch/package/DEBIAN" \
	"$scratch/web/cgi-bin" "$scratch/bin"
chmod 755 "$scratch"

# ---- an archive, signed by somebody whom this machine believes ----------------------------------------
for name in base-files dpkg apt systemd-sysv dbus udev libpam-systemd kmod e2fsprogs iproute2 procps nano less \
	linux-image-amd64 systemd-resolved; do
	head -c 20000 /dev/urandom >"$scratch/package/blob"
	printf '%s\n' "Package: $name" 'Version: 1' 'Architecture: amd64' 'Maintainer: x <x@example.org>' \
		'Essential: yes' 'Priority: required' 'Description: x' >"$scratch/package/DEBIAN/control"
	dpkg-deb -Znone --root-owner-group -b "$scratch/package" "$archive/$name.deb"
done >"$scratch/dpkg-deb.log"
packages_in "$archive" >"$archive/dists/trixie/main/binary-amd64/Packages"
cd "$archive/dists/trixie"
{
	printf '%s\n' 'Origin: Debian' 'Suite: trixie' 'Codename: trixie' 'Architectures: amd64' 'Components: main' \
		"Date: $(date -Ru)" 'SHA256:'
	packages=main/binary-amd64/Packages
	echo " $(sha256sum <$packages | cut -d ' ' -f 1) $(stat -c %s $packages) $packages"
} >Release
cd "$OLDPWD"
export GNUPGHOME="$scratch/gpg"
mkdir -m 700 "$GNUPGHOME"
sign() {
	gpg --batch --quiet --passphrase '' --quick-gen-key test@example.org default default never &&
		gpg --batch --quiet --clearsign -o "$archive/dists/trixie/InRelease" \
			"$archive/dists/trixie/Release" &&
		gpg --batch --quiet --export >"$scratch/key.gpg"
	sign_status=$?
	gpgconf --kill all
	return $sign_status
}
check 'an archive' sign
mount --bind "$scratch/key.gpg" /usr/share/keyrings/debian-archive-keyring.gpg

# ---- a mirror ----------------------------------------------------------------------------------------
cat >"$scratch/web/cgi-bin/mirror" <<END
#!/bin/sh
cd "$scratch"
file=archive\$PATH_INFO
[ -f "\$file" ] || { printf 'Status: 404 Not Found\r\n\r\n' && exit; }
size=\$(stat -c %s "\$file")
case \$PATH_INFO in
*.deb)
	echo >>served
	[ "\$(wc -l <served)" -le 5 ] || case \$(cat mode) in
	gone) exit ;;
	half)
		printf 'Content-Length: %s\r\n\r\n' "\$size"
		exec head -c \$((size / 2)) "\$file"
		;;
	esac
	;;
esac
printf 'Content-Length: %s\r\n\r\n' "\$size"
exec cat "\$file"
END
chmod 755 "$scratch/web/cgi-bin/mirror"
ip link set lo up
mirror=http://127.0.0.1:8067/cgi-bin/mirror
: >"$scratch/served"
echo whole >"$scratch/mode"
in_background busybox httpd -f -p 127.0.0.1:8067 -h "$scratch/web"
until_done busybox wget -q -O /dev/null "$mirror/dists/trixie/InRelease"

# ---- it dies -----------------------------------------------------------------------------------------
printf '%s\n' 'suite trixie' 'user root password=secret' "mirror $mirror" >"$answers"
for name in mount umount; do
	printf '#!/bin/sh\n' >"$scratch/bin/$name"
	chmod +x "$scratch/bin/$name"
done
truncate -s 2G "$disk"
# installs MODE: with a mirror that does so after five packages
installs() {
	echo "$1" >"$scratch/mode"
	: >"$scratch/served"
	PATH=$scratch/bin:/usr/bin:/bin TMPDIR=$scratch "$etherroot" install -a "$answers" "$disk"
}
# is_told FILE: that a file of the mirror's did not come
is_told() {
	grep -q "^etherroot install: \\(not finished: \\)\\{0,1\\}Failed to fetch $mirror/.*\\.deb " "$1" || {
		cat "$1"
		return 1
	}
}
for mode in gone half; do
	check "a mirror that dies ($mode)" fails_with 1 "etherroot install: Failed to fetch $mirror/" installs $mode
	check 'after some packages had come' test "$(wc -l <"$scratch/served")" -gt 5
	check 'which package is told in a line' is_told "$scratch/fails.log"
	head -n 1 "$disk" >"$scratch/mark"
	check 'and stands on the disk' is_told "$scratch/mark"
	check 'which boots by no way' sh -c "! blkid -p '$disk'"
	check 'nothing is left behind' sh -c "! find '$scratch' -maxdepth 1 -name 'etherroot-install.*' | grep ."
done

# ---- and again ---------------------------------------------------------------------------------------
export FAKE="$scratch/fake"
mkdir -p "$FAKE/tree/etc/systemd/network" "$FAKE/tree/etc/systemd/system/multi-user.target.wants"
: >"$FAKE/mode"
install -m 755 tests/image/fake-mmdebstrap "$scratch/bin/mmdebstrap"
install -m 755 tests/image/fake-chroot "$scratch/bin/chroot"
check 'it is begun with again, and installed' installs whole
check 'it has its table' sh -c "sfdisk -d '$disk' | grep -q 'name=\"debian\"'"
done_testing
