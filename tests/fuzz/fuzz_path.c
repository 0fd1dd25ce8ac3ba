/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Answers to what is asked about large frames, from anyone: they set no frame larger than the MTU,
 * and prove nothing until a server was found.
 */
#include <stdlib.h>

#include "init/path.h"
#include "tests/fuzz/fuzz.h"
#include "tools/aoe/aoe.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input input = {data, size};
	unsigned mtu = PATH_MTU + 1 + (unsigned)take_below(&input, 65535 - PATH_MTU);
	struct path path = {0};

	while (input.left) {
		/* What came may be longer than what is looked at. */
		size_t more = take_below(&input, 65536), length;
		uint8_t *frame = take_bytes(&input, take_below(&input, PATH_HEAD) + 1, &length);

		path_take(&path, mtu, frame, length < PATH_HEAD ? length : length + more);
		free(frame);
		ALWAYS(!path.sectors || path.sectors >= 2);
		ALWAYS(AOE_ATA_DATA + path.sectors * (unsigned)AOE_SECTOR <=
		       mtu + AOE_ETHERNET_SIZE);
		ALWAYS(path.sectors || !(path.proven || path.answered));
		ALWAYS(!(path.answered >> PATH_QUESTIONS));
	}
	return 0;
}
