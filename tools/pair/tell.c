/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/pair/tell.h"

#include <string.h>

#include "tools/cli/json.h"
#include "tools/pair/apart.h"

static const char *const mirror_names[] = {
        [TELL_DOWN] = "down",           [TELL_SUSPENDED] = "suspended", [TELL_SPLIT] = "split",
        [TELL_DETACHED] = "detached",   [TELL_ALONE] = "alone",         [TELL_OLD] = "old",
        [TELL_TO] = "behind",           [TELL_FROM] = "ahead",          [TELL_LAME] = "one disk",
        [TELL_DIFFERENT] = "different", [TELL_WHOLE] = "whole",         [TELL_UNSURE] = "unsure",
        [TELL_APART] = "apart",
};

const char *tell_mirror_name(enum tell_mirror state)
{
	return mirror_names[state];
}

static bool is(const char *word, const char *other)
{
	return !strcmp(word, other);
}

/* ---- what it is ---- */

static enum tell_mirror tell_connected(const struct mirror *m)
{
	if (is(m->disk[1], "Diskless") || is(m->disk[1], "Failed"))
		return TELL_LAME;
	if (is(m->disk[0], "UpToDate") && is(m->disk[1], "UpToDate"))
		return m->differing ? TELL_DIFFERENT : TELL_WHOLE;
	if (is(m->disk[0], "UpToDate"))
		return TELL_FROM;
	return is(m->disk[1], "UpToDate") ? TELL_TO : TELL_UNSURE;
}

enum tell_mirror tell_mirror(const struct mirror *m)
{
	if (!m)
		return TELL_DOWN;
	if (m->suspended)
		return TELL_SUSPENDED;
	if (is(m->connection, "StandAlone"))
		return TELL_SPLIT;
	if (is(m->disk[0], "Diskless") || is(m->disk[0], "Failed"))
		return TELL_DETACHED;
	if (mirror_is_connected(m))
		return tell_connected(m);
	return is(m->disk[0], "UpToDate") ? TELL_ALONE : TELL_OLD;
}

static bool has_timer(const struct tell_facts *facts)
{
	return facts->pairing->cluster == PAIRING_NOBODY;
}

enum tell_mirror tell_state(const struct tell_facts *facts)
{
	const struct mirror *m = facts->mirror;

	if (m && has_timer(facts) && apart_is(m, facts->notes))
		return TELL_APART;
	return tell_mirror(m);
}

int tell_where(const struct tell_facts *facts)
{
	const struct mirror *m = facts->mirror;
	bool here = m && is(m->role[0], "Primary"), there = m && is(m->role[1], "Primary");

	if (here && there)
		return TELL_BOTH;
	if (here)
		return (int)facts->server;
	return there ? (int)!facts->server : TELL_NOBODY;
}

static const char *name_of(const struct tell_facts *facts, size_t server)
{
	return facts->pairing->servers[server].name;
}

/* The disk of a server, as this one sees it. */
static const char *disk_of(const struct tell_facts *facts, size_t server)
{
	return facts->mirror ? facts->mirror->disk[server != facts->server] : "DUnknown";
}

static bool is_there(const struct tell_facts *facts, size_t server)
{
	const struct cluster_server *other = &facts->cluster->servers[server];

	if (facts->pairing->cluster == PAIRING_PACEMAKER)
		return other->online && !other->standby && !other->unclean;
	return server == facts->server || (facts->mirror && mirror_is_connected(facts->mirror));
}

/* ---- who serves ---- */

static int tell_service(const struct tell_facts *facts, struct buffer *text)
{
	const int where = tell_where(facts);
	const char *own = name_of(facts, facts->server);

	if (where == TELL_BOTH)
		return buffer_printf(text, "promoted on both servers, which this command never "
		                           "does: stop one of them");
	if (where < 0 && tell_state(facts) == TELL_APART)
		return apart_service(facts, text);
	if (where < 0)
		return buffer_printf(text, "served by nobody");
	if (where != (int)facts->server)
		return buffer_printf(text, "served by %s", name_of(facts, (size_t)where));
	if (!*facts->service)
		return buffer_printf(text, "promoted on %s, but not served: clients wait", own);
	if (is(facts->service, "serving"))
		return buffer_printf(text, "served by %s (this server)", own);
	return buffer_printf(text, "promoted on %s (this server), but %s: clients wait", own,
	                     facts->service);
}

/* ---- how the mirror is ---- */

static int tell_progress(const struct tell_facts *facts, size_t behind, struct buffer *text)
{
	const struct mirror *m = facts->mirror;
	int rc = buffer_printf(text, "%s is being brought up to date", name_of(facts, behind));

	if (!rc && !m->syncing)
		return buffer_printf(text, ", or waits for it (%s)", m->connection);
	if (!rc)
		rc = buffer_printf(text, ": %.1f %%", m->percent);
	if (!rc && *m->finish)
		rc = buffer_printf(text, ", %s to go", m->finish);
	return rc;
}

