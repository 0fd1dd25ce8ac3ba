/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/protocol/scene.h"

#include <setjmp.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tools/serve/watch/ask.h"

enum { ARGUMENTS = 64, READY_FD = 3 };

/* However long the scheduler holds the target up, no request is too old, unless a test says so. */
static const char no_age[] = "--max-age=3600000";

/* Nobody else is there, unless a test says so. */
static const char no_question[] = "--listen=0";

const struct mac target_mac = {{0x02, 0, 0, 0, 0, 0xaa}};

static char *keep(struct scene *scene, char *text)
{
	assert_non_null(text);
	for (size_t i = 0; i < STRINGS; i++)
		if (!scene->strings[i])
			return scene->strings[i] = text;
	fail_msg("too many strings in a scene");
	return NULL;
}

char *scene_text(struct scene *scene, const char *format, ...)
{
	va_list arguments;
	char *text = NULL;

	va_start(arguments, format);
	assert_true(vasprintf(&text, format, arguments) >= 0);
	va_end(arguments);
	return keep(scene, text);
}

int scene_setup(void **state)
{
	struct scene *scene = calloc(1, sizeof(*scene));
	const char *temporary = getenv("TMPDIR");

	if (!scene)
		return -1;
	*state = scene;
	scene->messages = -1;
	scene->folder =
	        scene_text(scene, "%s/etherroot-test.XXXXXX", temporary ? temporary : "/tmp");
	if (!mkdtemp(scene->folder))
		return -1;
	scene->socket = scene_text(scene, "%s/lan", scene->folder);
	return 0;
}

/* The folder has no folders in it. */
static void remove_folder(const struct scene *scene)
{
	char command[512];

	snprintf(command, sizeof(command), "rm -rf '%s'", scene->folder);
	if (system(command))
		print_error("%s: not removed\n", scene->folder);
}

int scene_setup_serving(void **state)
{
	struct scene *scene;

	if (scene_setup(state))
		return -1;
	scene = *state;
	scene_file(scene, "disk", SCENE_SECTORS * AOE_SECTOR);
	scene_serve(scene, scene_text(scene, "7.3=%s/disk", scene->folder), NULL);
	return 0;
}

int scene_teardown(void **state)
{
	struct scene *scene = *state;

	if (scene->target) {
		kill(scene->target, SIGKILL);
		waitpid(scene->target, NULL, 0);
	}
	if (scene->messages >= 0)
		close(scene->messages);
	for (size_t i = 0; i < CLIENTS && scene->clients[i]; i++) {
		close(scene->clients[i]->socket);
		free(scene->clients[i]);
	}
	remove_folder(scene);
	for (size_t i = 0; i < STRINGS; i++)
		free(scene->strings[i]);
	free(scene);
	return 0;
}

char *scene_path(struct scene *scene, const char *name)
{
	return scene_text(scene, "%s/%s", scene->folder, name);
}

void scene_configure(struct scene *scene, const char *text)
{
	char *new = scene_path(scene, "serve.conf.new");
	FILE *file = fopen(new, "w");

	assert_non_null(file);
	assert_true(fputs(text, file) >= 0);
	assert_int_equal(fclose(file), 0);
	assert_int_equal(rename(new, scene_path(scene, "serve.conf")), 0);
}

char *scene_file(struct scene *scene, const char *name, off_t size)
{
	char *path = scene_text(scene, "%s/%s", scene->folder, name);
	int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);

	assert_true(fd >= 0);
	assert_int_equal(ftruncate(fd, size), 0);
	close(fd);
	return path;
}

const char *program(struct scene *scene, const char *name)
{
	const char *etherroot = getenv("ETHERROOT"), *build = getenv("BUILD");
	char *path = etherroot ? scene_text(scene, "%s", etherroot)
	                       : scene_text(scene, "%s%s/etherroot", build ? build : "build",
	                                    scene->sanitized ? "/san" : "");
	char *slash = strrchr(path, '/');

	if (!strcmp(name, "etherroot"))
		return path;
	return scene_text(scene, "%.*s/%s", slash ? (int)(slash - path) : 1, slash ? path : ".",
	                  name);
}

/* ---- processes ---- */

/* Waits until the descriptor is readable. */
static void await(const struct scene *scene, int fd, const char *what)
{
	struct pollfd p = {.fd = fd, .events = POLLIN};
	int ready;

	do
		ready = poll(&p, 1, DEADLINE);
	while (ready < 0 && errno == EINTR);
	if (ready <= 0)
		fail_msg("waited in vain for %s; the target said:\n%s", what, scene->log);
}

