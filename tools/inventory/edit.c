/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Changes of the text: what people wrote there, comments and all, stays as it is. */
#include <string.h>

#include "tools/inventory/inventory.h"

static int write_macs(const struct inventory_machine *machine, struct buffer *text)
{
	char mac[MAC_TEXT];
	int rc = 0;

	for (size_t i = 0; !rc && i < machine->mac_count; i++)
		rc = buffer_printf(text, "%s%s",
		                   i ? "," : " mac=", mac_format(machine->macs[i], mac));
	return rc;
}

static int write_word(const char *key, const char *value, struct buffer *text)
{
	int rc = buffer_printf(text, " %s=", key);

	return rc ? rc : words_add(text, value);
}

int inventory_write_machine(const struct inventory_machine *machine, struct buffer *text)
{
	char address[AOE_ADDRESS_TEXT];
	int rc = buffer_printf(text, "machine %s", machine->name);

	if (!rc)
		rc = write_macs(machine, text);
	if (!rc)
		rc = buffer_printf(text, " export=%s",
		                   aoe_address_format(machine->export, address) + 1);
	if (!rc)
		rc = write_word(machine->shared ? "shared" : "disk", machine->disk, text);
	if (!rc && *machine->append)
		rc = write_word("append", machine->append, text);
	if (!rc && machine->install)
		rc = write_word("install", machine->install, text);
	if (!rc)
		rc = buffer_append(text, machine->options.data, machine->options.size);
	return rc ? rc : buffer_append(text, "\n", 1);
}

int inventory_write_installer(const struct inventory_installer *installer, struct buffer *text)
{
	char address[AOE_ADDRESS_TEXT];
	int rc = buffer_printf(text, "installer %s ",
	                       aoe_address_format(installer->export, address) + 1);

	if (!rc)
		rc = words_add(text, installer->disk);
	return rc ? rc : buffer_append(text, "\n", 1);
}

int inventory_text_add(const char *text, size_t length, const struct buffer *line,
                       struct buffer *to)
{
	int rc = buffer_append(to, text, length);

	if (!rc && length && text[length - 1] != '\n')
		rc = buffer_append(to, "\n", 1);
	return rc ? rc : buffer_append(to, line->data, line->size);
}

/* Where the line of that number begins, and how long it is with its newline. */
static size_t find_line(const char *text, size_t length, unsigned long number, size_t *size)
{
	size_t begin = 0;
	const char *end;

	for (; number > 1; number--) {
		end = memchr(text + begin, '\n', length - begin);
		begin = end ? (size_t)(end - text) + 1 : length;
	}
	end = memchr(text + begin, '\n', length - begin);
	*size = end ? (size_t)(end - text) + 1 - begin : length - begin;
	return begin;
}

/* The text with size bytes from begin on replaced by a word. */
static int splice(const char *text, size_t length, size_t begin, size_t size, const char *word,
                  struct buffer *to)
{
	int rc = buffer_append(to, text, begin);

	if (!rc)
		rc = buffer_append(to, word, strlen(word));
	return rc ? rc : buffer_append(to, text + begin + size, length - begin - size);
}

int inventory_text_remove(const char *text, size_t length, struct place place, struct buffer *to)
{
	size_t size, begin = find_line(text, length, place.line, &size);

	return splice(text, length, begin, size, "", to);
}

int inventory_text_replace(const char *text, size_t length, struct place place, const char *word,
                           struct buffer *to)
{
	size_t left, begin = find_line(text, length, place.line, &left), size = 0;

	begin += place.column - 1;
	left -= place.column - 1;
	while (size < left && !strchr(" \t\n", text[begin + size]))
		size++;
	return splice(text, length, begin, size, word, to);
}
