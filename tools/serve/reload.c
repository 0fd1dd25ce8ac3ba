/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/serve/reload.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tools/serve/beside.h"
#include "tools/serve/export/layers.h"
#include "tools/serve/incoming.h"
#include "tools/serve/scout.h"

enum { READING_MS = 10000 }; /* for the configuration file */

/* An export of the plan whose file, or layers, another one that is leaving still has. */
struct waiting {
	const struct export_options *options;
	struct file_store_facts in_the_way; /* the other one's */
	bool withdrawn;
};

enum phase {
	IDLE,
	READING, /* the configuration file */
	OPENING, /* what is new in it */
	WAITING, /* opens what had to wait */
};

struct reload {
	struct served served; /* its say is ours, which remembers */
	struct say say;
	const struct say *outer;
	char reason[SAY_MAX]; /* the last error that was said; empty: there was none */
	enum phase phase;
	bool again;           /* another one was asked for meanwhile */
	struct beside beside; /* what may have to wait for a disk */
	struct plan next;
	struct incoming incoming;
	struct waiting *waiting;
	size_t waiting_count, waiting_at;
	size_t waiting_before; /* when they were last begun with */
	bool closed;           /* meanwhile: they are all to be looked at again */
};

static void read_again(struct reload *reload);
static void open_waiting(void *owner);

static struct export *find(const struct reload *reload, const struct export_options *options)
{
	return exports_find(reload->served.exports, options->address);
}

static struct waiting *find_waiting(const struct reload *reload, struct aoe_address address)
{
	for (size_t i = 0; i < reload->waiting_count; i++)
		if (!aoe_address_compare(reload->waiting[i].options->address, address))
			return &reload->waiting[i];
	return NULL;
}

static bool is_withdrawn(const struct reload *reload, const struct export_change *change)
{
	const struct export_options *options = change->after ? change->after : change->before;
	const struct export *export = find(reload, options);
	const struct waiting *waiting = find_waiting(reload, options->address);

	return export ? export->withdrawn : waiting && waiting->withdrawn;
}

/*
 * What initiators wrote first since it was opened is in files that it has not seen, for the export
 * that it follows had none then, and made them meanwhile, or makes them now: it is to be opened
 * again when that one is closed, which this returns; or NULL.
 */
static const struct export *missed_layers(const struct reload *reload, const struct export *before,
                                          const struct export *opened)
{
	const struct export *e = reload->served.exports->retired;

	if (before && layers_meet(opened, before))
		return before;
	while (e && !layers_meet(opened, e))
		e = e->next;
	return e;
}

/* ---- what cannot fail any more ---- */

static void say_removed(const struct reload *reload, const struct export_options *options)
{
	char name[AOE_ADDRESS_TEXT];

	say_print(reload->served.say, SAY_INFO, "%s: %s: not exported any more",
	          aoe_address_format(options->address, name), options->file.path);
}

/* One that leaves is not held up by a fault that nobody can take off any more. */
static void take_faults_off(const struct reload *reload, struct export *export)
{
	const struct fault_rules none = {0};

	engine_set_faults(reload->served.engine, export, &none);
}

static void retire(const struct reload *reload, struct export *export)
{
	if (!export)
		return;
	take_faults_off(reload, export);
	engine_retire_export(reload->served.engine, export);
}

/*
 * In place of `before`, if that is not NULL. One that was withdrawn stays so: another server may
 * have taken over.
 */
static void add_export(const struct reload *reload, struct export *before, struct export *export,
                       bool withdrawn)
{
	if (before)
		take_faults_off(reload, before);
	export->withdrawn = withdrawn;
	layers_follow(export);
	export_describe(export, reload->served.say);
	if (before)
		engine_replace_export(reload->served.engine, before, export);
	else
		engine_add_export(reload->served.engine, export);
	exports_warn(reload->served.exports, export, reload->served.say);
}

static void change_export(struct reload *reload, const struct export_change *change,
                          const struct arrival *arrival)
{
	struct engine *engine = reload->served.engine;
	struct export *before = change->before ? find(reload, change->before) : NULL;
	struct waiting waiting = {change->after, arrival->in_the_way, arrival->withdrawn};
	struct export *opened = arrival->export;
	const struct export *missed = opened ? missed_layers(reload, before, opened) : NULL;

	switch (change->change) {
	case CHANGE_VIEW:
		engine_set_access(engine, before, change->after);
		/* fall through */
	case CHANGE_KEEP:
		engine_set_faults(engine, before, &change->after->faults);
		engine_measure(engine, before, change->after->file.length);
		break;
	case CHANGE_REMOVE:
		say_removed(reload, change->before);
		retire(reload, before);
		break;
	case CHANGE_REOPEN:
	case CHANGE_ADD:
		if (opened && !missed) {
			add_export(reload, before, opened, arrival->withdrawn);
			break;
		}
		if (missed) {
			waiting.in_the_way = missed->facts;
			engine_discard_export(engine, opened);
		}
		if (before)
			engine_keep_tenure(engine, before);
		retire(reload, before);
		reload->waiting[reload->waiting_count++] = waiting;
		break;
	}
}

