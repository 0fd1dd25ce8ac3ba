/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/bench/pattern.h"

#include <errno.h>
#include <string.h>

#include "tools/cli/cli.h"

int pattern_parse(const char *text, struct pattern *pattern)
{
	static const struct {
		const char *name;
		struct pattern pattern;
	} known[] = {
	        {"randread", {true, 0}},
	        {"randwrite", {true, 100}},
	        {"read", {false, 0}},
	        {"write", {false, 100}},
	};
	unsigned long reads;

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		if (!strcmp(text, known[i].name)) {
			*pattern = known[i].pattern;
			return 0;
		}
	}
	if (strncmp(text, "mix=", 4) || cli_number(text + 4, 0, 100, &reads))
		return -EINVAL;
	*pattern = (struct pattern){true, 100 - (unsigned int)reads};
	return 0;
}

uint64_t pattern_random(uint64_t *state)
{
	uint64_t z = *state += 0x9e3779b97f4a7c15;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
	z = (z ^ z >> 27) * 0x94d049bb133111eb;
	return z ^ z >> 31;
}

bool pattern_is_write(const struct pattern *pattern, struct pattern_place *place)
{
	if (!pattern->writes || pattern->writes == 100)
		return pattern->writes;
	return pattern_random(&place->random) % 100 < pattern->writes;
}

uint64_t pattern_block(const struct pattern *pattern, struct pattern_place *place, uint64_t blocks)
{
	uint64_t block;

	if (pattern->random)
		return pattern_random(&place->random) % blocks;
	block = place->next;
	place->next = block + 1 < blocks ? block + 1 : 0;
	return block;
}
