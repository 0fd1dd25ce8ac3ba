/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What DRBD and Pacemaker say of a pair: whatever it is, it is read within its bounds, and what is
 * told of it is printable, and JSON; of a pair that a timer brings up to date, too. The input is
 * /proc/drbd, and what was noted, up to a zero byte, and crm_mon's XML behind it.
 */
#include <stdlib.h>
#include <string.h>

#include "tests/fuzz/fuzz.h"
#include "tools/pair/tell.h"

static struct pairing pairing = {.servers = {{.name = "alpha"}, {.name = "beta"}},
                                 .server_count = PAIRING_SERVERS};
static struct pairing with_timer = {.cluster = PAIRING_NOBODY,
                                    .servers = {{.name = "alpha"}, {.name = "beta"}},
                                    .server_count = PAIRING_SERVERS};
static struct pairing_export export = {.address = {0, 1}};

static void check_mirror(const struct pairing *of, const struct mirror *mirror,
                         const struct cluster *cluster, const struct notes *notes)
{
	struct tell_facts facts = {.pairing = of,
	                           .export = &export,
	                           .mirror = mirror,
	                           .cluster = cluster,
	                           .service = "serving",
	                           .notes = notes,
	                           .now = 1795834807};
	struct buffer words = {0}, json = {0};

	ALWAYS(mirror->minor < MIRRORS_MAX && mirror->percent >= 0 && mirror->percent <= 100);
	ALWAYS(!tell_words(&facts, &words) && !tell_json(&facts, &json));
	ALWAYS(is_json((const char *)json.data, json.size));
	for (size_t i = 0; i < words.size; i++)
		ALWAYS(words.data[i] == '\n' || (words.data[i] >= ' ' && words.data[i] < 0x7f));
	ALWAYS(!tell_is_well(&facts) || tell_state(&facts) == TELL_WHOLE ||
	       (tell_state(&facts) == TELL_APART && of == &with_timer));
	buffer_free(&words);
	buffer_free(&json);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct mirrors mirrors;
	struct cluster cluster;
	struct notes notes;
	struct input input = {data, size};
	char *drbd = take_string(&input);
	size_t length;
	uint8_t *xml = take_bytes(&input, input.left, &length);

	mirrors_parse(drbd, &mirrors);
	notes_parse(drbd, &notes);
	cluster_parse((const char *)xml, length, &pairing, &cluster);
	ALWAYS(mirrors.count <= MIRRORS_MAX);
	ALWAYS(notes.whole >= 0 && notes.begun >= 0 && notes.split >= 0);
	for (size_t i = 0; i < mirrors.count; i++) {
		check_mirror(&pairing, &mirrors.list[i], &cluster, &notes);
		check_mirror(&with_timer, &mirrors.list[i], &cluster, &notes);
	}
	free(drbd);
	free(xml);
	return 0;
}
