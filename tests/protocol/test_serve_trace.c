/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A trace has exactly the frames that it is about, and holds nobody up. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "tests/protocol/scene.h"
#include "tools/lan/lan.h"
#include "tools/serve/watch/ask.h"
#include "tools/serve/watch/capture.h"

enum { SECTORS = 2048 };

static const struct aoe_address disk = {7, 3}, other = {7, 4};
static const struct aoe_address everything = {AOE_SHELF_ALL, AOE_SLOT_ALL};

static int setup(void **state)
{
	struct scene *scene;

	if (scene_setup(state))
		return -1;
	scene = *state;
	scene->sanitized = true;
	scene_serve(scene, scene_text(scene, "--control=%s/control", scene->folder),
	            scene_text(scene, "7.3=%s", scene_file(scene, "disk", SECTORS * AOE_SECTOR)),
	            scene_text(scene, "7.4=%s", scene_file(scene, "other", SECTORS * AOE_SECTOR)),
	            NULL);
	return 0;
}

/* All that a trace has told, up to the end of the connection. */
struct trace {
	int fd;
	struct buffer data;
	size_t at;
};

static struct trace begin_trace(struct scene *scene, const char *line)
{
	struct trace trace = {.fd = -1};
	struct why why;
	char ok[3];

	if (ask_begin(scene_text(scene, "%s/control", scene->folder), line, &trace.fd, &why))
		fail_msg("%s", why.text);
	/* From then on it sees each frame. */
	assert_int_equal(recv(trace.fd, ok, sizeof(ok), MSG_WAITALL), sizeof(ok));
	assert_memory_equal(ok, "ok\n", sizeof(ok));
	return trace;
}

/* Says that it is enough, and hears the rest. */
static void end_trace(struct trace *trace, bool enough)
{
	struct pollfd ready = {.fd = trace->fd, .events = POLLIN};
	uint8_t bytes[65536];
	ssize_t n;

	if (enough)
		assert_int_equal(shutdown(trace->fd, SHUT_WR), 0);
	do {
		assert_int_equal(poll(&ready, 1, DEADLINE), 1);
		n = recv(trace->fd, bytes, sizeof(bytes), 0);
		assert_true(n >= 0);
		assert_int_equal(buffer_append(&trace->data, bytes, (size_t)n), 0);
	} while (n);
}

static struct capture_record next(struct trace *trace, const uint8_t **frame)
{
	struct capture_record record;

	assert_true(trace->data.size - trace->at >= sizeof(record));
	memcpy(&record, trace->data.data + trace->at, sizeof(record));
	trace->at += sizeof(record);
	assert_true(trace->data.size - trace->at >= record.length);
	*frame = trace->data.data + trace->at;
	trace->at += record.length;
	return record;
}

static uint64_t now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_REALTIME, &t);
	return (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
}

static void expect_frame(struct trace *trace, const void *frame, size_t length)
{
	const uint8_t *found;
	struct capture_record record = next(trace, &found);

	assert_int_equal(record.kind, CAPTURE_FRAME);
	assert_int_equal(record.length, length);
	assert_memory_equal(found, frame, length);
	assert_in_range(record.value, now() - (uint64_t)DEADLINE * 1000000, now());
}

/* What the client said last, and heard. */
static void expect_exchange(struct trace *trace, const struct client *client, size_t length)
{
	expect_frame(trace, client->request, length);
	expect_frame(trace, client->reply, client->reply_length);
}

static void expect_end(struct trace *trace, uint64_t dropped)
{
	const uint8_t *frame;
	struct capture_record record = next(trace, &frame);

	assert_int_equal(record.kind, CAPTURE_END);
	assert_int_equal(record.length, 0);
	assert_int_equal(record.value, dropped);
	assert_int_equal(trace->at, trace->data.size);
	buffer_free(&trace->data);
	close(trace->fd);
}

