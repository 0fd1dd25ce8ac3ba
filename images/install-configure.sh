#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# install-configure.sh ROOT: gives an installed Debian the users, language, keyboard and time zone of the
# answers, which are in the environment as install.sh has them. A hook of mmdebstrap's.
set -eu
root=$1

in_root() {
	chroot "$root" "$@"
}

# give USER WORD
give() {
	case $2 in
	password=*) printf '%s:%s\n' "$1" "${2#*=}" | in_root chpasswd -c SHA512 ;;
	hash=*) printf '%s:%s\n' "$1" "${2#*=}" | in_root chpasswd -e ;;
	sudo) in_root usermod -a -G sudo "$1" ;;
	key=*)
		home=$(in_root getent passwd "$1" | cut -d : -f 6)
		[ -d "$root$home/.ssh" ] || in_root install -d -m 700 -o "$1" -g "$1" "$home/.ssh"
		printf '%s\n' "${2#*=}" >>"$root$home/.ssh/authorized_keys"
		in_root chown "$1:$1" "$home/.ssh/authorized_keys"
		chmod 600 "$root$home/.ssh/authorized_keys"
		;;
	esac
}

make_users() {
	in_root usermod -p '*' root # unless a line below says otherwise
	printf '%s\n' "$INSTALL_USERS" | while IFS= read -r line; do
		user=${line%% *}
		in_root getent passwd "$user" >/dev/null || in_root useradd -m -s /bin/bash "$user"
		give "$user" "${line#* }"
	done
}

# refuse WHAT: as the reason why mmdebstrap ends
refuse() {
	echo "E: $1: Debian has none of this name" >&2
	exit 1
}

set_locale() {
	awk -v name="$INSTALL_LOCALE" '$1 == name' "$root/usr/share/i18n/SUPPORTED" >"$root/etc/locale.gen"
	[ -s "$root/etc/locale.gen" ] || refuse "locale $INSTALL_LOCALE"
	in_root locale-gen
	printf 'LANG=%s\n' "$INSTALL_LOCALE" >"$root/etc/default/locale"
}

set_keyboard() {
	cat >"$root/etc/default/keyboard" <<END
XKBMODEL="pc105"
XKBLAYOUT="$INSTALL_KEYBOARD"
XKBVARIANT=""
XKBOPTIONS=""
BACKSPACE="guess"
END
}

set_timezone() {
	[ -f "$root/usr/share/zoneinfo/$INSTALL_TIMEZONE" ] || refuse "timezone $INSTALL_TIMEZONE"
	ln -sfn "/usr/share/zoneinfo/$INSTALL_TIMEZONE" "$root/etc/localtime"
	printf '%s\n' "$INSTALL_TIMEZONE" >"$root/etc/timezone"
}

make_users
[ -z "$INSTALL_LOCALE" ] || set_locale
[ -z "$INSTALL_KEYBOARD" ] || set_keyboard
[ -z "$INSTALL_TIMEZONE" ] || set_timezone
