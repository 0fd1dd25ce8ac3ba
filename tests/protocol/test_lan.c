/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A LAN on a real Ethernet interface, lan0, in a network namespace of the test's own. At the other
 * end of the veth pair, lan1, frames are sent and taken with a plain packet socket.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "tests/protocol/scene.h"
#include "tools/lan/lan.h"

enum {
	AGAIN = 100, /* milliseconds until a frame that may have been lost is sent again */
	WRITE_8K = AOE_ATA_DATA + 8192,
	NUMBER = AOE_HEADER_SIZE, /* where a frame of this test has its number */
};

struct ends {
	struct lan *lan; /* on lan0 */
	int other;       /* on lan1 */
	uint8_t *buffers;
	struct lan_frame frames[LAN_BATCH];
};

static void run(const char *command)
{
	int status = system(command);

	if (status)
		fail_msg("%s: status %d", command, status);
}

static void make_pair(void)
{
	run("ip link add lan0 mtu 9000 type veth peer name lan1 mtu 9000 && "
	    "ip link set lan0 up && ip link set lan1 up");
}

static int open_other(void)
{
	struct sockaddr_ll address = {.sll_family = AF_PACKET,
	                              .sll_protocol = htobe16(AOE_ETHERTYPE),
	                              .sll_ifindex = (int)if_nametoindex("lan1")};
	int fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);
	int on = 1, room = 64 << 20;

	assert_true(fd >= 0);
	setsockopt(fd, SOL_PACKET, PACKET_IGNORE_OUTGOING, &on, sizeof(on));
	setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &room, sizeof(room));
	assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	return fd;
}

static long now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* ---- the other end ---- */

/* A frame for everyone with a number in it. */
static void fill_frame(uint8_t *frame, size_t length, uint32_t number)
{
	memset(frame, 0, length);
	memset(frame, 0xff, 6);
	frame[6] = 0x02;
	frame[12] = AOE_ETHERTYPE >> 8;
	frame[13] = AOE_ETHERTYPE & 0xff;
	memcpy(frame + NUMBER, &number, sizeof(number));
}

static void other_says(const struct ends *ends, size_t length, uint32_t number)
{
	uint8_t frame[LAN_FRAME_MAX];

	fill_frame(frame, length, number);
	assert_int_equal(send(ends->other, frame, length, 0), length);
}

static uint32_t other_hears(const struct ends *ends)
{
	uint8_t frame[LAN_FRAME_MAX];
	struct pollfd fd = {.fd = ends->other, .events = POLLIN};
	uint32_t number;

	assert_int_equal(poll(&fd, 1, DEADLINE), 1);
	assert_true(recv(ends->other, frame, sizeof(frame), 0) > 0);
	memcpy(&number, frame + NUMBER, sizeof(number));
	return number;
}

/* ---- this end ---- */

static uint32_t number_of(const struct lan_frame *frame)
{
	uint32_t number;

	memcpy(&number, frame->data + NUMBER, sizeof(number));
	return number;
}

/* One lan_receive into ends->frames. */
static size_t receive(struct ends *ends)
{
	for (size_t i = 0; i < LAN_BATCH; i++)
		ends->frames[i] = (struct lan_frame){.data = ends->buffers + i * LAN_FRAME_MAX};
	return lan_receive(ends->lan, ends->frames, LAN_BATCH);
}

/* Waits for frames; returns how many there are, at least one. */
static size_t wait_for_frames(struct ends *ends)
{
	struct pollfd fd = {.fd = ends->lan->fd, .events = POLLIN};
	long deadline = now() + DEADLINE;
	size_t count;

	while (!(count = receive(ends)))
		if (poll(&fd, 1, (int)(deadline - now())) <= 0)
			fail_msg("nothing was received");
	return count;
}

