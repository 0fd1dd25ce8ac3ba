/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Faults: how they are written, and what the layer does to requests and when. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <string.h>

#include "tools/serve/config/faults.h"

enum {
	READ = 1 << STORE_READ,
	WRITE = 1 << STORE_WRITE,
	SYNC = 1 << STORE_SYNC,
	MANY = 10000,
};

/* ---- how they are written ---- */

static struct fault_rules accept(const char *text)
{
	struct fault_rules rules;
	struct why why;

	if (faults_parse(text, &rules, &why))
		fail_msg("%s: %s", text, why.text);
	return rules;
}

static void check_rule(const struct fault_rule *rule, enum fault_effect effect,
                       unsigned int operations, unsigned int share)
{
	assert_int_equal(rule->effect, effect);
	assert_int_equal(rule->operations, operations);
	assert_int_equal(rule->share, share);
}

static void test_each_kind(void **state)
{
	struct fault_rules rules = accept("delay:2s+read-delay:10ms:5%+write-error:EIO:0.01%+error+"
	                                  "sync-hang+enospc:99.5%+seed:7+read-flip:100%");

	(void)state;
	assert_int_equal(rules.count, 7);
	assert_int_equal(rules.seed, 7);
	check_rule(&rules.list[0], FAULT_DELAY, READ | WRITE | SYNC, FAULT_ALWAYS);
	assert_int_equal(rules.list[0].delay, 2000);
	check_rule(&rules.list[1], FAULT_DELAY, READ, 50000);
	assert_int_equal(rules.list[1].delay, 10);
	check_rule(&rules.list[2], FAULT_ERROR, WRITE, 100);
	assert_int_equal(rules.list[2].error, -EIO);
	check_rule(&rules.list[3], FAULT_ERROR, READ | WRITE | SYNC, FAULT_ALWAYS);
	assert_int_equal(rules.list[3].error, -EIO);
	check_rule(&rules.list[4], FAULT_HANG, SYNC, FAULT_ALWAYS);
	check_rule(&rules.list[5], FAULT_ERROR, WRITE, 995000);
	assert_int_equal(rules.list[5].error, -ENOSPC);
	check_rule(&rules.list[6], FAULT_FLIP, READ, FAULT_ALWAYS);
	check_rule(&accept("flip").list[0], FAULT_FLIP, READ | WRITE, FAULT_ALWAYS);
	rules = accept("write-error:ESTALE");
	assert_int_equal(rules.list[0].error, -ESTALE);
	assert_string_equal(rules.text, "write-error:ESTALE");
}

static void test_none(void **state)
{
	const struct fault_rules rules = accept("none"), nothing = {0};

	(void)state;
	assert_memory_equal(&rules, &nothing, sizeof(rules));
}

