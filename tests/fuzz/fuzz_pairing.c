/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The file of a pair of servers. A file is refused at a place of its text, with nothing left of it;
 * one that is taken is written as it is read again, and what is made of it for DRBD and the
 * clusters has no line, and no quote, that a word of it has brought in.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "tests/fuzz/fuzz.h"
#include "tools/base/hostname.h"
#include "tools/pair/recipes.h"

static bool read_it(const void *text, size_t length, struct pairing *pairing)
{
	struct place place = {0};
	struct why why = {""};
	int rc = pairing_parse(text, length, pairing, &place, &why);

	if (!rc)
		return true;
	ALWAYS(rc == -EINVAL && *why.text && is_printable(why.text));
	ALWAYS(is_place(text, length, &place));
	ALWAYS(!pairing->exports && !pairing->servers[0].fence);
	return false;
}

static void check_words(const struct pairing *pairing)
{
	ALWAYS(pairing->server_count == PAIRING_SERVERS && pairing->export_count);
	for (size_t i = 0; i < PAIRING_SERVERS; i++)
		ALWAYS(hostname_is_valid(pairing->servers[i].name));
	for (size_t i = 0; i < pairing->export_count; i++)
		for (size_t k = 0; k < PAIRING_SERVERS; k++)
			ALWAYS(!strpbrk(pairing->exports[i].volumes[k], "\"\\\n"));
}

static void check_again(const struct pairing *pairing)
{
	struct buffer once = {0}, twice = {0};
	struct pairing again;

	ALWAYS(!pairing_write(pairing, &once));
	ALWAYS(read_it(once.data, once.size, &again));
	ALWAYS(!pairing_write(&again, &twice));
	ALWAYS(once.size == twice.size && !memcmp(once.data, twice.data, once.size));
	pairing_release(&again);
	buffer_free(&once);
	buffer_free(&twice);
}

/* Tags, and quotes around their values, are what the writer has put there. */
static void check_xml(const struct buffer *text)
{
	size_t open = 0, quotes = 0;

	for (size_t i = 0; i < text->size; i++) {
		open += text->data[i] == '<';
		open -= text->data[i] == '>';
		quotes += text->data[i] == '"';
		ALWAYS(open <= 1);
		ALWAYS(text->data[i] != '>' || quotes % 2 == 0);
	}
	ALWAYS(!open);
}

static void check_recipes(const struct pairing *pairing)
{
	struct recipes recipes;

	ALWAYS(!recipes_make(pairing, 1, "/usr/bin/etherroot", &recipes));
	for (size_t i = 0; i < recipes.count; i++)
		if (!strcmp(recipes.list[i].path, RECIPES_CIB))
			check_xml(&recipes.list[i].text);
	recipes_release(&recipes);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct pairing pairing;
	char *text = need(size ? size : 1);

	memcpy(text, data, size);
	if (read_it(text, size, &pairing)) {
		check_words(&pairing);
		check_again(&pairing);
		check_recipes(&pairing);
		pairing_release(&pairing);
	}
	free(text);
	return 0;
}
