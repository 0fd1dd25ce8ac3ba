/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the kernel is asked for, as strace sees it; and storage that fails, is slow or hangs as it
 * tampers. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/protocol/scene.h"

static const struct aoe_address disk = {7, 3}, healthy = {7, 4};

/* The next target runs under strace, which does what tamper says; or skips the test. */
static void trace_next(struct scene *scene, const char *tamper)
{
	scene_stop(scene);
	if (system("strace -o /dev/null true 2>/dev/null")) {
		print_message("# no strace, or it may not trace here\n");
		skip();
	}
	scene->strace = tamper;
}

/*
 * Starts the target for the disk with these options (",ro") under strace, which does the tampering
 * that `tamper` asks for and writes to the scene's file "trace"; or skips the test. There is a
 * second export beside it, healthy.
 */
static void serve_traced(struct scene *scene, const char *tamper, const char *options)
{
	trace_next(scene, tamper);
	scene_serve(scene, scene_text(scene, "7.3=%s%s", scene_path(scene, "disk"), options),
	            scene_text(scene, "7.4=%s",
	                       scene_file(scene, "healthy", SCENE_SECTORS * AOE_SECTOR)),
	            NULL);
}

/* Asserts that these are in the trace, up to NULL, in that order. */
static void expect_trace(struct scene *scene, const char *const *calls)
{
	char text[16384] = "", *at = text;
	FILE *file = fopen(scene_text(scene, "%s/trace", scene->folder), "re");

	assert_non_null(file);
	assert_true(fread(text, 1, sizeof(text) - 1, file) > 0);
	fclose(file);
	for (; *calls; calls++) {
		at = strstr(at, *calls);
		if (!at)
			fail_msg("no %s in its place in:\n%s", *calls, text);
	}
}

/* The system calls of the real thing, in their order. */
static void the_kernel_sees_the_sync_before_the_answer(void **state)
{
	struct scene *scene = *state;
	struct client *client = scene_client(scene);
	static const char *const calls[] = {"pwrite64(", "fdatasync(", "= 0\n", "sendto(", NULL};
	uint8_t data[AOE_SECTOR] = {1};

	serve_traced(scene, "trace=pwrite64,pwritev,fdatasync,sendto,sendmmsg", "");
	write_sectors(client, disk, 5, 1, data);
	/* Its messages end when strace, which inherited them, has written everything. */
	scene_stop(scene);
	expect_trace(scene, calls);
}

/* While a sync takes its time, no read suffers for it. */
static void a_slow_disk_holds_up_no_reads(void **state)
{
	struct scene *scene = *state;
	struct client *client = scene_client(scene);
	uint8_t data[AOE_SECTOR] = {1}, in[AOE_SECTOR];
	uint32_t first, second;

	serve_traced(scene, "inject=fdatasync:delay_enter=1500000", "");
	say(client, make_ata(client, disk, ATA_WRITE_EXT, 5, 1, data, sizeof(data)));
	first = client->tag;
	read_sectors(client, disk, 5, 1, in);
	assert_memory_equal(in, data, sizeof(data));
	say(client, make_ata(client, disk, ATA_WRITE_EXT, 6, 1, data, sizeof(data)));
	second = client->tag;
	read_sectors(client, disk, 6, 1, in);
	hear(client);
	assert_int_equal(client->header.tag, first);
	hear(client);
	assert_int_equal(client->header.tag, second);
	scene_stop(scene);
}

/* The same, repeated as initiators do: strace fails the first sync of each thread. */
static void write_until_it_recovers(struct client *client, uint64_t lba, const uint8_t *data)
{
	size_t length = make_ata(client, disk, ATA_WRITE_EXT, lba, 1, data, AOE_SECTOR);
	struct pollfd p = {.fd = client->socket, .events = POLLIN};
	bool answered = false, announced = false;

	say(client, length);
	for (int patience = DEADLINE / 1000; !answered || !announced; patience--) {
		assert_true(patience > 0);
		if (!poll(&p, 1, 1000)) {
			say(client, length);
			continue;
		}
		hear(client);
		answered |= client->header.command == AOE_ATA;
		announced |= client->header.command == AOE_CONFIG;
	}
}

static void a_failed_sync_is_silence(void **state)
{
	struct scene *scene = *state;
	struct client *client = scene_client(scene);
	uint8_t data[AOE_SECTOR] = {1};

	serve_traced(scene, "inject=fdatasync:error=EIO:when=1", "");
	say(client, make_ata(client, disk, ATA_WRITE_EXT, 5, 1, data, sizeof(data)));
	scene_expect(scene, scene_text(scene, "e7.3: %s: syncing sector 5: Input/output error: ",
	                               scene_path(scene, "disk")));
	hear_nothing(client, 100);
	write_until_it_recovers(client, 5, data);
	scene_stop(scene);
}