static void test_what_is_wrong(void **state)
{
	static const struct {
		const char *text, *why;
	} cases[] = {
	        {"", "'': there are delay:TIME, hang, error[:ERRNO] and flip, "},
	        {"slow", "'slow': there are delay:TIME"},
	        {"none+hang", "'none': there are"},
	        {"hang+", "'': there are"},
	        {"+hang", "'': there are"},
	        {"sync-flip", "'sync-flip': there are"},
	        {"write-enospc", "'write-enospc': there are"},
	        {"read-enospc", "'read-enospc': there are"},
	        {"read-write-hang", "'read-write-hang': there are"},
	        {"delay", "'delay': needs a time, like delay:10ms"},
	        {"read-delay:10",
	         "'read-delay': needs a time, like read-delay:10ms or read-delay:2s"},
	        {"delay:0ms", "needs a time"},
	        {"delay:-1ms", "needs a time"},
	        {"delay:0x10ms", "needs a time"},
	        {"delay:3601s", "needs a time"},
	        {"delay:3600001ms", "needs a time"},
	        {"delay:99999999999999999999s", "needs a time"},
	        {"delay:1%", "needs a time"},
	        {"delay:1ms:2ms", "'2ms': not a share of the requests, like 5% or 0.1%"},
	        {"error:EWHAT", "'EWHAT': not an error that storage has, like EIO, ENOSPC"},
	        {"enospc:EIO", "'EIO': not a share"},
	        {"hang:0%", "'0%': not a share"},
	        {"hang:0.0000%", "'0.0000%': not a share"},
	        {"hang:0.00001%", "'0.00001%': not a share"},
	        {"hang:100.1%", "'100.1%': not a share"},
	        {"hang:101%", "'101%': not a share"},
	        {"hang:1", "'1': not a share"},
	        {"hang:.5%", "'.5%': not a share"},
	        {"hang:1.%", "'1.%': not a share"},
	        {"hang:", "'': not a share"},
	        {"hang:1%:1%", "'hang': takes nothing more"},
	        {"error:EIO:1%:1%", "'error:EIO:1%:1%': not a fault"},
	        {"seed", "seed: needs a number, like seed:7"},
	        {"seed:x", "seed: needs a number"},
	        {"seed:1:2", "seed: needs a number"},
	        {"seed:7", "'seed:7': names no fault"},
	        {"hang hang", "has other characters than a fault"},
	        {"hang\n", "has other characters"},
	        {"hang\xff", "has other characters"},
	        {"hang+hang+hang+hang+hang+hang+hang+hang+hang", "more than 8 faults"},
	};
	const struct fault_rules nothing = {0};
	char text[FAULT_TEXT + 1] = "";

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct fault_rules rules = {.count = 1};
		struct why why = {""};

		assert_int_equal(faults_parse(cases[i].text, &rules, &why), -EINVAL);
		if (!strstr(why.text, cases[i].why))
			fail_msg("'%s': wanted '%s', got '%s'", cases[i].text, cases[i].why,
			         why.text);
		assert_memory_equal(&rules, &nothing, sizeof(rules));
	}
	memset(text, 'h', FAULT_TEXT);
	assert_int_equal(faults_parse(text, &(struct fault_rules){0}, &(struct why){""}), -EINVAL);
}

/* ---- what the layer does ---- */

/* A store that does everything at once, and counts. */
struct below {
	struct store store; /* the first member */
	size_t started;
	uint8_t written[512];
	bool left, closed;
};

static int below_try_read(struct store *store, void *data, size_t length, uint64_t offset)
{
	(void)store;
	(void)offset;
	memset(data, 0, length);
	return 0;
}

static void below_start(struct store *store, struct store_request *request)
{
	struct below *below = (struct below *)(void *)store;

	below->started++;
	memset(&request->task, 0xff, sizeof(request->task)); /* it is this one's by now */
	if (request->operation == STORE_READ)
		memset(request->data, 0, request->length);
	if (request->operation == STORE_WRITE)
		memcpy(below->written, request->data, sizeof(below->written));
	request->done(request);
}

static void below_close(struct store *store)
{
	((struct below *)(void *)store)->closed = true;
}

static const struct store_operations below_operations = {below_try_read, below_start, NULL,
                                                         below_close};

struct layer {
	struct below below;
	struct fault_queue queue;
	struct fault fault;
};

static void layer_init(struct layer *layer, const char *text)
{
	const struct fault_rules rules = accept(text);

	*layer = (struct layer){.below.store = {&below_operations, 1 << 20, .in_order = true}};
	fault_init(&layer->fault, &layer->below.store, &layer->queue);
	assert_int_equal(layer->fault.store.size, 1 << 20);
	fault_set(&layer->fault, &rules);
	fault_run(&layer->queue, 1000);
}

struct request {
	struct store_request storage; /* the first member */
	unsigned int done;
	uint8_t data[512];
};

static void done(struct store_request *storage)
{
	struct request *request = storage->owner;

	assert_ptr_equal(request, storage);
	request->done++;
}

static void begin(struct layer *layer, struct request *request, enum store_operation operation)
{
	bool transfer = operation == STORE_READ || operation == STORE_WRITE;

	*request = (struct request){.storage = {.operation = operation,
	                                        .data = request->data,
	                                        .length = transfer ? sizeof(request->data) : 0,
	                                        .done = done,
	                                        .owner = request}};
	store_start(&layer->fault.store, &request->storage);
}

