/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/serve/administer.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "tools/serve/config/faults.h"
#include "tools/serve/export/layers.h"
#include "tools/serve/export/life.h"
#include "tools/serve/report.h"

/* Milliseconds that a withdrawal waits for a disk; etherroot-ctl(8) tells that. */
enum { WITHDRAW_MS = 10000 };

static uint64_t now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

static void answer(struct administer *a, uint64_t id, bool ok, const char *text)
{
	control_answer(a->control, id, ok, text, strlen(text));
}

/* There are not more places for clients: that of one who is gone is free. */
static void wait_for_it(struct administer *a, uint64_t id, const struct ask *ask)
{
	size_t i = 0;

	while (i < CONTROL_CLIENTS - 1 && control_has(a->control, a->waiting[i].id))
		i++;
	a->waiting[i] = (struct administer_waiting){.id = id, .ask = *ask, .since = now()};
}

static void tell_status(struct administer *a, uint64_t id, enum ask_form form)
{
	struct buffer text = {0};

	if (report_write(a->exports, a->lans, form, now(), &text))
		answer(a, id, false, strerror(ENOMEM));
	else
		control_answer(a->control, id, true, text.data, text.size);
	buffer_free(&text);
}

/* ---- withdraw and resume ---- */

/* What is said where something that was begun has not ended. */
static void explain_under_way(const char *name, const struct exports_work *work, struct why *why)
{
	const bool many = work->held > 1;
	char begun[64] = "what was begun";

	if (work->held)
		snprintf(begun, sizeof(begun), "%zu request%s begun", work->held,
		         many ? "s that were" : " that was");
	if (work->stuck)
		why_set(why, 0,
		        "%s: withdrawn, but the disk does not answer: %s may still be done%s", name,
		        begun,
		        work->writeback ? ", and writes that were acknowledged may not be on it"
		                        : "");
	else
		why_set(why, 0,
		        "%s: withdrawn, but %s %s not done yet, for the disk is slow: withdraw it "
		        "again, to wait for %s",
		        name, begun, many ? "are" : "is", many ? "them" : "that");
}

static bool is_under_way(const struct exports_work *work)
{
	return work->held || work->syncing;
}

static void answer_withdrawn(struct administer *a, uint64_t id, const struct ask *ask,
                             const struct exports_work *work)
{
	struct why why = {""};
	char name[AOE_ADDRESS_TEXT];

	aoe_address_format(ask->address, name);
	if (is_under_way(work))
		explain_under_way(name, work, &why);
	else if (work->lost)
		why_set(&why, 0,
		        "%s: withdrawn, but writes that were acknowledged are lost: syncing the "
		        "disk failed",
		        name);
	answer(a, id, !*why.text, why.text);
}

/* export: NULL, while a reload closes it, to open it again. */
static void withdraw(struct administer *a, uint64_t id, const struct ask *ask,
                     struct export *export)
{
	int rc = export ? engine_withdraw(a->engine, export) : 0;
	const struct exports_work work = exports_work(a->exports, ask->address);
	char name[AOE_ADDRESS_TEXT];
	struct why why;

	if (rc && !work.stuck) {
		why_set(&why, 0,
		        "%s: withdrawn, but not synced, for too much is under way: withdraw it "
		        "again",
		        aoe_address_format(ask->address, name));
		answer(a, id, false, why.text);
	} else if (is_under_way(&work) && !work.stuck) {
		wait_for_it(a, id, ask);
	} else {
		answer_withdrawn(a, id, ask, &work);
	}
}

static void answer_not_withdrawn(struct administer *a, uint64_t id, const struct ask *ask)
{
	char name[AOE_ADDRESS_TEXT];
	struct why why;

	why_set(&why, 0,
	        "%s: not withdrawn any more: it was resumed, or a reload has added it anew",
	        aoe_address_format(ask->address, name));
	answer(a, id, false, why.text);
}

/* It may still end well, and there is time for it. */
static bool goes_on(const struct administer_waiting *waiting, const struct exports_work *work)
{
	return is_under_way(work) && !work->stuck && now() - waiting->since < WITHDRAW_MS;
}