/* Adds what the target prints to the log. Returns false at the end. */
static bool read_messages(struct scene *scene)
{
	ssize_t n;

	await(scene, scene->messages, "messages");
	assert_true(scene->log_length < LOG_SIZE - 1);
	n = read(scene->messages, scene->log + scene->log_length, LOG_SIZE - 1 - scene->log_length);
	assert_true(n >= 0);
	scene->log_length += (size_t)n;
	scene->log[scene->log_length] = '\0';
	return n > 0;
}

static void run_child(char **arguments, int ready, int messages)
{
	/* Whatever becomes of the test, nothing of it stays behind. */
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (dup2(messages, STDERR_FILENO) < 0 || dup2(ready, READY_FD) < 0)
		_exit(126);
	/* As an exec would do it. */
	close_range(READY_FD + 1, ~0U, 0);
	execv(arguments[0], arguments);
	dprintf(STDERR_FILENO, "%s: %s\n", arguments[0], strerror(errno));
	_exit(127);
}

/* Starts a program; returns the read end of what it gets as READY_FD. */
static int start(struct scene *scene, char **arguments)
{
	int ready[2], messages[2];

	assert_int_equal(scene->target, 0);
	if (scene->messages >= 0)
		close(scene->messages);
	scene->log_length = 0;
	scene->log[0] = '\0';
	assert_int_equal(pipe2(ready, O_CLOEXEC), 0);
	assert_int_equal(pipe2(messages, O_CLOEXEC), 0);
	scene->target = fork();
	assert_true(scene->target >= 0);
	if (!scene->target)
		run_child(arguments, ready[1], messages[1]);
	close(ready[1]);
	close(messages[1]);
	scene->messages = messages[0];
	return ready[0];
}

void scene_start(struct scene *scene, char **arguments)
{
	close(start(scene, arguments));
}

/* What comes before the target's own command line to run it under strace. */
static size_t add_strace(struct scene *scene, char **arguments)
{
	size_t count = 0;

	if (!scene->strace)
		return 0;
	arguments[count++] = scene_text(scene, "/usr/bin/strace");
	arguments[count++] = scene_text(scene, "-fD"); /* threads too; the target is our child */
	arguments[count++] = scene_text(scene, "-o%s/trace", scene->folder);
	arguments[count++] = scene_text(scene, "-e%s", scene->strace);
	if (scene->strace_file)
		arguments[count++] = scene_text(scene, "-P%s", scene->strace_file);
	/* The leak sanitizer is itself a tracer, and there is room for one. */
	arguments[count++] = scene_text(scene, "-EASAN_OPTIONS=detect_leaks=0");
	return count;
}

void scene_serve(struct scene *scene, ...)
{
	char *arguments[ARGUMENTS];
	char mac[MAC_TEXT];
	size_t count = add_strace(scene, arguments);
	const char *io = getenv("ETHERROOT_TEST_IO");
	va_list list;
	char byte;
	int ready;

	arguments[count++] = scene_text(scene, "%s", program(scene, "etherroot"));
	arguments[count++] = scene_text(scene, "serve");
	arguments[count++] = scene_text(scene, "--ready-fd=%d", READY_FD);
	arguments[count++] =
	        scene->interface ? scene_text(scene, "--interface=%s", scene->interface)
	                         : scene_text(scene, "--qemu=%s", scene->socket);
	arguments[count++] = scene_text(scene, "--mac=%s", mac_format(target_mac, mac));
	arguments[count++] = scene_text(scene, "%s", no_age);
	arguments[count++] = scene_text(scene, "%s", no_question);
	/* What it does itself is what strace sees. */
	if (scene->strace || io)
		arguments[count++] = scene_text(scene, "--io=%s", scene->strace ? "threads" : io);
	va_start(list, scene);
	while ((arguments[count] = va_arg(list, char *)))
		assert_true(++count < ARGUMENTS);
	va_end(list);
	ready = start(scene, arguments);
	await(scene, ready, "the target to be ready");
	if (read(ready, &byte, 1) != 1 || byte != '\n') {
		while (read_messages(scene))
			;
		fail_msg("the target did not start:\n%s", scene->log);
	}
	/* And nothing but the newline; but strace has inherited the descriptor and keeps it. */
	if (!scene->strace) {
		await(scene, ready, "the end of the descriptor");
		assert_int_equal(read(ready, &byte, 1), 0);
	}
	close(ready);
}

void scene_expect(struct scene *scene, const char *message)
{
	while (!strstr(scene->log, message))
		if (!read_messages(scene))
			fail_msg("'%s' was not printed, but:\n%s", message, scene->log);
}