/* Waits until the LAN's state is this. */
static void wait_for_state(struct ends *ends, enum lan_state state)
{
	struct pollfd fd = {.fd = ends->lan->fd, .events = POLLIN};
	long deadline = now() + DEADLINE;

	while (ends->lan->state != state) {
		if (poll(&fd, 1, (int)(deadline - now())) <= 0)
			fail_msg("state is %d, not %d", (int)ends->lan->state, (int)state);
		receive(ends);
	}
}

static void say_frame(struct ends *ends, size_t length, uint32_t number)
{
	uint8_t bytes[LAN_FRAME_MAX];
	struct lan_frame frame = {.data = bytes, .length = length};

	fill_frame(bytes, length, number);
	lan_send(ends->lan, &frame, 1);
}

/*
 * Frames go both ways. After a change the other end's link may need a moment before it lets frames
 * out, which it does not tell here: they are sent again until one comes.
 */
static void check_alive(struct ends *ends)
{
	struct pollfd here = {.fd = ends->lan->fd, .events = POLLIN};
	struct pollfd there = {.fd = ends->other, .events = POLLIN};
	long deadline = now() + DEADLINE;
	size_t count;

	do {
		assert_true(now() < deadline);
		other_says(ends, AOE_FRAME_MIN, 4711);
		poll(&here, 1, AGAIN);
		count = receive(ends);
	} while (!count);
	while (count--)
		assert_int_equal(number_of(&ends->frames[count]), 4711);
	do {
		assert_true(now() < deadline);
		say_frame(ends, AOE_FRAME_MIN, 4712);
	} while (!poll(&there, 1, AGAIN));
	assert_int_equal(other_hears(ends), 4712);
}

static int setup(void **state)
{
	struct ends *ends = calloc(1, sizeof(*ends));

	assert_non_null(ends);
	ends->buffers = malloc((size_t)LAN_BATCH * LAN_FRAME_MAX);
	assert_non_null(ends->buffers);
	make_pair();
	ends->other = open_other();
	*state = ends;
	if (lan_open_interface("lan0", &ends->lan))
		return -1;
	/* A new link's carrier is told a moment later. */
	wait_for_state(ends, LAN_UP);
	check_alive(ends);
	ends->lan->changed = false;
	return 0;
}

static int teardown(void **state)
{
	struct ends *ends = *state;

	lan_close(ends->lan);
	close(ends->other);
	free(ends->buffers);
	free(ends);
	return system("for i in lan0 br0; do ip link del $i 2>/dev/null; done; true");
}

/* ---- what a frame is ---- */

