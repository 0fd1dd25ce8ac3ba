/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * switch NAME=SOCKET...
 *
 * An Ethernet switch for guests of QEMU (-netdev dgram), and for who speaks like one (`etherroot
 * bench --qemu`): each port is a socket that they send to. It learns where an address is by the
 * frames that come from it, the last one counts, and sends frames for an unknown one everywhere. It
 * does on standard input what is asked of it, a line each, and says so on standard output:
 *
 *   cut NAME     nothing passes that port any more, in neither direction
 *   mend NAME    it does again
 *
 * What waits for a port that takes nothing, because its machine stands still, waits in its backlog:
 * more than a real switch would hold, so that who thaws finds old frames.
 */
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tools/lan/lan.h"

enum { PORTS_MAX = 8, ADDRESSES_MAX = 256, AT_DESTINATION = 0, AT_SOURCE = 6, HEADER = 14 };

struct port {
	const char *name;
	struct lan *lan;
	bool cut;
};

struct learned {
	struct mac mac;
	struct port *port;
};

struct ethernet_switch {
	struct port ports[PORTS_MAX];
	size_t ports_count;
	struct learned addresses[ADDRESSES_MAX];
	size_t addresses_count;
};

static struct mac address_at(const struct lan_frame *frame, size_t at)
{
	struct mac mac;

	memcpy(mac.octet, frame->data + at, sizeof(mac.octet));
	return mac;
}

static struct learned *find_address(struct ethernet_switch *sw, struct mac mac)
{
	for (size_t i = 0; i < sw->addresses_count; i++)
		if (mac_equal(sw->addresses[i].mac, mac))
			return &sw->addresses[i];
	return NULL;
}

static void learn(struct ethernet_switch *sw, struct mac mac, struct port *port)
{
	struct learned *learned = find_address(sw, mac);

	if (mac_is_group(mac))
		return;
	if (!learned && sw->addresses_count < ADDRESSES_MAX)
		learned = &sw->addresses[sw->addresses_count++];
	if (learned)
		*learned = (struct learned){mac, port};
}

static void send_to(struct port *port, struct lan_frame *frame)
{
	frame->peer = LAN_EVERYONE;
	if (!port->cut)
		lan_send(port->lan, frame, 1);
}

static void forward(struct ethernet_switch *sw, struct port *from, struct lan_frame *frame)
{
	const struct learned *to;

	if (from->cut || frame->length < HEADER)
		return;
	learn(sw, address_at(frame, AT_SOURCE), from);
	to = find_address(sw, address_at(frame, AT_DESTINATION));
	if (to) {
		if (to->port != from)
			send_to(to->port, frame);
		return;
	}
	for (size_t i = 0; i < sw->ports_count; i++)
		if (&sw->ports[i] != from)
			send_to(&sw->ports[i], frame);
}

static void carry(struct ethernet_switch *sw, struct port *port, struct lan_frame *frames)
{
	size_t count = lan_receive(port->lan, frames, LAN_BATCH);

	for (size_t i = 0; i < count; i++)
		forward(sw, port, &frames[i]);
}

static struct port *find_port(struct ethernet_switch *sw, const char *name)
{
	for (size_t i = 0; i < sw->ports_count; i++)
		if (!strcmp(sw->ports[i].name, name))
			return &sw->ports[i];
	fprintf(stderr, "switch: %s: no such port\n", name);
	exit(2);
}

/* Does what one line asks. */
static void obey(struct ethernet_switch *sw, const char *verb, const char *name)
{
	struct port *port = find_port(sw, name);

	if (strcmp(verb, "cut") != 0 && strcmp(verb, "mend") != 0) {
		fprintf(stderr, "switch: %s: cut or mend?\n", verb);
		exit(2);
	}
	port->cut = !strcmp(verb, "cut");
	printf("%s %s\n", verb, name);
	fflush(stdout);
}

/* False at the end of the orders, which is the end of the switch. */
static bool take_order(struct ethernet_switch *sw)
{
	char line[128], verb[64], name[64];

	if (!fgets(line, sizeof(line), stdin))
		return false;
	if (sscanf(line, "%63s %63s", verb, name) == 2)
		obey(sw, verb, name);
	return true;
}

/* NAME=SOCKET; the text is taken apart. */
static void open_port(struct ethernet_switch *sw, char *text)
{
	static const struct mac own = {{2, 0, 0, 0, 0, 0xfe}};
	char *socket = strchr(text, '=');
	struct port *port;
	int rc;

	if (!socket || sw->ports_count == PORTS_MAX) {
		fprintf(stderr, "Usage: switch NAME=SOCKET...\n");
		exit(2);
	}
	*socket++ = '\0';
	port = &sw->ports[sw->ports_count++];
	port->name = text;
	rc = lan_open_qemu(socket, own, &port->lan);
	if (rc) {
		fprintf(stderr, "switch: %s: %s\n", socket, lan_explain(rc));
		exit(1);
	}
}

int main(int argc, char **argv)
{
	static uint8_t buffers[LAN_BATCH][LAN_FRAME_MAX];
	static struct ethernet_switch sw;
	struct lan_frame frames[LAN_BATCH];
	struct pollfd events[PORTS_MAX + 1];

	for (size_t i = 0; i < LAN_BATCH; i++)
		frames[i].data = buffers[i];
	setvbuf(stdin, NULL, _IONBF, 0); /* poll sees no line that stdio has already */
	for (int i = 1; i < argc; i++)
		open_port(&sw, argv[i]);
	printf("switch: ready\n");
	fflush(stdout);
	for (size_t i = 0; i < sw.ports_count; i++)
		events[i] = (struct pollfd){.fd = sw.ports[i].lan->fd, .events = POLLIN};
	events[sw.ports_count] = (struct pollfd){.fd = STDIN_FILENO, .events = POLLIN};
	for (;;) {
		poll(events, sw.ports_count + 1, -1);
		for (size_t i = 0; i < sw.ports_count; i++)
			carry(&sw, &sw.ports[i], frames);
		if (events[sw.ports_count].revents && !take_order(&sw))
			return 0;
	}
}