int scene_wait(struct scene *scene)
{
	int status;

	while (read_messages(scene))
		;
	assert_int_equal(waitpid(scene->target, &status, 0), scene->target);
	scene->target = 0;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

/* Asserts what ask_target returns; the answer, which ends with a NUL, is for buffer_free. */
static struct buffer control(const struct scene *scene, const char *line, int rc)
{
	struct buffer answer = {0};
	char path[512];
	struct why why = {""};
	int got;

	snprintf(path, sizeof(path), "%s/control", scene->folder);
	got = ask_target(path, line, &answer, &why);
	assert_int_equal(buffer_append(&answer, "", 1), 0);
	if (got != rc)
		fail_msg("%s: %s%s", line, why.text, (const char *)answer.data);
	return answer;
}

static void check_control(const struct scene *scene, const char *line, int rc, const char *text)
{
	struct buffer answer = control(scene, line, rc);

	if (!strstr((const char *)answer.data, text))
		fail_msg("%s: no '%s' in: %s", line, text, (const char *)answer.data);
	buffer_free(&answer);
}

void control_agrees(struct scene *scene, const char *line, const char *text)
{
	check_control(scene, line, 0, text);
}

void control_refuses(struct scene *scene, const char *line, const char *text)
{
	check_control(scene, line, -EREMOTEIO, text);
}

bool control_says(struct scene *scene, const char *line, const char *text)
{
	struct buffer answer = control(scene, line, 0);
	bool says = strstr((const char *)answer.data, text);

	buffer_free(&answer);
	return says;
}

void scene_signal(struct scene *scene, int signal)
{
	assert_int_equal(kill(scene->target, signal), 0);
}

void scene_freeze(struct scene *scene)
{
	int status;

	scene_signal(scene, SIGSTOP);
	assert_int_equal(waitpid(scene->target, &status, WUNTRACED), scene->target);
	assert_true(WIFSTOPPED(status));
}

void scene_thaw(struct scene *scene)
{
	scene_signal(scene, SIGCONT);
}

void scene_stop(struct scene *scene)
{
	int status;

	scene_signal(scene, SIGTERM);
	status = scene_wait(scene);
	if (status)
		fail_msg("the target ended with %d:\n%s", status, scene->log);
}

void scene_refused(struct scene *scene, int status, const char *message, ...)
{
	char *arguments[ARGUMENTS];
	size_t count = 0;
	va_list list;
	int got;

	va_start(list, message);
	while ((arguments[count] = va_arg(list, char *)))
		assert_true(++count < ARGUMENTS);
	va_end(list);
	scene_start(scene, arguments);
	got = scene_wait(scene);
	if (got != status || !strstr(scene->log, message))
		fail_msg("wanted status %d and '%s', got status %d and:\n%s", status, message, got,
		         scene->log);
}

/* ---- networks ---- */

/* Of the test's own, in which it is root. */
static bool enter(int namespaces)
{
	const unsigned int user = geteuid(), group = getegid();
	const struct {
		const char *file;
		unsigned int id;
	} maps[] = {{"/proc/self/setgroups", 0},
	            {"/proc/self/uid_map", user},
	            {"/proc/self/gid_map", group}};

	if (!user)
		return !unshare(namespaces);
	if (unshare(CLONE_NEWUSER | namespaces))
		return false;
	for (size_t i = 0; i < sizeof(maps) / sizeof(maps[0]); i++) {
		int fd = open(maps[i].file, O_WRONLY | O_CLOEXEC);
		bool written = fd >= 0 &&
		               (i ? dprintf(fd, "0 %u 1", maps[i].id) : dprintf(fd, "deny")) > 0;

		close(fd);
		if (!written)
			return false;
	}
	return true;
}

bool scene_enter_network(void)
{
	if (enter(CLONE_NEWNET))
		return true;
	puts("1..1\nok 1 - raw Ethernet # SKIP this machine gives no network namespaces to its "
	     "users");
	return false;
}

bool scene_enter_mounts(void)
{
	return enter(CLONE_NEWNS) && !mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL);
}

int scene_run(struct scene *scene, const char *command)
{
	return system(scene_text(scene, "PATH=$PATH:/usr/sbin:/sbin; %s 2>/dev/null", command));
}

int scene_setup_cable(void **state)
{
	struct scene *scene;

	if (scene_setup(state))
		return -1;
	scene = *state;
	scene->interface = "lan0";
	scene->other_end = "lan1";
	return scene_run(scene, "ip link add lan0 address 02:00:00:00:00:aa type veth "
	                        "peer name lan1 address 02:00:00:00:00:01 && "
	                        "ip link set lan0 up && ip link set lan1 up")
	               ? -1
	               : 0;
}

