/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/boot/verdict/expect.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

int expect_add(struct expect *expect, const char *pattern, size_t length, const char *type,
               char *message, size_t size)
{
	struct expect_step *steps = reallocarray(expect->steps, expect->count + 1, sizeof(*steps));
	struct expect_step *step;
	int rc;

	if (!steps)
		abort();
	expect->steps = steps;
	step = &steps[expect->count];
	step->pattern = strndup(pattern, length);
	step->type = type ? strdup(type) : NULL;
	if (!step->pattern || (type && !step->type))
		abort();
	rc = regcomp(&step->regex, step->pattern, REG_EXTENDED);
	if (rc) {
		regerror(rc, &step->regex, message, size);
		free(step->type);
		free(step->pattern);
		return -EINVAL;
	}
	expect->count++;
	return 0;
}

int expect_add_typing(struct expect *expect, const char *rule, char *message, size_t size)
{
	const char *arrow = strstr(rule, "=>");

	if (!arrow || arrow == rule)
		return -ENOMSG;
	return expect_add(expect, rule, (size_t)(arrow - rule), arrow + 2, message, size);
}

const struct expect_step *expect_look(struct expect *expect, const char *line,
                                      enum expect_line kind)
{
	struct expect_step *step = NULL;
	regmatch_t match;
	size_t length = strlen(line);

	/* A carriage return may have made the line shorter since. */
	if (expect->from > length)
		expect->from = length;
	if (expect->at < expect->count) {
		match = (regmatch_t){(regoff_t)expect->from, (regoff_t)length};
		step = &expect->steps[expect->at];
		if (!regexec(&step->regex, line, 1, &match,
		             REG_STARTEND | (expect->from ? REG_NOTBOL : 0) |
		                     (kind == EXPECT_GROWING ? REG_NOTEOL : 0))) {
			expect->from = (size_t)match.rm_eo;
			expect->at++;
			return step;
		}
	}
	if (kind == EXPECT_WHOLE)
		expect->from = 0;
	return NULL;
}

bool expect_done(const struct expect *expect)
{
	return expect->count && expect->at == expect->count;
}

void expect_free(struct expect *expect)
{
	for (size_t i = 0; i < expect->count; i++) {
		regfree(&expect->steps[i].regex);
		free(expect->steps[i].type);
		free(expect->steps[i].pattern);
	}
	free(expect->steps);
	*expect = (struct expect){0};
}
