/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/pair/apart.h"

#include <string.h>

static bool is(const char *word, const char *other)
{
	return !strcmp(word, other);
}

/* A Secondary listens for the Primary; a Primary looks for nobody until its timer comes. */
bool apart_is(const struct mirror *m, const struct notes *notes)
{
	if (m->suspended || notes->split || mirror_is_connected(m))
		return false;
	if (is(m->disk[0], "Diskless") || is(m->disk[0], "Failed"))
		return false;
	return !is(m->connection, "StandAlone") || is(m->role[0], "Primary");
}

bool apart_is_ahead(const struct mirror *m)
{
	if (is(m->role[0], "Primary"))
		return true;
	return is(m->disk[0], "UpToDate") &&
	       (is(m->disk[1], "Outdated") || is(m->disk[1], "Inconsistent"));
}

bool apart_is_usable(const struct mirror *m, const struct notes *notes)
{
	if (apart_is_ahead(m))
		return notes->whole && !notes->begun && !is(m->disk[1], "Inconsistent");
	return !is(m->disk[0], "Inconsistent");
}

const char *apart_word(const struct mirror *m, const struct notes *notes, char word[APART_WORD])
{
	if (apart_is_ahead(m))
		return strcpy(word, "newest");
	return notes->whole ? notes_time(notes->whole, word) : strcpy(word, "unknown");
}

static size_t behind(const struct tell_facts *facts)
{
	return apart_is_ahead(facts->mirror) ? !facts->server : facts->server;
}

static const char *name_of(const struct tell_facts *facts, size_t server)
{
	return facts->pairing->servers[server].name;
}

int apart_service(const struct tell_facts *facts, struct buffer *text)
{
	const char *own = name_of(facts, facts->server), *other = name_of(facts, !facts->server);
	char name[AOE_ADDRESS_TEXT];

	if (apart_is_ahead(facts->mirror))
		return buffer_printf(text,
		                     "served by nobody: 'etherroot pair take %s' on %s, when it "
		                     "sees %s",
		                     aoe_address_format(facts->export->address, name), own, other);
	return buffer_printf(text, "served by %s, or by nobody: %s does not see it", other, own);
}

/* "of 2026-11-28T03:00:07Z, 5 h 12 min old", or that nobody knows. */
static int add_age(const struct tell_facts *facts, struct buffer *text)
{
	char time[NOTES_TIME], age[NOTES_AGE];

	if (!facts->notes->whole)
		return buffer_printf(text, "of a time that is not known");
	return buffer_printf(text, "of %s, %s", notes_time(facts->notes->whole, time),
	                     notes_age(facts->notes->whole, facts->now, age));
}

int apart_half(const struct tell_facts *facts, struct buffer *text)
{
	const char *old = name_of(facts, behind(facts));
	const struct notes *notes = facts->notes;
	char time[NOTES_TIME];
	int rc;

	if (apart_is_usable(facts->mirror, notes)) {
		rc = buffer_printf(text, "apart: the data of %s are ", old);
		return rc ? rc : add_age(facts, text);
	}
	if (notes->begun)
		return buffer_printf(text,
		                     "apart: the data of %s are of no use: a resync begun at %s "
		                     "has not ended: 'etherroot pair resync' tries again; 'A "
		                     "RESYNC THAT BROKE OFF' in etherroot-pair(7)",
		                     old, notes_time(notes->begun, time));
	if (behind(facts) == facts->server)
		return buffer_printf(text,
		                     "apart: the data of %s are of no use: a resync has not "
		                     "ended: 'A RESYNC THAT BROKE OFF' in etherroot-pair(7)",
		                     old);
	return buffer_printf(text,
	                     "apart: %s has not been brought up to date since %s serves: "
	                     "'etherroot pair resync'",
	                     old, name_of(facts, facts->server));
}

int apart_takeover(const struct tell_facts *facts, struct buffer *text)
{
	const char *old = name_of(facts, behind(facts));
	char name[AOE_ADDRESS_TEXT], word[APART_WORD];
	int rc;

	aoe_address_format(facts->export->address, name);
	if (!apart_is_usable(facts->mirror, facts->notes))
		return buffer_printf(text, "%s cannot take over", old);
	rc = buffer_printf(text, "nobody takes over by itself; %s can, with the data ", old);
	if (!rc)
		rc = add_age(facts, text);
	if (rc || apart_is_ahead(facts->mirror))
		return rc ? rc : buffer_printf(text, ": its 'etherroot pair status' says how");
	return buffer_printf(text, ": 'etherroot pair take %s --accept-data-of %s'", name,
	                     apart_word(facts->mirror, facts->notes, word));
}

int apart_json(const struct tell_facts *facts, struct buffer *text)
{
	const struct notes *notes = facts->notes;
	char time[NOTES_TIME];
	int rc = buffer_printf(text, ", \"behind\": {\"server\": \"%s\", \"usable\": %s",
	                       name_of(facts, behind(facts)),
	                       apart_is_usable(facts->mirror, notes) ? "true" : "false");

	if (!rc && notes->whole)
		rc = buffer_printf(text, ", \"data_of\": \"%s\", \"age_seconds\": %lld",
		                   notes_time(notes->whole, time),
		                   (long long)(facts->now - notes->whole));
	else if (!rc)
		rc = buffer_printf(text, ", \"data_of\": null, \"age_seconds\": null");
	return rc ? rc : buffer_append(text, "}", 1);
}