int scene_teardown_cable(void **state)
{
	scene_run(*state, "ip link del lan0");
	return scene_teardown(state);
}

/* ---- clients ---- */

static void open_socket(struct client *client, size_t number)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};

	snprintf(address.sun_path, sizeof(address.sun_path), "%s/client%zu", client->scene->folder,
	         number);
	client->socket = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	assert_true(client->socket >= 0);
	assert_int_equal(bind(client->socket, (struct sockaddr *)&address, sizeof(address)), 0);
}

static void open_interface(struct client *client)
{
	struct sockaddr_ll address = {
	        .sll_family = AF_PACKET,
	        .sll_protocol = htobe16(AOE_ETHERTYPE),
	        .sll_ifindex = (int)if_nametoindex(client->scene->other_end),
	};
	int on = 1;

	client->socket = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);
	assert_true(client->socket >= 0);
	assert_int_equal(
	        setsockopt(client->socket, SOL_PACKET, PACKET_IGNORE_OUTGOING, &on, sizeof(on)), 0);
	assert_int_equal(bind(client->socket, (struct sockaddr *)&address, sizeof(address)), 0);
}

struct client *scene_client(struct scene *scene)
{
	struct client *client = calloc(1, sizeof(*client));
	size_t number = 0;

	assert_non_null(client);
	while (number < CLIENTS && scene->clients[number])
		number++;
	assert_true(number < CLIENTS);
	scene->clients[number] = client;
	client->scene = scene;
	client->mac = (struct mac){{0x02, 0, 0, 0, 0, (uint8_t)(number + 1)}};
	client->target = target_mac;
	client->tag = FIRST_TAG - 1;
	if (scene->interface)
		open_interface(client);
	else
		open_socket(client, number + 1);
	return client;
}

size_t begin(struct client *client, struct aoe_address address, enum aoe_command command)
{
	const struct aoe_header header = {
	        .destination = address.shelf == AOE_SHELF_ALL || address.slot == AOE_SLOT_ALL
	                               ? mac_broadcast
	                               : client->target,
	        .source = client->mac,
	        .version = AOE_VERSION,
	        .address = address,
	        .command = (uint8_t)command,
	        .tag = ++client->tag,
	};

	aoe_header_make(client->request, &header);
	return AOE_HEADER_SIZE;
}

void say(struct client *client, size_t length)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};

	if (client->scene->interface) {
		assert_int_equal(send(client->socket, client->request, length, 0), length);
		return;
	}
	snprintf(address.sun_path, sizeof(address.sun_path), "%s",
	         client->lan ? client->lan : client->scene->socket);
	assert_int_equal(sendto(client->socket, client->request, length, 0,
	                        (struct sockaddr *)&address, sizeof(address)),
	                 length);
}

void hear(struct client *client)
{
	ssize_t n;

	await(client->scene, client->socket, "a reply");
	n = recv(client->socket, client->reply, sizeof(client->reply), 0);
	assert_true(n >= AOE_FRAME_MIN);
	client->reply_length = (size_t)n;
	assert_int_equal(aoe_header_parse(client->reply, client->reply_length, &client->header), 0);
}

void hear_nothing(struct client *client, int milliseconds)
{
	struct pollfd p = {.fd = client->socket, .events = POLLIN};

	assert_int_equal(poll(&p, 1, milliseconds), 0);
}

void check_reply(struct client *client, struct aoe_address address, uint8_t flags, uint8_t error)
{
	struct aoe_header asked;

	assert_int_equal(aoe_header_parse(client->request, FRAME_ROOM, &asked), 0);
	assert_true(mac_equal(client->header.destination, client->mac));
	assert_true(mac_equal(client->header.source, client->target));
	assert_int_equal(client->header.version, AOE_VERSION);
	assert_int_equal(client->header.flags, flags);
	assert_int_equal(client->header.error, error);
	assert_int_equal(client->header.address.shelf, address.shelf);
	assert_int_equal(client->header.address.slot, address.slot);
	assert_int_equal(client->header.command, asked.command);
	assert_int_equal(client->header.tag, asked.tag);
}

static struct aoe_address asked_address(const struct client *client)
{
	struct aoe_header asked;

	assert_int_equal(aoe_header_parse(client->request, FRAME_ROOM, &asked), 0);
	return asked.address;
}