static void test_without_rules_nothing_is_in_the_way(void **state)
{
	struct request request;
	struct layer layer;

	(void)state;
	layer_init(&layer, "none");
	assert_int_equal(store_try_read(&layer.fault.store, request.data, 512, 0), 0);
	begin(&layer, &request, STORE_SYNC);
	assert_int_equal(request.done, 1);
	assert_true(fault_due(&layer.queue) == FAULT_NEVER);
	begin(&layer, &request, (enum store_operation)STORE_MEASURE);
	assert_int_equal(request.done, 1);
	store_close(&layer.fault.store);
	assert_true(layer.below.closed);
}

static void test_a_delay_ends_when_it_is_due(void **state)
{
	struct request reads[2], write;
	struct layer layer;

	(void)state;
	layer_init(&layer, "read-delay:10ms");
	assert_int_equal(store_try_read(&layer.fault.store, write.data, 512, 0), -EAGAIN);
	begin(&layer, &write, STORE_WRITE);
	assert_int_equal(write.done, 1);
	begin(&layer, &reads[0], STORE_READ);
	fault_run(&layer.queue, 1004);
	begin(&layer, &reads[1], STORE_READ);
	assert_int_equal(fault_due(&layer.queue), 1011);
	fault_run(&layer.queue, 1010);
	assert_int_equal(reads[0].done, 0);
	fault_run(&layer.queue, 1011);
	assert_int_equal(reads[0].done, 1);
	assert_int_equal(reads[1].done, 0);
	assert_int_equal(fault_due(&layer.queue), 1015);
	fault_run(&layer.queue, 5000);
	assert_int_equal(reads[1].done, 1);
	assert_int_equal(reads[1].storage.error, 0);
	assert_true(fault_due(&layer.queue) == FAULT_NEVER);
}

static uint64_t late(void)
{
	return 1500;
}

/* Of a turn that takes long, as when the machine is busy, no delay is a part. */
static void test_a_delay_begins_with_its_request(void **state)
{
	struct request read;
	struct layer layer;

	(void)state;
	layer_init(&layer, "read-delay:10ms");
	layer.queue.clock = late;
	begin(&layer, &read, STORE_READ);
	assert_int_equal(fault_due(&layer.queue), 1511);
}

static void test_one_meets_all_rules(void **state)
{
	struct request write;
	struct layer layer;

	(void)state;
	layer_init(&layer, "delay:10ms+write-delay:5ms+write-error:ENOSPC+hang");
	begin(&layer, &write, STORE_WRITE);
	fault_run(&layer.queue, 1011);
	assert_int_equal(fault_due(&layer.queue), 1017);
	fault_run(&layer.queue, 1016);
	assert_int_equal(write.done, 0);
	fault_run(&layer.queue, 1017);
	assert_int_equal(write.done, 1);
	assert_int_equal(write.storage.error, -ENOSPC);
	assert_int_equal(layer.below.started, 0);
}

/* So none may count as covered by it. */
static void test_a_sync_goes_past_a_write_that_is_held(void **state)
{
	struct request write, sync;
	struct layer layer;

	(void)state;
	layer_init(&layer, "write-delay:10ms");
	assert_false(layer.fault.store.in_order);
	begin(&layer, &write, STORE_WRITE);
	begin(&layer, &sync, STORE_SYNC);
	assert_int_equal(sync.done, 1);
	assert_int_equal(write.done, 0);
	fault_run(&layer.queue, 1011);
	assert_int_equal(write.done, 1);
}

/* Whoever starts many is not called back from each start. */
static void test_an_error_is_told_later(void **state)
{
	struct request sync;
	struct layer layer;

	(void)state;
	layer_init(&layer, "sync-error");
	begin(&layer, &sync, STORE_SYNC);
	assert_int_equal(sync.done, 0);
	assert_int_equal(fault_due(&layer.queue), 1000);
	fault_run(&layer.queue, 1000);
	assert_int_equal(sync.done, 1);
	assert_int_equal(sync.storage.error, -EIO);
}

static struct layer *layer_of_next;
static struct request *next_request;

static void begin_next(struct store_request *storage)
{
	done(storage);
	begin(layer_of_next, next_request, STORE_WRITE);
}

