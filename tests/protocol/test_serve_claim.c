/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Before an export is served, others are asked for its address. The client is such another: where
 * it answers, so long is listened that it is heard on any machine.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "tests/protocol/scene.h"
#include "tools/serve/watch/ask.h"

enum { SECTORS = 64, CROWD = 100 };

static const struct aoe_address disk = {7, 3}, alive = {7, 4};
#define CLIENT_MAC "02:00:00:00:00:01"
static const char taken_message[] = "e7.3: taken: " CLIENT_MAC " on ",
                  left_message[] = " does not answer for it any more";

static int setup(void **state)
{
	struct scene *scene;

	if (scene_setup(state))
		return -1;
	scene = *state;
	scene->sanitized = true;
	scene_file(scene, "a", SECTORS * AOE_SECTOR);
	scene_file(scene, "b", SECTORS * AOE_SECTOR);
	scene_file(scene, "c", SECTORS * AOE_SECTOR);
	scene_configure(scene, "");
	return 0;
}

/* Asks over the control socket, and does not wait for the answer. */
static int begin_control(struct scene *scene, const char *line)
{
	struct why why;
	int fd;

	if (ask_begin(scene_path(scene, "control"), line, &fd, &why))
		fail_msg("%s: %s", line, why.text);
	return fd;
}

/* The answer to that; asserts that it begins with that word, and contains the text. */
static void end_control(int fd, const char *verdict, const char *text)
{
	struct pollfd ready = {.fd = fd, .events = POLLIN};
	const time_t end = time(NULL) + DEADLINE / 1000;
	char answer[65536];
	size_t length = 0;
	ssize_t n;

	do {
		/* The target may say for ever that it is at it. */
		assert_true(time(NULL) <= end);
		assert_int_equal(poll(&ready, 1, DEADLINE), 1);
		n = read(fd, answer + length, sizeof(answer) - 1 - length);
		length += n > 0 ? (size_t)n : 0;
	} while (n > 0);
	close(fd);
	answer[length] = '\0';
	while (!strncmp(answer, "wait\n", 5))
		memmove(answer, answer + 5, sizeof(answer) - 5);
	if (strncmp(answer, verdict, strlen(verdict)) != 0 || !strstr(answer, text))
		fail_msg("wanted '%s' and '%s', got: %s", verdict, text, answer);
}

static void control(struct scene *scene, const char *line, const char *verdict, const char *text)
{
	end_control(begin_control(scene, line), verdict, text);
}

/*
 * A target that has no export yet, and knows the client. What text says, in which %s is the folder,
 * is loaded then.
 */
static struct client *serve(struct scene *scene, const char *listen, const char *text)
{
	struct client *client = scene_client(scene);

	scene_serve(scene, scene_text(scene, "--config=%s/serve.conf", scene->folder),
	            scene_text(scene, "--control=%s/control", scene->folder),
	            scene_text(scene, "--listen=%s", listen), NULL);
	say(client, make_config(client, alive, AOE_CONFIG_READ, ""));
	scene_configure(scene, text);
	scene_signal(scene, SIGHUP);
	return client;
}

/* Its question: to all, and for that address alone. */
static void check_question(const struct client *client, struct aoe_address address)
{
	struct aoe_config config;

	assert_int_equal(client->header.flags, 0);
	assert_int_equal(client->header.version, AOE_VERSION);
	assert_int_equal(client->header.command, AOE_CONFIG);
	assert_true(mac_equal(client->header.destination, mac_broadcast));
	assert_true(mac_equal(client->header.source, target_mac));
	assert_int_equal(aoe_address_compare(client->header.address, address), 0);
	assert_int_equal(aoe_config_parse(client->reply, client->reply_length, &config), 0);
	assert_int_equal(config.command, AOE_CONFIG_READ);
	assert_int_equal(config.string_length, 0);
}

static void hear_question(struct client *client, struct aoe_address address)
{
	hear(client);
	check_question(client, address);
}

static void check_announcement(const struct client *client, struct aoe_address address)
{
	assert_int_equal(client->header.flags, AOE_RESPONSE);
	assert_int_equal(client->header.command, AOE_CONFIG);
	assert_true(mac_equal(client->header.destination, mac_broadcast));
	assert_int_equal(aoe_address_compare(client->header.address, address), 0);
}

