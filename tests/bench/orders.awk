# SPDX-License-Identifier: GPL-2.0-or-later
# orders.awk -v version=VERSION modules.dep CONSOLE-LOG: the orders of the floor (floor.c). Reads
# which modules init loaded, in their order, and says which are the network card's.

function name_of(path)
{
	sub(/.*\//, "", path)
	sub(/\.ko.*/, "", path)
	gsub(/-/, "_", path)
	return path
}

# modules.dep: "PATH: PATH PATH"
FNR == NR {
	sub(/:$/, "", $1)
	module = name_of($1)
	path[module] = $1
	if (module == "virtio_net" || module == "virtio_pci") {
		nic[module] = 1
		for (i = 2; i <= NF; i++)
			nic[name_of($i)] = 1
	}
	next
}

/etherroot: module: / {
	sub(/.*etherroot: module: /, "")
	file = path[$1]
	sub(/\.[xgz]z$|\.zst$/, "", file)
	orders++
	printf "%s /lib/modules/%s/%s\n", $1 in nic ? "nic" : "beside", version, file
}

END {
	if (!orders) {
		print "orders.awk: the log names no module" >"/dev/stderr"
		exit 1
	}
}
