/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A LAN of QEMU's sockets with guests that send, listen, go away and come back as the input says.
 * Each buffer stays with exactly one entry of the batch; an answer goes to the guest that is meant.
 */
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "tests/fuzz/fuzz.h"
#include "tools/lan/lan.h"

enum { GUESTS = 4, STEPS = 64, LONGEST = LAN_FRAME_MAX + 300, BATCH = 8 };

struct world {
	struct lan *lan;
	int guests[GUESTS];
	uint8_t *buffers[BATCH];
	struct lan_frame frames[BATCH];
};

static char folder[] = "/tmp/etherroot-fuzz.XXXXXX";
static char path[sizeof(folder) + 16];

static void remove_folder(void)
{
	rmdir(folder);
}

static void make_folder(void)
{
	if (*path)
		return;
	ALWAYS(mkdtemp(folder));
	snprintf(path, sizeof(path), "%s/lan", folder);
	atexit(remove_folder);
}

/* Guests have names in the abstract space, which need no removing; number 0 has none. */
static socklen_t guest_address(int guest, struct sockaddr_un *address)
{
	*address = (struct sockaddr_un){.sun_family = AF_UNIX};
	if (!guest)
		return offsetof(struct sockaddr_un, sun_path);
	return (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 +
	                   (size_t)snprintf(address->sun_path + 1, sizeof(address->sun_path) - 1,
	                                    "etherroot-fuzz-%d-%d", (int)getpid(), guest));
}

static void come(struct world *world, int guest)
{
	struct sockaddr_un address;
	socklen_t length = guest_address(guest, &address);

	world->guests[guest] = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	ALWAYS(world->guests[guest] >= 0);
	if (guest)
		ALWAYS(!bind(world->guests[guest], (struct sockaddr *)&address, length));
}

/* A frame whose first byte says who sent it. */
static void say(const struct world *world, int guest, size_t length)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	uint8_t *frame = need(LONGEST);

	strcpy(address.sun_path, path);
	memset(frame, guest, LONGEST);
	sendto(world->guests[guest], frame, length, 0, (struct sockaddr *)&address,
	       sizeof(address));
	free(frame);
}

static void check_buffers(const struct world *world)
{
	for (int i = 0; i < BATCH; i++) {
		int owners = 0;

		for (int k = 0; k < BATCH; k++)
			owners += world->frames[k].data == world->buffers[i];
		ALWAYS(owners == 1);
	}
}

/* Takes what has arrived and answers it with the same. */
static void turn(struct world *world, bool to_everyone)
{
	size_t count = lan_receive(world->lan, world->frames, BATCH);

	ALWAYS(count <= BATCH);
	check_buffers(world);
	for (size_t i = 0; i < count; i++) {
		struct lan_frame *frame = &world->frames[i];

		ALWAYS(frame->length && frame->length <= LAN_FRAME_MAX);
		ALWAYS(frame->peer != LAN_EVERYONE && frame->data[0]);
		if (to_everyone)
			frame->peer = LAN_EVERYONE;
	}
	lan_send(world->lan, world->frames, count);
}

/* What reaches a guest is its own, unless it was for everyone. */
static void hear(const struct world *world, int guest, bool to_everyone)
{
	uint8_t *frame = need(LONGEST);
	ssize_t n;

	while ((n = recv(world->guests[guest], frame, LONGEST, 0)) > 0) {
		ALWAYS(n <= LAN_FRAME_MAX);
		ALWAYS(to_everyone || frame[0] == guest);
	}
	free(frame);
}

static void step(struct world *world, struct input *input, bool to_everyone)
{
	int guest = take_byte(input) % GUESTS;

	switch (take_byte(input) % 8) {
	case 0:
		close(world->guests[guest]);
		come(world, guest);
		break;
	case 1:
		hear(world, guest, to_everyone);
		break;
	case 2:
		turn(world, to_everyone);
		break;
	default:
		say(world, guest, take_below(input, LONGEST));
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct mac own = {{0x02, 0, 0, 0, 0, 0xaa}};
	struct input input = {data, size};
	bool to_everyone = take_byte(&input) & 1;
	struct world world = {0};

	make_folder();
	ALWAYS(!lan_open_qemu(path, own, &world.lan));
	for (int i = 0; i < GUESTS; i++)
		come(&world, i);
	for (int i = 0; i < BATCH; i++)
		world.frames[i].data = world.buffers[i] = need(LAN_FRAME_MAX);
	for (int i = 0; i < STEPS && input.left; i++)
		step(&world, &input, to_everyone);
	turn(&world, to_everyone);
	lan_close(world.lan);
	for (int i = 0; i < GUESTS; i++)
		close(world.guests[i]);
	for (int i = 0; i < BATCH; i++)
		free(world.buffers[i]);
	return 0;
}
