# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Where a Debian root's packages are fetched: from where apt on this machine fetches its own, and in
# the same way. To be sourced; SUITE is one of Debian's code names.

DEBIAN_ARCHIVE=http://deb.debian.org/debian

# What apt on this machine takes packages from: lines "URI RELEASE COMPONENT", Debian's archives and
# mirrors of them only.
apt_archives() {
	local origin uri release component

	command -v apt-get >/dev/null || return 0
	# shellcheck disable=SC2016 # apt's own placeholders
	apt-get indextargets --format '$(ORIGIN)|$(REPO_URI)|$(RELEASE)|$(COMPONENT)' \
		'Identifier: Packages' 2>/dev/null | awk '!seen[$0]++' |
		while IFS='|' read -r origin uri release component; do
			case $origin:$uri in
			Debian:*) ;;
			:*/debian/ | :*/debian-security/ | :*/debian | :*/debian-security) ;;
			*) continue ;;
			esac
			echo "$uri $release $component"
		done
}

# has_release URI RELEASE: the archive there has it. apt asks, through its proxy.
has_release() {
	local directory status=0

	directory=$(mktemp -d)
	PATH=$PATH:/usr/lib/apt apt-helper -o APT::Sandbox::User= download-file \
		"${1%/}/dists/$2/InRelease" "$directory/InRelease" >/dev/null 2>&1 || status=$?
	rm -rf "$directory"
	return $status
}

# apt_sources SUITE: one-line sources of the suite, its updates and its security updates. A machine
# that gets another release of Debian from a mirror gets this one from there too, if the mirror has
# it. Prints nothing where apt is set up for something else: then it is Debian's own archive.
apt_sources() {
	local archives own uri release component

	archives=$(apt_archives)
	own=$(awk -v suite="$1" '$2 == suite || $2 == suite "-updates" || $2 == suite "-security"' \
		<<<"$archives")
	if grep -q " $1 " <<<"$own"; then
		awk '{ print "deb", $0 }' <<<"$own"
		return
	fi
	sed -nE "s/^([^ ]+) [a-z]+(-updates|-security)? /\1 $1\2 /p" <<<"$archives" | awk '!seen[$0]++' |
		while read -r uri release component; do
			if has_release "$uri" "$release"; then
				echo "deb $uri $release $component"
			elif [ "$release" = "$1" ]; then
				return
			fi
		done
}

# The same of Debian's own archive, for a release (unstable has neither of the two others).
debian_sources() {
	echo "deb $DEBIAN_ARCHIVE $1 main"
	echo "deb $DEBIAN_ARCHIVE $1-updates main"
	echo "deb $DEBIAN_ARCHIVE-security $1-security main"
}

# archive_of SUITE: where the suite itself is fetched, as the sources on stdin say. Its backports are
# in the same place.
archive_of() {
	awk -v suite="$1" -v archive="$DEBIAN_ARCHIVE" '
		$3 == suite && !found++ { archive = $2 }
		END { print archive }'
}

# How apt on this machine reaches its mirror: proxies, and the clock of a snapshot mirror.
apt_options() {
	command -v apt-config >/dev/null || return 0
	apt-config dump | grep -Ei '^Acquire::((https?|ftp)::proxy|check-valid-until|check-date)[^ ]* ' || :
}
