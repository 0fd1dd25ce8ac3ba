/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/serve/export/life.h"

#include <errno.h>
#include <string.h>

#include "tools/serve/wire/sink.h"

static const char *name_of(const struct export *export, char *text)
{
	return aoe_address_format(export->view.address, text);
}

/* What a message ends with that tells of trouble; error is 0 if nothing was told. */
static const char *advice_for(const struct export *export, int error)
{
	if (export->options.faults.count)
		return "faults are on, and ask for it";
	if (error == -ENOMEM)
		return "this machine has no memory to spare";
	if (error == -EAGAIN)
		return "this machine has no thread or no memory to spare: look at its limits "
		       "(TasksMax=)";
	if (error == -ENOSPC || error == -EDQUOT)
		return export->parent ? "make room in the folder of its layers"
		                      : "make room where the file is";
	return "see to the disk";
}

/* Returns true if it was silent, and is no longer. */
static bool update(struct export *export)
{
	bool before = export->view.silent;

	export->view.silent =
	        export_is_stuck(export) || export->reading.failing || export->writing.failing;
	return before && !export->view.silent;
}

/* What the error was, and what to do. */
struct cause {
	const char *what, *remedy;
};

static struct cause explain(const struct export *export, int error)
{
	if (export->parent && error == -EXFULL)
		return (struct cause){"the layer is full",
		                      "raise snapshot-size and reload, or drop it (etherroot ctl "
		                      "drop)"};
	if (export->parent && error == -EEXIST)
		return (struct cause){"a file of its name has come into the folder",
		                      "move that file out of the way"};
	return (struct cause){strerror(-error), advice_for(export, error)};
}

void export_failed(struct export *export, const struct say *say, const char *verb,
                   const struct span *span, int error, uint64_t now)
{
	struct health *health = span->write ? &export->writing : &export->reading;
	const struct cause cause = explain(export, error);
	unsigned long count;
	char name[AOE_ADDRESS_TEXT];

	if (health_failed(health, now, span->offset, &count))
		say_print(say, SAY_ERROR,
		          "%s: %s: %s sector %llu: %s: %lu request%s stay%s unanswered, and "
		          "initiators repeat them until it works again: %s",
		          name_of(export, name), export->options.file.path, verb,
		          (unsigned long long)span->offset / AOE_SECTOR, cause.what, count,
		          count == 1 ? "" : "s", count == 1 ? "s" : "", cause.remedy);
	update(export);
}

bool export_worked(struct export *export, const struct say *say, const struct span *span,
                   uint64_t now)
{
	struct health *health = span->write ? &export->writing : &export->reading;
	uint64_t duration;
	char name[AOE_ADDRESS_TEXT];

	if (!health_worked(health, now, span->offset, span->length, &duration))
		return false;
	say_print(say, SAY_NOTICE, "%s: %s: %s works again, after %llu s of errors",
	          name_of(export, name), export->options.file.path,
	          span->write ? "writing" : "reading", (unsigned long long)duration / 1000);
	return update(export);
}

bool export_answered(struct export *export, const struct say *say, uint64_t now)
{
	uint64_t silence = now - export->answered;
	char name[AOE_ADDRESS_TEXT];

	export->answered = now;
	if (!export->hangs)
		return false;
	export->hangs = false;
	say_print(say, SAY_NOTICE, "%s: %s: the disk answers again, after %llu s",
	          name_of(export, name), export->options.file.path,
	          (unsigned long long)silence / 1000);
	return update(export);
}

void export_waits(struct export *export, const struct say *say, size_t held, uint64_t now)
{
	unsigned long count;
	char name[AOE_ADDRESS_TEXT];

	if (now - export->answered < LIFE_HANG)
		return;
	if (!export->hangs)
		export->hanging = (struct limit){0};
	export->hangs = true;
	update(export);
	if (!limit_pass(&export->hanging, now, 1, &count))
		return;
	say_print(
	        say, SAY_ERROR,
	        "%s: %s: the disk has not answered for %llu s: %zu request%s wait%s, and %lu more "
	        "%s not taken: %s",
	        name_of(export, name), export->options.file.path,
	        (unsigned long long)(now - export->answered) / 1000, held, held == 1 ? "" : "s",
	        held == 1 ? "s" : "", export->refused, export->refused == 1 ? "was" : "were",
	        advice_for(export, 0));
	export->refused = 0;
}