/* A question that was asked already may come once more before. */
static void hear_announcement(struct client *client, struct aoe_address address)
{
	do
		hear(client);
	while (!client->header.flags);
	check_announcement(client, address);
}

/* And none was asked. */
static void hear_announcement_alone(struct client *client, struct aoe_address address)
{
	hear(client);
	check_announcement(client, address);
}

/* As a target that has it. */
static void answer(struct client *client, struct aoe_address address)
{
	size_t length = make_config(client, address, AOE_CONFIG_READ, "");

	client->request[AOE_AT_VERSION_FLAGS] |= AOE_RESPONSE;
	say(client, length);
}

static char *two_exports(struct scene *scene)
{
	return scene_text(scene, "export 7.3 %s/a\nexport 7.4 %s/b duplicate=allow\n",
	                  scene->folder, scene->folder);
}

/* 7.3 is the client's, and 7.4 is served, for which nobody is asked. */
static struct client *serve_taken(struct scene *scene, const char *listen)
{
	struct client *client = serve(scene, listen, two_exports(scene));

	hear_announcement(client, alive);
	hear_question(client, disk);
	answer(client, disk);
	scene_expect(scene, taken_message);
	return client;
}

static void what_is_free_is_announced_and_served(void **state)
{
	struct scene *scene = *state;
	struct client *client =
	        serve(scene, "1500", scene_text(scene, "export 7.3 %s/a\n", scene->folder));
	uint8_t data[AOE_SECTOR];

	hear_question(client, disk);
	/* It is not answered as long as it is not known who else has the address. */
	say(client, make_ata(client, disk, ATA_READ_EXT, 0, 1, NULL, 0));
	hear_announcement(client, disk);
	say(client, make_ata(client, disk, ATA_FLUSH, 0, 0, NULL, 0));
	do
		hear(client);
	while (client->header.tag != client->tag);
	read_sectors(client, disk, 0, 1, data);
	control(scene, "status table", "ok\n", "e7.3       serving ");
	assert_null(strstr(scene->log, "taken"));
	scene_stop(scene);
}

/* The first one was lost on its way, or the answer to it. */
static void an_answer_to_the_last_question_counts(void **state)
{
	struct scene *scene = *state;
	struct client *client = serve(scene, "20000", two_exports(scene));

	hear_announcement(client, alive);
	for (int i = 0; i < 3; i++)
		hear_question(client, disk);
	answer(client, disk);
	scene_expect(scene, taken_message);
	ask_ignored(client, make_config(client, disk, AOE_CONFIG_READ, ""), alive);
	scene_stop(scene);
}

static void it_is_ready_when_it_serves(void **state)
{
	struct scene *scene = *state;
	struct client *client = scene_client(scene);
	uint8_t data[AOE_SECTOR];

	scene_serve(scene, "--listen=300", scene_text(scene, "7.3=%s/a", scene->folder), NULL);
	read_sectors(client, disk, 0, 1, data);
	scene_stop(scene);
}

static void what_is_taken_is_silent(void **state)
{
	struct scene *scene = *state;
	struct client *client = serve_taken(scene, "60000");
	const struct aoe_address everything = {AOE_SHELF_ALL, AOE_SLOT_ALL};
	uint8_t data[AOE_SECTOR] = {1};

	scene_expect(scene, "etherroot ctl resume e7.3 --force");
	ask_ignored(client, make_ata(client, disk, ATA_READ_EXT, 0, 1, NULL, 0), alive);
	ask_ignored(client, make_ata(client, disk, ATA_WRITE_EXT, 0, 1, data, sizeof(data)), alive);
	ask_ignored(client, make_config(client, disk, AOE_CONFIG_READ, ""), alive);
	/* Of all of them the other answers alone. */
	say(client, make_config(client, everything, AOE_CONFIG_READ, ""));
	do
		hear(client);
	while (client->header.tag != client->tag);
	assert_int_equal(client->header.address.slot, alive.slot);
	ask(client, make_ata(client, alive, ATA_FLUSH, 0, 0, NULL, 0));
	control(scene, "status table", "ok\n", "(" CLIENT_MAC " on ");
	control(scene, "status table", "ok\n", "e7.3       taken ");
	control(scene, "status table", "ok\n", "e7.4       serving ");
	control(scene, "status json", "ok\n", "\"state\": \"taken\"");
	control(scene, "status json", "ok\n", "\"mac\": \"" CLIENT_MAC "\", \"taken_ms\": ");
	control(scene, "status prometheus", "ok\n", "etherroot_taken{export=\"e7.3\"} 1\n");
	control(scene, "status prometheus", "ok\n", "etherroot_serving{export=\"e7.3\"} 0\n");
	scene_stop(scene);
}

