/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/serve/reload.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tools/serve/config/changes.h"

enum { SCOUT_MS = 1000 }; /* for a scout to end, when the target is to end */

struct reload {
	struct served served; /* its say is ours, which remembers */
	struct say say;
	const struct say *outer;
	char reason[SAY_MAX]; /* the last error that was said; empty: there was none */
	bool running, again;
	pthread_t scout;
	int ended; /* an eventfd: the scout has */
	/* The scout's result. */
	struct plan next;
	struct why why;
	int error;
	/* Exports of the plan whose file another one that is leaving still has. */
	struct waiting {
		const struct export_options *options;
		bool withdrawn;
	} * waiting;
	size_t waiting_count;
};

/* What is opened before anything that is served is touched. */
struct incoming {
	struct changes changes;
	struct export **exports; /* of each change, what was opened for it, or NULL */
	bool *withdrawn;         /* of each change, what its address is, and stays */
	size_t lans_before;      /* those of the list that are older */
};

static struct export *find(const struct reload *reload, const struct export_options *options)
{
	return exports_find(reload->served.exports, options->address);
}

static bool is_withdrawn(const struct reload *reload, const struct export_change *change)
{
	const struct export_options *options = change->after ? change->after : change->before;
	const struct export *export = find(reload, options);

	for (size_t i = 0; !export && i < reload->waiting_count; i++)
		if (!aoe_address_compare(reload->waiting[i].options->address, options->address))
			return reload->waiting[i].withdrawn;
	return export && export->withdrawn;
}

/* ---- beside the loop ---- */

/* What may have to wait for a disk or a server of files is in memory afterwards. */
static void look_up_paths(const struct plan *plan)
{
	struct stat status;

	for (size_t i = 0; i < plan->export_count; i++)
		(void)!stat(plan->exports[i].file.path, &status);
}

static void *scout(void *owner)
{
	struct reload *reload = owner;
	uint64_t one = 1;

	reload->error = command_plan(reload->served.line, &reload->next, &reload->why);
	if (!reload->error)
		look_up_paths(&reload->next);
	(void)!write(reload->ended, &one, sizeof(one));
	return NULL;
}

/* ---- opening ---- */

/* True if an export that has the file at that path is to be closed, or is being closed. */
static bool is_leaving(const struct reload *reload, const struct changes *changes, const char *path)
{
	struct export wanted = {0};
	struct stat status;

	if (stat(path, &status))
		return false;
	wanted.facts.block_device = S_ISBLK(status.st_mode);
	wanted.facts.device = wanted.facts.block_device ? status.st_rdev : status.st_dev;
	wanted.facts.inode = wanted.facts.block_device ? 0 : status.st_ino;
	for (const struct export *e = reload->served.exports->retired; e; e = e->next)
		if (exports_is_same_file(e, &wanted))
			return true;
	for (size_t i = 0; i < changes->export_count; i++) {
		const struct export_change *c = &changes->exports[i];
		const struct export *e = c->before ? find(reload, c->before) : NULL;

		if (e && (c->change == CHANGE_REMOVE || c->change == CHANGE_REOPEN) &&
		    exports_is_same_file(e, &wanted))
			return true;
	}
	return false;
}

/* One that could not be opened again after an earlier reload is not there. */
static enum change change_of(const struct reload *reload, const struct export_change *change)
{
	if ((change->change == CHANGE_KEEP || change->change == CHANGE_VIEW ||
	     change->change == CHANGE_REOPEN) &&
	    !find(reload, change->before))
		return CHANGE_ADD;
	return change->change;
}

static bool is_to_open(enum change change)
{
	return change == CHANGE_ADD || change == CHANGE_REOPEN;
}

/* Those that wait for another to be closed are left out. */
static int open_exports(const struct reload *reload, struct incoming *incoming, struct why *why)
{
	const struct changes *changes = &incoming->changes;
	int rc = 0;

	for (size_t i = 0; !rc && i < changes->export_count; i++) {
		const struct export_options *options = changes->exports[i].after;

		if (!is_to_open(changes->exports[i].change))
			continue;
		rc = exports_open_one(reload->served.exports, options, reload->served.io,
		                      &incoming->exports[i], why);
		if ((rc == -ETXTBSY || rc == -EBUSY) &&
		    is_leaving(reload, changes, options->file.path))
			rc = 0;
	}
	return rc;
}

