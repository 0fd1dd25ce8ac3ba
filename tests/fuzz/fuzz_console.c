/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a guest writes on its console: lines without control characters, none longer than the room,
 * the same ones however the bytes came in pieces; and what boot prints of them is JSON.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/fuzz/fuzz.h"
#include "tools/boot/machine/console.h"
#include "tools/boot/verdict/report.h"
#include "tools/boot/verdict/stages.h"
#include "tools/cli/buffer.h"

static void take_line(void *context, const char *text)
{
	size_t length = strlen(text);
	bool hopeless;

	ALWAYS(length <= CONSOLE_LINE);
	for (size_t i = 0; i < length; i++)
		ALWAYS(text[i] == '\t' || ((unsigned char)text[i] >= ' ' && text[i] != 0x7f));
	ALWAYS(!buffer_printf(context, "%s\n", text));
	stages_trouble(text, &hopeless);
	stages_guest_time(text);
}

static void feed(const uint8_t *data, size_t size, size_t piece, struct buffer *lines)
{
	struct console console;

	console_init(&console, take_line, lines);
	for (size_t at = 0; at < size; at += piece)
		console_feed(&console, (const char *)data + at,
		             piece < size - at ? piece : size - at);
	console_end(&console);
}

static void check_json(const char *text)
{
	char *json = NULL;
	size_t length = 0;
	FILE *to = open_memstream(&json, &length);

	ALWAYS(to);
	report_json_string(to, text);
	fclose(to);
	ALWAYS(is_json(json, length));
	free(json);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct buffer whole = {0}, pieces = {0};

	feed(data, size, size ? size : 1, &whole);
	feed(data, size, 3, &pieces);
	ALWAYS(whole.size == pieces.size &&
	       (!whole.size || !memcmp(whole.data, pieces.data, whole.size)));
	ALWAYS(!buffer_append(&whole, "", 1));
	check_json((const char *)whole.data);
	buffer_free(&whole);
	buffer_free(&pieces);
	return 0;
}
