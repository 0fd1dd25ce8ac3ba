/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What happens to the target and its clients over time: trouble, crowds, death and return. */
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
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

#include "tests/protocol/scene.h"
#include "tools/aoe/identify.h"

static const struct aoe_address disk = {7, 3};

static const char *disk_path(struct scene *scene)
{
	return scene_text(scene, "%s/disk", scene->folder);
}

static void several_exports_are_kept_apart(void **state)
{
	struct scene *scene = *state;
	struct client *client = scene_client(scene);
	const struct aoe_address others[] = {{7, 4}, {7, 254}, {0, 0}, {65534, 3}};
	uint8_t out[AOE_SECTOR], in[AOE_SECTOR];

	scene_stop(scene);
	for (int i = 0; i < 4; i++)
		scene_file(scene, scene_text(scene, "%d", i), (i + 1) * 16 * AOE_SECTOR);
	scene_serve(scene, scene_text(scene, "65534.3=%s/3", scene->folder),
	            scene_text(scene, "e7.4=%s/0", scene->folder),
	            scene_text(scene, "7.254=%s/1", scene->folder),
	            scene_text(scene, "0.0=%s/2", scene->folder), NULL);
	for (unsigned int i = 0; i < 4; i++) {
		fill(out, sizeof(out), i);
		write_sectors(client, others[i], 5, 1, out);
	}
	for (unsigned int i = 0; i < 4; i++) {
		fill(out, sizeof(out), i);
		read_sectors(client, others[i], 5, 1, in);
		assert_memory_equal(in, out, sizeof(out));
		ask_failing(client, others[i], ATA_READ_EXT, (i + 1) * 16, 1,
		            ATA_ERROR_ID_NOT_FOUND);
	}
}

static void two_clients_get_their_own_answers(void **state)
{
	struct client *one = scene_client(*state), *two = scene_client(*state);
	uint8_t a[AOE_SECTOR], b[AOE_SECTOR];

	fill(a, sizeof(a), 1);
	fill(b, sizeof(b), 2);
	for (unsigned int i = 0; i < 100; i++) {
		say(one, make_ata(one, disk, ATA_WRITE_EXT, i, 1, a, sizeof(a)));
		say(two, make_ata(two, disk, ATA_WRITE_EXT, i + 1, 1, b, sizeof(b)));
		hear(two);
		check_reply(two, disk, AOE_RESPONSE, 0);
		hear(one);
		check_reply(one, disk, AOE_RESPONSE, 0);
		read_sectors(one, disk, i + 1, 1, a);
		assert_memory_equal(a, b, sizeof(b));
		fill(a, sizeof(a), i);
	}
}

/* Nobody waits for an acknowledgement here, so they all are under way together. */
static void the_last_of_overlapping_writes_wins(void **state)
{
	struct client *client = scene_client(*state);
	uint8_t out[2 * AOE_SECTOR], in[2 * AOE_SECTOR];
	enum { WRITES = 200 };

	for (unsigned int i = 0; i < WRITES; i++) {
		fill(out, sizeof(out), i);
		say(client, make_ata(client, disk, ATA_WRITE_EXT, 9 + i % 2, 2, out, sizeof(out)));
	}
	for (uint32_t i = 0; i < WRITES; i++) {
		hear(client);
		assert_int_equal(client->header.tag, FIRST_TAG + i);
	}
	read_sectors(client, disk, 10, 2, in);
	assert_memory_equal(in, out, sizeof(out));
}

/* The socket of a client that does not listen holds ten; the others have to wait, not to vanish. */
static void a_client_that_listens_late_gets_every_answer(void **state)
{
	struct client *late = scene_client(*state), *other = scene_client(*state);
	enum { READS = 128 };
	uint8_t data[AOE_SECTOR];

	for (uint32_t i = 0; i < READS; i++)
		say(late, make_ata(late, disk, ATA_READ_EXT, i, 16, NULL, 0));
	/* It holds nobody up. */
	for (uint64_t i = 0; i < READS; i++)
		read_sectors(other, disk, i, 1, data);
	for (uint32_t i = 0; i < READS; i++) {
		hear(late);
		assert_int_equal(late->header.tag, FIRST_TAG + i);
		assert_int_equal(late->reply_length, AOE_ATA_DATA + 16 * AOE_SECTOR);
	}
}

/* It never listens, so that at some time its answers have to be dropped: that is said. */
static void what_could_not_be_sent_is_told(void **state)
{
	struct scene *scene = *state;
	struct client *deaf = scene_client(scene), *other = scene_client(scene);
	uint8_t data[AOE_SECTOR];

	for (uint32_t i = 0; i < 800; i++)
		say(deaf, make_ata(deaf, disk, ATA_READ_EXT, i, 16, NULL, 0));
	scene_expect(scene, scene_text(scene, "etherroot serve: %s: ", scene->socket));
	scene_expect(scene, " could not be sent\n");
	read_sectors(other, disk, 0, 1, data);
}

