/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/pair/mirror.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tools/host/files.h"

enum { TEXT_MOST = 1 << 18 }; /* bytes of /proc/drbd that are looked at: 256 devices have 100 KiB */

/*
 *  0: cs:Connected ro:Primary/Secondary ds:UpToDate/UpToDate C r-----
 *
 * drivers/block/drbd/drbd_proc.c. The first letter of the last word is 's' while writes are held.
 * Without a connection that is looked for there is a blank in the protocol's place.
 */
static bool parse_device(const char *line, struct mirror *mirror)
{
	char protocol[2] = "", flags[8];
	int end = 0;

	*mirror = (struct mirror){0};
	if (sscanf(line,
	           " %3u: cs:%15[A-Za-z] ro:%15[A-Za-z]/%15[A-Za-z] ds:%15[A-Za-z]/%15[A-Za-z] %n",
	           &mirror->minor, mirror->connection, mirror->role[0], mirror->role[1],
	           mirror->disk[0], mirror->disk[1], &end) != 6 ||
	    !end)
		return false;
	if (sscanf(line + end, "%1[ABC]", protocol) == 1)
		end++;
	if (sscanf(line + end, "%7s", flags) != 1)
		return false;
	mirror->suspended = *flags == 's';
	return mirror->minor < MIRRORS_MAX;
}

/*
 * "ns:0 nr:0 ... oos:1024"; "[=>....] sync'ed: 12.5% (7168/8192)K", and in the next line
 * "finish: 0:00:07 speed: ..."
 */
static void parse_progress(const char *line, struct mirror *mirror)
{
	const char *at = strstr(line, " oos:");

	if (at)
		sscanf(at, " oos:%19llu", &mirror->differing);
	at = strstr(line, "sync'ed:");
	if (at && sscanf(at, "sync'ed: %lf%%", &mirror->percent) == 1)
		mirror->syncing = true;
	at = strstr(line, "finish: ");
	if (at)
		sscanf(at, "finish: %15[0-9:]", mirror->finish);
	if (!(mirror->percent >= 0 && mirror->percent <= 100))
		mirror->percent = 0;
}

static void parse_line(const char *line, struct mirrors *mirrors)
{
	if (!strncmp(line, "version:", 8))
		mirrors->loaded = true;
	if (mirrors->count < MIRRORS_MAX && parse_device(line, &mirrors->list[mirrors->count]))
		mirrors->count++;
	else if (mirrors->count)
		parse_progress(line, &mirrors->list[mirrors->count - 1]);
}

void mirrors_parse(const char *text, struct mirrors *mirrors)
{
	char line[256];

	*mirrors = (struct mirrors){0};
	while (*text) {
		size_t length = strcspn(text, "\n");

		snprintf(line, sizeof(line), "%.*s", (int)length, text);
		parse_line(line, mirrors);
		text += length + (text[length] == '\n');
	}
}

void mirrors_read(struct mirrors *mirrors)
{
	const char *path = getenv("ETHERROOT_PROC_DRBD");
	size_t length;
	char *text = files_read(path ? path : "/proc/drbd", TEXT_MOST, &length);

	mirrors_parse(text ? text : "", mirrors);
	free(text);
}

const struct mirror *mirrors_find(const struct mirrors *mirrors, unsigned int minor)
{
	for (size_t i = 0; i < mirrors->count; i++)
		if (mirrors->list[i].minor == minor)
			return &mirrors->list[i];
	return NULL;
}

/* Every state from Connected on tells the other's; those before do not know it. */
bool mirror_is_connected(const struct mirror *mirror)
{
	return strcmp(mirror->role[1], "Unknown") != 0;
}
