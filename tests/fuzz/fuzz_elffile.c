/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A kernel module that is damaged or made to be: what is read lies within the file, and stripping
 * gives a module that says the same of itself and is not larger, or leaves the file as it was.
 */
#include <stdlib.h>
#include <string.h>

#include "initramfs/elffile.h"
#include "tests/fuzz/fuzz.h"

static void check_inside(const struct buffer *file, const char *text, size_t length)
{
	const char *start = (const char *)file->data;

	ALWAYS(text >= start && length <= file->size &&
	       (size_t)(text - start) <= file->size - length);
}

static void check_strip(struct buffer *file)
{
	struct buffer before = {0}, modinfo = {0};
	size_t size = 0;
	const char *text = elffile_modinfo(file, &size);

	ALWAYS(!buffer_append(&before, file->data, file->size));
	ALWAYS(!text || !buffer_append(&modinfo, text, size));
	if (elffile_strip(file)) {
		ALWAYS(file->size == before.size);
		ALWAYS(!memcmp(file->data, before.data, before.size));
	} else {
		ALWAYS(file->size <= before.size && elffile_is_module(file));
		if (text && (text = elffile_modinfo(file, &size)))
			ALWAYS(size == modinfo.size && !memcmp(text, modinfo.data, size));
	}
	buffer_free(&before);
	buffer_free(&modinfo);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct buffer file = {.data = need(size), .size = size, .capacity = size};
	const char *text;
	size_t length = 0;

	if (size)
		memcpy(file.data, data, size);
	elffile_is_signed(&file);
	elffile_needs(&file, "crc32c");
	text = elffile_modinfo(&file, &length);
	if (text) {
		check_inside(&file, text, length);
		ALWAYS(length && !text[length - 1]);
	}
	text = elffile_interpreter(&file);
	if (text)
		check_inside(&file, text, strlen(text) + 1);
	for (size_t i = 0; (text = elffile_library(&file, i)); i++)
		check_inside(&file, text, strlen(text) + 1);
	if (elffile_is_module(&file))
		check_strip(&file);
	buffer_free(&file);
	return 0;
}