static int tell_half(const struct tell_facts *facts, struct buffer *text)
{
	const struct mirror *m = facts->mirror;
	const char *own = name_of(facts, facts->server), *other = name_of(facts, !facts->server);

	switch (tell_state(facts)) {
	case TELL_DOWN:
		return buffer_printf(
		        text, "not up on %s: the cluster brings it up, or 'drbdadm up'", own);
	case TELL_SUSPENDED:
		return buffer_printf(text,
		                     "writes wait until %s is known to be off: if its fence "
		                     "fails, switch it off by hand",
		                     other);
	case TELL_SPLIT:
		return buffer_printf(text,
		                     "%s does not speak with %s: both have written, or one was "
		                     "told to: 'SPLIT BRAIN' in etherroot-pair(7)",
		                     own, other);
	case TELL_DETACHED:
		return buffer_printf(text, "the disk of %s has failed (%s)%s%s", own, m->disk[0],
		                     mirror_is_connected(m) ? "; all is read and written on " : "",
		                     mirror_is_connected(m) ? other : "");
	case TELL_ALONE:
		return buffer_printf(text, "half: %s does not see %s (%s); its data are good", own,
		                     other, m->connection);
	case TELL_OLD:
		return buffer_printf(text,
		                     "half: %s does not see %s (%s), and does not know that its "
		                     "own data (%s) are the newest",
		                     own, other, m->connection, m->disk[0]);
	case TELL_TO:
		return tell_progress(facts, facts->server, text);
	case TELL_FROM:
		return tell_progress(facts, !facts->server, text);
	case TELL_LAME:
		return buffer_printf(text, "half: the disk of %s has failed", other);
	case TELL_DIFFERENT:
		return buffer_printf(text,
		                     "%llu KiB are not the same on both, as a verify has found: "
		                     "'THE HALVES DIFFER' in etherroot-pair(7)",
		                     m->differing);
	case TELL_WHOLE:
		return buffer_printf(text, "whole");
	case TELL_APART:
		return apart_half(facts, text);
	case TELL_UNSURE:
		break;
	}
	return buffer_printf(text, "not settled: %s, %s here, %s there", m->connection, m->disk[0],
	                     m->disk[1]);
}

/* ---- what would happen ---- */

/* Why the cluster would not do what it is for, or NULL. */
static const char *tell_cluster(const struct tell_facts *facts)
{
	if (has_timer(facts))
		return NULL;
	if (!facts->cluster->runs)
		return "the cluster does not run here: nobody takes over";
	if (facts->cluster->maintenance)
		return "the cluster is in maintenance mode: nobody takes over";
	if (!facts->cluster->fencing)
		return "fencing is off: nobody may take over safely";
	return facts->cluster->quorum ? NULL
	                              : "the cluster has no quorum: it waits for both servers, and "
	                                "starts nothing";
}

/* The server that serves is lost: what of the other one? */
static int tell_takeover(const struct tell_facts *facts, size_t other, struct buffer *text)
{
	const char *name = name_of(facts, other), *trouble = tell_cluster(facts);
	enum tell_mirror state = tell_state(facts);

	if (trouble)
		return buffer_printf(text, "%s", trouble);
	if (state == TELL_WHOLE && has_timer(facts))
		return buffer_printf(text,
		                     "nobody takes over by itself; %s can, with everything that "
		                     "was acknowledged: its 'etherroot pair status' says how",
		                     name);
	if (!is_there(facts, other))
		return buffer_printf(text, "%s cannot take over: it is not there", name);
	if (state == TELL_WHOLE)
		return buffer_printf(text, "%s takes over, with everything that was acknowledged",
		                     name);
	if (state == TELL_DIFFERENT)
		return buffer_printf(text, "%s takes over, with other data in %llu KiB", name,
		                     facts->mirror->differing);
	if (is(disk_of(facts, other), "UpToDate"))
		return buffer_printf(text,
		                     "%s takes over, as soon as it knows that its data are the "
		                     "newest",
		                     name);
	return buffer_printf(text, "%s does not take over: its data are not complete (%s)", name,
	                     disk_of(facts, other));
}

/* The server that does not serve is lost: does the other one go on? */
static int tell_remaining(const struct tell_facts *facts, size_t serving, struct buffer *text)
{
	const char *name = name_of(facts, serving);

	if (!is(disk_of(facts, serving), "UpToDate"))
		return buffer_printf(text,
		                     "%s cannot go on: its own data are not complete (%s): clients "
		                     "wait",
		                     name, disk_of(facts, serving));
	if (tell_state(facts) == TELL_ALONE || tell_state(facts) == TELL_SPLIT)
		return buffer_printf(text, "%s goes on, as it does already", name);
	if (has_timer(facts))
		return buffer_printf(text, "%s goes on", name);
	return buffer_printf(
	        text, "%s goes on; its writes wait until the lost one is known to be off", name);
}

