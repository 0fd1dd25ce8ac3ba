/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/bench/target.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "tools/aoe/aoe.h"
#include "tools/cli/buffer.h"
#include "tools/survey/asker.h"

/* Between questions: on a LAN frames get lost, and a target may be about to start. */
#define ASK_AGAIN UINT64_C(250000000)

struct search {
	const struct bench_options *options;
	struct lan *lan;
	struct survey survey;
	struct asker asker;
};

uint64_t bench_now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
}

uint64_t bench_verdicts_bad(const struct bench_verdicts *verdicts)
{
	return verdicts->lost + verdicts->damaged + verdicts->misplaced + verdicts->unsent;
}

/* The context is the options. */
static bool wanted(const void *context, struct aoe_address address)
{
	const struct bench_options *options = context;

	for (size_t i = 0; i < options->target_count; i++)
		if (!aoe_address_compare(options->targets[i], address))
			return true;
	return !options->target_count;
}

static const struct survey_entry *entry_of(const struct survey *survey, struct aoe_address address)
{
	for (size_t i = 0; i < survey->count; i++)
		if (!aoe_address_compare(survey->entries[i]->address, address))
			return survey->entries[i];
	return NULL;
}

/* All that were named are known. Without names nobody knows who is still to come. */
static bool complete(const struct search *search)
{
	const struct bench_options *options = search->options;

	for (size_t i = 0; i < options->target_count; i++) {
		const struct survey_entry *e = entry_of(&search->survey, options->targets[i]);

		if (!e || !e->identified)
			return false;
	}
	return options->target_count;
}

static int listen_until(struct search *search, uint64_t deadline)
{
	struct pollfd fd = {.fd = search->lan->fd, .events = POLLIN};
	uint64_t now;
	int rc = 0;

	while (!rc && !complete(search) && (now = bench_now()) < deadline) {
		int left = (int)((deadline - now) / 1000000) + 1;
		int ready = poll(&fd, 1, left);

		if (ready < 0 && errno != EINTR)
			return -errno;
		if (ready > 0)
			rc = asker_receive(&search->asker, search->lan);
	}
	return rc;
}

static int search_lan(struct search *search)
{
	uint64_t start = bench_now();
	uint64_t end = start + (uint64_t)(search->options->wait * 1e9);
	int rc = 0;

	search->asker = (struct asker){
	        .survey = &search->survey, .wanted = wanted, .context = search->options};
	if (asker_open(&search->asker))
		return -ENOMEM;
	search->survey.tag = (uint32_t)start;
	for (uint64_t now = start; !rc && !complete(search) && now < end; now = bench_now()) {
		/* Who was not named is waited for only as long as one takes to answer. */
		if (!search->options->target_count && search->survey.count &&
		    now > start + 4 * ASK_AGAIN)
			break;
		asker_ask(&search->asker, search->lan);
		rc = listen_until(search, now + ASK_AGAIN < end ? now + ASK_AGAIN : end);
	}
	survey_finish(&search->survey);
	return rc;
}

/* ---- what was found ---- */

static int add(struct bench_targets *targets, const struct search *search,
               const struct survey_entry *e, struct why *why)
{
	const struct bench_options *options = search->options;
	const unsigned int block_sectors = options->block / AOE_SECTOR;
	const uint64_t used = options->size ? options->size / AOE_SECTOR : e->identify.sectors;
	const size_t fits = (search->lan->mtu - (AOE_ATA_DATA - AOE_ETHERNET_SIZE)) / AOE_SECTOR;
	struct bench_target *target = &targets->list[targets->count];
	char name[AOE_ADDRESS_TEXT];

	aoe_address_format(e->address, name);
	if (used > e->identify.sectors)
		return why_set(why, -EINVAL, "%s: --size: it has only %llu bytes", name,
		               (unsigned long long)e->identify.sectors * AOE_SECTOR);
	if (options->replay && used < options->replay->sectors)
		return why_set(why, -EINVAL,
		               "%s: --replay: it has only %llu bytes, and the recording needs %llu",
		               name, (unsigned long long)used * AOE_SECTOR,
		               (unsigned long long)options->replay->sectors * AOE_SECTOR);
	if (used < block_sectors)
		return why_set(why, -EINVAL, "%s: --block: it has only %llu bytes", name,
		               (unsigned long long)e->identify.sectors * AOE_SECTOR);
	if (!fits)
		return why_set(why, -EINVAL, "%s: MTU %zu: no sector fits into a frame",
		               search->lan->name, search->lan->mtu);
	*target = (struct bench_target){
	        .address = e->address,
	        .mac = e->mac,
	        .buffers = e->buffers ? e->buffers : 1,
	        .sectors_per_frame =
	                (unsigned int)(e->sectors_per_frame < fits ? e->sectors_per_frame : fits),
	        .sectors = e->identify.sectors,
	        .blocks = used / block_sectors,
	};
	targets->count++;
	return 0;
}

static int take(struct bench_targets *targets, const struct search *search, struct why *why)
{
	const struct survey *survey = &search->survey;
	int rc = 0;

	targets->list = calloc(survey->count + 1, sizeof(*targets->list));
	if (!targets->list)
		return why_memory(why);
	for (size_t i = 0; !rc && i < survey->count; i++) {
		const struct survey_entry *e = survey->entries[i];
		bool again =
		        targets->count &&
		        !aoe_address_compare(e->address, targets->list[targets->count - 1].address);

		/* Two ways to one address: the first is taken. */
		if (e->identified && wanted(search->options, e->address) && !again)
			rc = add(targets, search, e, why);
	}
	return rc;
}

/* Says who is missing, and who is there instead. */
static int explain(const struct search *search, struct why *why)
{
	const struct bench_options *options = search->options;
	struct buffer others = {0};
	char name[AOE_ADDRESS_TEXT];
	int rc;

	for (size_t i = 0; i < search->survey.count && i < 8; i++)
		buffer_printf(&others, "%s%s", i ? ", " : "",
		              aoe_address_format(search->survey.entries[i]->address, name));
	for (size_t i = 0; i < options->target_count; i++) {
		const struct survey_entry *e = entry_of(&search->survey, options->targets[i]);

		if (e && e->identified)
			continue;
		rc = why_set(why, -ETIMEDOUT, "%s: %s: %s within %g s: %s%.*s", search->lan->name,
		             aoe_address_format(options->targets[i], name),
		             e ? "it answers, but did not tell its size" : "no answer",
		             options->wait, others.size ? "seen on this LAN: " : "nobody answers",
		             (int)others.size, (const char *)others.data);
		buffer_free(&others);
		return rc;
	}
	buffer_free(&others);
	return why_set(why, -ETIMEDOUT,
	               "%s%s: no target answered within %g s: is one serving there?",
	               search->lan->name, search->lan->state == LAN_UP ? "" : " (link down)",
	               options->wait);
}

int bench_targets_find(struct bench_targets *targets, const struct bench_options *options,
                       struct lan *lan, struct why *why)
{
	struct search search = {.options = options, .lan = lan};
	int rc = search_lan(&search);

	if (rc)
		why_set(why, rc, "%s: %s", lan->name, strerror(-rc));
	else
		rc = take(targets, &search, why);
	if (!rc && (!targets->count || (options->target_count && !complete(&search))))
		rc = explain(&search, why);
	survey_release(&search.survey);
	asker_close(&search.asker);
	return rc;
}

void bench_targets_release(struct bench_targets *targets)
{
	for (size_t i = 0; i < targets->count; i++)
		ledger_release(&targets->list[i].ledger);
	free(targets->list);
	targets->list = NULL;
	targets->count = 0;
}