/* Returns true if it has its answer. */
static bool look_at_withdrawing(struct administer *a, const struct administer_waiting *waiting)
{
	const struct ask *ask = &waiting->ask;
	const struct export *export = exports_find(a->exports, ask->address);
	const struct exports_work work = exports_work(a->exports, ask->address);

	if (export && !export->withdrawn)
		answer_not_withdrawn(a, waiting->id, ask);
	else if (goes_on(waiting, &work))
		return false;
	else
		answer_withdrawn(a, waiting->id, ask, &work);
	return true;
}

/* Returns true if it has its answer. */
static bool look_at_reloading(struct administer *a, const struct administer_waiting *waiting)
{
	struct why why;

	if (waiting->reloaded || !a->reload_is_held_up(a->owner, &why))
		return false;
	answer(a, waiting->id, false, why.text);
	return true;
}

static bool look_at(struct administer *a, const struct administer_waiting *waiting)
{
	if (waiting->ask.kind == ASK_RELOAD)
		return look_at_reloading(a, waiting);
	return waiting->ask.kind == ASK_WITHDRAW && look_at_withdrawing(a, waiting);
}

/* Something that was withdrawn, or is retired, has nothing under way any more, or hangs. */
static void look_at_quiet(void *owner)
{
	struct administer *a = owner;

	for (size_t i = 0; i < CONTROL_CLIENTS; i++)
		if (a->waiting[i].id && look_at(a, &a->waiting[i]))
			a->waiting[i].id = 0;
}

/* ---- what is resumed asks for its address first ---- */

/* export: NULL if there is none any more. */
static void answer_resumed(struct administer *a, uint64_t id, const struct ask *ask,
                           const struct export *export)
{
	const struct claim *taken = export ? claim_find_taken(export->claims) : NULL;
	char name[AOE_ADDRESS_TEXT];
	struct why why = {""};

	aoe_address_format(ask->address, name);
	if (!export)
		why_set(&why, 0,
		        "%s: not served: a reload has removed it, or closes it to open it again",
		        name);
	else if (export->withdrawn)
		why_set(&why, 0, "%s: withdrawn meanwhile", name);
	else if (taken)
		export_explain_taken(export, taken, &why);
	answer(a, id, !*why.text, why.text);
}

static bool is_asking(const struct export *export)
{
	return export && claim_is_asking(export->claims);
}

/* Returns true if it has its answer. */
static bool look_at_asking(struct administer *a, const struct administer_waiting *waiting)
{
	const struct export *export = exports_find(a->exports, waiting->ask.address);
	bool resumes = waiting->ask.kind == ASK_RESUME;

	if (waiting->reloaded && !engine_is_asking(a->engine))
		answer(a, waiting->id, true, "");
	else if (resumes && !is_asking(export))
		answer_resumed(a, waiting->id, &waiting->ask, export);
	else
		return false;
	return true;
}

void administer_asked(struct administer *a)
{
	for (size_t i = 0; i < CONTROL_CLIENTS; i++)
		if (a->waiting[i].id && look_at_asking(a, &a->waiting[i]))
			a->waiting[i].id = 0;
}

static void resume(struct administer *a, uint64_t id, const struct ask *ask, struct export *export)
{
	engine_resume(a->engine, export, ask->force);
	look_at_quiet(a);
	if (is_asking(export))
		wait_for_it(a, id, ask);
	else
		answer_resumed(a, id, ask, export);
}

/* ---- what is done at once ---- */

static void release_writer(struct administer *a, uint64_t id, struct export *export)
{
	char name[AOE_ADDRESS_TEXT];
	struct why why = {""};

	if (export->options.writer)
		export->writer = (struct writer){0};
	else
		why_set(&why, 0, "%s: it has no writer=one: all may write",
		        aoe_address_format(export->view.address, name));
	answer(a, id, export->options.writer, why.text);
}

static void set_faults(struct administer *a, uint64_t id, const struct ask *ask,
                       struct export *export)
{
	struct fault_rules rules;
	struct why why = {""};
	int rc = faults_parse(ask->faults, &rules, &why);

	if (!rc)
		engine_set_faults(a->engine, export, &rules);
	answer(a, id, !rc, why.text);
}

