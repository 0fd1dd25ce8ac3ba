/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/publish/trial.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tools/base/text.h"
#include "tools/host/args.h"
#include "tools/host/regular.h"

enum { LETTERS_MAX = 16 };

struct trial trial_read(const char *folder, const char *machine, const char *generation)
{
	char *path = args_text("%s/%s.%s", folder, machine, generation), *letters;
	struct trial trial = {0};
	struct stat status;
	size_t length;

	if (!regular_read(path, LETTERS_MAX, &letters, &length)) {
		trial.starts = (unsigned int)length;
		trial.failed = length && letters[length - 1] == 'f';
		trial.time = stat(path, &status) ? 0 : status.st_mtime;
		free(letters);
	}
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
	if (trial->starts && !trial->failed && used >= trial->time + TRIAL_UP)
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
