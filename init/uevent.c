/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "init/uevent.h"

#include <errno.h>
#include <linux/netlink.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tools/base/text.h"

int uevent_parse(char *message, size_t length, struct uevent *event)
{
	static const struct {
		const char *key;
		size_t offset;
	} fields[] = {
	        {"ACTION=", offsetof(struct uevent, action)},
	        {"SUBSYSTEM=", offsetof(struct uevent, subsystem)},
	        {"MODALIAS=", offsetof(struct uevent, modalias)},
	        {"DEVNAME=", offsetof(struct uevent, devname)},
	};

	message[length] = '\0';
	*event = (struct uevent){"", "", "", ""};
	if (!memchr(message, '@', strlen(message)))
		return -EINVAL; /* udevd's own messages begin "libudev" */
	for (const char *at = message; at < message + length; at += strlen(at) + 1)
		for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++)
			if (text_begins(at, fields[i].key))
				*(const char **)((char *)event + fields[i].offset) =
				        at + strlen(fields[i].key);
	return *event->action ? 0 : -EINVAL;
}

int uevent_open(void)
{
	/* Bit 0 is the kernel's own group; a burst of a large machine's devices must fit. */
	struct sockaddr_nl address = {.nl_family = AF_NETLINK, .nl_groups = 1};
	int size = 4 << 20;
	int fd = socket(AF_NETLINK, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK,
	                NETLINK_KOBJECT_UEVENT);
	int rc;

	if (fd < 0)
		return -errno;
	setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size));
	if (bind(fd, (struct sockaddr *)&address, sizeof(address))) {
		rc = -errno;
		close(fd);
		return rc;
	}
	return fd;
}

int uevent_receive(int fd, char *buffer, struct uevent *event)
{
	for (;;) {
		struct sockaddr_nl sender;
		socklen_t size = sizeof(sender);
		ssize_t length =
		        recvfrom(fd, buffer, UEVENT_SIZE - 1, 0, (struct sockaddr *)&sender, &size);

		if (length < 0 && errno == EINTR)
			continue;
		if (length < 0)
			return errno == ENOBUFS ? -ENOBUFS : 0;
		/* Port 0 is the kernel. */
		if (size == sizeof(sender) && !sender.nl_pid &&
		    !uevent_parse(buffer, (size_t)length, event))
			return 1;
	}
}
