/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/bench/run.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include "tools/aoe/aoe.h"
#include "tools/bench/flight.h"
#include "tools/bench/session.h"
#include "tools/bench/stamp.h"

#define SECOND UINT64_C(1000000000)
#define NEVER  UINT64_MAX

/* Refusals that are told; the rest is counted. */
enum { REFUSALS_TOLD = 10, REQUESTS_MAX = 1 << 20 };

struct bench_run {
	const struct bench_options *options;
	struct lan *lan;
	struct bench_targets *targets;
	int stop;
	struct session *sessions;
	size_t session_count;
	struct flight flight;

	/* Frames that go out together at the end of a turn. */
	struct lan_frame outgoing[LAN_BATCH];
	size_t outgoing_count;
	struct lan_frame incoming[LAN_BATCH];
	uint8_t *memory;  /* of both */
	uint8_t *filling; /* what is written without --verify */

	bool starved;        /* a session could ask for nothing, and waits for the others */
	bool check;          /* reading back, else measuring */
	uint64_t started;    /* as bench_now */
	uint64_t ends;       /* no operation begins or counts from then on */
	uint64_t left;       /* operations to begin */
	uint64_t last_heard; /* an answer came, or a question went when none was open */
	uint64_t last_end;   /* of an operation */
	uint64_t look;       /* when a request may next have waited too long */
	uint64_t wake;       /* when a session may next begin a step of the recording */
	unsigned int refusals;
	bool progress;
	uint64_t next_progress;
};

/* ---- frames out ---- */

static void flush(struct bench_run *run)
{
	if (run->outgoing_count)
		lan_send(run->lan, run->outgoing, run->outgoing_count);
	run->outgoing_count = 0;
}

/* Room for one frame, which will be sent. */
static struct lan_frame *next_frame(struct bench_run *run)
{
	struct lan_frame *frame;

	if (run->outgoing_count == LAN_BATCH)
		flush(run);
	frame = &run->outgoing[run->outgoing_count++];
	frame->peer = LAN_EVERYONE;
	return frame;
}

static void fill_data(const struct bench_run *run, const struct request *request, uint8_t *data)
{
	const struct operation *operation = request->operation;
	const struct bench_target *target = request->session->target;
	const struct ledger *ledger = &target->ledger;
	struct stamp stamp = {
	        .run = ledger->run,
	        .lba = operation->lba + request->first,
	        .address = target->address,
	        .generation = operation->generation,
	};

	if (!ledger->entries) {
		memcpy(data, run->filling, (size_t)request->count * AOE_SECTOR);
		return;
	}
	for (uint32_t i = 0; i < request->count; i++, stamp.lba++)
		stamp_write(&stamp, data + (size_t)i * AOE_SECTOR);
}

static void send_request(struct bench_run *run, const struct request *request)
{
	const struct operation *operation = request->operation;
	const struct session *session = request->session;
	struct lan_frame *frame = next_frame(run);
	const struct aoe_header header = {
	        .destination = session->target->mac,
	        .source = session->client,
	        .version = AOE_VERSION,
	        .address = session->target->address,
	        .command = AOE_ATA,
	        .tag = request->tag,
	};
	const struct aoe_ata ata = {
	        .flags = (uint8_t)(AOE_ATA_LBA48 | (operation->write ? AOE_ATA_WRITE : 0)),
	        .count = (uint8_t)request->count,
	        .command = operation->write ? ATA_WRITE_EXT : ATA_READ_EXT,
	        .lba = operation->lba + request->first,
	};

	aoe_header_make(frame->data, &header);
	frame->length = aoe_ata_make(frame->data, &ata);
	if (operation->write) {
		fill_data(run, request, frame->data + frame->length);
		frame->length += (size_t)request->count * AOE_SECTOR;
	}
	frame->length = aoe_pad(frame->data, frame->length);
}

/* ---- what is to be asked ---- */

static bool may_begin(const struct bench_run *run, uint64_t now)
{
	return run->left && now < run->ends;
}

/* Asks for the next part of an operation: as much as fits into a frame. */
static bool ask_part(struct bench_run *run, struct session *session, uint64_t now)
{
	struct operation *operation = session->asking;
	struct bench_target *target = session->target;
	struct request *request = flight_begin(&run->flight, now, window_timeout(&session->window));

	if (!request)
		return false;
	request->session = session;
	request->operation = operation;
	request->first = operation->asked;
	request->count = operation->sectors - operation->asked;
	if (request->count > target->sectors_per_frame)
		request->count = target->sectors_per_frame;
	operation->asked += request->count;
	operation->in_flight++;
	session->in_flight++;
	if (!target->in_flight++)
		target->owed_since = now;
	/* Before that nothing was owed: a pause of the recording is nobody's silence. */
	if (run->flight.count == 1)
		run->last_heard = now;
	send_request(run, request);
	if (operation->asked == operation->sectors)
		session->asking = NULL;
	if (run->look > now + WINDOW_TIMEOUT_MIN)
		run->look = now + WINDOW_TIMEOUT_MIN;
	return true;
}