static void while_it_asks_the_status_says_so(void **state)
{
	struct scene *scene = *state;
	struct client *client = serve(scene, "60000", two_exports(scene));

	hear_announcement(client, alive);
	hear_question(client, disk);
	control(scene, "status table", "ok\n", "e7.3       asking ");
	ask_ignored(client, make_config(client, disk, AOE_CONFIG_READ, ""), alive);
	scene_stop(scene);
}

/* A reload that adds 7.3, whose client waits for its answer as long as that asks. */
static int begin_reload(struct client *client)
{
	int fd;

	scene_configure(client->scene, two_exports(client->scene));
	fd = begin_control(client->scene, "reload");
	hear_announcement(client, alive);
	hear_question(client, disk);
	return fd;
}

/* Only that the target is at it was said, if anything. */
static void check_unanswered(int fd)
{
	char text[256];
	ssize_t n = recv(fd, text, sizeof(text) - 1, MSG_DONTWAIT | MSG_PEEK);

	assert_true(n != 0);
	text[n < 0 ? 0 : n] = '\0';
	assert_null(strstr(text, "ok"));
	assert_null(strstr(text, "failed"));
}

/* What it has read is served by then, or taken. */
static void a_reload_ends_when_others_were_asked(void **state)
{
	struct scene *scene = *state;
	struct client *client = serve(scene, "60000", "");
	int fd = begin_reload(client);

	check_unanswered(fd);
	answer(client, disk);
	end_control(fd, "ok\n", "");
	control(scene, "status table", "ok\n", "e7.3       taken ");
	scene_stop(scene);
}

/* However long that takes: whoever waits knows that the target is there. */
static void whoever_waits_for_that_is_told(void **state)
{
	struct scene *scene = *state;
	struct client *client = serve(scene, "60000", "");
	int fd = begin_reload(client);
	char line[6] = "";

	for (int i = 0; i < 2; i++) {
		assert_int_equal(poll(&(struct pollfd){.fd = fd, .events = POLLIN}, 1, DEADLINE),
		                 1);
		assert_int_equal(read(fd, line, 5), 5);
		assert_string_equal(line, "wait\n");
	}
	answer(client, disk);
	end_control(fd, "ok\n", "");
	scene_stop(scene);
}

/* There is nothing left to wait for. */
static void a_reload_ends_when_what_asks_is_withdrawn(void **state)
{
	struct scene *scene = *state;
	int fd = begin_reload(serve(scene, "60000", ""));

	control(scene, "withdraw e7.3", "ok\n", "");
	end_control(fd, "ok\n", "");
	scene_stop(scene);
}

/* An initiator on both would have two disks for one. */
static void what_is_taken_on_one_lan_is_silent_on_the_other(void **state)
{
	struct scene *scene = *state;
	/* Long enough for the one answer, short enough to wait for none on the other LAN. */
	struct client *here = serve(scene, "5000", ""), *there = scene_client(scene);
	char *lan = scene_text(scene, "qemu %s/lan2\n", scene->folder);

	scene_configure(scene, lan);
	control(scene, "reload", "ok\n", "");
	there->lan = scene_text(scene, "%s/lan2", scene->folder);
	say(there, make_config(there, alive, AOE_CONFIG_READ, ""));
	scene_configure(scene, scene_text(scene, "%s%s", lan, two_exports(scene)));
	scene_signal(scene, SIGHUP);
	hear_announcement(there, alive);
	hear_question(there, disk);
	answer(there, disk);
	scene_expect(scene, "e7.3: silent on ");
	ask_ignored(here, make_config(here, disk, AOE_CONFIG_READ, ""), alive);
	/* The status tells of the LAN on which it is answered. */
	control(scene, "status table", "ok\n", "/lan2 answers, for ");
	control(scene, "status prometheus", "ok\n", "etherroot_taken{export=\"e7.3\"} 1\n");
	scene_stop(scene);
}

