# shellcheck shell=sh
# SPDX-License-Identifier: GPL-2.0-or-later
# What the kernel's command line says to a machine that installs its export, for both kinds of installer:
#   etherroot.install=aoe:eSHELF.SLOT  the export
#   etherroot.finally=reboot|poweroff  what comes after (reboot)

# value_of PARAMETER: on the kernel's command line, the last one
value_of() {
	tr ' ' '\n' </proc/cmdline | sed -n "s/^etherroot\.$1=//p" | tail -n 1
}

# read_command_line REFUSE: $export, its $disk, $finally; REFUSE WHY is called for what is not right
# shellcheck disable=SC2034 # for who reads it in
read_command_line() {
	export=$(value_of install)
	finally=$(value_of finally)
	case ${finally:=reboot} in
	reboot | poweroff) ;;
	*) "$1" "etherroot.finally=$finally: neither reboot nor poweroff" ;;
	esac
	printf '%s\n' "$export" | grep -qxE 'aoe:e[0-9]+\.[0-9]+' ||
		"$1" "etherroot.install=$export: not like aoe:e0.1, the export to install on"
	disk=/dev/etherd/${export#aoe:}
}
