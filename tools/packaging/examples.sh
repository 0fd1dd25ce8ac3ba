#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Writes the files that etherroot-server(8) shows into a folder, for whoever configures a dnsmasq of
# their own (a test sees to it that they are what 'etherroot server apply' makes).
#   tools/packaging/examples.sh PAGE FOLDER
set -eu

mkdir -p "$2"
for file in /etc/etherroot/machines /etc/etherroot/serve.conf /etc/etherroot/dnsmasq.conf \
	/etc/etherroot/http.env /etc/etherroot/trial.env /srv/etherroot/boot/boot.ipxe; do
	MADE="made: $file" awk '
		$0 == ".\\\" " ENVIRON["MADE"] { found = 1; next }
		found && /^[.]Ed/ { exit }
		found && !/^[.]Bd/' "$1" | sed 's/\\e/\\/g; s/^\\&//' >"$2/${file##*/}"
	[ -s "$2/${file##*/}" ] || {
		echo "$1: it does not show $file" >&2
		exit 1
	}
done