static void bind_again(struct client *client, const char *name)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};

	close(client->socket);
	snprintf(address.sun_path, sizeof(address.sun_path), "%s/%s", client->scene->folder, name);
	unlink(address.sun_path);
	client->socket = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	assert_true(client->socket >= 0);
	assert_int_equal(bind(client->socket, (struct sockaddr *)&address, sizeof(address)), 0);
}

static void a_client_may_be_started_again(void **state)
{
	struct client *client = scene_client(*state);
	uint8_t data[AOE_SECTOR];

	for (int i = 0; i < 3; i++) {
		read_sectors(client, disk, 0, 1, data);
		bind_again(client, "client1");
	}
	/* Also when the old one left answers behind that nobody took. */
	for (int i = 0; i < 50; i++)
		say(client, make_ata(client, disk, ATA_READ_EXT, 0, 1, NULL, 0));
	bind_again(client, "client1");
	say(client, make_ata(client, disk, ATA_READ_EXT, 0, 1, NULL, 0));
	do
		hear(client);
	while (client->header.tag != client->tag);
}

/* More than are remembered, all gone again. */
static void clients_that_are_gone_are_forgotten(void **state)
{
	struct client *client = scene_client(*state), *fleeting = scene_client(*state);
	char path[64];
	uint8_t data[AOE_SECTOR];

	for (int i = 0; i < 600; i++) {
		bind_again(fleeting, "fleeting");
		say(fleeting, make_ata(fleeting, disk, ATA_READ_EXT, 0, 1, NULL, 0));
		read_sectors(client, disk, 0, 1, data);
	}
	for (int i = 0; i < 300; i++) {
		snprintf(path, sizeof(path), "fleeting%d", i);
		bind_again(fleeting, path);
		say(fleeting, make_ata(fleeting, disk, ATA_READ_EXT, 0, 1, NULL, 0));
	}
	read_sectors(client, disk, 0, 1, data);
	hear(fleeting);
}

static void an_unnamed_client_is_survived(void **state)
{
	struct client *client = scene_client(*state), *unnamed = scene_client(*state);
	uint8_t data[AOE_SECTOR];

	close(unnamed->socket);
	unnamed->socket = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	say(unnamed, make_ata(unnamed, disk, ATA_READ_EXT, 0, 1, NULL, 0));
	read_sectors(client, disk, 0, 1, data);
}

/*
 * What the process is told to write is the kernel's before it is acknowledged: nothing waits in its
 * own memory. (That it is on the disk as well needs the power to fail: the page cache outlives a
 * process.)
 */
static void no_acknowledged_write_dies_with_the_process(void **state)
{
	struct scene *scene = *state;
	struct client *client = scene_client(scene);
	uint8_t out[AOE_SECTOR], in[AOE_SECTOR];

	for (unsigned int life = 0; life < 3; life++) {
		for (unsigned int i = 0; i < 50; i++) {
			fill(out, sizeof(out), life + i);
			write_sectors(client, disk, i, 1, out);
		}
		scene_signal(scene, SIGKILL);
		assert_int_equal(scene_wait(scene), 128 + SIGKILL);
		/* The socket file is still there, and in nobody's way. */
		assert_int_equal(access(scene->socket, F_OK), 0);
		scene_serve(scene, scene_text(scene, "7.3=%s", disk_path(scene)), NULL);
		for (unsigned int i = 0; i < 50; i++) {
			fill(out, sizeof(out), life + i);
			read_sectors(client, disk, i, 1, in);
			assert_memory_equal(in, out, sizeof(out));
		}
	}
}

static void it_ends_well(void **state)
{
	struct scene *scene = *state;
	const int signals[] = {SIGTERM, SIGINT};

	for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++) {
		if (i)
			scene_serve(scene, scene_text(scene, "7.3=%s", disk_path(scene)), NULL);
		assert_int_equal(access(scene->socket, F_OK), 0);
		scene_signal(scene, signals[i]);
		assert_int_equal(scene_wait(scene), 0);
		assert_int_equal(access(scene->socket, F_OK), -1);
	}
}

static void a_successors_socket_is_left_alone(void **state)
{
	struct scene *scene = *state;
	const char *successor = scene_file(scene, "successor", 0);

	assert_int_equal(rename(successor, scene->socket), 0);
	scene_stop(scene);
	assert_int_equal(access(scene->socket, F_OK), 0);
}