/* The last that each client said and heard is what is compared with. */
static void it_is_one_clients_frames(void **state)
{
	struct scene *scene = *state;
	struct client *one = scene_client(scene), *two = scene_client(scene);
	uint8_t data[2 * AOE_SECTOR];
	struct trace trace;
	size_t length;

	/* Heard before and after, and from others meanwhile: not there. */
	read_sectors(one, disk, 0, 1, data);
	trace = begin_trace(scene, "trace 0 client 02:00:00:00:00:01");
	read_sectors(two, disk, 1, 1, data);
	length = make_ata(one, other, ATA_WRITE_EXT, 5, 2, data, sizeof(data));
	ask(one, length);
	write_sectors(two, other, 9, 1, data);
	end_trace(&trace, true);
	read_sectors(two, disk, 1, 1, data);
	expect_exchange(&trace, one, length);
	expect_end(&trace, 0);
}

static void it_is_one_exports_frames(void **state)
{
	struct scene *scene = *state;
	struct client *one = scene_client(scene), *two = scene_client(scene);
	struct client *all = scene_client(scene);
	uint8_t data[AOE_SECTOR] = {0};
	struct trace trace = begin_trace(scene, "trace 0 export e7.4");
	size_t length, query;

	read_sectors(one, disk, 0, 1, data);
	length = make_ata(one, other, ATA_READ_EXT, 0, 2, NULL, 0);
	ask(one, length);
	read_sectors(two, disk, 0, 1, data);
	/* Whoever asks all asks this one; its answer alone is there. */
	query = make_config(all, everything, AOE_CONFIG_READ, "");
	say(all, query);
	do
		hear(all);
	while (all->header.address.slot != other.slot);
	end_trace(&trace, true);
	expect_exchange(&trace, one, length);
	expect_exchange(&trace, all, query);
	expect_end(&trace, 0);
}

static void it_ends_after_a_number_of_frames(void **state)
{
	struct scene *scene = *state;
	struct client *client = scene_client(scene), *after = scene_client(scene);
	struct trace trace = begin_trace(scene, "trace 3");
	struct trace all = begin_trace(scene, "trace 0");
	uint8_t data[AOE_SECTOR] = {0};
	const uint8_t *frame;
	size_t length = make_ata(client, disk, ATA_READ_EXT, 0, 1, NULL, 0);

	ask(client, length);
	write_sectors(after, disk, 0, 1, data);
	end_trace(&trace, false);
	expect_exchange(&trace, client, length);
	next(&trace, &frame);
	expect_end(&trace, 0);
	/* The end of one is not that of another. */
	end_trace(&all, true);
	expect_exchange(&all, client, length);
	next(&all, &frame);
	next(&all, &frame);
	expect_end(&all, 0);
}

/* It does not read while more is said than the target has room for; all is answered. */
static void who_does_not_read_holds_nobody_up(void **state)
{
	struct scene *scene = *state;
	struct client *client = scene_client(scene);
	uint8_t data[16 * AOE_SECTOR] = {0};
	struct trace trace = begin_trace(scene, "trace 0 client 02:00:00:00:00:01");
	const unsigned int count = 3 * CAPTURE_MEMORY / sizeof(data);
	struct capture_record record;
	const uint8_t *frame;
	uint64_t frames = 0;

	for (unsigned int i = 0; i < count; i++)
		read_sectors(client, disk, i % 64 * 16, 16, data);
	end_trace(&trace, true);
	while ((record = next(&trace, &frame)).kind == CAPTURE_FRAME) {
		struct aoe_header header;

		assert_int_equal(aoe_header_parse(frame, record.length, &header), 0);
		frames++;
	}
	assert_int_equal(record.kind, CAPTURE_END);
	assert_true(record.value > 0);
	assert_int_equal(frames + record.value, 2 * count);
	assert_int_equal(trace.at, trace.data.size);
	buffer_free(&trace.data);
	close(trace.fd);
}

