#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# tools/packages.sh, with stand-ins for dpkg-query, apt-get, sudo and id: what it asks for, from whom,
# and that it asks for nothing when all is there.
. tests/lib.sh

mkdir "$scratch/bin"
write() {
	{
		echo '#!/bin/sh'
		cat
	} >"$scratch/bin/$1"
	chmod +x "$scratch/bin/$1"
}
: >"$scratch/installed" # names, one a line
: >"$scratch/calls"
: >"$scratch/failing" # the subcommand of apt-get that fails
export S="$scratch"
write dpkg-query <<'END'
while read -r package; do
	echo "$package installed"
done <"$S/installed"
echo 'e2fsprogs config-files'
echo 'dpkg-query: no packages found matching something' >&2
exit 1
END
write apt-get <<'END'
echo "apt-get $* as $DEBIAN_FRONTEND" >>"$S/calls"
for word; do
	if [ "$word" = "$(cat "$S/failing")" ]; then
		rm "$S/failing"
		: >"$S/failing"
		exit 100
	fi
done
END
write sudo <<'END'
if [ "$*" = '-n true' ]; then
	exit "$(cat "$S/sudo")"
fi
echo "sudo $1" >>"$S/calls"
[ "$1" != -n ] || shift
exec "$@"
END
write id <<'END'
cat "$S/uid"
END
echo 0 >"$scratch/uid"
echo 0 >"$scratch/sudo"

packages() {
	: >"$scratch/calls"
	PATH=$scratch/bin:$PATH tools/packages.sh "$@" >"$scratch/out" 2>"$scratch/err" </dev/null
}
fails_saying() {
	status=0
	packages "$2" || status=$?
	[ "$status" = 1 ] && contains "$scratch/err" "$1"
}
names_of() {
	sed -n 's/^  \([a-z0-9+.-]*\) .*/\1/p' "$scratch/out"
}

# ---- the list ------------------------------------------------------------------------------------
list_is_sound() {
	awk '/^#/ || /^\[[a-z]+\]$/ || /^$/ { next }
		!/^[a-z0-9][a-z0-9+.-]+ +[^ ]/ || seen[$1]++ { print "line " NR ": " $0; bad = 1 }
		END { exit bad }' tools/packages.list
}
check 'each package is named once, with its purpose' list_is_sound

# ---- what each section needs -----------------------------------------------------------------------
packages build
names_of >"$scratch/build"
packages boot
names_of >"$scratch/boot"
packages test
names_of >"$scratch/test"
packages
names_of >"$scratch/all"
has() {
	grep -qx -e "$2" "$scratch/$1"
}
check 'building needs a compiler' has build gcc
check 'but no QEMU' sh -c "! grep -x qemu-system-x86 '$scratch/build'"
check 'a boot needs a compiler' has boot gcc
check 'and QEMU' has boot qemu-system-x86
check 'a package that was removed is missing' has boot e2fsprogs
check 'a boot needs no test tools' sh -c "! grep -xE 'libcmocka-dev|vblade|tshark' '$scratch/boot'"
check 'tests need them' has test libcmocka-dev
check 'and what a boot needs' has test qemu-system-x86
check 'but nothing of the benchmark' sh -c "! grep -x tgt '$scratch/test'"
check 'without a section, everything is needed' has all tgt
check 'a section that is not there' fails_saying \
	'tools/packages.sh: tset: no such section in packages.list' tset

# make's goals choose the section
asks_for() {
	make -n "$1" | grep -qxF "tools/packages.sh $2"
}
check 'make boot asks for boot' asks_for boot boot
check 'make test asks for test' asks_for test test
check 'make test-all asks for test' asks_for test-all test
check 'make bench asks for bench' asks_for bench bench
check 'make bench-target too' asks_for bench-target bench
check 'make mutants asks for test' asks_for mutants test
check 'make coverage asks for coverage' asks_for coverage coverage
check 'make packages asks for all' asks_for packages all

# ---- as root ---------------------------------------------------------------------------------------
cat "$scratch/boot" >"$scratch/installed"
check 'when everything is there' packages boot
check 'it says nothing' test ! -s "$scratch/out"
check 'and calls nobody' test ! -s "$scratch/calls"

grep -vxE 'uidmap|fakeroot' "$scratch/boot" >"$scratch/installed"
check 'when two are missing' packages boot
check 'it lists them and what they are for' diff - "$scratch/out" <<'END'
Not installed yet, and needed:
  fakeroot               packs its files with their owners, without root
  uidmap                 user namespaces for mmdebstrap run without root
END
check 'apt-get installs these two, without questions' contains "$scratch/calls" \
	'--no-install-recommends install fakeroot uidmap as noninteractive'
check 'it does not fetch package lists' sh -c "! grep update '$scratch/calls'"

echo --simulate >"$scratch/failing"
check 'without package lists' packages boot
check 'they are fetched first' sh -c "sed -n 2p '$scratch/calls' | grep -q 'update as noninteractive'"
check 'then it installs' sh -c "sed -n 3p '$scratch/calls' | grep -q 'install fakeroot uidmap'"

cat >"$scratch/bin/apt-get" <<'END'
#!/bin/sh
echo "apt-get $*" >>"$S/calls"
case "$*" in
*--simulate* | *update*) ;;
*) exit 100 ;;
esac
END
check 'when apt-get fails' fails_saying \
	'tools/packages.sh: apt-get could not install the packages above; its messages say why' boot
check 'it was tried again with fresh lists' sh -c "grep -v simulate '$scratch/calls' |
	sed 's/ .*-recommends / /; s/ -q / /' | tr '\n' ';' |
	grep -qx 'apt-get install fakeroot uidmap;apt-get update;apt-get install fakeroot uidmap;'"
write apt-get <<'END'
echo "apt-get $*" >>"$S/calls"
END

# ---- as somebody else ------------------------------------------------------------------------------
echo 1000 >"$scratch/uid"
check 'a user whose sudo asks nothing' packages boot
check 'installs through it' contains "$scratch/calls" 'sudo -n'
check 'the same packages' contains "$scratch/calls" 'install fakeroot uidmap'
echo 1 >"$scratch/sudo"
check 'a user whose sudo would ask, without a terminal, gets the command' fails_saying \
	"  sudo sh -c 'apt-get update && apt-get install --yes --no-install-recommends fakeroot uidmap'" boot
check 'and nothing was done' test ! -s "$scratch/calls"
rm "$scratch/bin/sudo"
if PATH=$scratch/bin:$PATH command -v sudo >/dev/null; then
	skip "a user without sudo gets su's command" 'this system has sudo'
else
	check "a user without sudo gets su's command" fails_saying \
		"  su -c 'apt-get update && apt-get install --yes --no-install-recommends fakeroot uidmap'" boot
fi

# ---- elsewhere ---------------------------------------------------------------------------------------
# A system with nothing of Debian's: only what the script itself calls.
mkdir "$scratch/few"
for tool in sh dirname; do
	ln -s "$(command -v $tool)" "$scratch/few/$tool"
done
status=0
PATH=$scratch/few tools/packages.sh boot >"$scratch/out" 2>&1 || status=$?
check 'a system without apt fails' test "$status" = 1
check 'it names what is needed' contains "$scratch/out" '  musl-tools'
check 'and how to go on' contains "$scratch/out" 'make ETHERROOT_PACKAGES=present'
check 'which it then does' env PATH="$scratch/few" ETHERROOT_PACKAGES=present tools/packages.sh boot
done_testing
