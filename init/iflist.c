/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "init/iflist.h"

#include <string.h>

#include "init/disk.h"
#include "init/report.h"
#include "init/sysfs.h"
#include "tools/base/text.h"

static const char PARAMETER[] = "/sys/module/aoe/parameters/aoe_iflist";

char *iflist_make(char list[IFLIST_SIZE], const struct nics *nics)
{
	struct text text;

	text_begin(&text, list, IFLIST_SIZE);
	for (unsigned i = 0; i < nics->count; i++) {
		if (!nics->nic[i].ready)
			continue;
		text_add(&text, text.used ? " " : "");
		text_add(&text, nics->nic[i].name);
	}
	if (!text.used)
		text_add(&text, "-");
	return list;
}

bool iflist_is_given(const struct cmdline *cmdline)
{
	for (unsigned i = 0; i < cmdline->word_count; i++)
		if (text_begins(cmdline->words[i], "aoe.aoe_iflist="))
			return true;
	return false;
}

/* The module compares names on each frame: what it has already is not written again. */
static void set(const char *list)
{
	char now[IFLIST_SIZE];
	int rc;

	sysfs_read(PARAMETER, now, sizeof(now));
	if (!strcmp(now, list))
		return;
	rc = sysfs_write(PARAMETER, list);
	if (rc)
		report_warning("aoe_iflist", "not set to ", list, ": ", report_errno(rc));
}

void iflist_follow(const struct nics *nics)
{
	char list[IFLIST_SIZE];

	if (!iflist_is_given(nics->cmdline))
		set(iflist_make(list, nics));
}

static bool has_name(const char *list, const char *name, size_t length)
{
	for (; *list; list += strspn(list, " ")) {
		size_t n = strcspn(list, " ");

		if (n == length && !memcmp(list, name, n))
			return true;
		list += n;
	}
	return false;
}

/* Adds what a disk has: "eth0", or "eth0,eth1". */
static bool add_disk(void *context, const char *disk)
{
	struct text *list = context;
	char names[IFLIST_SIZE];
	size_t length;

	disk_interfaces(disk, names, sizeof(names));
	for (const char *at = names; *at; at += length + (at[length] == ',')) {
		length = strcspn(at, ",");
		if (has_name(list->start, at, length))
			continue;
		text_add(list, list->used ? " " : "");
		text_add_bytes(list, at, length);
	}
	return true;
}

void iflist_pin(const struct cmdline *cmdline)
{
	char list[IFLIST_SIZE];
	struct text text;

	text_begin(&text, list, sizeof(list));
	disk_each(add_disk, &text);
	if (text.used && !iflist_is_given(cmdline))
		set(list);
}