/* Asks for as much as the session may have under way. */
static void fill(struct bench_run *run, struct session *session, uint64_t now)
{
	session->wake = NEVER;
	while (session->in_flight < session->window.limit) {
		if (!session->asking) {
			if (!may_begin(run, now))
				return;
			session->asking = session_begin(session, run->check, now);
			if (!session->asking)
				break;
			run->left--;
		}
		if (!ask_part(run, session, now))
			break;
	}
	if (session->wake < run->wake)
		run->wake = session->wake;
	/* Others have what it wants; no answer will bring it back here. */
	run->starved |= !session->in_flight && !run->check && !run->options->replay;
}

static void fill_all(struct bench_run *run, uint64_t now)
{
	run->starved = false;
	run->wake = NEVER;
	for (size_t i = 0; i < run->session_count; i++)
		fill(run, &run->sessions[i], now);
}

/* ---- answers ---- */

static void tell_refusal(struct bench_run *run, const struct request *request, const char *what,
                         unsigned int code)
{
	const struct operation *operation = request->operation;
	char name[AOE_ADDRESS_TEXT];

	if (run->refusals++ >= REFUSALS_TOLD)
		return;
	cli_error(&bench_command, "%s: %s block %llu: %s %u%s",
	          aoe_address_format(request->session->target->address, name),
	          operation->write ? "writing" : "reading", (unsigned long long)operation->block,
	          what, code,
	          run->refusals == REFUSALS_TOLD ? ": further refusals are only counted" : "");
}

/* Does the answer say that it was done? If not, says what it does. */
static bool is_success(struct bench_run *run, const struct request *request,
                       const struct aoe_header *header, const struct lan_frame *frame)
{
	const size_t wanted = request->operation->write ? 0 : (size_t)request->count * AOE_SECTOR;
	struct aoe_ata ata;

	if (header->flags & AOE_ERROR) {
		tell_refusal(run, request, "refused with AoE error", header->error);
		return false;
	}
	if (aoe_ata_parse(frame->data, frame->length, &ata)) {
		tell_refusal(run, request, "the answer is cut: bytes", (unsigned int)frame->length);
		return false;
	}
	if (ata.command & ATA_STATUS_ERROR) {
		tell_refusal(run, request, "failed with ATA error register", ata.feature);
		return false;
	}
	if (frame->length - AOE_ATA_DATA < wanted) {
		tell_refusal(run, request, "the answer is cut: bytes", (unsigned int)frame->length);
		return false;
	}
	return true;
}

static void note_answer(struct bench_run *run, struct request *request, uint64_t now)
{
	struct session *session = request->session;
	struct bench_target *target = session->target;
	struct bench_figures *figures = &target->figures;

	if (now - target->owed_since > figures->longest_pause)
		figures->longest_pause = now - target->owed_since;
	target->owed_since = now;
	target->in_flight--;
	figures->answers++;
	figures->last_answer = now;
	run->last_heard = now;
	session->in_flight--;
	window_answered(&session->window, request->repeated ? 0 : now - request->sent);
}

static void take(struct bench_run *run, const struct lan_frame *frame, uint64_t now)
{
	struct aoe_header header;
	struct request *request;
	struct operation *operation;
	struct session *session;

	if (aoe_header_parse(frame->data, frame->length, &header) ||
	    !(header.flags & AOE_RESPONSE) || header.command != AOE_ATA)
		return;
	request = flight_find(&run->flight, header.tag);
	if (!request || !mac_equal(header.destination, request->session->client) ||
	    aoe_address_compare(header.address, request->session->target->address))
		return;
	session = request->session;
	operation = request->operation;
	if (!is_success(run, request, &header, frame))
		operation->failed = true;
	else if (!operation->write)
		session_judge(session, operation, request, frame->data + AOE_ATA_DATA);
	note_answer(run, request, now);
	flight_end(&run->flight, request);
	if (!--operation->in_flight && operation != session->asking) {
		session_end(session, operation, now, !run->check && now < run->ends);
		run->last_end = now;
	}
	fill(run, session, now);
}

static void receive(struct bench_run *run)
{
	size_t count;

	/* As much as there is, but now and then the clock wants to be looked at. */
	for (int turn = 0; turn < 8; turn++) {
		uint64_t now;

		count = lan_receive(run->lan, run->incoming, LAN_BATCH);
		now = bench_now();
		for (size_t i = 0; i < count; i++)
			take(run, &run->incoming[i], now);
		flush(run);
		if (count < LAN_BATCH)
			return;
	}
}