static void test_frame_arrives(void **state)
{
	struct ends *ends = *state;
	const struct lan counted = *ends->lan;
	struct timespec t;
	uint64_t before, after;

	clock_gettime(CLOCK_REALTIME, &t);
	before = (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
	other_says(ends, WRITE_8K, 5);
	assert_int_equal(wait_for_frames(ends), 1);
	clock_gettime(CLOCK_REALTIME, &t);
	after = (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
	assert_int_equal(ends->frames[0].length, WRITE_8K);
	assert_int_equal(number_of(ends->frames), 5);
	assert_in_range(ends->frames[0].received, before, after);
	assert_int_equal(ends->lan->received, counted.received + 1);
	assert_int_equal(ends->lan->received_bytes, counted.received_bytes + WRITE_8K);
	say_frame(ends, WRITE_8K, 6);
	assert_int_equal(other_hears(ends), 6);
	assert_int_equal(ends->lan->sent, counted.sent + 1);
	assert_int_equal(ends->lan->sent_bytes, counted.sent_bytes + WRITE_8K);
}

/* A frame for another host, which is here because somebody watches the network. */
static void test_foreign_frames(void **state)
{
	struct ends *ends = *state;
	uint8_t frame[AOE_FRAME_MIN];

	run("ip link set lan0 promisc on");
	fill_frame(frame, sizeof(frame), 1);
	memcpy(frame, "\x02\x00\x00\x00\x00\x77", 6);
	assert_int_equal(send(ends->other, frame, sizeof(frame), 0), sizeof(frame));
	other_says(ends, AOE_FRAME_MIN, 2);
	assert_int_equal(wait_for_frames(ends), 1);
	assert_int_equal(number_of(ends->frames), 2);
	/* What this end sends is not heard by itself. */
	say_frame(ends, AOE_FRAME_MIN, 3);
	other_says(ends, AOE_FRAME_MIN, 4);
	assert_int_equal(wait_for_frames(ends), 1);
	assert_int_equal(number_of(ends->frames), 4);
}

static void stranger_says(const struct ends *ends, const char *destination, uint32_t number)
{
	uint8_t frame[AOE_FRAME_MIN];

	fill_frame(frame, sizeof(frame), number);
	memcpy(frame, destination, 6);
	assert_int_equal(send(ends->other, frame, sizeof(frame), 0), sizeof(frame));
}

static const struct mac second_mac = {{0x02, 0, 0, 0, 0, 0x77}};
#define SECOND_MAC "\x02\x00\x00\x00\x00\x77"

/* The addresses that the card lets through. */
static const char filter_is_open[] = "bridge fdb show dev lan0 | grep -q 02:00:00:00:00:77";
static const char filter_is_closed[] = "! bridge fdb show dev lan0 | grep -q 02:00:00:00:00:77";

/* The card lets through what is asked for, as long as somebody asks for it. */
static void test_second_address(void **state)
{
	struct ends *ends = *state;

	assert_int_equal(lan_accept(ends->lan, second_mac), 0);
	assert_int_equal(lan_accept(ends->lan, second_mac), 0);
	lan_refuse(ends->lan, second_mac);
	run(filter_is_open);
	stranger_says(ends, SECOND_MAC, 1);
	assert_int_equal(wait_for_frames(ends), 1);
	assert_int_equal(number_of(ends->frames), 1);
	lan_refuse(ends->lan, second_mac);
	run(filter_is_closed);
	stranger_says(ends, SECOND_MAC, 2);
	other_says(ends, AOE_FRAME_MIN, 3);
	assert_int_equal(wait_for_frames(ends), 1);
	assert_int_equal(number_of(ends->frames), 3);
	lan_refuse(ends->lan, second_mac);
}

/* An interface that is made again under its name knows nothing of what was asked of the old one. */
static void test_second_address_of_one_that_returns(void **state)
{
	struct ends *ends = *state;

	assert_int_equal(lan_accept(ends->lan, second_mac), 0);
	run("ip link del lan0");
	wait_for_state(ends, LAN_GONE);
	close(ends->other);
	make_pair();
	ends->other = open_other();
	wait_for_state(ends, LAN_UP);
	run(filter_is_open);
	check_alive(ends);
	stranger_says(ends, SECOND_MAC, 1);
	while (number_of(ends->frames + wait_for_frames(ends) - 1) != 1)
		;
}

/* ---- a program that is busy ---- */

static void test_burst_is_held(void **state)
{
	enum { BURST = 3000 };
	struct ends *ends = *state;

	for (uint32_t i = 0; i < BURST; i++)
		other_says(ends, WRITE_8K, i);
	for (uint32_t i = 0; i < BURST;) {
		size_t count = wait_for_frames(ends);

		for (size_t k = 0; k < count; k++)
			assert_int_equal(number_of(&ends->frames[k]), i++);
	}
	assert_int_equal(ends->lan->overruns, 0);
	assert_in_range(ends->lan->buffers, 16, 1024);
}

static void test_overruns_are_counted(void **state)
{
	enum { BURST = 20000 };
	struct ends *ends = *state;
	uint64_t got = 0;
	size_t count;

	for (uint32_t i = 0; i < BURST; i++)
		other_says(ends, AOE_FRAME_MIN, i);
	while ((count = receive(ends)))
		got += count;
	assert_true(got < BURST);
	assert_int_equal(ends->lan->overruns, BURST - got);
	check_alive(ends);
	assert_int_equal(ends->lan->overruns, BURST - got);
}

/* A target that stood still says what it did not hear, though nothing comes after it. */
static void test_target_tells_of_overruns(void **state)
{
	enum { BURST = 10000 };
	struct ends *ends = *state;
	void *stage = NULL;
	struct scene *scene;
	char *arguments[] = {NULL, NULL, NULL, NULL, NULL, NULL};

	assert_int_equal(scene_setup(&stage), 0);
	scene = stage;
	arguments[0] = scene_text(scene, "%s", program(scene, "etherroot"));
	arguments[1] = scene_text(scene, "serve");
	arguments[2] = scene_text(scene, "--interface");
	arguments[3] = scene_text(scene, "lan0");
	arguments[4] = scene_text(scene, "0.0=%s", scene_file(scene, "disk", 1 << 20));
	scene_start(scene, arguments);
	scene_expect(scene, "e0.0: ");
	scene_signal(scene, SIGSTOP);
	assert_int_equal(waitpid(scene->target, NULL, WUNTRACED), scene->target);
	for (uint32_t i = 0; i < BURST; i++)
		other_says(ends, AOE_FRAME_MIN, i);
	scene_signal(scene, SIGCONT);
	scene_expect(scene, "etherroot serve: lan0: ");
	scene_expect(scene, " frames found no room and were lost, initiators repeat them: ");
	scene_stop(scene);
	scene_teardown(&stage);
}

/* ---- a network that is busy ---- */

/*
 * A queue in front of the wire that is full says ENOBUFS, and never when it is not any more. What
 * it refused is still sent, in order.
 */
static void test_full_queue_is_waited_for(void **state)
{
	enum { FRAMES = 60 };
	struct ends *ends = *state;
	struct pollfd fds[2] = {{.fd = ends->lan->fd, .events = POLLIN},
	                        {.fd = ends->other, .events = POLLIN}};
	long deadline = now() + DEADLINE;
	uint64_t sent = ends->lan->sent;

	run("tc qdisc add dev lan0 root tbf rate 16mbit burst 10k limit 20k");
	for (uint32_t i = 0; i < FRAMES; i++)
		say_frame(ends, WRITE_8K, i);
	assert_true(ends->lan->waiting > 0);
	for (uint32_t i = 0; i < FRAMES;) {
		assert_true(poll(fds, 2, (int)(deadline - now())) > 0);
		if (fds[0].revents)
			receive(ends);
		if (fds[1].revents)
			assert_int_equal(other_hears(ends), i++);
	}
	assert_int_equal(ends->lan->waiting, 0);
	assert_int_equal(ends->lan->lost, 0);
	assert_int_equal(ends->lan->sent, sent + FRAMES);
	check_alive(ends);
}

/* ---- an interface that changes ---- */

static void test_mtu_is_followed(void **state)
{
	struct ends *ends = *state;
	struct pollfd fd = {.fd = ends->lan->fd, .events = POLLIN};

	run("ip link set lan0 mtu 1500");
	while (ends->lan->mtu != 1500) {
		assert_int_equal(poll(&fd, 1, DEADLINE), 1);
		receive(ends);
	}
	assert_true(ends->lan->changed);
	check_alive(ends);
	run("ip link set lan0 mtu 9000");
	while (ends->lan->mtu != 9000) {
		assert_int_equal(poll(&fd, 1, DEADLINE), 1);
		receive(ends);
	}
	other_says(ends, WRITE_8K, 5);
	assert_int_equal(wait_for_frames(ends), 1);
	assert_int_equal(ends->frames[0].length, WRITE_8K);
}

static void test_flap_is_survived(void **state)
{
	struct ends *ends = *state;

	for (int i = 0; i < 3; i++) {
		run("ip link set lan0 down");
		wait_for_state(ends, LAN_DOWN);
		assert_true(ends->lan->changed);
		run("ip link set lan0 up");
		wait_for_state(ends, LAN_UP);
		check_alive(ends);
	}
	/* Nothing to do any more: a descriptor that stayed readable would be a busy loop. */
	assert_int_equal(receive(ends), 0);
	assert_int_equal(poll(&(struct pollfd){.fd = ends->lan->fd, .events = POLLIN}, 1, 0), 0);
}

/* The kernel takes a packet socket off an interface that leaves, for good. */
static void test_return_from_another_namespace(void **state)
{
	struct ends *ends = *state;
	unsigned int index = if_nametoindex("lan0");
	int back[2], gone[2];
	char byte = 0, command[128];
	pid_t child;

	assert_int_equal(pipe(back), 0);
	assert_int_equal(pipe(gone), 0);
	child = fork();
	if (!child) {
		if (unshare(CLONE_NEWNET) || write(gone[1], &byte, 1) != 1 ||
		    read(back[0], &byte, 1) != 1)
			_exit(1);
		snprintf(command, sizeof(command), "ip link set lan0 netns %d", (int)getppid());
		_exit(system(command) ? 1 : 0);
	}
	assert_int_equal(read(gone[0], &byte, 1), 1);
	snprintf(command, sizeof(command), "ip link set lan0 netns %d", (int)child);
	run(command);
	/* Both messages wait here when the program looks: all it sees is that it is there. */
	assert_int_equal(write(back[1], &byte, 1), 1);
	assert_int_equal(waitpid(child, NULL, 0), child);
	assert_int_equal(if_nametoindex("lan0"), index);
	run("ip link set lan0 up");
	receive(ends);
	wait_for_state(ends, LAN_UP);
	check_alive(ends);
	for (size_t i = 0; i < 2; i++) {
		close(back[i]);
		close(gone[i]);
	}
}

static void test_port_of_a_bridge(void **state)
{
	struct ends *ends = *state;
	struct lan *second;

	run("ip link add br0 type bridge && ip link set br0 up && ip link set lan0 master br0");
	wait_for_state(ends, LAN_PORT);
	assert_string_equal(ends->lan->master, "bridge br0");
	assert_int_equal(lan_join_interface("lan0", &second), 0);
	assert_int_equal(second->state, LAN_PORT);
	lan_close(second);
	run("ip link set lan0 nomaster");
	wait_for_state(ends, LAN_UP);
	check_alive(ends);
}

static int write_file(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	int rc = fd < 0 || write(fd, text, strlen(text)) < 0 ? -1 : 0;

	if (fd >= 0)
		close(fd);
	return rc;
}

/* A network namespace of this process's own; of its own users, if it is not root. */
static bool enter_namespace(void)
{
	char map[64];

	snprintf(map, sizeof(map), "0 %u 1", (unsigned int)geteuid());
	if (!geteuid())
		return !unshare(CLONE_NEWNET);
	return !unshare(CLONE_NEWUSER | CLONE_NEWNET) &&
	       !write_file("/proc/self/setgroups", "deny") &&
	       !write_file("/proc/self/uid_map", map);
}

#define lan_test(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	        lan_test(test_frame_arrives),
	        lan_test(test_foreign_frames),
	        lan_test(test_second_address),
	        lan_test(test_second_address_of_one_that_returns),
	        lan_test(test_burst_is_held),
	        lan_test(test_overruns_are_counted),
	        lan_test(test_target_tells_of_overruns),
	        lan_test(test_full_queue_is_waited_for),
	        lan_test(test_mtu_is_followed),
	        lan_test(test_flap_is_survived),
	        lan_test(test_return_from_another_namespace),
	        lan_test(test_port_of_a_bridge),
	};

	setenv("PATH", "/usr/sbin:/sbin:/usr/bin:/bin", 1);
	if (!enter_namespace()) {
		printf("1..1\nok 1 - a LAN on an interface # SKIP this machine gives no network "
		       "namespaces to its users\n");
		return 0;
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}
