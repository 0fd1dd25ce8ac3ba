#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# tools/make-boot.sh with a stand-in for the command: which image it builds, which it boots, and that
# an image which somebody has worked on is never lost.
. tests/lib.sh

stand=$scratch/stand
mkdir "$stand"
cat >"$stand/etherroot" <<'END_STAND'
#!/bin/sh
echo "$*" >>"${0%/*}/calls"
if [ "$1" = image ]; then
	for last; do :; done
	echo built >"$last"
fi
END_STAND
chmod +x "$stand/etherroot"

# make_boot [VARIABLE=VALUE]
make_boot() {
	: >"$stand/calls"
	env -u SUITE BUILD="$stand" "$@" tools/make-boot.sh >"$scratch/said" </dev/null
}
calls() {
	diff - "$stand/calls"
}

echo precious >"$stand/debian-12.img"
check 'beside an image of the release before' make_boot
check 'Debian 13 is built and booted' calls <<END
image debian --suite trixie --output $stand/debian-13.img
boot --image $stand/debian-13.img --expect login:  --timeout 300
END
check 'that image is left alone' test "$(cat "$stand/debian-12.img")" = precious
check 'and spoken of' contains "$scratch/said" "boot --image $stand/debian-12.img"

check 'the second time' make_boot
check 'nothing is built' calls <<END
boot --image $stand/debian-13.img --expect login:  --timeout 300
END

echo 'another recipe' >"$stand/debian-13.img.recipe"
check 'with another recipe' make_boot
check 'an untouched image is built again' contains "$stand/calls" 'image debian'
check 'and none is kept' test -z "$(find "$stand" -name 'debian-13.2*')"

echo 'another recipe' >"$stand/debian-13.img.recipe"
touch -d '2020-01-01' "$stand/debian-13.img.recipe"
echo changed >"$stand/debian-13.img"
check 'with another recipe, after somebody worked on the image' make_boot
kept=$(find "$stand" -name 'debian-13.2*.img')
check 'it is kept under another name' test "$(cat "$kept")" = changed
check 'which is told' contains "$scratch/said" "is kept as $kept"
check 'and a new one is booted' test "$(cat "$stand/debian-13.img")" = built

check 'SUITE=bookworm' make_boot SUITE=bookworm
check 'boots Debian 12' calls <<END
image debian --suite bookworm --output $stand/debian-12.img
boot --image $stand/debian-12.img --expect login:  --timeout 300
END
check 'and keeps the image that had no recipe' grep -qx precious "$stand"/debian-12.2*.img
done_testing
