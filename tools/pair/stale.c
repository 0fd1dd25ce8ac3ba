/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/pair/stale.h"

#include <errno.h>
#include <string.h>
#include <time.h>

#include "tools/host/steps.h"
#include "tools/pair/apart.h"
#include "tools/pair/fence.h"

/* What is known of the own half at this moment. */
struct half {
	const char *own, *other; /* names of the servers */
	char name[AOE_ADDRESS_TEXT];
	struct mirror mirror;
	struct notes notes;
	char word[APART_WORD]; /* of which time its data are */
};

static int look(const struct pairing *pairing, const struct pairing_export *export, size_t server,
                struct half *half, struct why *why)
{
	struct mirrors mirrors;
	const struct mirror *mirror;

	half->own = pairing->servers[server].name;
	half->other = pairing->servers[!server].name;
	aoe_address_format(export->address, half->name);
	mirrors_read(&mirrors);
	mirror = mirrors_find(&mirrors, export->minor);
	if (!mirror)
		return why_set(why, -ENODEV, "%s: its mirror is not up: 'drbdadm up %s'",
		               half->name, half->name);
	half->mirror = *mirror;
	notes_read(export->address, &half->notes);
	apart_word(&half->mirror, &half->notes, half->word);
	return 0;
}

static int refuse_split(const struct half *half, struct why *why)
{
	return why_set(why, -EPERM,
	               "%s: not taken: %s does not speak with %s: both have written, or one was "
	               "told to: 'SPLIT BRAIN' in etherroot-pair(7)",
	               half->name, half->own, half->other);
}

static int refuse_broken(const struct half *half, struct why *why)
{
	return why_set(why, -EPERM,
	               "%s: not taken: the data here are %s, neither old nor new: 'A RESYNC THAT "
	               "BROKE OFF' in etherroot-pair(7)",
	               half->name, half->mirror.disk[0]);
}

static bool is_broken(const struct half *half)
{
	static const char *const good[] = {"UpToDate", "Outdated", "Consistent"};

	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		if (!strcmp(half->mirror.disk[0], good[i]))
			return false;
	return true;
}

static int check_apart(const struct half *half, struct why *why)
{
	if (is_broken(half))
		return refuse_broken(half, why);
	return apart_is(&half->mirror, &half->notes) ? 0 : refuse_split(half, why);
}

/* ---- without a word ---- */

static int ask_for_word(const struct half *half, struct why *why)
{
	char age[NOTES_AGE];

	if (!strcmp(half->word, "newest"))
		return why_set(why, -ESTALE,
		               "%s: not taken: %s is not seen, and may have been told to serve: "
		               "--accept-data-of newest takes the data here all the same, the "
		               "newest that %s knows of",
		               half->name, half->other, half->own);
	return why_set(why, -ESTALE,
	               "%s: not taken: %s is not seen, and the data here are %s: "
	               "--accept-data-of %s takes them all the same",
	               half->name, half->other,
	               half->notes.whole ? notes_age(half->notes.whole, (int64_t)time(NULL), age)
	                                 : "of a time that is not known",
	               half->word);
}

int stale_check(const struct pairing *pairing, const struct pairing_export *export, size_t server,
                struct why *why)
{
	struct half half;
	int rc = look(pairing, export, server, &half, why);

	if (rc)
		return rc;
	if (!mirror_is_connected(&half.mirror)) {
		rc = check_apart(&half, why);
		return rc ? rc : ask_for_word(&half, why);
	}
	if (!strcmp(half.mirror.disk[0], "UpToDate"))
		return 0;
	return why_set(why, -ESTALE, "%s: not taken: the data here are %s, and get up to date",
	               half.name, half.mirror.disk[0]);
}

/* ---- with one ---- */

static int check_word(const struct half *half, const char *word, struct why *why)
{
	int rc;

	if (mirror_is_connected(&half->mirror))
		return why_set(why, -EPERM,
		               "%s: not taken: %s is there, and no data need to be given up: "
		               "leave --accept-data-of out",
		               half->name, half->other);
	rc = check_apart(half, why);
	if (rc || !strcmp(word, half->word))
		return rc;
	return why_set(why, -EPERM, "%s: not taken: the data here are of %s, not of %.60s",
	               half->name, half->word, word);
}

static int switch_off(const struct pairing_server *other, const char *off, struct why *why)
{
	struct why reason;
	int rc;

	if (off)
		return 0;
	rc = fence_switch_off(other, &reason);
	return rc ? why_set(why, rc,
	                    "%s is not known to be off: %s: if it is off, and stays off: --off %s",
	                    other->name, reason.text, other->name)
	          : 0;
}

/* DRBD is told that the other one does not count: that one is off, and this one is outdated. */
static int force(const struct half *half, struct why *why)
{
	struct args args = {0};

	args_add(&args, "drbdadm");
	args_add(&args, "primary");
	args_add(&args, "--force");
	args_add(&args, "%s", half->name);
	return steps_run(&args, STEPS_QUICK, why);
}

int stale_promote(const struct pairing *pairing, const struct pairing_export *export, size_t server,
                  const struct stale *stale, struct why *why)
{
	struct half half;
	struct why ignored;
	int rc = look(pairing, export, server, &half, why);

	if (!rc)
		rc = check_word(&half, stale->word, why);
	if (!rc)
		rc = switch_off(&pairing->servers[!server], stale->off, why);
	/* That took a while, in which a resync may have begun, or ended. */
	if (!rc)
		rc = look(pairing, export, server, &half, why);
	if (!rc)
		rc = check_word(&half, stale->word, why);
	if (!rc)
		rc = force(&half, why);
	/* drbdadm gives up after five seconds, which a busy server takes. */
	if (rc == -EIO && !look(pairing, export, server, &half, &ignored) &&
	    !strcmp(half.mirror.role[0], "Primary"))
		rc = 0;
	/* What the other one had was noted of this one, and is as good as nothing from now on. */
	if (!rc)
		notes_add(export->address, NOTES_TAKEN, &ignored);
	return rc;
}
