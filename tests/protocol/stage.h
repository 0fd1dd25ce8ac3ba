/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The target's engine with one export, e1.2, between a LAN and a storage that only record what is
 * asked of them, as words in stage->history, each with a blank behind it:
 *
 *   r5 w5 m5   sector 5 was read, written, measured; with "!" behind it in vain
 *   s s!       synced
 *   x          closed
 *   a17        an answer to tag 17
 *   !          a frame for everyone
 */
#ifndef TESTS_PROTOCOL_STAGE_H
#define TESTS_PROTOCOL_STAGE_H

#include "tools/serve/engine/engine.h"

enum {
	STAGE_HISTORY = 32768,
	STAGE_QUEUE = 1500, /* frames that may arrive, and requests that may be under way */
	STAGE_SECTORS = 2048,
};

struct stage {
	char history[STAGE_HISTORY], said[8192];
	struct {
		uint8_t data[2048];
		size_t length;
		uint64_t received; /* by CLOCK_REALTIME, in nanoseconds; 0 for not known */
	} queue[STAGE_QUEUE];
	size_t queued, taken, sends; /* sends: calls, of any number of frames */
	/* Called before frames are received and before they are sent, or NULL. */
	void (*receives)(struct stage *stage), (*sends_next)(struct stage *stage);
	struct say say; /* into said, a line each */
	struct lan lan;
	struct store store;
	bool later; /* requests are done when finish_oldest is called */
	struct store_request *started[STAGE_QUEUE]; /* those that are not done yet */
	size_t started_count;
	int error; /* of the requests of that operation: a negative errno, or 0 */
	enum store_operation failing;
	struct export *export;
	struct exports exports;
	struct engine *engine;
};

extern const struct aoe_address stage_disk;
extern const struct mac stage_initiator;

/* Setup and teardown of a cmocka test: *state is a stage whose LAN can always be read. */
int stage_set_up(void **state);
int stage_tear_down(void **state);

/* Adds to the history. */
__attribute__((format(printf, 2, 3))) void stage_note(struct stage *stage, const char *format, ...);

/* Asserts that this is the history since the last time. */
void expect(struct stage *stage, const char *history);

/*
 * A request of one sector arrives from the initiator, a FLUSH of none; when it was received is not
 * known. The data of a write depend on data alone.
 */
void stage_arrives(struct stage *stage, struct aoe_address address, uint32_t tag,
                   enum ata_command command, uint64_t lba, unsigned int data);

/* The request is done, with the error that the stage has for it. */
void stage_finish(struct stage *stage, struct store_request *request);

/* The oldest request that is not done becomes so. */
void finish_oldest(struct stage *stage);

#endif
