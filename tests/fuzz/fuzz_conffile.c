/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The file of `etherroot initrd --config`: it is refused at a place of its text, or gives options
 * with their arguments, which mean the same when they are written out again.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "initramfs/conffile.h"
#include "tests/fuzz/fuzz.h"
#include "tools/cli/buffer.h"

/* Reads memory of exactly that size. Returns true if it was taken. */
static bool read_settings(const void *text, size_t length, struct conffile *settings)
{
	struct place place = {0};
	struct why why = {""};
	int rc;

	*settings = (struct conffile){0};
	rc = conffile_parse(text, length, settings, &place, &why);
	if (!rc)
		return true;
	ALWAYS(rc == -EINVAL && *why.text && is_printable(why.text));
	ALWAYS(is_place(text, length, &place));
	return false;
}

static void write_settings(const struct conffile *settings, struct buffer *out)
{
	for (size_t i = 0; i < settings->count; i++) {
		const struct setting *setting = &settings->list[i];

		ALWAYS(setting->place.line && setting->place.column);
		ALWAYS(!buffer_printf(out, "%s ", setting->name));
		ALWAYS(!setting->value || (*setting->value && !words_add(out, setting->value)));
		ALWAYS(!buffer_append(out, "\n", 1));
	}
}

static void check_same(const struct conffile *a, const struct conffile *b)
{
	ALWAYS(a->count == b->count);
	for (size_t i = 0; i < a->count; i++) {
		const char *one = a->list[i].value, *other = b->list[i].value;

		ALWAYS(a->list[i].name == b->list[i].name && !one == !other);
		ALWAYS(!one || !strcmp(one, other));
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input input = {data, size};
	struct conffile settings, again;
	struct buffer out = {0};
	size_t length;
	uint8_t *text = take_bytes(&input, SIZE_MAX, &length);

	if (read_settings(text, length, &settings)) {
		write_settings(&settings, &out);
		ALWAYS(read_settings(out.data ? (char *)out.data : "", out.size, &again));
		check_same(&settings, &again);
		conffile_release(&again);
		buffer_free(&out);
	}
	conffile_release(&settings);
	free(text);
	return 0;
}