static void change_lans(const struct reload *reload, const struct incoming *incoming)
{
	const struct served *served = &reload->served;
	size_t first = incoming->lans_before;

	for (size_t i = 0; i < incoming->changes.lan_count; i++) {
		const struct lan_change *change = &incoming->changes.lans[i];
		struct lan *lan = change->before ? lans_find(served->lans, change->before) : NULL;

		if (change->change != CHANGE_REMOVE || !lan)
			continue;
		say_print(served->say, SAY_INFO, "%s: not served on any more", lan->name);
		engine_remove_lan(served->engine, lan);
		lans_remove(served->lans, lan);
		first--;
	}
	for (size_t i = first; i < served->lans->count; i++)
		if (engine_add_lan(served->engine, served->lans->list[i].lan, reload->next.buffers))
			say_print(served->say, SAY_ERROR, "%s: %s", served->lans->list[i].name,
			          strerror(ENOMEM));
	if (first < served->lans->count)
		engine_announce(served->engine);
}

static void say_changes(const struct reload *reload, const struct changes *changes)
{
	size_t counts[CHANGE_REMOVE + 1] = {0};

	for (size_t i = 0; i < changes->export_count; i++)
		counts[changes->exports[i].change]++;
	say_print(reload->served.say, SAY_NOTICE,
	          "reloaded: %zu export%s as before, %zu changed, %zu added, %zu removed",
	          counts[CHANGE_KEEP], counts[CHANGE_KEEP] == 1 ? "" : "s",
	          counts[CHANGE_VIEW] + counts[CHANGE_REOPEN], counts[CHANGE_ADD],
	          counts[CHANGE_REMOVE]);
}

static int commit(struct reload *reload)
{
	const struct served *served = &reload->served;
	struct incoming *incoming = &reload->incoming;
	const struct changes *changes = &incoming->changes;
	void *waiting = calloc(changes->export_count + 1, sizeof(*reload->waiting));

	if (!waiting)
		return -ENOMEM;
	for (size_t i = 0; i < changes->export_count; i++)
		incoming->arrivals[i].withdrawn = is_withdrawn(reload, &changes->exports[i]);
	free(reload->waiting);
	reload->waiting = waiting;
	reload->waiting_count = 0;
	change_lans(reload, incoming);
	incoming->lans_before = served->lans->count;
	if (reload->next.buffers != served->plan->buffers)
		engine_set_buffers(served->engine, reload->next.buffers);
	/* First those that leave, so that an address or a file is free for those that come. */
	for (size_t i = 0; i < changes->export_count; i++)
		if (changes->exports[i].change == CHANGE_REMOVE)
			change_export(reload, &changes->exports[i], &incoming->arrivals[i]);
	for (size_t i = 0; i < changes->export_count; i++) {
		if (changes->exports[i].change != CHANGE_REMOVE)
			change_export(reload, &changes->exports[i], &incoming->arrivals[i]);
		incoming->arrivals[i].export = NULL;
	}
	say_changes(reload, changes);
	return 0;
}

/* ---- one reload ---- */

static int apply(struct reload *reload)
{
	const struct served *served = &reload->served;
	struct plan old = *served->plan;
	int rc = incoming_check_layers(&reload->incoming);

	if (!rc)
		rc = incoming_open_lans(&reload->incoming);
	if (!rc)
		rc = commit(reload);
	incoming_release(&reload->incoming);
	if (rc)
		return rc;
	*served->plan = reload->next;
	reload->next = old;
	return 0;
}

/* It was taken, or that negative errno says why not, and so was said. */
static void end(struct reload *reload, int error)
{
	const struct served *served = &reload->served;

	if (error)
		incoming_release(&reload->incoming);
	plan_release(&reload->next);
	reload->phase = IDLE;
	/* What has to wait is told of when it is there, or fails too. */
	if (!error)
		reload->reason[0] = '\0';
	if (!reload->again && (error || !reload->waiting_count))
		served->ended(served->owner, error ? reload->reason : NULL);
	if (error)
		say_print(served->say, SAY_ERROR,
		          "not reloaded: what was served before goes on as it was");
	served->reloaded(served->owner);
	if (reload->again)
		read_again(reload);
	else if (reload->closed)
		open_waiting(reload);
}

