/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A scene for a test of the target: a scratch folder, `etherroot serve` on a QEMU socket in it or
 * on an Ethernet interface, and clients that speak to it frame by frame. Whatever does not happen
 * within DEADLINE fails the test.
 */
#ifndef TESTS_PROTOCOL_SCENE_H
#define TESTS_PROTOCOL_SCENE_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "tools/aoe/aoe.h"

enum {
	DEADLINE = 120000, /* milliseconds; far beyond what anything here takes, on any machine */
	FRAME_ROOM = 16384,
	CLIENTS = 8,
	STRINGS = 256,
	LOG_SIZE = 65536,
	SCENE_SECTORS = 2048,
	FIRST_TAG = 0x1000, /* of each client's first request */
};

struct client {
	struct scene *scene;
	int socket;
	const char *lan; /* where its target listens; NULL: at scene->socket */
	struct mac mac;
	struct mac
	        target; /* whom its frames go to, and the answers come from: target_mac at first */
	uint32_t tag;   /* of the latest request */
	uint8_t request[FRAME_ROOM], reply[FRAME_ROOM];
	size_t reply_length;
	/* Of the reply, as the own parser reads it. */
	struct aoe_header header;
	struct aoe_ata ata;
	struct aoe_config config;
};

struct scene {
	char *folder;
	char *socket;   /* where the target listens */
	pid_t target;   /* 0: none is running */
	bool sanitized; /* start the program that is built with the sanitizers */
	/* NULL, or the interfaces at the two ends of a cable: the target's, whose address is
	 * target_mac, and the clients'. */
	const char *interface, *other_end;
	/* NULL, or strace(1)'s -e: the target runs under it, and it writes the file "trace". */
	const char *strace;
	const char *strace_file; /* NULL, or the file whose system calls alone that is about */
	int messages;            /* read end of the target's stderr */
	char log[LOG_SIZE];
	size_t log_length;
	struct client *clients[CLIENTS];
	char *strings[STRINGS];
};

extern const struct mac target_mac; /* the target's address on the scene's LAN */

/* For cmocka_unit_test_setup_teardown; *state is the scene. */
int scene_setup(void **state);
int scene_teardown(void **state);

/* The same, and a target serves the scene's file "disk", SCENE_SECTORS long, as e7.3. */
int scene_setup_serving(void **state);

/*
 * The same with a cable, at whose ends the target and the clients are: lan0 and lan1, in the
 * network that scene_enter_network has entered.
 */
int scene_setup_cable(void **state);
int scene_teardown_cable(void **state);

/* A text that lives as long as the scene. */
char *scene_text(struct scene *scene, const char *format, ...)
        __attribute__((format(printf, 2, 3)));

/* The path of that file in the scene's folder. */
char *scene_path(struct scene *scene, const char *name);

/* Makes text the configuration: serve.conf in the scene's folder, at once. */
void scene_configure(struct scene *scene, const char *text);

/* A file of that many bytes in the scene's folder; returns its path. */
char *scene_file(struct scene *scene, const char *name, off_t size);

/*
 * Starts the target with these arguments, up to NULL, on the scene's LAN, and waits until it is
 * ready. No request is too old for it unless --max-age is among them, and nobody is asked for an
 * address unless --listen is.
 */
void scene_serve(struct scene *scene, ...);

/* The same without --qemu and --mac, and without waiting. */
void scene_start(struct scene *scene, char **arguments);

/* Waits until the target has printed this. */
void scene_expect(struct scene *scene, const char *message);

/* Waits for the target's end; returns its exit status, or 128 + the signal that ended it. */
int scene_wait(struct scene *scene);

/*
 * Asks the target over its control socket, which is "control" in the scene's folder. It must agree,
 * or refuse, with that text in what it says; control_says tells if the text is in it.
 */
void control_agrees(struct scene *scene, const char *line, const char *text);
void control_refuses(struct scene *scene, const char *line, const char *text);
bool control_says(struct scene *scene, const char *line, const char *text);

/* Sends a signal to the target. */
void scene_signal(struct scene *scene, int signal);

/* Stops the target's process, as a machine that is suspended stands still; and lets it go on. */
void scene_freeze(struct scene *scene);
void scene_thaw(struct scene *scene);

/* SIGTERM and scene_wait; asserts that it ends well. */
void scene_stop(struct scene *scene);

/*
 * Runs the command with these arguments, up to NULL, to its end; asserts the exit status, and that
 * it printed the message on stderr.
 */
void scene_refused(struct scene *scene, int status, const char *message, ...);

/* The program under test, by one of its names. */
const char *program(struct scene *scene, const char *name);

/*
 * Enters a network of the test's own, where it is root; to be called by main. Returns false where
 * users may not have that, and then it has said that there is nothing to be tested.
 */
bool scene_enter_network(void);

/* The same with what is mounted where; nothing is said. */
bool scene_enter_mounts(void);

/* Runs a command of iproute2; returns its exit status. */
int scene_run(struct scene *scene, const char *command);

/* A new client. Its MAC ends in its number, counted from 1. */
struct client *scene_client(struct scene *scene);

/* ---- one frame after the other ---- */

/* Begins client->request: everything of the header, with a new tag. Returns AOE_HEADER_SIZE. */
size_t begin(struct client *client, struct aoe_address address, enum aoe_command command);

/* Sends the first length bytes of client->request. */
void say(struct client *client, size_t length);

/* Receives one frame into client->reply and parses its header; asserts nothing else about it. */
void hear(struct client *client);

/* Asserts that nothing arrives for so many milliseconds: nothing is what is waited for. */
void hear_nothing(struct client *client, int milliseconds);

/* Asserts that the reply is well formed and answers client->request for that address. */
void check_reply(struct client *client, struct aoe_address address, uint8_t flags, uint8_t error);

/* say, hear and check_reply for a reply without an error; announcements before it are passed over.
 */
void ask(struct client *client, size_t length);

/* The same for a request that is refused with an AoE error. */
void ask_refused(struct client *client, size_t length, enum aoe_error error);

/* Asserts that the request gets no answer: the one to a FLUSH sent after it comes first. */
void ask_ignored(struct client *client, size_t length, struct aoe_address alive);

/* ---- whole commands; these assert that they succeed ---- */

size_t make_ata(struct client *client, struct aoe_address address, enum ata_command command,
                uint64_t lba, uint8_t count, const void *data, size_t length);
size_t make_config(struct client *client, struct aoe_address address,
                   enum aoe_config_command command, const char *string);
void read_sectors(struct client *client, struct aoe_address address, uint64_t lba, uint8_t count,
                  void *data);
void write_sectors(struct client *client, struct aoe_address address, uint64_t lba, uint8_t count,
                   const void *data);

/* An ATA command that must end with this error register. */
void ask_failing(struct client *client, struct aoe_address address, enum ata_command command,
                 uint64_t lba, uint8_t count, uint8_t error);

/* Fills a buffer with bytes that depend on the seed. */
void fill(void *data, size_t length, unsigned int seed);

#endif
