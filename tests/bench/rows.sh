# shellcheck shell=sh
# SPDX-License-Identifier: GPL-2.0-or-later
# The rows that a pair of veth interfaces is enough for: `side` calls row_NAME, which measures $side.
# shellcheck disable=SC2154 # what `side` sets

# durable_target: the target of $side, whose acknowledged writes are on the disk
durable_target() {
	if [ "$side" = ours ]; then ours -i lan0 "0.0=$file"; else vblade -s; fi
}

row_durable() {
	durable_target
	load --target 0.0 --pattern randwrite --depth 32 --overwrite
	rate write
	end "$target"
}

row_direct() {
	case $side in
	ours) ours -i lan0 "0.0=$file,direct" ;;
	vblade) vblade -d ;;
	fio)
		figure fio rate "$(timeout --foreground $((seconds + patience)) taskset -c "$serve_on" fio \
			--name=read --filename="$file" --rw=randread --bs=4k --iodepth=32 \
			--ioengine=libaio --direct=1 --time_based --runtime="$seconds" \
			--output-format=terse --terse-version=3 | cut -d ';' -f 8)"
		return
		;;
	esac
	load --target 0.0 --pattern randread --depth 32
	rate read
	end "$target"
}

row_cached() {
	cache "$file"
	if [ "$side" = ours ]; then ours -i lan0 "0.0=$file,ro"; else vblade -r; fi
	load --target 0.0 --pattern randread --depth 32
	rate read
	end "$target"
}

# How long nothing is answered when the target is ended and started again, as a service manager does
# it, while 32 writes are always under way: in the middle, when bench knows how fast answers come.
row_restart() {
	durable_target
	load_for "$seconds" --seconds "$seconds" --target 0.0 --pattern randwrite --depth 32 --overwrite &
	loader=$!
	children="$children $loader"
	sleep "$(awk -v s="$seconds" 'BEGIN { print s / 2 }')"
	end "$target"
	durable_target
	wait "$loader" || fail 'etherroot bench' "$scratch/bench.log"
	figure "$side" pause "$(sed -n '2s/.*"longest_pause_ms": \([0-9.]*\).*/\1/p' "$scratch/json")"
	end "$target"
}

# The least that a target can do for a cached read, and for one that reads nothing.
row_path() {
	make -s BUILD="$build" "$build/tests/bench/path" || fail 'path.c does not build'
	cache "$file"
	for work in nothing read; do
		begin_ready "$scratch/path.log" "$build/tests/bench/path" "$side" lan0 "$file" $work
		target=$begun
		load --target 0.0 --pattern randread --depth 32
		figure "$side" "$work" "$(per_processor read)"
		end "$target"
	done
}

# ---- one bad disk among good ones ----

# bad_disk DELAY: bad.fuse, a file that takes so long for each read and write: a FUSE mount over
# nbdkit's delay filter. It is no code of ours that waits, and it waits in the kernel. What it answers
# takes time of the same processors, though, which the good exports then lack.
bad_disk() {
	: >"$scratch/bad.fuse"
	begin_ready "$scratch/bad.log" nbdkit -f -U "$scratch/bad.nbd" -P /dev/fd/9 --filter=delay \
		memory 1G rdelay="$1" wdelay="$1"
	nbdkit=$begun
	begin_ready "$scratch/bad.log" nbdfuse -P /dev/fd/9 "$scratch/bad.fuse" \
		--unix "$scratch/bad.nbd"
	nbdfuse=$begun
}

# Takes it away, so that whoever waits for it is let go: a process that waits for FUSE does not end.
no_bad_disk() {
	kill -KILL "$nbdfuse" "$nbdkit"
	wait "$nbdfuse" "$nbdkit" 2>/dev/null || :
	umount -l "$scratch/bad.fuse"
}