static void another_target_at_the_address_is_told(void **state)
{
	struct scene *scene = *state;
	struct client *other = scene_client(scene);
	size_t length = make_config(other, disk, AOE_CONFIG_READ, "");

	other->request[14] |= AOE_RESPONSE;
	memset(other->request, 0xff, 6);
	ask_ignored(other, length, disk);
	scene_expect(scene, "e7.3: 02:00:00:00:00:01 on ");
	scene_expect(scene, "answers for the same address");
}

/* Fills the pipe that the target's messages go to, as if whoever reads them stood still. */
static void fill_log(struct scene *scene)
{
	const char *path = scene_text(scene, "/proc/%d/fd/2", (int)scene->target);
	int fd;

	/* Small, so that the scene's log holds it all. */
	assert_true(fcntl(scene->messages, F_SETPIPE_SZ, 4096) > 0);
	fd = open(path, O_WRONLY | O_NONBLOCK | O_CLOEXEC);
	assert_true(fd >= 0);
	while (write(fd, "\n", 1) == 1)
		;
	assert_int_equal(errno, EAGAIN);
	close(fd);
}

/* Makes the target say something before it answers the next request. */
static void provoke_message(struct client *client)
{
	size_t length = make_config(client, disk, AOE_CONFIG_READ, "");

	client->request[14] |= AOE_RESPONSE;
	memset(client->request, 0xff, 6);
	say(client, length);
}

static void a_log_that_nobody_reads_stops_nothing(void **state)
{
	struct scene *scene = *state;
	struct client *client = scene_client(scene);
	uint8_t data[AOE_SECTOR];

	fill_log(scene);
	provoke_message(client);
	read_sectors(client, disk, 0, 1, data);
	/* Nothing is missing when it is read again. */
	scene_expect(scene, "answers for the same address");
	read_sectors(client, disk, 0, 1, data);
}

static void a_log_that_nobody_reads_keeps_no_process(void **state)
{
	struct scene *scene = *state;
	struct client *client = scene_client(scene);
	struct pollfd ended = {.events = POLLIN};
	uint8_t data[AOE_SECTOR];

	fill_log(scene);
	provoke_message(client);
	read_sectors(client, disk, 0, 1, data);
	ended.fd = (int)syscall(SYS_pidfd_open, scene->target, 0);
	assert_true(ended.fd >= 0);
	scene_signal(scene, SIGTERM);
	assert_int_equal(poll(&ended, 1, DEADLINE), 1);
	close(ended.fd);
	assert_int_equal(scene_wait(scene), 0);
}

static void the_start_tells_what_is_exported(void **state)
{
	struct scene *scene = *state;
	const char *odd = scene_file(scene, "odd", 3 * AOE_SECTOR + 100);
	const char *scratch = scene_file(scene, "scratch", AOE_SECTOR);

	scene_expect(scene, scene_text(scene,
	                               "etherroot serve: e7.3: %s: 2048 sectors, read-write, "
	                               "acknowledged writes are on stable storage\n",
	                               disk_path(scene)));
	scene_stop(scene);
	scene_serve(scene, scene_text(scene, "1.1=%s,ro", odd),
	            scene_text(scene, "1.2=%s,cache=writeback", scratch), NULL);
	scene_stop(scene);
	scene_expect(scene,
	             scene_text(scene, "etherroot serve: e1.1: %s: 3 sectors, read-only\n", odd));
	scene_expect(scene, "etherroot serve: e1.1: the last 100 bytes are not a whole sector and "
	                    "are not exported\n");
	scene_expect(scene, scene_text(scene,
	                               "etherroot serve: e1.2: %s: 1 sector, read-write, "
	                               "writes are acknowledged from memory\n",
	                               scratch));
	scene_expect(scene, "etherroot serve: e1.2: cache=writeback: a crash or power cut of this "
	                    "machine loses acknowledged writes");
}

static void writeback_reads_and_writes(void **state)
{
	struct scene *scene = *state;
	struct client *client = scene_client(scene);
	uint8_t out[AOE_SECTOR], in[AOE_SECTOR];

	scene_stop(scene);
	scene_serve(scene, scene_text(scene, "7.3=%s,cache=writeback", disk_path(scene)), NULL);
	/* An operating system that flushes is to know that it has to. */
	ask(client, make_ata(client, disk, ATA_IDENTIFY, 0, 1, NULL, 0));
	assert_true(client->reply[AOE_ATA_DATA + 2 * 85] & 1 << 5);
	fill(out, sizeof(out), 5);
	write_sectors(client, disk, 3, 1, out);
	read_sectors(client, disk, 3, 1, in);
	assert_memory_equal(in, out, sizeof(out));
	ask(client, make_ata(client, disk, ATA_FLUSH, 0, 0, NULL, 0));
	scene_stop(scene);
}

