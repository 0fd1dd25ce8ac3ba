/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What one initiator has under way, and what it leaves for the others. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>

#include "tools/serve/engine/quota.h"
#include "tools/serve/engine/share.h"

enum { ENTRIES = 1000 };

static const struct mac a = {{2, 0, 0, 0, 0, 1}}, b = {{2, 0, 0, 0, 0, 2}};
static const char disk[1], other[1]; /* two exports, of which only the place counts */

static struct share_entry entries[ENTRIES];
static size_t begun;         /* of entries, in their order */
static struct share *ending; /* its entries are done as soon as they are started */

static void start(struct share_entry *entry)
{
	static int depth;

	assert_int_equal(depth, 0);
	assert_ptr_equal(entry, &entries[begun]);
	assert_true(entry->started);
	begun++;
	depth++;
	if (ending)
		share_end(ending, true, true, start);
	depth--;
}

static struct share *fill_share(struct shares *shares, unsigned int buffers)
{
	struct share *share = share_of(shares, disk, a, buffers);

	begun = 0;
	ending = NULL;
	for (size_t i = 0; i < ENTRIES; i++)
		begun += share_start(share, true, &entries[i]);
	return share;
}

static void each_initiator_has_its_own_at_each_export(void **state)
{
	struct shares *shares = calloc(1, sizeof(*shares));
	struct share *share = share_of(shares, disk, a, 2);

	(void)state;
	assert_ptr_equal(share, share_of(shares, disk, a, 2));
	assert_ptr_not_equal(share, share_of(shares, disk, b, 2));
	assert_ptr_not_equal(share, share_of(shares, other, a, 2));
	free(shares);
}

static void so_many_are_started_and_the_rest_one_by_one(void **state)
{
	struct shares *shares = calloc(1, sizeof(*shares));
	struct share *share = fill_share(shares, 2);

	(void)state;
	assert_int_equal(begun, SHARE_STARTED);
	for (size_t i = 0; i < ENTRIES - SHARE_STARTED; i++) {
		share_end(share, true, true, start);
		assert_int_equal(begun, SHARE_STARTED + 1 + i);
	}
	assert_int_equal(share->lines[true].started, SHARE_STARTED);
	for (size_t i = 0; i < SHARE_STARTED; i++)
		share_end(share, true, true, start);
	assert_int_equal(begun, ENTRIES);
	assert_int_equal(share->lines[true].started, 0);
	/* One that never came so far changes nothing. */
	share_end(share, true, false, start);
	assert_int_equal(share->lines[true].started, 0);
	free(shares);
}

static void writes_that_hang_hold_up_no_read(void **state)
{
	struct shares *shares = calloc(1, sizeof(*shares));
	struct share *share = fill_share(shares, 2);
	struct share_entry read;

	(void)state;
	assert_int_equal(begun, SHARE_STARTED);
	assert_true(share_start(share, false, &read));
	free(shares);
}

/* A mac of the other export whose first place is that share's. */
static struct mac meeting(struct shares *shares, const struct share *share)
{
	struct mac mac = {{2, 1, 0, 0, 0, 0}};

	do
		for (int i = 5; !++mac.octet[i]; i--)
			;
	while (share_of(shares, other, mac, 2) != share);
	return mac;
}

static void nobody_waits_for_what_hangs_of_another(void **state)
{
	struct shares *shares = calloc(1, sizeof(*shares));
	struct share *share = share_of(shares, disk, a, 2);
	struct mac met = meeting(shares, share);

	(void)state;
	assert_ptr_equal(share_of(shares, disk, a, 2), share);
	share->held = 1;
	assert_ptr_not_equal(share_of(shares, other, met, 2), share);
	assert_ptr_equal(share_of(shares, disk, a, 2), share);
	free(shares);
}