static void all_are_asked_for_at_once(void **state)
{
	struct scene *scene = *state;
	char *text = malloc(CROWD * 256);
	size_t used = 0;
	struct client *client;

	assert_non_null(text);
	for (int i = 0; i < CROWD; i++)
		used += (size_t)sprintf(text + used, "export 8.%d %.150s/a ro\n", i, scene->folder);
	client = serve(scene, "60000", text);
	free(text);
	for (uint8_t i = 0; i < CROWD; i++)
		hear_question(client, (struct aoe_address){8, i});
	scene_stop(scene);
}

static void resume_asks_again_and_says_who_has_it(void **state)
{
	struct scene *scene = *state;
	struct client *client = serve_taken(scene, "60000");
	int fd = begin_control(scene, "resume e7.3");

	hear_question(client, disk);
	answer(client, disk);
	end_control(fd, "failed\n", taken_message);
	ask_ignored(client, make_config(client, disk, AOE_CONFIG_READ, ""), alive);
	scene_stop(scene);
}

static void what_was_withdrawn_asks_when_it_is_resumed(void **state)
{
	struct scene *scene = *state;
	struct client *client = serve_taken(scene, "60000");
	int fd;

	control(scene, "withdraw e7.3", "ok\n", "");
	/* Another server has it: that is what it was withdrawn for. */
	answer(client, disk);
	control(scene, "status table", "ok\n", "e7.3       withdrawn ");
	ask(client, make_config(client, alive, AOE_CONFIG_READ, ""));
	assert_null(strstr(scene->log, "answers for the same address"));
	fd = begin_control(scene, "resume e7.3");
	hear_question(client, disk);
	answer(client, disk);
	end_control(fd, "failed\n", taken_message);
	scene_stop(scene);
}

/* What has become of it is not what was asked for. */
static void a_resume_is_overtaken(void **state)
{
	struct scene *scene = *state;
	struct client *client = serve_taken(scene, "60000");
	int fd = begin_control(scene, "resume e7.3");

	hear_question(client, disk);
	control(scene, "withdraw e7.3", "ok\n", "");
	end_control(fd, "failed\n", "e7.3: withdrawn meanwhile");
	fd = begin_control(scene, "resume e7.3");
	hear_question(client, disk);
	scene_configure(scene,
	                scene_text(scene, "export 7.4 %s/b duplicate=allow\n", scene->folder));
	control(scene, "reload", "ok\n", "");
	end_control(fd, "failed\n", "e7.3: not served: a reload has removed it");
	scene_stop(scene);
}

static void a_withdrawal_is_overtaken(void **state)
{
	struct scene *scene = *state;
	struct client *client = serve(scene, "0", two_exports(scene));
	uint8_t data[AOE_SECTOR] = {1};
	int withdraws, resumes;

	hear_announcement(client, disk);
	control(scene, "fault e7.3 write-hang", "ok\n", "");
	say(client, make_ata(client, disk, ATA_WRITE_EXT, 0, 1, data, sizeof(data)));
	read_sectors(client, disk, 1, 1, data); /* and so the write was taken */
	/* One right after the other, before the disk is taken to hang. */
	scene_signal(scene, SIGSTOP);
	withdraws = begin_control(scene, "withdraw e7.3");
	resumes = begin_control(scene, "resume e7.3");
	scene_signal(scene, SIGCONT);
	end_control(resumes, "ok\n", "");
	end_control(withdraws, "failed\n", "e7.3: not withdrawn any more: ");
	control(scene, "fault e7.3 none", "ok\n", "");
	scene_stop(scene);
}

static void force_answers_at_once(void **state)
{
	struct scene *scene = *state;
	struct client *client = serve_taken(scene, "60000");

	control(scene, "resume e7.3 force", "ok\n", "");
	hear_announcement(client, disk);
	ask(client, make_config(client, disk, AOE_CONFIG_READ, ""));
	control(scene, "status table", "ok\n", "e7.3       serving ");
	scene_expect(scene, "e7.3: resumed, whoever else answers for it");
	/* From now on both do, and that is said as ever. */
	answer(client, disk);
	scene_expect(scene, "answers for the same address");
	scene_stop(scene);
}