static void change(struct administer *a, uint64_t id, const struct ask *ask)
{
	struct export *export = exports_find(a->exports, ask->address);
	char name[AOE_ADDRESS_TEXT];
	struct why why;

	if (!export && ask->kind == ASK_WITHDRAW && a->withdraw_closed(a->owner, ask->address)) {
		withdraw(a, id, ask, NULL);
	} else if (!export) {
		why_set(&why, 0, "%s: there is no such export",
		        aoe_address_format(ask->address, name));
		answer(a, id, false, why.text);
	} else if (ask->kind == ASK_WITHDRAW) {
		withdraw(a, id, ask, export);
	} else if (ask->kind == ASK_FAULT) {
		set_faults(a, id, ask, export);
	} else if (ask->kind == ASK_RELEASE) {
		release_writer(a, id, export);
	} else {
		resume(a, id, ask, export);
	}
}

static void trace(struct administer *a, uint64_t id, const struct ask *ask)
{
	struct capture *capture;

	if (capture_create(engine_captures(a->engine), &ask->filter, &capture))
		answer(a, id, false, strerror(ENOMEM));
	else
		control_stream(a->control, id, capture);
}

static void drop(struct administer *a, uint64_t id, const struct ask *ask)
{
	struct export *export = exports_find(a->exports, ask->address);
	char name[AOE_ADDRESS_TEXT], mac[MAC_TEXT];
	struct why why;

	aoe_address_format(ask->address, name);
	if (export && engine_drop_layer(a->engine, export, ask->mac)) {
		answer(a, id, true, "");
		return;
	}
	if (export)
		why_set(&why, 0, "%s: there is no layer of %s", name, mac_format(ask->mac, mac));
	else
		why_set(&why, 0, "%s: there is no such export", name);
	answer(a, id, false, why.text);
}

/* ---- all of them ---- */

void administer_reloaded(struct administer *a, const char *error)
{
	for (size_t i = 0; i < CONTROL_CLIENTS; i++) {
		struct administer_waiting *waiting = &a->waiting[i];

		if (!waiting->id || waiting->ask.kind != ASK_RELOAD || waiting->reloaded)
			continue;
		waiting->reloaded = !error;
		if (!error)
			continue;
		answer(a, waiting->id, false, error);
		waiting->id = 0;
	}
	administer_asked(a);
}

static void take(void *owner, uint64_t id, const struct ask *ask)
{
	struct administer *a = owner;

	switch (ask->kind) {
	case ASK_STATUS:
		tell_status(a, id, ask->form);
		break;
	case ASK_RELOAD:
		wait_for_it(a, id, ask);
		a->reload(a->owner);
		break;
	case ASK_WITHDRAW:
	case ASK_RESUME:
	case ASK_RELEASE:
	case ASK_FAULT:
		change(a, id, ask);
		break;
	case ASK_TRACE:
		trace(a, id, ask);
		break;
	case ASK_DROP:
		drop(a, id, ask);
		break;
	}
}

static void dispatch(void *owner)
{
	control_dispatch(((struct administer *)owner)->control);
}

int administer_start(struct administer *administer, const char *path, const struct say *say)
{
	struct administer *a = administer;
	const char *place = path ? path : ASK_DEFAULT;
	int rc = control_open(place, say, take, a, &a->control);

	/* Who starts it by hand has not asked for one, and may not be allowed one there. */
	if (rc && !path && rc != -EADDRINUSE)
		return 0;
	if (rc)
		say_print(say, path ? SAY_ERROR : SAY_NOTICE, "control: %s: %s", place,
		          control_explain(rc));
	if (rc)
		return path ? rc : 0;
	engine_on_quiet(a->engine, look_at_quiet, a);
	rc = engine_watch(a->engine, control_fd(a->control), dispatch, a);
	if (rc)
		say_print(say, SAY_ERROR, "control: %s", strerror(-rc));
	return rc;
}

void administer_end(struct administer *administer)
{
	if (!administer->control)
		return;
	engine_unwatch(administer->engine, control_fd(administer->control));
	engine_on_quiet(administer->engine, NULL, NULL);
	control_close(administer->control);
	administer->control = NULL;
}
