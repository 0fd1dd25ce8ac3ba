/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "init/choice.h"

#include <errno.h>
#include <string.h>

#include "tools/base/text.h"

static bool has_name(const struct root_address *root, const struct search_device *device)
{
	const struct reading *reading = device->reading;

	if (!device->was_read || (reading->rc && !root_needs_table(root)))
		return false;
	switch (root->kind) {
	case ROOT_UUID:
		return root_is_uuid(root, reading->superblock.uuid);
	case ROOT_LABEL:
		return root_is_label(root, reading->superblock.label);
	case ROOT_PARTUUID:
		return root_is_uuid(root, reading->partition.uuid);
	default:
		return root_is_label(root, reading->partition.label);
	}
}

/* A member of a RAID, an LVM, and the like: no root itself, whatever its name. */
static bool is_container(const struct root_address *root, const struct search_device *device)
{
	return !root_needs_table(root) && !device->reading->superblock.module;
}

int choose_named(const struct root_address *root, const struct search_device *devices,
                 unsigned count, bool (*is_held)(const char *name),
                 const struct search_device **chosen, struct failure *failure)
{
	const struct search_device *container = NULL, *other = NULL;

	*chosen = NULL;
	for (unsigned i = 0; i < count && !other; i++) {
		if (!has_name(root, &devices[i]) || is_held(devices[i].name))
			continue;
		if (!is_container(root, &devices[i]))
			*(*chosen ? &other : chosen) = &devices[i];
		else if (!container)
			container = &devices[i];
	}
	if (!*chosen)
		*chosen = container;
	if (!other)
		return *chosen ? 0 : -ENOENT;
	failure_set(failure, FAIL_AMBIGUOUS, root->text, "it is on ", (*chosen)->name, " and on ",
	            other->name, NULL);
	return -ENOTUNIQ;
}

static bool is_any(const struct search_device *device)
{
	(void)device;
	return true;
}

static bool has_file_system(const struct search_device *device)
{
	return !device->reading->rc && device->reading->superblock.module;
}

static bool is_file_system_of_disk(const struct search_device *device)
{
	return !strchr(device->name, 'p') && has_file_system(device);
}

/* "Root Partition (amd64/x86_64)" of the Discoverable Partitions Specification. */
static bool is_root_by_type(const struct search_device *device)
{
	return !strcmp(device->reading->partition.type, "4f68bce3-e8cd-4db1-96e7-fbcaf984b709");
}

static bool is_in_use(const struct search_device *device)
{
	return !device->reading->rc || is_root_by_type(device);
}

/* "e7.3p1 (ext4), e7.3p2 (xfs)" */
static void list(const struct search_device *devices, unsigned count,
                 bool (*belongs)(const struct search_device *device), char *buffer, size_t size)
{
	struct text text;

	text_begin(&text, buffer, size);
	for (unsigned i = 0; i < count; i++) {
		const struct reading *reading = devices[i].reading;

		if (!belongs(&devices[i]))
			continue;
		text_add(&text, text.used ? ", " : "");
		text_add(&text, devices[i].name);
		text_add(&text, " (");
		text_add(&text, reading->rc ? "nothing" : reading->superblock.type);
		text_add(&text, ")");
	}
}

int choose_root(const struct search_device *devices, unsigned count,
                const struct search_device **chosen, struct failure *failure)
{
	/*
	 * Some file systems leave the partition table its place: one that a disk had before it was
	 * partitioned is still to be seen, and mounting it would write into the partitions.
	 */
	static const struct {
		bool (*is_it)(const struct search_device *device);
		bool (*may_be)(const struct search_device *device); /* only one device may */
	} ranks[] = {
	        {is_file_system_of_disk, is_in_use},
	        {is_root_by_type, is_root_by_type},
	        {has_file_system, has_file_system},
	};
	char names[200];

	for (size_t i = 0; i < sizeof(ranks) / sizeof(ranks[0]); i++) {
		unsigned found = 0, possible = 0;

		for (unsigned k = 0; k < count; k++) {
			possible += ranks[i].may_be(&devices[k]);
			if (ranks[i].is_it(&devices[k]) && !found++)
				*chosen = &devices[k];
		}
		if (!found)
			continue;
		if (possible == 1)
			return 0;
		list(devices, count, ranks[i].may_be, names, sizeof(names));
		failure_set(failure, FAIL_AMBIGUOUS, "root=abft",
		            "more than one may be the root: ", names, NULL);
		return -ENOTUNIQ;
	}
	list(devices, count, is_any, names, sizeof(names));
	failure_set(failure, FAIL_NOFS, "root=abft", "no file system that is known is on ", names,
	            NULL);
	return -ENOENT;
}