/* One that is over, and not taken, is given up: its memory is not kept for ever. */
static void who_does_not_take_the_end_is_left(void **state)
{
	struct scene *scene = *state;
	struct client *client = scene_client(scene);
	uint8_t data[16 * AOE_SECTOR] = {0};
	struct trace trace = begin_trace(scene, "trace 1000");
	struct pollfd left = {.fd = trace.fd, .events = POLLRDHUP};
	const uint8_t *frame;

	/* More than a socket holds, and less than the target does. */
	for (unsigned int i = 0; i < 500; i++)
		read_sectors(client, disk, i % 64 * 16, 16, data);
	assert_int_equal(poll(&left, 1, DEADLINE), 1);
	end_trace(&trace, false);
	while (trace.data.size - trace.at >= sizeof(struct capture_record) + LAN_FRAME_MAX)
		assert_int_equal(next(&trace, &frame).kind, CAPTURE_FRAME);
	assert_true(trace.at < 500 * sizeof(data));
	buffer_free(&trace.data);
	close(trace.fd);
}

/* Whoever goes away, or says anything more, traces no more. */
static void who_is_gone_traces_no_more(void **state)
{
	struct scene *scene = *state;
	struct client *client = scene_client(scene);
	uint8_t data[AOE_SECTOR];
	struct trace trace;

	for (unsigned int i = 0; i < 40; i++) {
		trace = begin_trace(scene, "trace 0");
		read_sectors(client, disk, 0, 1, data);
		if (i % 2)
			assert_int_equal(send(trace.fd, "x", 1, 0), 1);
		close(trace.fd);
	}
	read_sectors(client, disk, 0, 1, data);
}

static void nonsense_is_refused(void **state)
{
	static const char *const questions[] = {"trace",
	                                        "trace many",
	                                        "trace 0 client",
	                                        "trace 0 client x",
	                                        "trace 0 export e7",
	                                        "trace 0 frames 2"};
	struct scene *scene = *state;

	for (size_t i = 0; i < sizeof(questions) / sizeof(questions[0]); i++)
		control_refuses(scene, questions[i], "");
}

/* What there is room for is sent, and that it is the end. */
static void it_ends_with_the_target(void **state)
{
	struct scene *scene = *state;
	struct client *client = scene_client(scene);
	struct trace trace = begin_trace(scene, "trace 0 client 02:00:00:00:00:01");
	size_t length = make_ata(client, disk, ATA_READ_EXT, 0, 1, NULL, 0);

	ask(client, length);
	scene_stop(scene);
	end_trace(&trace, false);
	expect_exchange(&trace, client, length);
	expect_end(&trace, 0);
}

/* And the rest, which finds no room at once: who traces may be slow. */
static void it_has_all_when_the_target_ends(void **state)
{
	struct scene *scene = *state;
	struct client *client = scene_client(scene);
	uint8_t data[16 * AOE_SECTOR] = {0};
	struct trace trace = begin_trace(scene, "trace 0 client 02:00:00:00:00:01");
	const uint8_t *frame;

	for (unsigned int i = 0; i < 250; i++)
		read_sectors(client, disk, i % 64 * 16, 16, data);
	scene_signal(scene, SIGTERM);
	end_trace(&trace, false);
	for (unsigned int i = 0; i < 500; i++)
		assert_int_equal(next(&trace, &frame).kind, CAPTURE_FRAME);
	expect_end(&trace, 0);
	assert_int_equal(scene_wait(scene), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test_setup_teardown(it_is_one_clients_frames, setup, scene_teardown),
	        cmocka_unit_test_setup_teardown(it_is_one_exports_frames, setup, scene_teardown),
	        cmocka_unit_test_setup_teardown(it_ends_after_a_number_of_frames, setup,
	                                        scene_teardown),
	        cmocka_unit_test_setup_teardown(who_does_not_read_holds_nobody_up, setup,
	                                        scene_teardown),
	        cmocka_unit_test_setup_teardown(who_does_not_take_the_end_is_left, setup,
	                                        scene_teardown),
	        cmocka_unit_test_setup_teardown(who_is_gone_traces_no_more, setup, scene_teardown),
	        cmocka_unit_test_setup_teardown(nonsense_is_refused, setup, scene_teardown),
	        cmocka_unit_test_setup_teardown(it_ends_with_the_target, setup, scene_teardown),
	        cmocka_unit_test_setup_teardown(it_has_all_when_the_target_ends, setup,
	                                        scene_teardown),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
