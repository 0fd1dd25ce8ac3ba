/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/boot/verdict/tail.h"

#include <stdlib.h>
#include <string.h>

void tail_add(struct tail *tail, const char *line)
{
	char **place = &tail->lines[tail->oldest];

	free(*place);
	*place = strdup(line);
	tail->oldest = (tail->oldest + 1) % TAIL_LINES;
}

const char *tail_newest(const struct tail *tail)
{
	return tail->lines[(tail->oldest + TAIL_LINES - 1) % TAIL_LINES];
}

void tail_print(FILE *to, const struct tail *tail, const char *growing)
{
	for (size_t i = 0; i < TAIL_LINES; i++) {
		const char *line = tail->lines[(tail->oldest + i) % TAIL_LINES];

		if (line)
			fprintf(to, "  | %s\n", line);
	}
	if (*growing)
		fprintf(to, "  | %s\n", growing);
}

void tail_free(struct tail *tail)
{
	for (size_t i = 0; i < TAIL_LINES; i++)
		free(tail->lines[i]);
	*tail = (struct tail){0};
}