/* New ones come last in the list, and are in the loop only when all is well. */
static int open_lans(const struct reload *reload, const struct incoming *incoming)
{
	const struct served *served = &reload->served;
	int rc = 0;

	for (size_t i = 0; !rc && i < incoming->changes.lan_count; i++)
		if (incoming->changes.lans[i].change == CHANGE_ADD)
			rc = lans_add(served->lans, &reload->next, incoming->changes.lans[i].after,
			              served->say);
	return rc;
}

static int prepare(const struct reload *reload, struct incoming *incoming)
{
	const struct served *served = &reload->served;
	struct changes *changes = &incoming->changes;
	struct why why;
	int rc = changes_find(served->plan, &reload->next, changes);

	if (!rc) {
		incoming->exports = calloc(changes->export_count + 1, sizeof(struct export *));
		incoming->withdrawn = calloc(changes->export_count + 1, sizeof(bool));
		rc = incoming->exports && incoming->withdrawn
		             ? exports_reserve(served->exports, changes->export_count)
		             : -ENOMEM;
	}
	if (rc) {
		say_print(served->say, SAY_ERROR, "%s", strerror(-rc));
		return rc;
	}
	for (size_t i = 0; i < changes->export_count; i++) {
		changes->exports[i].change = change_of(reload, &changes->exports[i]);
		incoming->withdrawn[i] = is_withdrawn(reload, &changes->exports[i]);
	}
	rc = open_exports(reload, incoming, &why);
	if (rc)
		say_print(served->say, SAY_ERROR, "%s", why.text);
	return rc ? rc : open_lans(reload, incoming);
}

/* Closes what was opened, if it is not in the loop by now. */
static void release(const struct reload *reload, struct incoming *incoming)
{
	struct lans *lans = reload->served.lans;

	for (size_t i = 0; incoming->exports && i < incoming->changes.export_count; i++) {
		if (!incoming->exports[i])
			continue;
		export_close(incoming->exports[i]);
		free(incoming->exports[i]);
	}
	while (lans->count > incoming->lans_before)
		lans_remove(lans, lans->list[lans->count - 1].lan);
	free(incoming->exports);
	free(incoming->withdrawn);
	changes_release(&incoming->changes);
}

/* ---- what cannot fail any more ---- */

/* One that was withdrawn stays so: another server may have taken over. */
static void add_export(const struct reload *reload, struct export *export, bool withdrawn)
{
	export->withdrawn = withdrawn;
	export_describe(export, reload->served.say);
	engine_add_export(reload->served.engine, export);
}

static void say_removed(const struct reload *reload, const struct export_options *options)
{
	char name[AOE_ADDRESS_TEXT];

	say_print(reload->served.say, SAY_INFO, "%s: %s: not exported any more",
	          aoe_address_format(options->address, name), options->file.path);
}

/* One that leaves is not held up by a fault that nobody can take off any more. */
static void retire(const struct reload *reload, struct export *export)
{
	const struct fault_rules none = {0};

	if (!export)
		return;
	engine_set_faults(reload->served.engine, export, &none);
	engine_retire_export(reload->served.engine, export);
}

static void change_export(struct reload *reload, const struct export_change *change,
                          struct export *opened, bool withdrawn)
{
	struct engine *engine = reload->served.engine;

