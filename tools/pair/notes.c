/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/pair/notes.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "tools/cli/outfile.h"
#include "tools/host/files.h"

enum {
	TEXT_MOST = 256,
	DAY = 86400,
	HOUR = 3600,
	MINUTE = 60,
};

/* ---- the file ---- */

static void parse_line(const char *line, size_t length, struct notes *notes)
{
	char text[TEXT_MOST], word[8];
	long long time;
	int end = 0;

	if (length >= sizeof(text))
		return;
	snprintf(text, sizeof(text), "%.*s", (int)length, line);
	/* Of 11 digits: up to the year 5138. */
	if (sscanf(text, "%7[a-z] %11lld%n", word, &time, &end) != 2 || text[end] || time < 0)
		return;
	if (!strcmp(word, "whole"))
		notes->whole = time;
	else if (!strcmp(word, "begun"))
		notes->begun = time;
	else if (!strcmp(word, "split"))
		notes->split = time;
}

void notes_parse(const char *text, struct notes *notes)
{
	*notes = (struct notes){0};
	while (*text) {
		size_t length = strcspn(text, "\n");

		parse_line(text, length, notes);
		text += length + (text[length] == '\n');
	}
}

static void make_path(struct aoe_address address, char path[64])
{
	char name[AOE_ADDRESS_TEXT];

	snprintf(path, 64, NOTES_FOLDER "/%s", aoe_address_format(address, name));
}

void notes_read(struct aoe_address address, struct notes *notes)
{
	char path[64];
	size_t length;
	char *text;

	make_path(address, path);
	text = files_read(path, TEXT_MOST, &length);
	notes_parse(text ? text : "", notes);
	free(text);
}

static int save(struct aoe_address address, const struct notes *notes, struct why *why)
{
	char path[64], folder[] = NOTES_FOLDER, text[TEXT_MOST];
	int length =
	        snprintf(text, sizeof(text), "whole %lld\nbegun %lld\nsplit %lld\n",
	                 (long long)notes->whole, (long long)notes->begun, (long long)notes->split);
	int rc = files_make_folders(folder);

	make_path(address, path);
	if (!rc)
		rc = outfile_save(path, text, (size_t)length);
	return rc ? why_set(why, rc, "%s: %s", path, strerror(-rc)) : 0;
}

int notes_add(struct aoe_address address, enum note note, struct why *why)
{
	const int64_t now = time(NULL);
	struct notes notes;

	notes_read(address, &notes);
	switch (note) {
	case NOTES_WHOLE:
		notes = (struct notes){.whole = now};
		break;
	case NOTES_BEGUN:
		notes.begun = now;
		break;
	case NOTES_SPLIT:
		notes.split = now;
		break;
	case NOTES_TAKEN:
		notes = (struct notes){0};
		break;
	}
	return save(address, &notes, why);
}

/* ---- times ---- */

const char *notes_time(int64_t time, char text[NOTES_TIME])
{
	const time_t seconds = (time_t)time;
	struct tm tm;

	if (!gmtime_r(&seconds, &tm) || !strftime(text, NOTES_TIME, "%Y-%m-%dT%H:%M:%SZ", &tm))
		strcpy(text, "unknown");
	return text;
}

const char *notes_age(int64_t time, int64_t now, char text[NOTES_AGE])
{
	const long long age = now - time;

	if (age < 0)
		snprintf(text, NOTES_AGE, "in the future by this clock");
	else if (age >= DAY)
		snprintf(text, NOTES_AGE, "%lld days %lld h old", age / DAY, age % DAY / HOUR);
	else if (age >= HOUR)
		snprintf(text, NOTES_AGE, "%lld h %lld min old", age / HOUR, age % HOUR / MINUTE);
	else if (age >= MINUTE)
		snprintf(text, NOTES_AGE, "%lld min old", age / MINUTE);
	else
		snprintf(text, NOTES_AGE, "%lld s old", age);
	return text;
}
