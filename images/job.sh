# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The part of the work that runs as a job of its own, $job, so that it can be ended at once. To be sourced.

# apart COMMAND...: as $job, in a session of its own. A signal to this shell is not kept waiting until it ends.
apart() {
	local status=0

	setsid "$@" &
	job=$!
	wait $job || status=$?
	job=
	return $status
}

# end_job: ends what runs as $job, which leads a group of its own
end_job() {
	[ "${job-}" ] || return 0
	kill -- "-$job" 2>/dev/null || kill "$job" 2>/dev/null || :
	wait "$job" || : # it may have what only it may remove
	job=
}
