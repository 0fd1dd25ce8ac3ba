# SPDX-License-Identifier: GPL-2.0-or-later
# table.awk [-v format=markdown] FIGURES: the medians, each with its ratio to etherroot's, and what
# has been aimed at. FIGURES has lines "SERIES COLUMN MEASURE VALUE"; for one median several of them.

BEGIN {
	columns = split("etherroot aoe virtio nbd", column)
	head["etherroot"] = "etherroot|AoE"
	head["aoe"] = "initramfs-tools|AoE"
	head["virtio"] = "initramfs-tools|local disk"
	head["nbd"] = "initramfs-tools|NBD"

	rows = split("size generation init root systemd multi-user", row)
	title["size"] = "initrd, MB"
	title["generation"] = "generating it, s"
	title["init"] = "kernel start to /init, s"
	title["root"] = "/init to root mounted, s"
	title["systemd"] = "kernel start to systemd, s"
	title["multi-user"] = "kernel start to multi-user, s"
	digits["size"] = 2
	digits["generation"] = 3
	digits["init"] = digits["root"] = digits["systemd"] = digits["multi-user"] = 2
	divisor["size"] = 1000000
}

{
	if (!($1 in seen)) {
		seen[$1] = 1
		series[++serieses] = $1
	}
	key = $1 " " $2 " " $3
	values[key] = values[key] " " $4
	text[key] = $4
}

# Sorts the figures of a key into list[1..n]; returns n.
function sorted(key, list,    n, i, j, x)
{
	n = split(values[key], list, " ")
	for (i = 2; i <= n; i++) {
		x = list[i] + 0
		for (j = i - 1; j > 0 && list[j] + 0 > x; j--)
			list[j + 1] = list[j]
		list[j + 1] = x
	}
	return n
}

function median(key,    n, list)
{
	n = sorted(key, list)
	return n % 2 ? list[(n + 1) / 2] + 0 : (list[n / 2] + list[n / 2 + 1]) / 2
}

# How far the figures of a key lie apart, in parts of their median.
function spread(key,    n, list)
{
	n = sorted(key, list)
	return list[n] > 0 ? (list[n] - list[1]) / median(key) : 0
}

function cell(s, name, measure,    base, value)
{
	base = median(s " etherroot " measure)
	value = median(s " " name " " measure)
	if (spread(s " " name " " measure) > widest)
		widest = spread(s " " name " " measure)
	value = sprintf("%." digits[measure] "f", value / (measure in divisor ? divisor[measure] : 1))
	if (name == "etherroot" || !base)
		return value
	return value sprintf(" (x %.*f)", median(s " " name " " measure) / base < 9.95 ? 2 : 0,
			     median(s " " name " " measure) / base)
}

function print_cells(first, cells,    i, line)
{
	if (format == "markdown") {
		line = "| " first
		for (i = 1; i <= columns; i++)
			line = line " | " cells[i]
		print line " |"
	} else {
		line = sprintf("%-30s", first)
		for (i = 1; i <= columns; i++)
			line = line sprintf(i == 1 ? "%11s" : "%18s", cells[i])
		print line
	}
}

function print_series(s,    i, r, part, top, bottom, cells)
{
	for (i = 1; i <= columns; i++) {
		split(head[column[i]], part, "|")
		top[i] = part[1]
		bottom[i] = part[2]
		cells[i] = part[1] ", " part[2]
	}
	if (format == "markdown") {
		print_cells("Linux " text[s " etherroot version"], cells)
		print "| --- | --: | --: | --: | --: |"
	} else {
		print_cells("Linux " text[s " etherroot version"], top)
		print_cells("", bottom)
	}
	for (r = 1; r <= rows; r++) {
		for (i = 1; i <= columns; i++)
			cells[i] = cell(s, column[i], row[r])
		print_cells(title[row[r]], cells)
	}
	print ""
}

function aim(s, met, what, is)
{
	if (format == "markdown")
		printf "| %s | %s | %s | %s |\n", s, what, is, met ? "met" : "**not met**"
	else
		printf "%-8s %-5s %-60s %s\n", met ? "met" : "NOT MET", s, what, is
}

# How many times less than initramfs-tools over AoE.
function less(s, measure)
{
	return median(s " aoe " measure) / median(s " etherroot " measure)
}

function local_disk(s, measure, what,    ours, theirs)
{
	ours = median(s " etherroot " measure)
	theirs = median(s " virtio " measure)
	aim(s, ours <= theirs, "diskless no slower than their local disk, to " what,
	    sprintf("%.2f s, %.2f s", ours, theirs))
}

function print_aims(s,    x)
{
	x = median(s " etherroot init-size")
	aim(s, x <= 49152, "build/init at most 48 KiB", x " bytes")
	x = median(s " etherroot size")
	aim(s, x <= 750000, "initrd at most 0.75 MB", sprintf("%.3f MB", x / 1000000))
	x = less(s, "generation")
	aim(s, x >= 20, "initrd generated at least 20 times faster", sprintf("x %.1f", x))
	x = less(s, "root")
	aim(s, x >= 10, "/init to root mounted at least 10 times faster", sprintf("x %.1f", x))
	x = median(s " etherroot-early root") - median(s " floor-early root")
	aim(s, x <= 0.15, "at most 0.15 s above what the kernel itself needs",
	    sprintf("%.3f s above %.3f s", x, median(s " floor-early root")))
	local_disk(s, "systemd", "systemd")
	local_disk(s, "multi-user", "multi-user")
}

END {
	for (i = 1; i <= serieses; i++)
		print_series(series[i])
	if (format == "markdown") {
		print "| Linux | aimed at | measured | |"
		print "| --- | --- | --- | --- |"
	}
	for (i = 1; i <= serieses; i++)
		print_aims(series[i])
	sorted(series[1] " etherroot multi-user", list)
	printf "\nMedians of %d boots, the processor emulated; x: times etherroot's. " \
	       "The runs of one figure lie up to %d %% apart.\n",
	       split(values[series[1] " etherroot multi-user"], list, " "), widest * 100 + 0.5
}
