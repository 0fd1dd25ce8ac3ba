/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The list of targets as a table for people and as JSON for programs. */
#include "tools/discover/print.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tools/cli/json.h"

enum { COLUMNS = 8 };

static const char *const headings[COLUMNS] = {"ADDRESS", "LAN",     "MAC",   "SIZE",
                                              "SECTORS", "BUFFERS", "MODEL", "CONFIG"};

/* Bytes from the LAN as text that no terminal obeys. */
static int print_escaped(struct buffer *out, const void *bytes, size_t length)
{
	const unsigned char *b = bytes;
	int rc = 0;

	for (size_t i = 0; !rc && i < length; i++) {
		if (b[i] == '\\')
			rc = buffer_append(out, "\\\\", 2);
		else if (b[i] >= ' ' && b[i] < 0x7f)
			rc = buffer_append(out, &b[i], 1);
		else
			rc = buffer_printf(out, "\\x%02x", b[i]);
	}
	return rc;
}

static int print_size(struct buffer *out, uint64_t sectors)
{
	static const char *const units[] = {"KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
	double size = (double)sectors / 2;
	size_t unit = 0;

	while (size >= 1024 && unit + 1 < sizeof(units) / sizeof(units[0])) {
		size /= 1024;
		unit++;
	}
	return buffer_printf(out, "%.1f %s", size, units[unit]);
}

static int print_cell(const struct survey_entry *e, int column, struct buffer *out)
{
	char text[MAC_TEXT];

	switch (column) {
	case 0:
		return buffer_printf(out, "%s%s", aoe_address_format(e->address, text),
		                     e->shared ? "*" : "");
	case 1:
		return print_escaped(out, e->lan, strlen(e->lan));
	case 2:
		return buffer_printf(out, "%s", mac_format(e->mac, text));
	case 3:
		return e->identified ? print_size(out, e->identify.sectors)
		                     : buffer_append(out, "?", 1);
	case 4:
		return buffer_printf(out, "%u", e->sectors_per_frame);
	case 5:
		return buffer_printf(out, "%u", e->buffers);
	case 6:
		return e->identified
		               ? print_escaped(out, e->identify.model, strlen(e->identify.model))
		               : buffer_append(out, "?", 1);
	default:
		return print_escaped(out, e->config, e->config_length);
	}
}

/* A cell's width; an entry of NULL stands for the headings. */
static int measure_cell(const struct survey_entry *e, int column, size_t *width)
{
	struct buffer cell = {0};
	int rc = e ? print_cell(e, column, &cell) : buffer_printf(&cell, "%s", headings[column]);

	if (!rc && cell.size > *width)
		*width = cell.size;
	buffer_free(&cell);
	return rc;
}

static int print_row(const struct survey_entry *e, const size_t *widths, struct buffer *out)
{
	int rc = 0;

	for (int c = 0; !rc && c < COLUMNS; c++) {
		size_t start = out->size;

		rc = e ? print_cell(e, c, out) : buffer_printf(out, "%s", headings[c]);
		while (!rc && c + 1 < COLUMNS && out->size - start < widths[c] + 2)
			rc = buffer_append(out, " ", 1);
	}
	/* An empty last cell leaves no blanks behind. */
	while (!rc && out->size && out->data[out->size - 1] == ' ')
		out->size--;
	return rc ? rc : buffer_append(out, "\n", 1);
}

int survey_print_table(const struct survey *survey, struct buffer *out)
{
	size_t widths[COLUMNS] = {0};
	int rc = 0;

	for (int c = 0; c < COLUMNS; c++) {
		rc = rc ? rc : measure_cell(NULL, c, &widths[c]);
		for (size_t i = 0; !rc && i < survey->count; i++)
			rc = measure_cell(survey->entries[i], c, &widths[c]);
	}
	if (!rc)
		rc = print_row(NULL, widths, out);
	for (size_t i = 0; !rc && i < survey->count; i++)
		rc = print_row(survey->entries[i], widths, out);
	return rc;
}

static int print_member(struct buffer *out, const char *name, const void *bytes, size_t length)
{
	int rc = buffer_printf(out, ", \"%s\": ", name);

	return rc ? rc : json_string(out, bytes, length);
}

static int print_identify(const struct survey_entry *e, struct buffer *out)
{
	const struct identify *i = &e->identify;
	int rc;

	if (!e->identified)
		return buffer_printf(out, ", \"sectors\": null, \"model\": null, \"serial\": null");
	rc = buffer_printf(out, ", \"sectors\": %llu", (unsigned long long)i->sectors);
	if (!rc)
		rc = print_member(out, "model", i->model, strlen(i->model));
	return rc ? rc : print_member(out, "serial", i->serial, strlen(i->serial));
}

static int print_object(const struct survey_entry *e, struct buffer *out)
{
	char address[AOE_ADDRESS_TEXT], mac[MAC_TEXT];
	int rc = buffer_printf(out, "{\"address\": \"%s\", \"shelf\": %u, \"slot\": %u",
	                       aoe_address_format(e->address, address), e->address.shelf,
	                       e->address.slot);

	if (!rc)
		rc = print_member(out, "lan", e->lan, strlen(e->lan));
	if (!rc)
		rc = buffer_printf(out,
		                   ", \"mac\": \"%s\", \"shared\": %s, \"sectors_per_frame\": %u, "
		                   "\"buffers\": %u, \"firmware\": %u",
		                   mac_format(e->mac, mac), e->shared ? "true" : "false",
		                   e->sectors_per_frame, e->buffers, e->firmware);
	if (!rc)
		rc = print_identify(e, out);
	if (!rc)
		rc = print_member(out, "config", e->config, e->config_length);
	return rc ? rc : buffer_append(out, "}", 1);
}

int survey_print_json(const struct survey *survey, struct buffer *out)
{
	int rc = buffer_append(out, "[", 1);

	for (size_t i = 0; !rc && i < survey->count; i++) {
		rc = buffer_printf(out, "%s", i ? ",\n " : "");
		if (!rc)
			rc = print_object(survey->entries[i], out);
	}
	return rc ? rc : buffer_append(out, "]\n", 2);
}
