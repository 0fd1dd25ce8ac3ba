/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which sync makes which write stable, where a store keeps them in order and where it does not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>

#include "tools/serve/store/commit.h"

enum { UNTOLD = 1 }; /* no error is greater than 0 */

struct write {
	struct commit_entry entry; /* the first member */
	unsigned int epoch;
	int error;
};

/* A store that does nothing by itself, and the syncs that it was to start. */
struct stage {
	struct store store;
	struct commit_queue queue;
	struct commit commit;
	struct store_request *sync;
	unsigned int syncs;
	struct write writes[3];
};

static void note_start(struct store *store, struct store_request *request)
{
	struct stage *stage = (struct stage *)(void *)store;

	assert_int_equal(request->operation, STORE_SYNC);
	assert_null(stage->sync);
	stage->sync = request;
	stage->syncs++;
}

static const struct store_operations operations = {.start = note_start};

static void stable(struct commit_entry *entry, int error)
{
	struct write *write = (struct write *)(void *)entry;

	assert_int_equal(write->error, UNTOLD);
	write->error = error;
}

static void set_up(struct stage *stage, bool in_order)
{
	*stage = (struct stage){.store = {.operations = &operations, .in_order = in_order}};
	commit_init(&stage->commit, &stage->store, &stage->queue, stable);
	for (size_t i = 0; i < sizeof(stage->writes) / sizeof(stage->writes[0]); i++)
		stage->writes[i].error = UNTOLD;
}

static void begin(struct stage *stage, int number)
{
	stage->writes[number].epoch = stage->commit.epoch;
	commit_begin(&stage->commit, &stage->writes[number].entry);
}

static void end(struct stage *stage, int number)
{
	struct write *write = &stage->writes[number];

	commit_written(&stage->commit, &write->entry, write->epoch);
}

static void end_sync(struct stage *stage, int error)
{
	struct store_request *sync = stage->sync;

	assert_non_null(sync);
	stage->sync = NULL;
	sync->error = error;
	sync->done(sync);
}

static void a_sync_is_started_with_its_writes(void **state)
{
	struct stage stage;

	(void)state;
	set_up(&stage, true);
	begin(&stage, 0);
	begin(&stage, 1);
	commit_start_all(&stage.queue);
	assert_int_equal(stage.syncs, 1);
	end(&stage, 0);
	end(&stage, 1);
	assert_int_equal(stage.writes[0].error, UNTOLD);
	end_sync(&stage, 0);
	assert_int_equal(stage.writes[0].error, 0);
	assert_int_equal(stage.writes[1].error, 0);
	commit_start_all(&stage.queue);
	assert_int_equal(stage.syncs, 1);
}

/* It may be done before the sync is, and is not covered for all that. */
static void a_write_that_began_after_the_sync_waits_for_the_next(void **state)
{
	struct stage stage;

	(void)state;
	set_up(&stage, true);
	begin(&stage, 0);
	commit_start_all(&stage.queue);
	begin(&stage, 1);
	end(&stage, 1);
	end(&stage, 0);
	begin(&stage, 2);
	commit_start_all(&stage.queue);
	assert_int_equal(stage.syncs, 1);
	end_sync(&stage, 0);
	assert_int_equal(stage.writes[0].error, 0);
	assert_int_equal(stage.writes[1].error, UNTOLD);
	commit_start_all(&stage.queue);
	assert_int_equal(stage.syncs, 2);
	end(&stage, 2);
	end_sync(&stage, 0);
	assert_int_equal(stage.writes[1].error, 0);
	assert_int_equal(stage.writes[2].error, 0);
}

static void an_error_is_every_writes_that_began_before_it_was_told(void **state)
{
	struct stage stage;

	(void)state;
	set_up(&stage, true);
	begin(&stage, 0);
	commit_start_all(&stage.queue);
	begin(&stage, 1);
	begin(&stage, 2);
	end(&stage, 0);
	end(&stage, 1);
	end_sync(&stage, -EIO);
	assert_int_equal(stage.writes[0].error, -EIO);
	assert_int_equal(stage.writes[1].error, -EIO);
	commit_start_all(&stage.queue);
	end(&stage, 2);
	assert_int_equal(stage.writes[2].error, -EIO);
	end_sync(&stage, 0);
}

/* A flush is about what was done when it was added, whenever that began. */
static void what_is_added_waits_for_a_sync_that_starts_later(void **state)
{
	struct stage stage;

	(void)state;
	set_up(&stage, true);
	begin(&stage, 0);
	commit_start_all(&stage.queue);
	end(&stage, 0);
	commit_add(&stage.commit, &stage.writes[1].entry, stage.commit.epoch);
	end_sync(&stage, 0);
	assert_int_equal(stage.writes[1].error, UNTOLD);
	commit_start_all(&stage.queue);
	end_sync(&stage, 0);
	assert_int_equal(stage.writes[1].error, 0);
}

static void without_order_only_what_is_done_is_synced(void **state)
{
	struct stage stage;

	(void)state;
	set_up(&stage, false);
	begin(&stage, 0);
	begin(&stage, 1);
	commit_start_all(&stage.queue);
	assert_int_equal(stage.syncs, 0);
	end(&stage, 0);
	commit_start_all(&stage.queue);
	assert_int_equal(stage.syncs, 1);
	end(&stage, 1);
	end_sync(&stage, 0);
	assert_int_equal(stage.writes[0].error, 0);
	assert_int_equal(stage.writes[1].error, UNTOLD);
	commit_start_all(&stage.queue);
	end_sync(&stage, 0);
	assert_int_equal(stage.writes[1].error, 0);
}

/* A layer that holds requests comes over the store, or leaves it, while a write is under way. */
static void another_store_does_not_keep_the_order_of_this_one(void **state)
{
	struct stage stage;

	(void)state;
	for (int before = 0; before < 2; before++) {
		set_up(&stage, before);
		begin(&stage, 0);
		stage.store.in_order = !before;
		begin(&stage, 1);
		commit_start_all(&stage.queue);
		assert_int_equal(stage.syncs, 1);
		end(&stage, 0);
		end_sync(&stage, 0);
		assert_int_equal(stage.writes[0].error, UNTOLD);
		commit_start_all(&stage.queue);
		end_sync(&stage, 0);
		assert_int_equal(stage.writes[0].error, 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(a_sync_is_started_with_its_writes),
	        cmocka_unit_test(a_write_that_began_after_the_sync_waits_for_the_next),
	        cmocka_unit_test(an_error_is_every_writes_that_began_before_it_was_told),
	        cmocka_unit_test(what_is_added_waits_for_a_sync_that_starts_later),
	        cmocka_unit_test(without_order_only_what_is_done_is_synced),
	        cmocka_unit_test(another_store_does_not_keep_the_order_of_this_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
