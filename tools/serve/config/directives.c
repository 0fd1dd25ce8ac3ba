/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/serve/config/directives.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "tools/cli/cli.h"

struct reader {
	const char *at, *end; /* what is not read yet */
	const char *line;     /* where the line begins */
	struct place place;   /* of the word */
	char *word;           /* room for the whole text */
	struct why *why;
};

static void set_column(struct reader *reader)
{
	reader->place.column = (unsigned long)(reader->at - reader->line) + 1;
}

static bool at_end_of_line(const struct reader *reader)
{
	return reader->at == reader->end || *reader->at == '\n';
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

/* Bytes that no name has: they would be invisible in messages. */
static bool is_control(char c)
{
	return (unsigned char)c < ' ' || c == 0x7f;
}

static int refuse_control(struct reader *reader)
{
	set_column(reader);
	return why_set(reader->why, -EINVAL, "a byte 0x%02x, which has no place in this file%s",
	               (unsigned char)*reader->at,
	               *reader->at == '\r' ? ": end its lines as UNIX does" : "");
}

/* In quotes: everything up to the next quote; \" and \\ stand for what they show. */
static int read_quoted(struct reader *reader, char **to)
{
	const struct place begin = {reader->place.line,
	                            (unsigned long)(reader->at - reader->line) + 1};

	for (reader->at++; !at_end_of_line(reader); reader->at++) {
		char c = *reader->at;

		if (c == '"') {
			reader->at++;
			return 0;
		}
		if (c == '\\' && reader->end - reader->at > 1 &&
		    (reader->at[1] == '"' || reader->at[1] == '\\'))
			c = *++reader->at;
		if (is_control(c) && c != '\t')
			return refuse_control(reader);
		*(*to)++ = c;
	}
	reader->place = begin;
	return why_set(reader->why, -EINVAL, "a quote that does not end on its line");
}

/* Skips blanks and a comment. Returns true if a word follows on this line. */
static bool find_word(struct reader *reader)
{
	while (!at_end_of_line(reader) && is_blank(*reader->at))
		reader->at++;
	set_column(reader);
	if (!at_end_of_line(reader) && *reader->at == '#')
		while (!at_end_of_line(reader))
			reader->at++;
	return !at_end_of_line(reader);
}

/* Reads the word that find_word found. */
static int read_word(struct reader *reader)
{
	char *to = reader->word;
	int rc = 0;

	while (!rc && !at_end_of_line(reader) && !is_blank(*reader->at)) {
		if (*reader->at == '"')
			rc = read_quoted(reader, &to);
		else if (is_control(*reader->at))
			rc = refuse_control(reader);
		else
			*to++ = *reader->at++;
	}
	*to = '\0';
	return rc;
}

/* The next word, which must be there; what names it. */
static int need_word(struct reader *reader, const char *what)
{
	if (!find_word(reader))
		return why_set(reader->why, -EINVAL, "%s is missing", what);
	return read_word(reader);
}

/* ---- one function per directive ---- */

typedef int directive_function(struct reader *reader, struct plan *plan);

static int add_lan(struct reader *reader, struct plan *plan, bool qemu)
{
	int rc = need_word(reader, qemu ? "the path of a socket" : "the name of an interface");

	if (rc)
		return rc;
	if (!*reader->word)
		return why_set(reader->why, -EINVAL, "an empty name");
	return plan_add_lan(plan, reader->word, qemu, reader->place) ? why_memory(reader->why) : 0;
}

static int read_interface(struct reader *reader, struct plan *plan)
{
	return add_lan(reader, plan, false);
}

static int read_qemu(struct reader *reader, struct plan *plan)
{
	return add_lan(reader, plan, true);
}

static int read_mac(struct reader *reader, struct plan *plan)
{
	int rc = need_word(reader, "an address");

	if (rc)
		return rc;
	if (plan->has_mac)
		return why_set(reader->why, -EINVAL, "a second mac: there is one for all of qemu");
	if (mac_parse(reader->word, NULL, &plan->mac) || mac_is_group(plan->mac))
		return why_set(reader->why, -EINVAL,
		               "'%.60s': not the address of a host, like 02:00:00:00:00:01",
		               reader->word);
	plan->has_mac = true;
	return 0;
}

static int read_buffers(struct reader *reader, struct plan *plan)
{
	unsigned long number;
	int rc = need_word(reader, "a number");

	if (rc)
		return rc;
	if (plan->buffers)
		return why_set(reader->why, -EINVAL, "a second buffers: it is said once for all");
	if (cli_number(reader->word, 2, UINT16_MAX, &number))
		return why_set(reader->why, -EINVAL, "'%.60s': not a number from 2 to %d",
		               reader->word, UINT16_MAX);
	plan->buffers = (unsigned int)number;
	return 0;
}

static int read_address(struct reader *reader, struct aoe_address *address)
{
	int rc = need_word(reader, "an address like 0.0");

	if (rc)
		return rc;
	rc = aoe_address_parse(reader->word, NULL, address);
	if (rc == -ERANGE)
		return why_set(reader->why, -EINVAL,
		               "'%.60s': shelves go from 0 to %d, slots from 0 to %d", reader->word,
		               AOE_SHELF_MAX, AOE_SLOT_MAX);
	return rc ? why_set(reader->why, -EINVAL, "'%.60s': not an address like 0.0", reader->word)
	          : 0;
}

static int read_path(struct reader *reader, char **path)
{
	int rc = need_word(reader, "the path of what is exported");

	if (rc)
		return rc;
	if (!*reader->word)
		return why_set(reader->why, -EINVAL, "an empty path");
	*path = strdup(reader->word);
	return *path ? 0 : why_memory(reader->why);
}

static int read_export(struct reader *reader, struct plan *plan)
{
	struct export_options options = export_options_default();
	int rc = read_address(reader, &options.address);

	options.place = reader->place;
	if (!rc)
		rc = read_path(reader, &options.file.path);
	while (!rc && find_word(reader)) {
		rc = read_word(reader);
		if (!rc)
			rc = export_set_option(&options, reader->word, reader->why);
	}
	if (!rc && plan_add_export(plan, &options))
		rc = why_memory(reader->why);
	if (rc)
		export_options_release(&options);
	return rc;
}

static const struct {
	const char *name;
	directive_function *read;
} directives[] = {
        {"interface", read_interface}, {"qemu", read_qemu},     {"mac", read_mac},
        {"buffers", read_buffers},     {"export", read_export},
};

static int read_directive(struct reader *reader, struct plan *plan)
{
	int rc = read_word(reader);

	if (rc)
		return rc;
	for (size_t i = 0; i < sizeof(directives) / sizeof(directives[0]); i++) {
		if (strcmp(reader->word, directives[i].name) != 0)
			continue;
		rc = directives[i].read(reader, plan);
		if (rc || !find_word(reader))
			return rc;
		rc = read_word(reader);
		return rc ? rc
		          : why_set(reader->why, -EINVAL, "'%.60s': nothing more belongs here",
		                    reader->word);
	}
	return why_set(reader->why, -EINVAL,
	               "'%.60s': unknown: there are interface, qemu, mac, buffers and export",
	               reader->word);
}

int directives_parse(const char *text, size_t length, struct plan *plan, struct place *place,
                     struct why *why)
{
	struct reader reader = {.at = text,
	                        .end = text + length,
	                        .place.line = 1,
	                        .word = malloc(length + 1),
	                        .why = why};
	int rc = reader.word ? 0 : why_memory(why);

	for (; !rc; reader.at++, reader.place.line++) {
		reader.line = reader.at;
		if (find_word(&reader))
			rc = read_directive(&reader, plan);
		if (rc || reader.at == reader.end)
			break;
	}
	free(reader.word);
	*place = reader.place;
	if (!rc)
		rc = plan_check(plan, place, why);
	if (rc)
		plan_release(plan);
	return rc;
}
