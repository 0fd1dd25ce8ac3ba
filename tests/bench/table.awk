# SPDX-License-Identifier: GPL-2.0-or-later
# table.awk [-v format=markdown] FIGURES: the medians, each with its ratio to etherroot's, and what
# has been aimed at. FIGURES has lines "SERIES COLUMN MEASURE VALUE"; for one median several of them. It wants
# median.awk in front of it.

BEGIN {
	columns = split("etherroot aoe virtio nbd", column)
	head["etherroot"] = "etherroot|AoE"
	head["aoe"] = "initramfs-tools|AoE"
	head["virtio"] = "initramfs-tools|local disk"
	head["nbd"] = "initramfs-tools|NBD"

	rows = split("boots size generation init root systemd multi-user", row)
	title["boots"] = "boots that count"
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
	if ($3 == "lost")
		lost[++losses] = $1 ", " $2 ": " substr($0, index($0, " lost ") + 6)
}

function count(key,    list)
{
	return split(values[key], list, " ")
}

# How far the figures of a key lie apart, in parts of their median.
function spread(key,    n, list)
{
	n = sorted(key, list)
	return n && list[n] > 0 ? (list[n] - list[1]) / median(key) : 0
}

function cell(s, name, measure,    base, value, times)
{
	if (measure == "boots")
		return count(s " " name " multi-user") " of " text[s " all rounds"]
	base = median(s " etherroot " measure)
	value = median(s " " name " " measure)
	if (value == "")
		return "lost"
	if (spread(s " " name " " measure) > widest)
		widest = spread(s " " name " " measure)
	times = base ? value / base : 0
	value = sprintf("%." digits[measure] "f", value / (measure in divisor ? divisor[measure] : 1))
	if (name == "etherroot" || !base)
		return value
	return value sprintf(" (x %.*f)", times < 9.95 ? 2 : 0, times)
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

# An aim that compares two figures: nothing can be said of it when one of them is lost.
function lacks(s, a, b, what)
{
	if (count(a) && count(b))
		return 0
	aim(s, 0, what, "not measured: " (count(a) ? b : a) " is lost")
	return 1
}

# At least `times` times less than initramfs-tools over AoE.
function less(s, measure, times, what,    x)
{
	if (lacks(s, s " etherroot " measure, s " aoe " measure, what))
		return
	x = median(s " aoe " measure) / median(s " etherroot " measure)
	aim(s, x >= times, what, sprintf("x %.1f", x))
}

function local_disk(s, measure, what,    ours, theirs)
{
	what = "diskless no slower than their local disk, to " what
	if (lacks(s, s " etherroot " measure, s " virtio " measure, what))
		return
	ours = median(s " etherroot " measure)
	theirs = median(s " virtio " measure)
	aim(s, ours <= theirs, what, sprintf("%.2f s, %.2f s", ours, theirs))
}

function above_floor(s, what,    ours, floor)
{
	if (lacks(s, s " etherroot-early root", s " floor-early root", what))
		return
	ours = median(s " etherroot-early root")
	floor = median(s " floor-early root")
	aim(s, ours - floor <= 0.15, what,
	    sprintf("%.3f s above %.3f s (%d and %d boots)", ours - floor, floor,
		    count(s " etherroot-early root"), count(s " floor-early root")))
}

function print_aims(s,    x)
{
	x = median(s " etherroot init-size")
	aim(s, x <= 65536, "build/init at most 64 KiB", x " bytes")
	x = median(s " etherroot size")
	aim(s, x <= 750000, "initrd at most 0.75 MB", sprintf("%.3f MB", x / 1000000))
	less(s, "generation", 20, "initrd generated at least 20 times faster")
	less(s, "root", 10, "/init to root mounted at least 10 times faster")
	above_floor(s, "at most 0.15 s above what the kernel itself needs")
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
	for (i = 1; i <= losses; i++)
		printf "%sLost: %s\n", i == 1 ? "\n" : "", lost[i]
	printf "\nMedians, the processor emulated; x: times etherroot's. " \
	       "The runs of one figure lie up to %d %% apart.\n", widest * 100 + 0.5
}
