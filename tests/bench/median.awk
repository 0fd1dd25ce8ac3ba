# SPDX-License-Identifier: GPL-2.0-or-later
# median.awk: what the tables have in common. Their own rules put the figures of a key into
# values[key], with blanks between them.

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

# Empty when there are no figures.
function median(key,    n, list)
{
	n = sorted(key, list)
	if (!n)
		return ""
	return n % 2 ? list[(n + 1) / 2] + 0 : (list[n / 2] + list[n / 2 + 1]) / 2
}

function ratio(a, b)
{
	return a == "" || !b ? "-" : sprintf("%.2f", a / b)
}