/* The half that is behind is not missed; the other one is whoever serves. */
static int tell_fate_apart(const struct tell_facts *facts, size_t lost, struct buffer *text)
{
	if (apart_is_ahead(facts->mirror) == (lost == facts->server))
		return apart_takeover(facts, text);
	return buffer_printf(text, "%s goes on, if it serves", name_of(facts, !lost));
}

static int tell_fate(const struct tell_facts *facts, size_t lost, struct buffer *text)
{
	const int where = tell_where(facts);
	const char *trouble = tell_cluster(facts);

	if (tell_state(facts) == TELL_APART)
		return tell_fate_apart(facts, lost, text);
	if (where == TELL_BOTH)
		return buffer_printf(text, "the other one goes on, with half of what was written");
	if (where == (int)lost)
		return tell_takeover(facts, !lost, text);
	if (where >= 0)
		return tell_remaining(facts, (size_t)where, text);
	return buffer_printf(text, "%s", trouble ? trouble : "nobody serves it now either");
}

/* A server that is behind cannot see more. */
static bool is_well_apart(const struct tell_facts *facts)
{
	if (!facts->notes->whole || !apart_is_usable(facts->mirror, facts->notes))
		return false;
	return !apart_is_ahead(facts->mirror) || is(facts->service, "serving");
}

bool tell_is_well(const struct tell_facts *facts)
{
	const int where = tell_where(facts);

	if (tell_state(facts) == TELL_APART)
		return is_well_apart(facts);
	if (tell_mirror(facts->mirror) != TELL_WHOLE || where < 0 || tell_cluster(facts))
		return false;
	if (!is_there(facts, 0) || !is_there(facts, 1) || facts->cluster->failures)
		return false;
	return where != (int)facts->server || is(facts->service, "serving");
}

/* ---- all of it ---- */

int tell_words(const struct tell_facts *facts, struct buffer *text)
{
	char name[AOE_ADDRESS_TEXT];
	int rc = buffer_printf(text, "%s: ", aoe_address_format(facts->export->address, name));

	if (!rc)
		rc = tell_service(facts, text);
	if (!rc)
		rc = buffer_printf(text, "\n  mirror: ");
	if (!rc)
		rc = tell_half(facts, text);
	for (size_t i = 0; i < PAIRING_SERVERS && !rc; i++) {
		rc = buffer_printf(text, "\n  if %s died now: ", name_of(facts, i));
		if (!rc)
			rc = tell_fate(facts, i, text);
	}
	if (!rc && facts->cluster->failures)
		rc = buffer_printf(text,
		                   "\n  cluster: actions have failed: 'crm_mon -1' shows them, "
		                   "'crm_resource --cleanup' has them tried again");
	return rc ? rc : buffer_append(text, "\n", 1);
}

/* What a function above says, as a string. */
static int add_said(const struct tell_facts *facts, size_t lost, struct buffer *text)
{
	struct buffer said = {0};
	int rc = tell_fate(facts, lost, &said);

	if (!rc)
		rc = json_string(text, said.data, said.size);
	buffer_free(&said);
	return rc;
}

static int add_servers(const struct tell_facts *facts, struct buffer *text)
{
	int rc = 0;

	for (size_t i = 0; i < PAIRING_SERVERS && !rc; i++) {
		rc = buffer_printf(text,
		                   "%s{\"name\": \"%s\", \"there\": %s, \"disk\": \"%s\", "
		                   "\"if_it_died\": ",
		                   i ? ", " : "", name_of(facts, i),
		                   is_there(facts, i) ? "true" : "false", disk_of(facts, i));
		if (!rc)
			rc = add_said(facts, i, text);
		if (!rc)
			rc = buffer_append(text, "}", 1);
	}
	return rc;
}

int tell_json(const struct tell_facts *facts, struct buffer *text)
{
	const struct mirror *m = facts->mirror;
	const int where = tell_where(facts);
	char name[AOE_ADDRESS_TEXT];
	int rc = buffer_printf(text, "{\"export\": \"%s\", \"served_by\": ",
	                       aoe_address_format(facts->export->address, name));

	if (!rc && where >= 0)
		rc = buffer_printf(text, "\"%s\"", name_of(facts, (size_t)where));
	else if (!rc)
		rc = buffer_printf(text, "null");
	if (!rc)
		rc = buffer_printf(text,
		                   ", \"here\": \"%s\", \"mirror\": \"%s\", \"connection\": "
		                   "\"%s\", \"well\": %s",
		                   facts->service, tell_mirror_name(tell_state(facts)),
		                   m ? m->connection : "", tell_is_well(facts) ? "true" : "false");
	if (!rc && m && m->syncing)
		rc = buffer_printf(text, ", \"percent\": %.1f", m->percent);
	if (!rc && m && has_timer(facts))
		rc = apart_json(facts, text);
	if (!rc)
		rc = buffer_printf(text, ", \"failures\": %zu, \"servers\": [",
		                   facts->cluster->failures);
	if (!rc)
		rc = add_servers(facts, text);
	return rc ? rc : buffer_append(text, "]}", 2);
}
