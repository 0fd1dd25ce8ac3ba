/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/publish/trial.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tools/base/text.h"
#include "tools/host/args.h"
#include "tools/host/files.h"
#include "tools/host/regular.h"

enum {
	FILE_MAX = 1024, /* bytes; three lines of 60 are there at the most */
	PROC_MAX = 64,   /* of one of /proc */
};

/* The first line of a file of /proc; empty when it cannot be read. The caller frees. */
static char *first_line(const char *path)
{
	size_t length;
	char *text = files_read(path, PROC_MAX, &length);

	if (!text)
		return args_text("%s", "");
	text[strcspn(text, "\n")] = '\0';
	return text;
}

int64_t trial_now(void)
{
	char *line = first_line("/proc/uptime");
	const char *at = line;
	uint64_t seconds;

	if (text_read_number(&at, INT64_MAX, &seconds))
		seconds = 0;
	free(line);
	return (int64_t)seconds;
}

/* Behind a line's letter and blank. */
static int64_t time_of(const char *at, const char *end, const char *boot_id)
{
	size_t length = strlen(boot_id);
	uint64_t seconds;

	if (text_read_number(&at, INT64_MAX, &seconds) || *at++ != ' ')
		return INT64_MAX;
	return length && (size_t)(end - at) == length && !strncmp(at, boot_id, length)
	               ? (int64_t)seconds
	               : 0;
}

struct trial trial_parse(const char *text, const char *boot_id)
{
	struct trial trial = {0};
	const char *end;

	for (; (end = strchr(text, '\n')); text = end + 1) {
		trial.starts++;
		trial.failed = *text == 'f';
		trial.time = end - text > 2 ? time_of(text + 2, end, boot_id) : INT64_MAX;
	}
	return trial;
}

struct trial trial_read(const char *folder, const char *machine, const char *generation)
{
	char *path = args_text("%s/%s.%s", folder, machine, generation);
	char *boot_id = first_line("/proc/sys/kernel/random/boot_id"), *text;
	struct trial trial = {0};
	size_t length;

	if (!regular_read(path, FILE_MAX, &text, &length)) {
		trial = trial_parse(text, boot_id);
		free(text);
	}
	free(boot_id);
	free(path);
	return trial;
}

/* "MACHINE.GENERATION": a machine's name has no dot. */
static bool is_of(const char *name, const char *machine, const char *generation)
{
	size_t length = strlen(machine);

	return !strncmp(name, machine, length) && name[length] == '.' &&
	       (!generation || !strcmp(name + length + 1, generation));
}

void trial_prune(const char *folder, const char *machine, const char *keep)
{
	DIR *dir = opendir(folder);
	struct dirent *entry;

	while (dir && (entry = readdir(dir)))
		if (is_of(entry->d_name, machine, NULL) &&
		    !(keep && is_of(entry->d_name, machine, keep)))
			unlinkat(dirfd(dir), entry->d_name, 0);
	if (dir)
		closedir(dir);
}

enum trial_verdict trial_judge(const struct trial *trial, int64_t used)
{
	if (trial->starts > TRIAL_STARTS)
		return TRIAL_FELL;
	if (trial->starts && !trial->failed && used - TRIAL_UP >= trial->time)
		return TRIAL_CAME_UP;
	return TRIAL_OPEN;
}

int64_t trial_find_use(const char *json, struct aoe_address export, struct mac client)
{
	static const char seen[] = "\"seen_ms\": ";
	char address[AOE_ADDRESS_TEXT], mac[MAC_TEXT];
	char *begin = args_text("{\"export\": \"%s\", \"mac\": \"%s\"",
	                        aoe_address_format(export, address), mac_format(client, mac));
	const char *at = json;
	uint64_t ms;

	/* The same begins what is said of a layer, which nobody is seen at. */
	while ((at = strstr(at, begin))) {
		const char *end = at + strcspn(at, "}"), *digits = strstr(at, seen);

		at = end;
		if (!digits || digits > end)
			continue;
		digits += strlen(seen);
		if (!text_read_number(&digits, INT64_MAX, &ms)) {
			free(begin);
			return (int64_t)ms;
		}
	}
	free(begin);
	return -1;
}