static void what_was_begun_is_finished_before_the_end(void **state)
{
	struct scene *scene = *state;
	struct client *client = scene_client(scene);
	uint8_t data[AOE_SECTOR] = {1}, in[AOE_SECTOR];
	uint32_t tag;

	serve_traced(scene, "inject=fdatasync:delay_enter=500000", "");
	say(client, make_ata(client, disk, ATA_WRITE_EXT, 5, 1, data, sizeof(data)));
	tag = client->tag;
	/* When this is answered, the write has been taken, and its sync is what is waited for. */
	read_sectors(client, disk, 5, 1, in);
	scene_stop(scene);
	hear(client);
	assert_int_equal(client->header.tag, tag);
	assert_int_equal(client->header.flags, AOE_RESPONSE);
}

static void writeback_is_synced_at_the_end(void **state)
{
	struct scene *scene = *state;
	struct client *client = scene_client(scene);
	static const char *const calls[] = {"pwrite64(", "fdatasync(", "= 0\n", NULL};
	uint8_t data[AOE_SECTOR] = {1};

	serve_traced(scene, "trace=pwrite64,pwritev,fdatasync", ",cache=writeback");
	write_sectors(client, disk, 5, 1, data);
	scene_stop(scene);
	expect_trace(scene, calls);
}

static void writeback_that_is_lost_at_the_end_is_told(void **state)
{
	struct scene *scene = *state;
	struct client *client = scene_client(scene);
	uint8_t data[AOE_SECTOR] = {1};

	serve_traced(scene, "inject=fdatasync:error=EIO", ",cache=writeback");
	write_sectors(client, disk, 5, 1, data);
	scene_signal(scene, SIGTERM);
	assert_int_equal(scene_wait(scene), 1);
	scene_expect(scene, scene_text(scene,
	                               "e7.3: %s: sync: Input/output error: acknowledged "
	                               "writes are lost",
	                               scene_path(scene, "disk")));
}

/*
 * Past the page cache only whole blocks can be written. Here the kernel does not tell how large
 * they are, so that they must be taken to be as large as any disk's, 4096 bytes.
 */
static void what_is_beside_a_write_in_its_block_stays(void **state)
{
	struct scene *scene = *state;
	struct client *client = scene_client(scene);
	uint8_t out[3 * AOE_SECTOR], in[16 * AOE_SECTOR];
	int fd = open(scene_path(scene, "disk"), O_RDONLY | O_DIRECT | O_CLOEXEC);

	if (fd < 0) {
		print_message("# this file system has no O_DIRECT\n");
		skip();
	}
	close(fd);
	fill(in, sizeof(in), 7);
	write_sectors(client, disk, 0, 16, in);
	serve_traced(scene, "inject=statx:error=ENOSYS", ",direct");
	fill(out, sizeof(out), 9);
	write_sectors(client, disk, 7, 3, out);
	memcpy(in + 7 * AOE_SECTOR, out, sizeof(out));
	write_sectors(client, disk, 15, 1, out);
	memcpy(in + 15 * AOE_SECTOR, out, AOE_SECTOR);
	for (uint8_t i = 0; i < 16; i++) {
		read_sectors(client, disk, i, 1, out);
		assert_memory_equal(out, in + i * AOE_SECTOR, AOE_SECTOR);
	}
	scene_stop(scene);
}

/* A target for one sector of the file, past the page cache, whose blocks it takes for larger. */
static void serve_sector(struct scene *scene, const char *file, int sector)
{
	scene->strace = "inject=statx:error=ENOSYS";
	scene_serve(scene,
	            scene_text(scene, "7.3=%s,direct,lock=no,offset=%d,length=1", file, sector),
	            NULL);
}

/* Each served by a process of its own, as many who part a disk do it. */
static void parts_of_one_block_keep_their_own(void **state)
{
	struct scene *scenes[2] = {*state, NULL};
	struct client *clients[2];
	uint8_t out[AOE_SECTOR], in[AOE_SECTOR];
	int fd = open(scene_path(*state, "disk"), O_RDONLY | O_DIRECT | O_CLOEXEC);

	if (fd < 0) {
		print_message("# this file system has no O_DIRECT\n");
		skip();
	}
	close(fd);
	serve_traced(*state, "trace=none", "");
	assert_int_equal(scene_setup((void **)&scenes[1]), 0);
	scene_stop(scenes[0]);
	for (int i = 0; i < 2; i++) {
		serve_sector(scenes[i], scene_path(scenes[0], "disk"), i + 1);
		clients[i] = scene_client(scenes[i]);
	}
	for (unsigned int round = 0; round < 200; round++) {
		for (unsigned int i = 0; i < 2; i++) {
			fill(out, sizeof(out), 2 * round + i);
			say(clients[i],
			    make_ata(clients[i], disk, ATA_WRITE_EXT, 0, 1, out, sizeof(out)));
		}
		hear(clients[0]);
		hear(clients[1]);
		for (unsigned int i = 0; i < 2; i++) {
			fill(out, sizeof(out), 2 * round + i);
			read_sectors(clients[i], disk, 0, 1, in);
			assert_memory_equal(in, out, sizeof(out));
		}
	}
	scene_stop(scenes[0]);
	scene_stop(scenes[1]);
	scene_teardown((void **)&scenes[1]);
}