static void open_next(struct reload *reload);

/*
 * Takes what became of an opening; what is NULL: it took too long. Returns true if it is to wait
 * until another is closed.
 */
static bool take_opened(struct reload *reload, const struct export_options *options, void *what,
                        struct opened *opened)
{
	bool waits;

	if (what)
		opening_finish(what, reload->served.exports, reload->served.io, opened);
	else
		opening_failed(options, -ETIMEDOUT, opened);
	waits = !incoming_exclude(&reload->incoming, options, opened) &&
	        incoming_is_to_wait(&reload->incoming, opened);
	if (opened->error && opened->export)
		engine_discard_export(reload->served.engine, opened->export);
	if (opened->error)
		opened->export = NULL;
	return waits;
}

static void has_opened(void *owner, void *what)
{
	struct reload *reload = owner;
	struct incoming *incoming = &reload->incoming;
	struct opened opened;
	bool waits =
	        take_opened(reload, incoming->changes.exports[incoming->at].after, what, &opened);

	if (opened.error && !waits) {
		say_print(reload->served.say, SAY_ERROR, "%s", opened.why.text);
		end(reload, opened.error);
		return;
	}
	incoming->arrivals[incoming->at++] = (struct arrival){
	        .export = opened.export, .facts = opened.facts, .in_the_way = opened.in_the_way};
	open_next(reload);
}

/* Begins to open one. Returns 0, or a negative errno that was said. */
static int start_opening(struct reload *reload, const struct export_options *options,
                         void (*ended)(void *owner, void *what))
{
	struct opening *opening = opening_create(options);
	struct opened opened;
	int rc = -ENOMEM;

	if (opening)
		rc = beside_start(&reload->beside, opening_run, opening_drop, opening, OPENING_MS,
		                  ended);
	if (!rc)
		return 0;
	opening_failed(options, rc, &opened);
	say_print(reload->served.say, SAY_ERROR, "%s", opened.why.text);
	return rc;
}

/* One after the other; those that wait for another to be closed are left out. */
static void open_next(struct reload *reload)
{
	struct incoming *incoming = &reload->incoming;
	const struct changes *changes = &incoming->changes;
	int rc;

	while (incoming->at < changes->export_count &&
	       !incoming_is_to_open(changes->exports[incoming->at].change))
		incoming->at++;
	if (incoming->at == changes->export_count) {
		end(reload, apply(reload));
		return;
	}
	reload->phase = OPENING;
	rc = start_opening(reload, changes->exports[incoming->at].after, has_opened);
	if (rc)
		end(reload, rc);
}

static void has_read(void *owner, void *what)
{
	struct reload *reload = owner;
	struct scout *scout = what;
	int rc = scout ? scout->error : -ETIMEDOUT;

	if (!scout)
		say_print(reload->served.say, SAY_ERROR,
		          "%s: reading it takes too long: its disk or file server does not answer",
		          reload->served.line->config);
	else if (rc)
		say_print(reload->served.say, SAY_ERROR, "%s", scout->why.text);
	if (scout) {
		reload->next = scout->next;
		scout->next = (struct plan){0};
		scout_drop(scout);
	}
	if (!rc)
		rc = incoming_prepare(&reload->incoming);
	if (rc)
		end(reload, rc);
	else
		open_next(reload);
}

static void read_again(struct reload *reload)
{
	const struct served *served = &reload->served;
	struct scout *scout = scout_create(served->line);
	int rc = -ENOMEM;

	reload->again = false;
	reload->reason[0] = '\0';
	reload->phase = READING;
	if (scout)
		rc = beside_start(&reload->beside, scout_run, scout_drop, scout, READING_MS,
		                  has_read);
	if (!rc)
		return;
	say_print(served->say, SAY_ERROR, "%s", strerror(-rc));
	end(reload, rc);
}

/* ---- what had to wait ---- */

static void open_next_waiting(struct reload *reload);

/* All that wait were looked at. */
static void end_waiting(struct reload *reload)
{
	reload->phase = IDLE;
	if (reload->waiting_count < reload->waiting_before)
		reload->served.reloaded(reload->served.owner);
	if (!reload->again && !reload->waiting_count)
		reload->served.ended(reload->served.owner, *reload->reason ? reload->reason : NULL);
	if (reload->again)
		read_again(reload);
	else if (reload->closed)
		open_waiting(reload);
}

/* One that need not wait any more. */
static void forget_waiting(struct reload *reload)
{
	reload->waiting_count--;
	memmove(reload->waiting + reload->waiting_at, reload->waiting + reload->waiting_at + 1,
	        (reload->waiting_count - reload->waiting_at) * sizeof(*reload->waiting));
}