void export_stands(struct export *export, const struct say *say, int direction, uint64_t now)
{
	struct export_direction *d = &export->directions[direction];
	unsigned long count;
	char name[AOE_ADDRESS_TEXT];

	if (!d->waiting || export->hangs || now - d->answered < LIFE_HANG)
		return;
	if (!d->stuck)
		d->said = (struct limit){0};
	d->stuck = true;
	update(export);
	if (!limit_pass(&d->said, now, 1, &count))
		return;
	say_print(say, SAY_ERROR,
	          "%s: %s: the disk answers, but has ended no %s for %llu s: %zu wait%s, and %lu "
	          "more %s not taken: %s",
	          name_of(export, name), export->options.file.path, direction ? "write" : "read",
	          (unsigned long long)(now - d->answered) / 1000, d->waiting,
	          d->waiting == 1 ? "s" : "", export->refused,
	          export->refused == 1 ? "was" : "were", advice_for(export, 0));
	export->refused = 0;
}

bool export_moves(struct export *export, const struct say *say, int direction, uint64_t now)
{
	struct export_direction *d = &export->directions[direction];
	uint64_t silence = now - d->answered;
	char name[AOE_ADDRESS_TEXT];

	d->answered = now;
	if (!d->stuck)
		return false;
	d->stuck = false;
	say_print(say, SAY_NOTICE, "%s: %s: the disk %s again, after %llu s", name_of(export, name),
	          export->options.file.path, direction ? "writes" : "reads",
	          (unsigned long long)silence / 1000);
	return update(export);
}

void export_closes(struct export *export, const struct say *say, uint64_t since, uint64_t now)
{
	unsigned long count;
	char name[AOE_ADDRESS_TEXT];

	if (now - since < LIFE_HANG)
		return;
	export->hangs = true;
	if (!limit_pass(&export->hanging, now, 1, &count))
		return;
	say_print(
	        say, SAY_ERROR,
	        "%s: %s: not exported any more, but closing it has not ended for %llu s: its disk "
	        "or file server does not answer",
	        name_of(export, name), export->options.file.path,
	        (unsigned long long)(now - since) / 1000);
}

void export_refused(struct export *export, const struct say *say, size_t held, uint64_t now)
{
	unsigned long count;
	char name[AOE_ADDRESS_TEXT];

	export->refused++;
	/* One that hangs says so already. */
	if (export->view.silent || !limit_pass(&export->full, now, 1, &count))
		return;
	say_print(
	        say, SAY_WARNING,
	        "%s: %s: requests come faster than the disk does them: %zu are under way, and %lu "
	        "more %s not taken: initiators repeat them",
	        name_of(export, name), export->options.file.path, held, count,
	        count == 1 ? "was" : "were");
	export->refused = 0;
}

static void say_writer(const struct export *export, const struct say *say,
                       const struct writer *before, struct mac mac, uint64_t now)
{
	char name[AOE_ADDRESS_TEXT], new[MAC_TEXT], old[MAC_TEXT];

	name_of(export, name);
	mac_format(mac, new);
	if (before->held)
		say_print(say, SAY_NOTICE,
		          "%s: %s is its writer now: nothing was heard of %s for %llu s", name, new,
		          mac_format(before->mac, old),
		          (unsigned long long)(now - before->seen) / 1000);
	else
		say_print(say, SAY_INFO, "%s: %s is its writer now", name, new);
}

bool export_may_write(struct export *export, const struct say *say, struct mac mac, uint64_t now)
{
	struct writer *writer = &export->writer;
	char name[AOE_ADDRESS_TEXT], own[MAC_TEXT], other[MAC_TEXT];

	if (!export->options.writer)
		return true;
	if (writer_allows(writer, mac, (uint64_t) export->options.writer * 1000, now)) {
		const struct writer before = *writer;

		if (writer_take(writer, mac, now))
			say_writer(export, say, &before, mac, now);
		return true;
	}
	if (writer_is_to_tell(writer, mac, now))
		say_print(
		        say, SAY_WARNING,
		        "%s: writes of %s are refused: %s is its one writer, until nothing is "
		        "heard of it for %u s: switch that off first, and to be faster: etherroot "
		        "ctl release %s",
		        name_of(export, name), mac_format(mac, own), mac_format(writer->mac, other),
		        export->options.writer, name);
	return false;
}