static void who_was_told_more_may_have_more(void **state)
{
	struct shares *shares = calloc(1, sizeof(*shares));

	(void)state;
	fill_share(shares, 300);
	assert_int_equal(begun, 300);
	free(shares);
}

/* However many there are: the stack does not grow with them. */
static void those_that_are_done_at_once_start_the_next(void **state)
{
	struct shares *shares = calloc(1, sizeof(*shares));
	struct share *share = fill_share(shares, 2);

	(void)state;
	ending = share;
	share_end(share, true, true, start);
	assert_int_equal(begun, ENTRIES);
	assert_int_equal(share->lines[true].started, SHARE_STARTED - 1);
	free(shares);
}

/* Of n that take all they can get, each has one part in n + 1, which is free for the next. */
static void one_initiator_leaves_room_for_the_next(void **state)
{
	size_t held[3] = {0}, all = 0;

	(void)state;
	for (size_t i = 0; i < 3; i++)
		while (quota_allows_initiator(held[i], all)) {
			held[i]++;
			all++;
		}
	assert_int_equal(held[0], QUOTA_EXPORT / 2);
	assert_int_equal(held[1], QUOTA_EXPORT / 4);
	assert_int_equal(held[2], QUOTA_EXPORT / 8);
	assert_false(quota_allows_initiator(0, QUOTA_EXPORT));
}

/* So many of its requests are looked at; returns how many of them exceed. */
static size_t look_at(struct share *share, size_t count, uint64_t arrived, uint64_t read_at)
{
	size_t exceeding = 0;

	for (size_t i = 0; i < count; i++)
		exceeding += share_exceeds(share, arrived, read_at);
	return exceeding;
}

static void who_has_more_waiting_than_told_is_found(void **state)
{
	struct shares *shares = calloc(1, sizeof(*shares));
	struct share *share = share_of(shares, disk, a, 100);

	(void)state;
	/* As many as it may, again and again, each answered before the next is sent. */
	for (uint64_t now = 1000; now < 2000; now++)
		assert_int_equal(look_at(share, 100, now, now), 0);
	/* All were there when the first was read, be they read later. */
	assert_int_equal(look_at(share, 60, 2990, 3000), 0);
	assert_int_equal(look_at(share, 60, 2995, 3005), 20);
	assert_int_equal(look_at(share, 1, 3000, 3010), 1);
	assert_int_equal(look_at(share, 1, 3001, 3010), 0);
	/* When they arrived may be known after they were read only. */
	assert_int_equal(look_at(share, 101, 4001, 4000), 1);
	/* A clock that was set back makes nobody wait for good. */
	assert_int_equal(look_at(share, 100, 90, 100), 0);
	assert_int_equal(look_at(share, 100, 190, 200), 0);
	free(shares);
}

static void what_another_had_waiting_is_not_counted(void **state)
{
	struct shares *shares = calloc(1, sizeof(*shares));
	struct share *share = share_of(shares, disk, a, 2);
	struct mac met = meeting(shares, share);

	(void)state;
	share_of(shares, disk, a, 2);
	assert_int_equal(look_at(share, SHARE_STARTED, 1000, 1000), 0);
	assert_ptr_equal(share_of(shares, other, met, 2), share);
	assert_int_equal(look_at(share, SHARE_STARTED, 1000, 1000), 0);
	free(shares);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(each_initiator_has_its_own_at_each_export),
	        cmocka_unit_test(so_many_are_started_and_the_rest_one_by_one),
	        cmocka_unit_test(writes_that_hang_hold_up_no_read),
	        cmocka_unit_test(nobody_waits_for_what_hangs_of_another),
	        cmocka_unit_test(who_was_told_more_may_have_more),
	        cmocka_unit_test(those_that_are_done_at_once_start_the_next),
	        cmocka_unit_test(one_initiator_leaves_room_for_the_next),
	        cmocka_unit_test(who_has_more_waiting_than_told_is_found),
	        cmocka_unit_test(what_another_had_waiting_is_not_counted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