/* One that nobody asked for may come at any time. */
static bool is_announcement(const struct client *client)
{
	return client->header.command == AOE_CONFIG && !client->header.tag;
}

static void hear_answer(struct client *client)
{
	do
		hear(client);
	while (is_announcement(client));
}

void ask(struct client *client, size_t length)
{
	say(client, length);
	hear_answer(client);
	check_reply(client, asked_address(client), AOE_RESPONSE, 0);
}

void ask_refused(struct client *client, size_t length, enum aoe_error error)
{
	say(client, length);
	hear_answer(client);
	check_reply(client, asked_address(client), AOE_RESPONSE | AOE_ERROR, (uint8_t)error);
	assert_int_equal(client->reply_length, AOE_FRAME_MIN);
	for (size_t i = AOE_HEADER_SIZE; i < AOE_FRAME_MIN; i++)
		assert_int_equal(client->reply[i], 0);
}

void ask_ignored(struct client *client, size_t length, struct aoe_address alive)
{
	say(client, length);
	/* Answered after everything that came before it, writes included. */
	ask(client, make_ata(client, alive, ATA_FLUSH, 0, 0, NULL, 0));
}

size_t make_ata(struct client *client, struct aoe_address address, enum ata_command command,
                uint64_t lba, uint8_t count, const void *data, size_t length)
{
	bool extended = command == ATA_READ_EXT || command == ATA_WRITE_EXT;
	bool write = command == ATA_WRITE || command == ATA_WRITE_EXT;
	const struct aoe_ata ata = {
	        .flags = (uint8_t)((extended ? AOE_ATA_LBA48 : 0) | (write ? AOE_ATA_WRITE : 0)),
	        .count = count,
	        .command = (uint8_t)command,
	        .lba = lba,
	};
	size_t size;

	begin(client, address, AOE_ATA);
	size = aoe_ata_make(client->request, &ata);
	if (length)
		memcpy(client->request + size, data, length);
	return aoe_pad(client->request, size + length);
}

size_t make_config(struct client *client, struct aoe_address address,
                   enum aoe_config_command command, const char *string)
{
	const struct aoe_config config = {.version = AOE_VERSION,
	                                  .command = (uint8_t)command,
	                                  .string = (const uint8_t *)string,
	                                  .string_length = strlen(string)};

	begin(client, address, AOE_CONFIG);
	return aoe_pad(client->request, aoe_config_make(client->request, &config));
}

/* Asserts that the command worked; data is what the reply must have room for. */
static void check_ata(struct client *client, size_t data)
{
	assert_int_equal(client->reply_length,
	                 AOE_ATA_DATA + data > AOE_FRAME_MIN ? AOE_ATA_DATA + data : AOE_FRAME_MIN);
	assert_int_equal(aoe_ata_parse(client->reply, client->reply_length, &client->ata), 0);
	assert_int_equal(client->ata.command, ATA_STATUS_READY);
	assert_int_equal(client->ata.feature, 0);
}

void read_sectors(struct client *client, struct aoe_address address, uint64_t lba, uint8_t count,
                  void *data)
{
	size_t length = (size_t)count * AOE_SECTOR;

	ask(client, make_ata(client, address, ATA_READ_EXT, lba, count, NULL, 0));
	check_ata(client, length);
	memcpy(data, client->reply + AOE_ATA_DATA, length);
}

void write_sectors(struct client *client, struct aoe_address address, uint64_t lba, uint8_t count,
                   const void *data)
{
	ask(client,
	    make_ata(client, address, ATA_WRITE_EXT, lba, count, data, (size_t)count * AOE_SECTOR));
	check_ata(client, 0);
}

void ask_failing(struct client *client, struct aoe_address address, enum ata_command command,
                 uint64_t lba, uint8_t count, uint8_t error)
{
	static const uint8_t data[256 * AOE_SECTOR];
	bool write = command == ATA_WRITE || command == ATA_WRITE_EXT;

	ask(client, make_ata(client, address, command, lba, count, data,
	                     write ? (size_t)count * AOE_SECTOR : 0));
	assert_int_equal(aoe_ata_parse(client->reply, client->reply_length, &client->ata), 0);
	assert_int_equal(client->ata.command, ATA_STATUS_READY | ATA_STATUS_ERROR);
	assert_int_equal(client->ata.feature, error);
	assert_int_equal(client->reply_length, AOE_FRAME_MIN);
}

void fill(void *data, size_t length, unsigned int seed)
{
	uint8_t *p = data;

	for (size_t i = 0; i < length; i++)
		p[i] = (uint8_t)rand_r(&seed);
}