	switch (change->change) {
	case CHANGE_VIEW:
		engine_set_access(engine, find(reload, change->before), change->after);
		/* fall through */
	case CHANGE_KEEP:
		engine_set_faults(engine, find(reload, change->before), &change->after->faults);
		engine_measure(engine, find(reload, change->before), change->after->file.length);
		break;
	case CHANGE_REMOVE:
		say_removed(reload, change->before);
		retire(reload, find(reload, change->before));
		break;
	case CHANGE_REOPEN:
		retire(reload, find(reload, change->before));
		/* fall through */
	case CHANGE_ADD:
		if (opened)
			add_export(reload, opened, withdrawn);
		else
			reload->waiting[reload->waiting_count++] =
			        (struct waiting){change->after, withdrawn};
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

static int commit(struct reload *reload, struct incoming *incoming)
{
	const struct served *served = &reload->served;
	const struct changes *changes = &incoming->changes;
	void *waiting = calloc(changes->export_count + 1, sizeof(*reload->waiting));

	if (!waiting)
		return -ENOMEM;
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
			change_export(reload, &changes->exports[i], NULL, false);
	for (size_t i = 0; i < changes->export_count; i++) {
		if (changes->exports[i].change != CHANGE_REMOVE)
			change_export(reload, &changes->exports[i], incoming->exports[i],
			              incoming->withdrawn[i]);
		incoming->exports[i] = NULL;
	}
	say_changes(reload, changes);
	return 0;
}

/* One was closed: its file may be what another waits for. */
static void open_waiting(void *owner)
{
	struct reload *reload = owner;
	const struct changes none = {0};
	const size_t before = reload->waiting_count;
	size_t left = 0;

	for (size_t i = 0; i < before; i++) {
		const struct waiting waiting = reload->waiting[i];
		struct export *export;
		struct why why;
		int rc = exports_open_one(reload->served.exports, waiting.options,
		                          reload->served.io, &export, &why);

		if (!rc)
			add_export(reload, export, waiting.withdrawn);
		else if ((rc == -ETXTBSY || rc == -EBUSY) &&
		         is_leaving(reload, &none, waiting.options->file.path))
			reload->waiting[left++] = waiting;
		else
			say_print(reload->served.say, SAY_ERROR,
			          "%s: not exported: mend that, and reload again", why.text);
	}
	reload->waiting_count = left;
	if (left < before)
		reload->served.reloaded(reload->served.owner);
}

static int apply(struct reload *reload)
{
	const struct served *served = &reload->served;
	struct incoming incoming = {.lans_before = served->lans->count};
	struct plan old = *served->plan;
	int rc = prepare(reload, &incoming);

	if (!rc)
		rc = commit(reload, &incoming);
	release(reload, &incoming);
	if (rc)
		return rc;
	*served->plan = reload->next;
	reload->next = old;
	return 0;
}

static void scout_has_ended(void *owner)
{
	struct reload *reload = owner;
	const struct served *served = &reload->served;
	uint64_t count;
	int rc;

	if (read(reload->ended, &count, sizeof(count)) != sizeof(count))
		return;
	pthread_join(reload->scout, NULL);
	reload->running = false;
	if (reload->error)
		say_print(served->say, SAY_ERROR, "%s", reload->why.text);
	rc = reload->error ? reload->error : apply(reload);
	if (!reload->again)
		served->ended(served->owner, rc ? reload->reason : NULL);
	if (rc)
		say_print(served->say, SAY_ERROR,
		          "not reloaded: what was served before goes on as it was");
	plan_release(&reload->next);
	served->reloaded(served->owner);
	if (reload->again)
		reload_start(reload);
}

void reload_start(struct reload *reload)
{
	const struct served *served = &reload->served;
	int rc;

	reload->again = reload->running;
	if (reload->running) {
		say_print(served->say, SAY_NOTICE,
		          "a reload is under way, which waits for a disk: another one follows it");
		return;
	}
	reload->reason[0] = '\0';
	rc = pthread_create(&reload->scout, NULL, scout, reload);
	reload->running = !rc;
	if (!rc)
		return;
	served->ended(served->owner, strerror(rc));
	say_print(served->say, SAY_ERROR, "not reloaded: %s", strerror(rc));
	served->reloaded(served->owner);
}

void reload_stop(struct reload *reload)
{
	engine_unwatch(reload->served.engine, reload->ended);
	engine_on_closed(reload->served.engine, NULL, NULL);
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
	int rc;

	if (!r)
		return -ENOMEM;
	r->served = *served;
	r->outer = served->say;
	r->say = (struct say){.print = remember, .owner = r};
	r->served.say = &r->say;
	r->ended = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	rc = r->ended < 0 ? -errno : engine_watch(served->engine, r->ended, scout_has_ended, r);
	if (rc) {
		reload_free(r);
		return rc;
	}
	engine_on_closed(served->engine, open_waiting, r);
	*reload = r;
	return 0;
}

/* Waits for a scout that is under way at the end. Returns false if it hangs. */
static bool await_scout(struct reload *reload)
{
	struct pollfd ended = {.fd = reload->ended, .events = POLLIN};

	if (poll(&ended, 1, SCOUT_MS) <= 0)
		return false;
	pthread_join(reload->scout, NULL);
	plan_release(&reload->next);
	return true;
}

void reload_free(struct reload *reload)
{
	/* A scout that hangs still uses it: the process is about to end. */
	if (!reload || (reload->running && !await_scout(reload)))
		return;
	if (reload->ended >= 0)
		close(reload->ended);
	free(reload->waiting);
	free(reload);
}
