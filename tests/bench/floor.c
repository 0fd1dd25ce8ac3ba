/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The least that a first process can do to mount a root over AoE: what is left of a boot when the
 * init costs nothing. It is told every module to load, in order; it searches for nothing, checks
 * nothing, says nothing. The time it takes is the kernel's: modules linking and probing, one
 * discovery round trip, the mount. `run` boots it to see what our init adds to that.
 *
 * Its orders are in /floor, one module a line: "nic PATH" for this process, "beside PATH" for
 * another beside it.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/ethtool.h>
#include <linux/if.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <linux/sockios.h>
#include <poll.h>
#include <stdbool.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/* As our init does, in milliseconds: a frame may be lost, and the module would wait for 16 s. */
enum { ASK_EVERY = 250 };

static const char disk[] = "/dev/etherd/e0.0";

static void load(const char *orders, const char *who)
{
	size_t length = strlen(who);

	for (const char *line = orders, *end; (end = strchr(line, '\n')); line = end + 1) {
		char path[256];
		size_t n = (size_t)(end - line) - length;
		int fd;

		if (strncmp(line, who, length) != 0 || n >= sizeof(path))
			continue;
		memcpy(path, line + length, n);
		path[n] = '\0';
		fd = open(path, O_RDONLY | O_CLOEXEC);
		syscall(SYS_finit_module, fd, "", 0);
		close(fd);
	}
}

static int listen_to(int protocol, unsigned groups)
{
	struct sockaddr_nl address = {.nl_family = AF_NETLINK, .nl_groups = groups};
	int fd = socket(AF_NETLINK, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, protocol);

	bind(fd, (struct sockaddr *)&address, sizeof(address));
	return fd;
}

/* Sleeps until there is news, or for `most` milliseconds. Returns false when there was none. */
static bool wait_for_news(int fd, int most)
{
	struct pollfd event = {.fd = fd, .events = POLLIN};

	return poll(&event, 1, most) > 0;
}

static bool has_string(const char *message, size_t length, const char *string)
{
	for (const char *at = message; at < message + length; at += strlen(at) + 1)
		if (!strcmp(at, string))
			return true;
	return false;
}

/*
 * Takes all uevents in; returns whether the kernel has announced the disk. Its node is there before
 * it can be opened; only then is it announced (block/genhd.c). When events were lost, the node has
 * to do.
 */
static bool disk_is_announced(int uevents)
{
	static char message[8192];
	struct stat status;
	bool announced = false;
	ssize_t n;

	while ((n = recv(uevents, message, sizeof(message) - 1, 0)) >= 0 || errno == ENOBUFS) {
		if (n < 0) {
			announced |= !stat(disk, &status);
			continue;
		}
		message[n] = '\0';
		announced |= has_string(message, (size_t)n, "DEVNAME=etherd/e0.0");
	}
	return announced;
}

/* The news of links is only a reason to look at the link. */
static void drop_news(int fd)
{
	static char news[65536];

	while (recv(fd, news, sizeof(news), 0) > 0)
		;
}

static void nic_up(int fd)
{
	struct ifreq request = {.ifr_name = "eth0"};

	ioctl(fd, SIOCGIFFLAGS, &request);
	request.ifr_flags |= IFF_UP;
	ioctl(fd, SIOCSIFFLAGS, &request);
}

/* The carrier itself: IFF_RUNNING may be a second behind it (net/core/link_watch.c). */
static int has_carrier(int fd)
{
	struct ethtool_value value = {.cmd = ETHTOOL_GLINK};
	struct ifreq request = {.ifr_name = "eth0", .ifr_data = (void *)&value};

	return !ioctl(fd, SIOCETHTOOL, &request) && value.data;
}

static void ask_for_disks(void)
{
	int fd = open("/dev/etherd/discover", O_WRONLY | O_CLOEXEC);

	(void)!write(fd, "\n", 1);
	close(fd);
}

int main(void)
{
	static char orders[8192];
	struct stat status;
	bool announced = false;
	int fd, links, uevents, nic;
	pid_t beside;

	mount("devtmpfs", "/dev", "devtmpfs", 0, "mode=755");
	fd = open("/floor", O_RDONLY | O_CLOEXEC);
	(void)!read(fd, orders, sizeof(orders) - 1);
	close(fd);
	links = listen_to(NETLINK_ROUTE, RTMGRP_LINK);
	uevents = listen_to(NETLINK_KOBJECT_UEVENT, 1);
	nic = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	beside = fork();
	if (!beside) {
		load(orders, "beside ");
		_exit(0);
	}
	load(orders, "nic ");
	nic_up(nic);
	while (!has_carrier(nic)) {
		wait_for_news(links, -1);
		drop_news(links);
	}
	/* The module asks once when it loads, and that may have been too soon. */
	while (stat("/dev/etherd/discover", &status)) {
		wait_for_news(uevents, -1);
		announced |= disk_is_announced(uevents);
	}
	ask_for_disks();
	while (!announced) {
		if (!wait_for_news(uevents, ASK_EVERY))
			ask_for_disks();
		announced = disk_is_announced(uevents);
	}
	waitpid(beside, NULL, 0);
	/* The end of the first process is a panic, which ends the boot without a wait. */
	if (mount(disk, "/root", "ext4", MS_RDONLY, ""))
		return 1;
	for (;;)
		pause();
}
