# SPDX-License-Identifier: GPL-2.0-or-later
# ways.awk FIGURES: the medians of a run of `ways`, and how they stand to the local disk of the same
# firmware. FIGURES has lines "FIRMWARE-WAY STAGE SECONDS"; for one median several of them. It wants
# median.awk in front of it.

{
	if (!($1 in seen)) {
		seen[$1] = 1
		way[++ways] = $1
	}
	key = $1 " " $2
	values[key] = values[key] " " $3
}

function seconds(x)
{
	return x == "" ? "-" : sprintf("%.1f", x)
}

END {
	print "| s from power-on | to iPXE's script | to the kernel | to the login prompt | local disk: 1 |"
	print "| --- | --: | --: | --: | --: |"
	for (i = 1; i <= ways; i++) {
		firmware = way[i]
		sub(/-.*/, "", firmware)
		login = median(way[i] " login")
		printf "| %s | %s | %s | %s | %s |\n", way[i], seconds(median(way[i] " script")),
		       seconds(median(way[i] " kernel")), seconds(login),
		       ratio(login, median(firmware "-disk login"))
	}
}