/* ---- time ---- */

/* Sends again what has waited too long, and finds out when to look next. */
static void look(struct bench_run *run, uint64_t now)
{
	struct request *request = run->flight.oldest, *newer;

	run->look = NEVER;
	/* None waits for less than the shortest timeout: that ends the walk. */
	for (; request && request->sent + WINDOW_TIMEOUT_MIN <= now; request = newer) {
		struct session *session = request->session;

		newer = request->newer;
		if (request->due <= now) {
			window_lost(&session->window, request->sent, now);
			session->target->figures.retransmissions++;
			send_request(run, request);
			flight_repeat(&run->flight, request, now, window_timeout(&session->window));
		} else if (request->due < run->look) {
			run->look = request->due;
		}
	}
	if (request && request->sent + WINDOW_TIMEOUT_MIN < run->look)
		run->look = request->sent + WINDOW_TIMEOUT_MIN;
}

static void print_progress(struct bench_run *run, uint64_t now)
{
	uint64_t answers = 0, retransmissions = 0;

	for (size_t i = 0; i < run->targets->count; i++) {
		answers += run->targets->list[i].figures.answers;
		retransmissions += run->targets->list[i].figures.retransmissions;
	}
	fprintf(stderr, "\r\033[K%s: %.0f s, %llu answers, %llu retransmissions",
	        run->check ? "reading back" : "running", (double)(now - run->started) / 1e9,
	        (unsigned long long)answers, (unsigned long long)retransmissions);
	run->next_progress = now + SECOND;
}

static uint64_t patience_ends(const struct bench_run *run)
{
	return run->flight.count ? run->last_heard + (uint64_t)(run->options->patience * 1e9)
	                         : NEVER;
}

static uint64_t next_event(const struct bench_run *run)
{
	uint64_t next = patience_ends(run);

	if (run->look < next)
		next = run->look;
	if (run->wake < next)
		next = run->wake;
	/* Nobody else ends a run in the middle of a pause. */
	if (!run->flight.count && run->ends < next)
		next = run->ends;
	if (run->progress && run->next_progress < next)
		next = run->next_progress;
	return next;
}

static bool all_sessions(const struct bench_run *run, bool (*done)(const struct session *))
{
	for (size_t i = 0; i < run->session_count; i++)
		if (!done(&run->sessions[i]))
			return false;
	return true;
}

static bool all_replayed(const struct bench_run *run)
{
	return run->options->replay && all_sessions(run, session_replayed);
}

/* Does nothing more remain to be begun or to be heard? */
static bool finished(const struct bench_run *run, uint64_t now)
{
	if (run->flight.count)
		return false;
	if (run->check)
		return all_sessions(run, session_checked);
	return !may_begin(run, now) || all_replayed(run);
}

/* Waits for an answer, a signal or the next moment that matters. */
static int await(struct bench_run *run, uint64_t now, bool *stopped)
{
	struct pollfd fds[] = {{.fd = run->lan->fd, .events = POLLIN},
	                       {.fd = run->stop, .events = POLLIN}};
	uint64_t next = next_event(run);
	uint64_t left = next > now ? next - now : 0;
	struct timespec timeout = {(time_t)(left / SECOND), (long)(left % SECOND)};

	if (ppoll(fds, 2, next == NEVER ? NULL : &timeout, NULL) < 0)
		return errno == EINTR ? 0 : -errno;
	*stopped = fds[1].revents;
	return 0;
}

static int loop(struct bench_run *run, enum bench_end *end)
{
	bool stopped = false;
	uint64_t now = bench_now();
	int rc = 0;

	fill_all(run, now);
	flush(run);
	*end = BENCH_DONE;
	while (!rc && !finished(run, now)) {
		rc = await(run, now, &stopped);
		/* What has arrived counts, even when it is over. */
		receive(run);
		now = bench_now();
		if (stopped || now >= patience_ends(run)) {
			*end = stopped ? BENCH_STOPPED : BENCH_SILENT;
			break;
		}
		if (now >= run->look)
			look(run, now);
		if (run->starved || now >= run->wake)
			fill_all(run, now);
		if (run->progress && now >= run->next_progress)
			print_progress(run, now);
		flush(run);
	}
	if (run->progress)
		fprintf(stderr, "\r\033[K");
	return rc;
}

/* ---- runs ---- */

static void begin(struct bench_run *run, bool check)
{
	run->check = check;
	run->started = run->last_heard = run->last_end = bench_now();
	run->next_progress = run->started + SECOND;
	run->look = run->wake = NEVER;
	run->left = UINT64_MAX;
	run->ends = NEVER;
}