int export_explain_taken(const struct export *export, const struct claim *claim, struct why *why)
{
	char name[AOE_ADDRESS_TEXT], mac[MAC_TEXT];

	name_of(export, name);
	return why_set(why, -EADDRINUSE,
	               "%s: taken: %s on %s answers for it already, and so this one stays silent "
	               "there as long as it does: stop the other one, or have both answer: "
	               "etherroot ctl resume %s --force, or for good ,duplicate=allow",
	               name, mac_format(claim->other, mac), claim->sink->name, name);
}

void export_taken(const struct export *export, const struct say *say, const struct claim *claim)
{
	struct why why;

	export_explain_taken(export, claim, &why);
	say_print(say, SAY_WARNING, "%s", why.text);
}

void export_deferred(const struct export *export, const struct say *say, const struct claim *claim,
                     const struct claim *there)
{
	char name[AOE_ADDRESS_TEXT], mac[MAC_TEXT];

	say_print(say, SAY_WARNING,
	          "%s: silent on %s too, as long as %s on %s answers for it: an initiator on both "
	          "would have two disks for one",
	          name_of(export, name), claim->sink->name, mac_format(claim->other, mac),
	          there->sink->name);
}

void export_left(const struct export *export, const struct say *say, const struct claim *claim)
{
	char name[AOE_ADDRESS_TEXT], mac[MAC_TEXT];

	name_of(export, name);
	mac_format(claim->other, mac);
	if (claim->elsewhere)
		say_print(say, SAY_NOTICE, "%s: served on %s too: %s answers for it nowhere", name,
		          claim->sink->name, mac);
	else
		say_print(say, SAY_NOTICE,
		          "%s: %s on %s does not answer for it any more: it is served there now",
		          name, mac, claim->sink->name);
}

void export_lost(struct export *export, const struct say *say, int error)
{
	char name[AOE_ADDRESS_TEXT];

	export->lost = true;
	say_print(say, SAY_ERROR, "%s: %s: sync: %s: acknowledged writes are lost",
	          name_of(export, name), export->options.file.path, strerror(-error));
}

void export_remains(const struct export *layer, const struct say *say, int error)
{
	char name[AOE_ADDRESS_TEXT];

	say_print(say, SAY_ERROR, "%s: %s: its file is not removed: %s: remove it by hand",
	          name_of(layer, name), layer->options.file.path, strerror(-error));
}

void export_abandoned(const struct export *export, const struct say *say, size_t requests)
{
	char name[AOE_ADDRESS_TEXT];

	if (requests)
		say_print(say, SAY_ERROR,
		          "%s: %s: the disk does not answer: %zu request%s not finished, none of "
		          "them acknowledged",
		          name_of(export, name), export->options.file.path, requests,
		          requests == 1 ? " is" : "s are");
	else
		say_print(say, SAY_ERROR,
		          "%s: %s: the disk does not answer: acknowledged writes may be lost",
		          name_of(export, name), export->options.file.path);
}

void export_unanswered(const struct export *export, const struct say *say, const char *doing)
{
	char name[AOE_ADDRESS_TEXT];

	say_print(say, SAY_ERROR,
	          "%s: %s: %s it takes too long: its disk or file server does not answer: no "
	          "request is lost by that",
	          name_of(export, name), export->options.file.path, doing);
}

void export_missed(struct export *export, const struct say *say, unsigned int max_age, uint64_t now)
{
	unsigned long count;
	char name[AOE_ADDRESS_TEXT];

	if (limit_pass(&export->late, now, 1, &count))
		say_print(say, SAY_WARNING,
		          "%s: %lu request%s waited longer than %u ms and %s dropped: this "
		          "machine is "
		          "too busy, or stood still",
		          name_of(export, name), count, count == 1 ? "" : "s", max_age,
		          count == 1 ? "was" : "were");
}