static void has_opened_waiting(void *owner, void *what)
{
	struct reload *reload = owner;
	struct waiting *waiting = &reload->waiting[reload->waiting_at];
	const bool withdrawn = waiting->withdrawn;
	const struct export *missed = NULL;
	struct opened opened;
	bool waits = take_opened(reload, waiting->options, what, &opened);

	if (!waits && !opened.error)
		missed = missed_layers(reload, NULL, opened.export);
	if (waits || missed) {
		waiting->in_the_way = missed ? missed->facts : opened.in_the_way;
		if (missed)
			engine_discard_export(reload->served.engine, opened.export);
		reload->waiting_at++;
	} else {
		forget_waiting(reload);
		if (opened.error)
			say_print(reload->served.say, SAY_ERROR,
			          "%s: not exported: mend that, and reload again", opened.why.text);
		else
			add_export(reload, NULL, opened.export, withdrawn);
	}
	open_next_waiting(reload);
}

static void open_next_waiting(struct reload *reload)
{
	while (reload->waiting_at < reload->waiting_count) {
		const struct export_options *options = reload->waiting[reload->waiting_at].options;

		if (!start_opening(reload, options, has_opened_waiting))
			return;
		forget_waiting(reload);
	}
	end_waiting(reload);
}

/* One was closed: its file may be what another waits for. */
static void open_waiting(void *owner)
{
	struct reload *reload = owner;

	reload->closed = reload->phase != IDLE;
	if (reload->closed || !reload->waiting_count)
		return;
	reload->phase = WAITING;
	reload->waiting_at = 0;
	reload->waiting_before = reload->waiting_count;
	open_next_waiting(reload);
}

/* ---- all of them ---- */

void reload_start(struct reload *reload)
{
	reload->again = reload->phase != IDLE;
	if (reload->again)
		say_print(reload->served.say, SAY_NOTICE,
		          "a reload is under way, which waits for a disk: another one follows it");
	else
		read_again(reload);
}

/* A layer that is left is in the way of the file which it lies over. */
static bool is_in_the_way(const struct export *retired, const struct waiting *waiting)
{
	const struct export *whole = retired->parent ? retired->parent : retired;

	return file_store_is_same(&whole->facts, &waiting->in_the_way);
}

/* The retired export that hangs, and that one waits for; or NULL. */
static const struct export *held_up_by(const struct reload *reload, const struct waiting *waiting)
{
	const struct export *e = reload->served.exports->retired;

	while (e && !(export_is_stuck(e) && is_in_the_way(e, waiting)))
		e = e->next;
	return e;
}

bool reload_is_held_up(const struct reload *reload, struct why *why)
{
	const struct export *e = NULL;
	char name[AOE_ADDRESS_TEXT];

	for (size_t i = 0; !e && reload->phase == IDLE && i < reload->waiting_count; i++) {
		e = held_up_by(reload, &reload->waiting[i]);
		aoe_address_format(reload->waiting[i].options->address, name);
	}
	if (!e)
		return false;
	why_set(why, -EBUSY,
	        "%s: not served yet: it waits until %s is closed, whose disk or file server does "
	        "not answer",
	        name, e->options.file.path);
	return true;
}

bool reload_withdraw(struct reload *reload, struct aoe_address address)
{
	struct waiting *waiting = find_waiting(reload, address);

	if (waiting)
		waiting->withdrawn = true;
	return waiting;
}

void reload_stop(struct reload *reload)
{
	engine_on_closed(reload->served.engine, NULL, NULL);
	beside_stop(&reload->beside);
	incoming_release(&reload->incoming);
	plan_release(&reload->next);
}

/* Whoever asked for the reload is told what the log says. */
static void remember(void *owner, enum say_priority priority, const char *text)
{
	struct reload *reload = owner;

	if (priority == SAY_ERROR)
		snprintf(reload->reason, sizeof(reload->reason), "%s", text);
	reload->outer->print(reload->outer->owner, priority, text);
}

int reload_create(const struct served *served, struct reload **reload)
{
	struct reload *r = calloc(1, sizeof(*r));

	if (!r)
		return -ENOMEM;
	r->served = *served;
	r->outer = served->say;
	r->say = (struct say){.print = remember, .owner = r};
	r->served.say = &r->say;
	r->beside = (struct beside){.engine = served->engine, .owner = r};
	incoming_init(&r->incoming, &r->served, &r->next);
	engine_on_closed(served->engine, open_waiting, r);
	*reload = r;
	return 0;
}

void reload_free(struct reload *reload)
{
	if (!reload)
		return;
	reload_stop(reload);
	free(reload->waiting);
	free(reload);
}
