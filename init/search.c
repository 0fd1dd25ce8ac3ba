/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "init/search.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "init/deadline.h"
#include "init/report.h"
#include "tools/base/text.h"

enum { AGAIN_AFTER = 1000 /* milliseconds */ };

int search_open(struct search *search, int epoll)
{
	*search = (struct search){.epoll = epoll,
	                          .readings = job_share(sizeof(struct reading) * SEARCH_MOST)};
	return search->readings ? 0 : -ENOMEM;
}

static struct search_device *find_device(struct search *search, const char *name)
{
	for (unsigned i = 0; i < search->count; i++)
		if (!strcmp(search->device[i].name, name))
			return &search->device[i];
	return NULL;
}

/* Whether it is looked at: "e0.1p2" is of the disk "e0.1", "e0.11" is not. */
static bool is_wanted(const struct search *search, const char *name)
{
	size_t length = strlen(search->disk);

	return !length || (search->made_too && disk_is_made(name)) ||
	       (text_begins(name, search->disk) && strchr("p", name[length]));
}

static struct search_device *add_device(struct search *search, const char *name)
{
	struct search_device *device = &search->device[search->count];

	if (search->count == SEARCH_MOST || !is_wanted(search, name))
		return NULL;
	text_join(device->name, DISK_NAME, name, NULL);
	device->reading = &search->readings[search->count++];
	device->due = true;
	if (search->count == SEARCH_MOST)
		report_warning(name, "no more disks and partitions than up to this one are looked "
		                     "at; root=aoe: finds all");
	return device;
}

struct search_device *search_note(struct search *search, const char *name)
{
	struct search_device *device = find_device(search, name);

	if (!device)
		return add_device(search, name);
	device->due = true;
	return device;
}

static bool note_entry(void *context, const char *name)
{
	search_note(context, name);
	return true;
}

static bool note_new_entry(void *context, const char *name)
{
	if (!find_device(context, name))
		add_device(context, name);
	return true;
}

void search_note_all(struct search *search, bool again)
{
	disk_each(again ? note_entry : note_new_entry, search);
	disk_each_made(again ? note_entry : note_new_entry, search);
}

static void read_device(const struct search *search, const char *name, struct reading *reading)
{
	char path[DISK_PATH];
	int rc = disk_identify(disk_path(path, name), &reading->superblock);

	reading->rc = rc;
	if (!search->partitions || (rc && rc != -ENOENT))
		return;
	rc = disk_partition(name, search->beyond, &reading->partition);
	if (rc && rc != -ENOENT)
		reading->rc = rc;
}

static void start(struct search *search, struct search_device *device)
{
	int rc;

	device->reading->rc = -EIO; /* for a process that is killed */
	rc = job_start(&device->job, search->epoll);
	if (!rc) {
		read_device(search, device->name, device->reading);
		_exit(0);
	}
	device->since = device->answered = deadline_now();
	device->is_asked = false;
	device->due = rc < 0;
	device->is_read = rc > 0;
	device->was_retried = device->was_read;
}

/*
 * Only a disk that owes an answer is silent: until it does, it is this machine that takes its time,
 * as under heavy load, or that waits for what others do with the disk; which is not for ever.
 */
static void look_at_disk(struct search_device *device)
{
	enum { OWN_TIME = 10000 /* milliseconds */ };
	char path[DISK_PATH];
	uint64_t now = deadline_now(), transfers = disk_transfers_by_name(device->name);
	bool was_asked = device->is_asked;

	device->is_asked = disk_is_asked(disk_path(path, device->name));
	if (transfers != device->transfers ||
	    (!(was_asked && device->is_asked) && now - device->since < OWN_TIME))
		device->answered = now;
	device->transfers = transfers;
}

/* Not that nothing is on it, but that it could not be read: it may only just be appearing. */
static bool has_failed(const struct search_device *device)
{
	return device->was_read && device->reading->rc && device->reading->rc != -ENOENT;
}

uint64_t search_retry(const struct search_device *device)
{
	return has_failed(device) && !device->was_retried ? device->finished + AGAIN_AFTER : 0;
}

void search_update(struct search *search, uint64_t before)
{
	for (unsigned i = 0; i < search->count; i++) {
		struct search_device *device = &search->device[i];

		if (job_runs(&device->job)) {
			look_at_disk(device);
			continue;
		}
		if (device->is_read) {
			device->is_read = false;
			device->was_read = true;
			device->finished = deadline_now();
		}
		if (device->due || (device->was_read && device->finished < before) ||
		    (has_failed(device) && deadline_now() >= device->finished + AGAIN_AFTER))
			start(search, device);
	}
}

bool search_is_over(const struct search *search, uint64_t before)
{
	for (unsigned i = 0; i < search->count; i++) {
		const struct search_device *device = &search->device[i];

		if (device->is_read ? device->answered > before : !device->was_read)
			return false;
	}
	return true;
}

void search_list_silent(const struct search *search, uint64_t before, char *buffer, size_t size)
{
	struct text text;

	text_begin(&text, buffer, size);
	for (unsigned i = 0; i < search->count; i++) {
		const struct search_device *device = &search->device[i];

		if (!device->is_read || device->answered > before)
			continue;
		text_add(&text, text.used ? ", " : "");
		text_add(&text, device->name);
	}
}

void search_close(struct search *search)
{
	for (unsigned i = 0; i < search->count; i++)
		job_end(&search->device[i].job);
}