int bench_run_measure(struct bench_run *run, enum bench_end *end, double *seconds)
{
	uint64_t stop;
	int rc;

	begin(run, false);
	if (run->options->count)
		run->left = run->options->count;
	if (run->options->seconds > 0)
		run->ends = run->started + (uint64_t)(run->options->seconds * 1e9);
	rc = loop(run, end);
	stop = *end == BENCH_DONE ? run->last_end : bench_now();
	if (stop > run->ends || (*end == BENCH_DONE && run->left && !all_replayed(run)))
		stop = run->ends;
	*seconds = (double)(stop - run->started) / 1e9;
	return rc;
}

int bench_run_check(struct bench_run *run, enum bench_end *end)
{
	begin(run, true);
	for (size_t i = 0; i < run->targets->count; i++)
		run->targets->list[i].check_next = 0;
	return loop(run, end);
}

/* ---- setting up ---- */

static struct mac client_mac(const struct lan *lan, const uint8_t random[4], size_t client)
{
	struct mac mac = {
	        {0x02, random[0], random[1], random[2], (uint8_t)(client >> 8), (uint8_t)client}};

	return client ? mac : lan->mac;
}

/* Clients beyond the first need that the LAN takes their frames too. */
static int open_clients(struct bench_run *run, struct mac *macs)
{
	uint8_t random[4] = {0};
	int rc = 0;

	/* Without random numbers, another bench on this LAN could have the same addresses. */
	if (getrandom(random, sizeof(random), 0) < 0)
		memcpy(random, &run->options->seed, sizeof(random));
	for (size_t i = 0; !rc && i < run->options->clients; i++) {
		macs[i] = client_mac(run->lan, random, i);
		rc = i ? lan_accept(run->lan, macs[i]) : 0;
	}
	return rc;
}

static int open_sessions(struct bench_run *run, const struct mac *macs)
{
	const size_t clients = run->options->clients, targets = run->targets->count;
	const size_t count = clients > targets ? clients : targets;
	int rc = 0;

	run->sessions = calloc(count, sizeof(*run->sessions));
	if (!run->sessions)
		return -ENOMEM;
	for (size_t i = 0; !rc && i < count; i++) {
		struct bench_target *target = &run->targets->list[i % targets];
		size_t sharing = count / targets + (i % targets < count % targets);

		run->session_count++;
		rc = session_init(&run->sessions[i], target, run->options, macs[i % clients],
		                  i / targets, sharing);
	}
	return rc;
}

static int open_memory(struct bench_run *run)
{
	uint64_t random = run->options->seed;
	size_t room = 0;

	for (size_t i = 0; i < run->session_count; i++)
		room += session_room(&run->sessions[i]);
	run->memory = malloc((size_t)2 * LAN_BATCH * LAN_FRAME_MAX);
	run->filling = malloc(LAN_FRAME_MAX);
	if (!run->memory || !run->filling)
		return -ENOMEM;
	for (size_t i = 0; i < LAN_BATCH; i++) {
		run->outgoing[i].data = run->memory + 2 * i * LAN_FRAME_MAX;
		run->incoming[i].data = run->memory + (2 * i + 1) * LAN_FRAME_MAX;
	}
	for (size_t i = 0; i < LAN_FRAME_MAX; i++)
		run->filling[i] = (uint8_t)pattern_random(&random);
	return flight_init(&run->flight, room < REQUESTS_MAX ? room : REQUESTS_MAX);
}

int bench_run_create(const struct bench_options *options, struct lan *lan,
                     struct bench_targets *targets, int stop, struct bench_run **result,
                     struct why *why)
{
	struct bench_run *run = calloc(1, sizeof(*run));
	struct mac *macs = calloc(options->clients, sizeof(*macs));
	int rc = run && macs ? 0 : -ENOMEM;

	if (!rc) {
		run->options = options;
		run->lan = lan;
		run->targets = targets;
		run->stop = stop;
		run->progress = isatty(STDERR_FILENO);
		rc = open_clients(run, macs);
	}
	if (!rc)
		rc = open_sessions(run, macs);
	if (!rc)
		rc = open_memory(run);
	free(macs);
	*result = run;
	return rc ? why_set(why, rc, "%s: %s", lan->name, strerror(-rc)) : 0;
}

void bench_run_free(struct bench_run *run)
{
	if (!run)
		return;
	for (size_t i = 0; i < run->session_count; i++)
		session_release(&run->sessions[i]);
	free(run->sessions);
	flight_release(&run->flight);
	free(run->memory);
	free(run->filling);
	free(run);
}
