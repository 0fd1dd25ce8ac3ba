/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "tests/protocol/scene.h"
#include "tests/protocol/stage.h"

const struct aoe_address stage_disk = {1, 2};
const struct mac stage_initiator = {{2, 0, 0, 0, 0, 1}};
static const struct mac target_address = {{2, 0, 0, 0, 0, 0xaa}};

void stage_note(struct stage *stage, const char *format, ...)
{
	size_t used = strlen(stage->history);
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(stage->history + used, STAGE_HISTORY - used, format, arguments);
	va_end(arguments);
}

void expect(struct stage *stage, const char *history)
{
	assert_string_equal(stage->history, history);
	stage->history[0] = '\0';
}

/* ---- the LAN ---- */

static size_t receive(struct lan *lan, struct lan_frame *frames, size_t count)
{
	struct stage *stage = (struct stage *)(void *)((char *)lan - offsetof(struct stage, lan));
	size_t n = 0;

	if (stage->receives)
		stage->receives(stage);
	for (; n < count && stage->taken < stage->queued; n++, stage->taken++) {
		memcpy(frames[n].data, stage->queue[stage->taken].data,
		       stage->queue[stage->taken].length);
		frames[n].length = stage->queue[stage->taken].length;
		frames[n].received = stage->queue[stage->taken].received;
		frames[n].peer = 1;
	}
	return n;
}

static void send_frames(struct lan *lan, const struct lan_frame *frames, size_t count)
{
	struct stage *stage = (struct stage *)(void *)((char *)lan - offsetof(struct stage, lan));

	if (stage->sends_next)
		stage->sends_next(stage);
	stage->sends++;
	for (size_t i = 0; i < count; i++) {
		struct aoe_header header;

		assert_int_equal(aoe_header_parse(frames[i].data, frames[i].length, &header), 0);
		assert_int_equal(header.flags, AOE_RESPONSE);
		if (mac_equal(header.destination, mac_broadcast))
			stage_note(stage, "! ");
		else
			stage_note(stage, "a%u ", header.tag);
	}
}

static const struct lan_operations lan_operations = {.receive = receive, .send = send_frames};

void stage_arrives(struct stage *stage, struct aoe_address address, uint32_t tag,
                   enum ata_command command, uint64_t lba, unsigned int data)
{
	const struct aoe_header header = {.destination = target_address,
	                                  .source = stage_initiator,
	                                  .version = AOE_VERSION,
	                                  .address = address,
	                                  .command = AOE_ATA,
	                                  .tag = tag};
	const struct aoe_ata ata = {
	        .count = command == ATA_FLUSH ? 0 : 1, .command = (uint8_t)command, .lba = lba};
	uint8_t *frame = stage->queue[stage->queued].data;

	assert_true(stage->queued < STAGE_QUEUE);
	aoe_header_make(frame, &header);
	fill(frame + AOE_ATA_DATA, AOE_SECTOR, data);
	stage->queue[stage->queued].length = aoe_pad(
	        frame, aoe_ata_make(frame, &ata) + (command == ATA_WRITE_EXT ? AOE_SECTOR : 0));
	stage->queue[stage->queued++].received = 0;
}

/* ---- the storage ---- */

void stage_finish(struct stage *stage, struct store_request *request)
{
	static const char letters[] = {'r', 'w', 's', 'm'};

	request->error = stage->error && stage->failing == request->operation ? stage->error : 0;
	stage_note(stage, "%c", letters[request->operation]);
	if (request->operation != STORE_SYNC)
		stage_note(stage, "%u", (unsigned int)(request->offset / AOE_SECTOR));
	stage_note(stage, "%s ", request->error ? "!" : "");
	request->done(request);
}

void finish_oldest(struct stage *stage)
{
	struct store_request *request = stage->started[0];

	assert_true(stage->started_count > 0);
	stage->started_count--;
	memmove(stage->started, stage->started + 1,
	        stage->started_count * sizeof(struct store_request *));
	stage_finish(stage, request);
}

static void start(struct store *store, struct store_request *request)
{
	struct stage *stage =
	        (struct stage *)(void *)((char *)store - offsetof(struct stage, store));

	assert_true(stage->started_count < STAGE_QUEUE);
	if (stage->later)
		stage->started[stage->started_count++] = request;
	else
		stage_finish(stage, request);
}

static void close_store(struct store *store)
{
	stage_note((struct stage *)(void *)((char *)store - offsetof(struct stage, store)), "x ");
}

static const struct store_operations store_operations = {.start = start, .close = close_store};

/* ---- all of it ---- */

static void print(void *owner, enum say_priority priority, const char *text)
{
	struct stage *stage = owner;
	size_t used = strlen(stage->said);

	(void)priority;
	snprintf(stage->said + used, sizeof(stage->said) - used, "%s\n", text);
}

int stage_set_up(void **state)
{
	struct stage *stage = calloc(1, sizeof(*stage));

	if (!stage)
		return -1;
	*state = stage;
	stage->say = (struct say){.print = print, .owner = stage};
	stage->lan = (struct lan){.operations = &lan_operations,
	                          .name = "stage",
	                          .fd = eventfd(1, EFD_CLOEXEC),
	                          .mac = target_address,
	                          .mtu = 1500,
	                          .buffers = 8};
	stage->store =
	        (struct store){.operations = &store_operations, .size = STAGE_SECTORS * AOE_SECTOR};
	stage->export = calloc(1, sizeof(*stage->export));
	if (!stage->export || exports_reserve(&stage->exports, 1))
		return -1;
	*stage->export = (struct export){
	        .store = &stage->store,
	        .file_block = AOE_SECTOR,
	        .options.file = {.path = strdup("/srv/disk"),
	                         .lock = true,
	                         .length = STAGE_SECTORS},
	        .view = {.address = stage_disk, .sectors = STAGE_SECTORS},
	};
	exports_add(&stage->exports, stage->export);
	if (stage->lan.fd < 0 || engine_create(&stage->say, &stage->exports, NULL, &stage->engine))
		return -1;
	return engine_add_lan(stage->engine, &stage->lan, 0);
}

int stage_tear_down(void **state)
{
	struct stage *stage = *state;

	engine_free(stage->engine);
	exports_close(&stage->exports);
	close(stage->lan.fd);
	free(stage);
	return 0;
}