static void a_reload_that_allows_it_answers_at_once(void **state)
{
	struct scene *scene = *state;
	struct client *client = serve_taken(scene, "60000");

	scene_configure(scene,
	                scene_text(scene, "export 7.3 %s/a duplicate=allow\n", scene->folder));
	control(scene, "reload", "ok\n", "");
	hear_announcement(client, disk);
	scene_stop(scene);
}

/* Its initiators are not made to wait until nobody has answered. */
static void what_was_served_is_replaced_without_asking(void **state)
{
	struct scene *scene = *state;
	struct client *client = serve_taken(scene, "60000");

	control(scene, "resume e7.3 force", "ok\n", "");
	hear_announcement(client, disk);
	scene_configure(scene,
	                scene_text(scene, "export 7.3 %s/c\nexport 7.4 %s/b duplicate=allow\n",
	                           scene->folder, scene->folder));
	control(scene, "reload", "ok\n", "");
	hear_announcement_alone(client, disk);
	scene_stop(scene);
}

/* The same where its file has to be closed first. */
static void what_is_opened_again_goes_on_without_asking(void **state)
{
	struct scene *scene = *state;
	char *text = scene_text(scene, "export 7.3 %s/a\n", scene->folder);
	struct client *client = serve(scene, "1500", text);
	uint8_t data[AOE_SECTOR];

	hear_question(client, disk);
	hear_announcement(client, disk);
	scene_configure(scene,
	                scene_text(scene, "export 7.3 %s/a cache=writeback\n", scene->folder));
	control(scene, "reload", "ok\n", "");
	hear_announcement_alone(client, disk);
	read_sectors(client, disk, 0, 1, data);
	/* What was removed, and comes back, asks as ever. */
	scene_configure(scene, "");
	control(scene, "reload", "ok\n", "");
	scene_configure(scene, text);
	scene_signal(scene, SIGHUP);
	hear_question(client, disk);
	scene_stop(scene);
}

static void what_was_taken_stays_so_when_it_is_replaced(void **state)
{
	struct scene *scene = *state;
	struct client *client = serve_taken(scene, "60000");

	scene_configure(scene,
	                scene_text(scene, "export 7.3 %s/c\nexport 7.4 %s/b duplicate=allow\n",
	                           scene->folder, scene->folder));
	control(scene, "reload", "ok\n", "");
	control(scene, "status table", "ok\n", "e7.3       taken ");
	ask_ignored(client, make_config(client, disk, AOE_CONFIG_READ, ""), alive);
	scene_stop(scene);
}

static void it_takes_over_from_who_is_gone(void **state)
{
	struct scene *scene = *state;
	/* Long enough for the one answer, short enough to wait for three in vain. */
	struct client *client = serve_taken(scene, "5000");

	for (int i = 0; i < 3; i++)
		hear_question(client, disk);
	hear_announcement(client, disk);
	scene_expect(scene, left_message);
	ask(client, make_config(client, disk, AOE_CONFIG_READ, ""));
	control(scene, "status table", "ok\n", "e7.3       serving ");
	scene_stop(scene);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, setup, scene_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	        TEST(what_is_free_is_announced_and_served),
	        TEST(an_answer_to_the_last_question_counts),
	        TEST(it_is_ready_when_it_serves),
	        TEST(what_is_taken_is_silent),
	        TEST(while_it_asks_the_status_says_so),
	        TEST(a_reload_ends_when_others_were_asked),
	        TEST(whoever_waits_for_that_is_told),
	        TEST(a_reload_ends_when_what_asks_is_withdrawn),
	        TEST(what_is_taken_on_one_lan_is_silent_on_the_other),
	        TEST(all_are_asked_for_at_once),
	        TEST(resume_asks_again_and_says_who_has_it),
	        TEST(what_was_withdrawn_asks_when_it_is_resumed),
	        TEST(a_resume_is_overtaken),
	        TEST(a_withdrawal_is_overtaken),
	        TEST(force_answers_at_once),
	        TEST(a_reload_that_allows_it_answers_at_once),
	        TEST(what_was_served_is_replaced_without_asking),
	        TEST(what_is_opened_again_goes_on_without_asking),
	        TEST(what_was_taken_stays_so_when_it_is_replaced),
	        TEST(it_takes_over_from_who_is_gone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
