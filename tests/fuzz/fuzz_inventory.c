/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The inventory of a boot server. A file is refused at a place of its text, with nothing left of
 * it; of one that is taken, whatever it says, no name or interface is more than a word, a machine
 * that is added, renamed and removed leaves the text as it was, and a machine's line that is
 * written anew means the same.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "tests/fuzz/fuzz.h"
#include "tools/inventory/inventory.h"

/* Reads memory of exactly that size. Returns true if it was taken. */
static bool read_inventory(const void *text, size_t length, struct inventory *inventory)
{
	struct place place = {0};
	struct why why = {""};
	int rc = inventory_parse(text, length, inventory, &place, &why);

	if (!rc)
		return true;
	ALWAYS(rc == -EINVAL && *why.text && is_printable(why.text));
	ALWAYS(is_place(text, length, &place));
	ALWAYS(!inventory->machines && !inventory->exports && !inventory->installer.disk);
	return false;
}

static void check_machine(const struct inventory_machine *machine)
{
	ALWAYS(inventory_valid_name(machine->name));
	ALWAYS(machine->mac_count > 0 && machine->mac_count <= INVENTORY_MACS_MAX);
	ALWAYS(machine->disk && *machine->disk == '/' && is_printable(machine->disk));
	ALWAYS(machine->append && is_printable(machine->append));
	ALWAYS(!machine->install || inventory_valid_answers(machine->install));
}

/* The line of a machine, written anew in the place of the old one, says the same. */
static void check_line(const char *text, size_t length, const struct inventory_machine *machine)
{
	struct buffer line = {0}, without = {0}, with = {0};
	struct inventory again;
	const struct inventory_machine *same;

	ALWAYS(!inventory_write_machine(machine, &line));
	ALWAYS(!inventory_text_remove(text, length, machine->place, &without));
	ALWAYS(!inventory_text_add((char *)without.data, without.size, &line, &with));
	/* Options of a shared disk stand with the first machine, which may be another one now. */
	if (!machine->shared) {
		ALWAYS(read_inventory(with.data, with.size, &again));
		same = inventory_find(&again, machine->name);
		ALWAYS(same && !strcmp(same->disk, machine->disk));
		ALWAYS(!strcmp(same->append, machine->append));
		ALWAYS(!same->install == !machine->install);
		ALWAYS(!same->install || !strcmp(same->install, machine->install));
		ALWAYS(same->mac_count == machine->mac_count);
		ALWAYS(same->options.size == machine->options.size);
		inventory_release(&again);
	}
	buffer_free(&line);
	buffer_free(&without);
	buffer_free(&with);
}

static void check_rename(const char *text, size_t length, const struct inventory_machine *machine)
{
	static const char name[] = "a-name-that-nobody-else-has";
	struct buffer renamed = {0}, back = {0};
	struct inventory again;

	ALWAYS(!inventory_text_replace(text, length, machine->place, name, &renamed));
	if (read_inventory(renamed.data, renamed.size, &again)) {
		ALWAYS(inventory_find(&again, name));
		inventory_release(&again);
	}
	ALWAYS(!inventory_text_replace((char *)renamed.data, renamed.size, machine->place,
	                               machine->name, &back));
	ALWAYS(read_inventory(back.data, back.size, &again));
	inventory_release(&again);
	buffer_free(&renamed);
	buffer_free(&back);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct inventory inventory;
	char *text = need(size ? size : 1);

	memcpy(text, data, size);
	if (read_inventory(text, size, &inventory)) {
		for (size_t i = 0; i < inventory.machine_count; i++) {
			check_machine(&inventory.machines[i]);
			check_line(text, size, &inventory.machines[i]);
			check_rename(text, size, &inventory.machines[i]);
		}
		for (size_t i = 0; i < inventory.export_count; i++)
			ALWAYS(!strchr(inventory.exports[i].line, '\n'));
		inventory_release(&inventory);
	}
	free(text);
	return 0;
}
