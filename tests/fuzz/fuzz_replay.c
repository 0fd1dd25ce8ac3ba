/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Any file as a recording: each step can be replayed, and follows on an earlier one. */
#include "tests/fuzz/fuzz.h"
#include "tools/bench/replay.h"

static void check(const struct replay *replay)
{
	size_t writes = 0;

	ALWAYS(replay->count && replay->most && replay->most <= replay->count);
	for (size_t i = 0; i < replay->count; i++) {
		const struct replay_step *step = &replay->steps[i];

		ALWAYS(step->sectors && step->sectors <= REPLAY_SECTORS_MAX);
		ALWAYS(step->lba + step->sectors <= replay->sectors);
		ALWAYS(step->after == REPLAY_START || step->after < i);
		ALWAYS(step->pause <= REPLAY_PAUSE_MAX * UINT64_C(1000000000));
		writes += step->write;
	}
	ALWAYS(writes == replay->writes);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct replay replay;
	struct why why = {""};

	if (replay_parse(data, size, &replay, &why))
		ALWAYS(*why.text && !replay.steps);
	else
		check(&replay);
	replay_release(&replay);
	return 0;
}