/* One that begins the next when it is told is in the queue again, and that is done at once too. */
static void test_what_is_closed_leaves_the_queue(void **state)
{
	struct request first, second;
	struct layer layer;

	(void)state;
	layer_init(&layer, "write-error");
	layer_of_next = &layer;
	next_request = &second;
	begin(&layer, &first, STORE_WRITE);
	first.storage.done = begin_next;
	fault_run(&layer.queue, 1000);
	assert_int_equal(second.done, 1);
	store_close(&layer.fault.store);
	assert_null(layer.queue.first);
}

static void test_other_rules_judge_what_is_held(void **state)
{
	struct request sync, read;
	struct layer layer;
	struct fault_rules rules;

	(void)state;
	layer_init(&layer, "sync-hang+delay:10ms");
	begin(&layer, &sync, STORE_SYNC);
	assert_true(fault_due(&layer.queue) == FAULT_NEVER);
	begin(&layer, &read, STORE_READ);
	fault_run(&layer.queue, 1005);
	rules = accept("sync-delay:7ms");
	fault_set(&layer.fault, &rules);
	assert_int_equal(read.done, 1);
	assert_int_equal(sync.done, 0);
	assert_int_equal(fault_due(&layer.queue), 1013);
	rules = accept("none");
	fault_set(&layer.fault, &rules);
	assert_int_equal(sync.done, 1);
	assert_true(fault_due(&layer.queue) == FAULT_NEVER);
	assert_null(layer.queue.first);
}

static size_t count_bits(const uint8_t *a, const uint8_t *b)
{
	size_t count = 0;

	for (size_t i = 0; i < 512; i++)
		count += (size_t)__builtin_popcount(a[i] ^ b[i]);
	return count;
}

static void test_a_flip_is_one_bit_and_the_callers_stays(void **state)
{
	static const uint8_t zeros[512];
	struct request request;
	struct layer layer;

	(void)state;
	layer_init(&layer, "flip");
	begin(&layer, &request, STORE_READ);
	assert_int_equal(request.done, 1);
	assert_int_equal(count_bits(request.data, zeros), 1);
	begin(&layer, &request, STORE_WRITE);
	assert_int_equal(request.done, 1);
	assert_memory_equal(request.data, zeros, sizeof(zeros));
	assert_int_equal(count_bits(layer.below.written, zeros), 1);
}

/* How many of MANY reads fail, and which, as a sum. */
static size_t count_failures(const char *text, uint64_t *which)
{
	struct request request;
	struct layer layer;
	size_t failures = 0;

	*which = 0;
	layer_init(&layer, text);
	for (uint64_t i = 0; i < MANY; i++) {
		begin(&layer, &request, STORE_READ);
		fault_run(&layer.queue, 1000);
		assert_int_equal(request.done, 1);
		failures += request.storage.error != 0;
		*which += request.storage.error ? i * i : 0;
	}
	return failures;
}

static void test_a_share_is_that_many_and_a_seed_says_which(void **state)
{
	uint64_t first, again, other;
	size_t failures = count_failures("read-error:5%", &first);

	(void)state;
	/* 500 of 10,000; five standard deviations are 109. */
	assert_in_range(failures, 391, 609);
	assert_int_equal(count_failures("read-error:5%", &again), failures);
	assert_true(first == again);
	count_failures("read-error:5%+seed:1", &other);
	assert_true(first != other);
	assert_int_equal(count_failures("read-error:100%", &again), MANY);
	assert_int_equal(count_failures("write-error", &again), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_each_kind),
	        cmocka_unit_test(test_none),
	        cmocka_unit_test(test_what_is_wrong),
	        cmocka_unit_test(test_without_rules_nothing_is_in_the_way),
	        cmocka_unit_test(test_a_delay_ends_when_it_is_due),
	        cmocka_unit_test(test_a_delay_begins_with_its_request),
	        cmocka_unit_test(test_one_meets_all_rules),
	        cmocka_unit_test(test_a_sync_goes_past_a_write_that_is_held),
	        cmocka_unit_test(test_an_error_is_told_later),
	        cmocka_unit_test(test_what_is_closed_leaves_the_queue),
	        cmocka_unit_test(test_other_rules_judge_what_is_held),
	        cmocka_unit_test(test_a_flip_is_one_bit_and_the_callers_stays),
	        cmocka_unit_test(test_a_share_is_that_many_and_a_seed_says_which),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
