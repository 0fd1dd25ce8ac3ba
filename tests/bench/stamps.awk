# SPDX-License-Identifier: GPL-2.0-or-later
# Reads a console log; prints "MEASURE SECONDS" for each stage of a boot, from the kernel's own
# stamps (seconds since it started). The first line that shows a stage counts.

function stamp()
{
	return match($0, /\[ *[0-9]+\.[0-9]+\]/) ? substr($0, RSTART + 1, RLENGTH - 2) + 0 : -1
}

function reached(stage)
{
	if (!(stage in at) && stamp() >= 0)
		at[stage] = stamp()
}

/Run \/init as init process/ { reached("init") }
/EXT4-fs .*: mounted filesystem/ { reached("root") }
/systemd\[1\]: systemd [0-9].* running in system mode/ { reached("systemd") }
/systemd\[1\]: Reached target.*multi-user/ { reached("multi-user") }

END {
	if ("init" in at)
		printf "init %.3f\n", at["init"]
	if ("init" in at && "root" in at)
		printf "root %.3f\n", at["root"] - at["init"]
	if ("systemd" in at)
		printf "systemd %.3f\n", at["systemd"]
	if ("multi-user" in at)
		printf "multi-user %.3f\n", at["multi-user"]
}
