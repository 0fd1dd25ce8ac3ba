# SPDX-License-Identifier: GPL-2.0-or-later
# target.awk [-v format=markdown] FIGURES: the medians of a run of `target`, and their ratios. FIGURES
# has lines "ROW SIDE NAME VALUE"; for one median several of them. What was lost has the name "lost". It wants
# median.awk in front of it.

{ values[$1 " " $2 " " $3] = values[$1 " " $2 " " $3] " " $4 }

function whole(x)
{
	return x == "" ? "-" : sprintf(x < 100 && x != int(x) ? "%.1f" : "%.0f", x)
}

# One row: what is compared, the two figures, ours divided by the other's.
function row(title, ours, other)
{
	lines++
	cell[lines, 1] = title
	cell[lines, 2] = whole(ours)
	cell[lines, 3] = whole(other)
	cell[lines, 4] = ratio(ours, other)
}

function compare(title, name, ours, other)
{
	if (median(ours " " name) != "")
		row(title, median(ours " " name), median(other " " name))
}

# A bad disk, with either way of the transfers, and one that only our fault layer makes bad.
function beside(disk, title,    way)
{
	for (way = 1; way <= 3; way++) {
		compare(title ", " names[way] ", reads per second; without it", "rate", disk " " ways[way] "-beside", disk " " ways[way] "-alone")
		compare("... 99th percentile, us", "p99", disk " " ways[way] "-beside", disk " " ways[way] "-alone")
	}
}

# What a server gives a guest, and how many times etherroot's that is.
function in_guest(way, kind,    ours, other)
{
	ours = median("guest ours " way)
	other = median("guest " kind " " way)
	return kind == "ours" ? whole(ours) : whole(other) " (x " ratio(other, ours) ")"
}

# A table of its own: what a user would pick instead.
function print_guest(    i, k, n, way, kinds, titles)
{
	if (median("guest ours read") == "")
		return
	n = split("ours vblade nbd iscsi", kinds, " ")
	split("etherroot (AoE)|vblade (AoE)|nbdkit (NBD)|tgt (iSCSI)", titles, "|")
	lines = 2
	cell[0, 1] = "fio in one guest, 4 KiB at random, depth 32"
	cell[1, 1] = "reads per second"
	cell[2, 1] = "writes per second; only etherroot's are on the disk when acknowledged"
	for (k = 1; k <= n; k++) {
		cell[0, k + 1] = titles[k]
		for (i = 1; i <= 2; i++)
			cell[i, k + 1] = in_guest(i == 1 ? "read" : "write", kinds[k])
	}
	print ""
	print_cells(n + 1)
}

function print_lost(    key, words)
{
	for (key in values) {
		split(key, words, " ")
		if (words[3] == "lost")
			printf "%sLost: %s, %s, %d times\n", format == "markdown" ? "\n" : "", words[1], words[2], split(values[key], list, " ")
	}
}

# The lines 0 (the heading) to lines of cell, with so many columns.
function print_cells(columns,    i, c, width)
{
	for (i = 0; i <= lines; i++)
		for (c = 1; c <= columns; c++)
			if (length(cell[i, c]) > width[c])
				width[c] = length(cell[i, c])
	for (i = 0; i <= lines; i++) {
		if (format == "markdown") {
			for (c = 1; c <= columns; c++)
				printf "| %s ", cell[i, c]
			print "|"
			for (c = 1; !i && c <= columns; c++)
				printf c == 1 ? "| --- " : "| --: "
			if (!i)
				print "|"
		} else {
			printf "%-*s", width[1], cell[i, 1]
			for (c = 2; c <= columns; c++)
				printf "  %*s", width[c], cell[i, c]
			print ""
		}
	}
}

END {
	ways[1] = "uring"
	ways[2] = "threads"
	ways[3] = "fault"
	names[1] = "io_uring"
	names[2] = "threads"
	names[3] = "rehearsed with fault="
	cell[0, 1] = "work"
	cell[0, 2] = "etherroot"
	cell[0, 3] = "beside it"
	cell[0, 4] = "ratio"
	compare("durable 4 KiB random writes, depth 32, per second; vblade -s", "rate", "durable ours", "durable vblade")
	compare("... per second of its processor", "per-cpu", "durable ours", "durable vblade")
	compare("... 99th percentile, us", "p99", "durable ours", "durable vblade")
	compare("4 KiB random reads from the disk, depth 32, per second; vblade -d", "rate", "direct ours", "direct vblade")
	compare("... fio, O_DIRECT, the same file", "rate", "direct ours", "direct fio")
	compare("cached 4 KiB random reads, depth 32, per second; vblade", "rate", "cached ours", "cached vblade")
	compare("... per second of its processor", "per-cpu", "cached ours", "cached vblade")
	compare("a restart under durable writes, longest time without an answer, ms; vblade -s", "pause", "restart ours", "restart vblade")
	compare("the least for a cached read over AF_XDP, per second of its processor; packet socket", "read", "path xdp", "path packet")
	compare("... for one that reads nothing", "nothing", "path xdp", "path packet")
	beside("slow", "7 exports beside one on a 10 ms disk")
	beside("hung", "7 exports beside one whose disk hangs")
	compare("1,000 exports, 256 clients, durable writes per second; 1 export, 1 client", "write", "many thousand", "many single")
	compare("... 1 export, 256 clients", "write", "many thousand", "many one")
	compare("... per second of its processor; 1 export, 256 clients", "write-per-cpu", "many thousand", "many one")
	compare("... cached reads per second; 1 export, 1 client", "read", "many thousand", "many single")
	compare("... 1 export, 256 clients", "read", "many thousand", "many one")
	compare("... per second of its processor; 1 export, 256 clients", "read-per-cpu", "many thousand", "many one")
	compare("... threads; 1 export", "threads", "many thousand", "many single")
	compare("... descriptors", "descriptors", "many thousand", "many single")
	compare("... memory, MiB", "memory", "many thousand", "many single")
	compare("64 boots at once, as fast as they are answered, s to the last; 64 vblades", "as-fast", "storm ours", "storm vblade")
	compare("... with the pauses of the machines", "as-recorded", "storm ours", "storm vblade")
	if (lines)
		print_cells(4)
	print_guest()
	print_lost()
}