# healthy NAME: of the healthy targets, e0.*, the sum of their rates, and the median of their 99th
# percentiles.
healthy() {
	sed -n '/"address": "e0\./s/.*"read": {"operations": [0-9]*, "per_second": \([0-9.]*\).*"p99": \([0-9.]*\), "p99_9.*"write".*/\1 \2/p' \
		"$scratch/json" >"$scratch/healthy"
	figure "$side-$1" rate "$(awk '{ sum += $1 } END { if (NR == 7) print sum }' "$scratch/healthy")"
	figure "$side-$1" p99 "$(sort -k 2n "$scratch/healthy" |
		awk '{ p[NR] = $2 } END { print p[int((NR + 1) / 2)] }')"
}

# beside EXPORT OPTION...: seven healthy exports, cached, alone and beside that one, which is loaded
# too
beside() {
	cache "$file"
	bad=$1
	shift
	good=$(seq -s , -f '0.%g' 0 6)
	# shellcheck disable=SC2046 # words
	ours -i lan0 "$@" $(seq -f "0.%g=$file,ro,lock=no" 0 6) "9.0=$bad,lock=no"
	load --target "$good" --pattern randread --depth 8
	healthy alone
	# The bad one may well have answered nothing in the end, which bench calls a failure.
	load_for "$seconds" --seconds "$seconds" --target "$good,9.0" --pattern randread --depth 8 \
		--patience 1 || :
	healthy beside
}

# beside_fuse DELAY: beside a disk that takes so long. $side is the way of the transfers. What is in it
# is not looked at (format=raw): that would be a wait at the start.
beside_fuse() {
	bad_disk "$1"
	beside "$scratch/bad.fuse,format=raw" --io "$side"
	no_bad_disk
}

# With the fault layer nothing but the delay is there.
row_slow() {
	case $side in
	fault) beside "$file,fault=delay:10ms" ;;
	*) beside_fuse 10ms ;;
	esac
}

row_hung() {
	beside_fuse 1000
}

# ---- many exports, many clients ----

# loads ADDRESSES CLIENTS DEPTH FILE...: what they are served from
loads() {
	load --target "$1" --pattern randwrite --clients "$2" --depth "$3" --overwrite
	figure "$side" write "$(of_all write per_second)"
	figure "$side" write-per-cpu "$(per_processor write)"
	loads_addresses=$1 loads_clients=$2 loads_depth=$3
	shift 3
	cache "$@"
	load --target "$loads_addresses" --pattern randread --clients "$loads_clients" \
		--depth "$loads_depth"
	figure "$side" read "$(of_all read per_second)"
	figure "$side" read-per-cpu "$(per_processor read)"
	figure "$side" threads "$(sed -n 's/^Threads:[^0-9]*//p' "/proc/$target/status")"
	figure "$side" descriptors "$(find "/proc/$target/fd" -type l | wc -l)"
	figure "$side" memory "$(awk '/^VmRSS/ { print $2 / 1024 }' "/proc/$target/status")"
}

# thousand_files: each export's own, as each machine has a disk of its own; together as large as $file
# but for its end.
thousand_files() {
	thousand=$bench/thousand
	[ ! -e "$thousand/999" ] || return 0
	blocks=$((size / 4096 / 1000))
	rm -rf "$thousand" "$thousand.part"
	mkdir "$thousand.part"
	head -c $((1000 * 4096 * blocks)) "$file" |
		split -b $((4096 * blocks)) -a 3 -d - "$thousand.part/"
	sync -f "$thousand.part"
	mv "$thousand.part" "$thousand"
}

# One export and one client with 64 operations under way, one export and 256 clients with four each,
# or 1,000 exports and 256 clients that share them with one each.
row_many() {
	case $side in
	single | one)
		ours -i lan0 "0.0=$file"
		if [ "$side" = single ]; then
			loads 0.0 1 64 "$file"
		else
			loads 0.0 256 4 "$file"
		fi
		;;
	thousand)
		thousand_files
		all=$(seq 0 999 | awk '{ printf "%d.%d\n", $1 / 250, $1 % 250 }')
		# shellcheck disable=SC2046 # words
		ours -i lan0 $(echo "$all" | awk -v folder="$thousand" \
			'{ printf "%s=%s/%03d\n", $1, folder, NR - 1 }')
		loads "$(echo "$all" | paste -s -d ,)" 256 1 "$thousand"/*
		;;
	esac
	end "$target"
}