/* Withdrawn, and removed by a reload, with all that it has under way: neither waits for it. */
static void take_away(struct scene *scene, unsigned int waiting)
{
	control_refuses(
	        scene, "withdraw e7.3",
	        scene_text(scene, "withdrawn, but the disk does not answer: %u requests", waiting));
	scene_configure(scene, scene_text(scene, "export 7.4 %s\n", scene_path(scene, "healthy")));
	control_agrees(scene, "reload", "");
	scene_expect(scene, "/disk: not exported any more\n");
}

/* The other export, discovery, the administrator and the end do not depend on it. */
static void a_disk_that_hangs_is_no_others_trouble(void **state)
{
	enum { WAITING = 300 };
	struct scene *scene = *state;
	struct client *client = scene_client(scene), *other = scene_client(scene);
	uint8_t data[AOE_SECTOR] = {1}, in[AOE_SECTOR];

	scene->strace_file = scene_path(scene, "disk");
	scene_configure(scene,
	                scene_text(scene, "export 7.3 %s\nexport 7.4 %s\n",
	                           scene_path(scene, "disk"),
	                           scene_file(scene, "healthy", SCENE_SECTORS * AOE_SECTOR)));
	trace_next(scene, "inject=pwrite64,fdatasync:delay_enter=40000000");
	scene_serve(scene, scene_text(scene, "--config=%s/serve.conf", scene->folder),
	            scene_text(scene, "--control=%s/control", scene->folder), NULL);
	for (unsigned int i = 0; i < WAITING; i++)
		say(client, make_ata(client, disk, ATA_WRITE_EXT, i, 1, data, sizeof(data)));
	read_sectors(other, healthy, 5, 1, in);
	ask(other, make_config(other, healthy, AOE_CONFIG_READ, ""));
	scene_expect(scene, scene_text(scene,
	                               "e7.3: %s: the disk has not answered for 5 s: %d requests "
	                               "wait, and 0 more were not taken: see to the disk",
	                               scene_path(scene, "disk"), WAITING));
	/* It is not to be found, and takes nothing on: the next answer is to something else. */
	say(other, make_config(other, disk, AOE_CONFIG_READ, ""));
	say(other, make_ata(other, disk, ATA_IDENTIFY, 0, 1, NULL, 0));
	say(other, make_ata(other, disk, ATA_READ_EXT, 0, 1, NULL, 0));
	read_sectors(other, healthy, 6, 1, in);
	take_away(scene, WAITING);
	read_sectors(other, healthy, 7, 1, in);
	scene_signal(scene, SIGTERM);
	assert_int_equal(scene_wait(scene), 1);
	scene_expect(scene, "300 requests are not finished, none of them acknowledged");
}

static void a_disk_that_answers_again_is_told(void **state)
{
	struct scene *scene = *state;
	struct client *client = scene_client(scene);
	uint8_t data[AOE_SECTOR] = {1};

	serve_traced(scene, "inject=pwrite64:delay_enter=6500000:when=1", "");
	say(client, make_ata(client, disk, ATA_WRITE_EXT, 5, 1, data, sizeof(data)));
	scene_expect(scene, "e7.3: ");
	scene_expect(scene, "the disk has not answered for ");
	scene_expect(scene, ": 1 request waits");
	scene_expect(scene, "the disk answers again, after ");
	/* The answer to the request, and an announcement. */
	hear(client);
	hear(client);
	read_sectors(client, disk, 5, 1, data);
	scene_stop(scene);
}

/* What was acknowledged is gone, and a later sync that succeeds does not bring it back. */
static void a_lost_write_fails_every_later_flush(void **state)
{
	struct scene *scene = *state;
	struct client *client = scene_client(scene);
	uint8_t data[AOE_SECTOR] = {1};

	serve_traced(scene, "inject=fdatasync:error=EIO:when=1", ",cache=writeback");
	write_sectors(client, disk, 5, 1, data);
	for (int i = 0; i < 3; i++) {
		say(client, make_ata(client, disk, ATA_FLUSH, 0, 0, NULL, 0));
		scene_expect(scene, "sync: Input/output error: acknowledged writes are lost");
		write_sectors(client, disk, 5, 1, data);
	}
	scene_signal(scene, SIGTERM);
	assert_int_equal(scene_wait(scene), 1);
}

#define TEST(function)                                                                             \
	cmocka_unit_test_setup_teardown(function, scene_setup_serving, scene_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	        TEST(the_kernel_sees_the_sync_before_the_answer),
	        TEST(a_slow_disk_holds_up_no_reads),
	        TEST(a_failed_sync_is_silence),
	        TEST(what_was_begun_is_finished_before_the_end),
	        TEST(writeback_is_synced_at_the_end),
	        TEST(writeback_that_is_lost_at_the_end_is_told),
	        TEST(what_is_beside_a_write_in_its_block_stays),
	        TEST(parts_of_one_block_keep_their_own),
	        TEST(a_disk_that_hangs_is_no_others_trouble),
	        TEST(a_disk_that_answers_again_is_told),
	        TEST(a_lost_write_fails_every_later_flush),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
