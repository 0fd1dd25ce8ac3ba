/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The text of a list of faults, and requests that meet them. It is taken or refused in one line;
 * what is taken is within its limits. Each request is done once: when its time has come, or when
 * the faults are taken off.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "tests/fuzz/fuzz.h"
#include "tools/serve/config/faults.h"

enum { REQUESTS = 64 };

struct request {
	struct store_request storage; /* the first member */
	unsigned int done;
	uint8_t data[512];
};

static void start(struct store *store, struct store_request *request)
{
	(void)store;
	request->task.operation = IO_SYNC;
	request->error = 0;
	request->done(request);
}

static void done(struct store_request *storage)
{
	struct request *request = storage->owner;

	request->done++;
}

static void check_taken(const struct fault_rules *rules)
{
	ALWAYS(rules->count <= FAULT_RULES_MAX && !rules->count == !*rules->text);
	for (size_t i = 0; i < rules->count; i++) {
		const struct fault_rule *rule = &rules->list[i];

		ALWAYS(rule->effect <= FAULT_FLIP && rule->operations);
		ALWAYS(rule->effect != FAULT_FLIP || !(rule->operations & 1 << STORE_SYNC));
		ALWAYS(rule->share && rule->share <= FAULT_ALWAYS);
		ALWAYS((rule->effect == FAULT_DELAY) == (rule->delay > 0));
		ALWAYS(rule->delay <= FAULT_DELAY_MAX * 1000);
		ALWAYS((rule->effect == FAULT_ERROR) == (rule->error < 0));
	}
}

static void run(const struct fault_rules *rules, struct input *input)
{
	static const struct store_operations operations = {NULL, start, NULL, NULL};
	static const struct fault_rules none;
	struct request *requests = need(REQUESTS * sizeof(*requests));
	struct store below = {.operations = &operations, .size = 1 << 20};
	struct fault_queue queue = {0};
	struct fault fault;
	uint64_t now = 1;
	size_t count = 0;

	fault_init(&fault, &below, &queue);
	fault_set(&fault, rules);
	while (input->left && count < REQUESTS) {
		struct request *request = &requests[count++];
		enum store_operation operation = (enum store_operation)take_below(input, 3);

		*request = (struct request){
		        .storage = {.operation = operation,
		                    .data = request->data,
		                    .length = operation == STORE_SYNC ? 0 : sizeof(request->data),
		                    .done = done,
		                    .owner = request}};
		store_start(&fault.store, &request->storage);
		now += take_byte(input);
		fault_run(&queue, now);
		ALWAYS(fault_due(&queue) > now);
		for (size_t i = 0; i < count; i++)
			ALWAYS(requests[i].done <= 1);
	}
	fault_set(&fault, &none);
	ALWAYS(!queue.first);
	for (size_t i = 0; i < count; i++)
		ALWAYS(requests[i].done == 1);
	free(requests);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input input = {data, size};
	char *text = take_string(&input);
	struct fault_rules rules, again;
	struct why why = {""};
	int rc = faults_parse(text, &rules, &why);

	ALWAYS(!rc || (rc == -EINVAL && *why.text && !strchr(why.text, '\n')));
	check_taken(&rules);
	if (!rc) {
		ALWAYS(!strcmp(rules.text, rules.count ? text : ""));
		ALWAYS(!faults_parse(text, &again, &why));
		ALWAYS(!memcmp(&rules, &again, sizeof(rules)));
		run(&rules, &input);
	}
	free(text);
	return 0;
}