/* The address that a target has when none is given. */
static struct mac own_mac(struct scene *scene, struct client *client)
{
	char *arguments[] = {scene_text(scene, "%s", program(scene, "etherroot")),
	                     scene_text(scene, "serve"),
	                     scene_text(scene, "--qemu"),
	                     scene->socket,
	                     scene_text(scene, "7.3=%s", disk_path(scene)),
	                     NULL};

	scene_start(scene, arguments);
	/* Printed when the socket is there. */
	scene_expect(scene, "e7.3");
	say(client, make_config(client, (struct aoe_address){AOE_SHELF_ALL, AOE_SLOT_ALL},
	                        AOE_CONFIG_READ, ""));
	hear(client);
	scene_stop(scene);
	return client->header.source;
}

static void its_own_address_is_stable(void **state)
{
	struct scene *scene = *state;
	struct client *client = scene_client(scene);
	struct mac first, second;

	scene_stop(scene);
	first = own_mac(scene, client);
	second = own_mac(scene, client);
	assert_true(mac_equal(first, second));
	assert_int_equal(first.octet[0] & 3, 2); /* locally administered, one host */
	scene->socket = scene_text(scene, "%s/other", scene->folder);
	assert_false(mac_equal(first, own_mac(scene, client)));
}

/* Each has a file of its own, and the shell's limit is lower than that. */
static void many_exports_need_no_higher_limit(void **state)
{
	enum { EXPORTS = 100 };
	struct scene *scene = *state;
	struct client *client = scene_client(scene);
	char mac[MAC_TEXT], *text = scene_text(scene, " ");
	uint8_t data[AOE_SECTOR];

	scene_stop(scene);
	for (int i = 0; i < EXPORTS; i++) {
		char name[16];

		snprintf(name, sizeof(name), "many%d", i);
		text = scene_text(scene, "%s 1.%d=%s", text, i, scene_file(scene, name, 4096));
	}
	scene_start(
	        scene,
	        (char *[]){
	                scene_text(scene, "/bin/sh"), scene_text(scene, "-c"),
	                scene_text(scene,
	                           "ulimit -Sn 64; exec %s serve --listen=0 --qemu=%s --mac=%s %s",
	                           program(scene, "etherroot"), scene->socket,
	                           mac_format(target_mac, mac), text),
	                NULL});
	scene_expect(scene, "e1.99: ");
	for (int i = 0; i < EXPORTS; i++)
		read_sectors(client, (struct aoe_address){1, (uint8_t)i}, 7, 1, data);
	scene_stop(scene);
}

/* Seen when somebody asks what is there, and told to all. */
static void a_file_that_grows_is_followed(void **state)
{
	struct scene *scene = *state;
	struct client *client = scene_client(scene);
	struct identify identify;
	uint8_t data[AOE_SECTOR];

	assert_int_equal(truncate(disk_path(scene), 2 * SCENE_SECTORS * AOE_SECTOR), 0);
	ask(client, make_config(client, disk, AOE_CONFIG_READ, ""));
	hear(client);
	assert_int_equal(client->header.command, AOE_CONFIG);
	assert_true(mac_equal(client->header.destination, mac_broadcast));
	ask(client, make_ata(client, disk, ATA_IDENTIFY, 0, 1, NULL, 0));
	identify_parse(client->reply + AOE_ATA_DATA, &identify);
	assert_int_equal(identify.sectors, 2 * SCENE_SECTORS);
	read_sectors(client, disk, 2 * SCENE_SECTORS - 1, 1, data);
}

#define TEST(function)                                                                             \
	cmocka_unit_test_setup_teardown(function, scene_setup_serving, scene_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	        TEST(several_exports_are_kept_apart),
	        TEST(two_clients_get_their_own_answers),
	        TEST(the_last_of_overlapping_writes_wins),
	        TEST(a_client_that_listens_late_gets_every_answer),
	        TEST(what_could_not_be_sent_is_told),
	        TEST(a_client_may_be_started_again),
	        TEST(clients_that_are_gone_are_forgotten),
	        TEST(an_unnamed_client_is_survived),
	        TEST(no_acknowledged_write_dies_with_the_process),
	        TEST(it_ends_well),
	        TEST(a_successors_socket_is_left_alone),
	        TEST(another_target_at_the_address_is_told),
	        TEST(a_log_that_nobody_reads_stops_nothing),
	        TEST(a_log_that_nobody_reads_keeps_no_process),
	        TEST(the_start_tells_what_is_exported),
	        TEST(writeback_reads_and_writes),
	        TEST(its_own_address_is_stable),
	        TEST(a_file_that_grows_is_followed),
	        TEST(many_exports_need_no_higher_limit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
