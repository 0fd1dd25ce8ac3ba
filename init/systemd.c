/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "init/systemd.h"

#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "init/deadline.h"
#include "init/report.h"
#include "tools/base/text.h"

/* Whether a path leads to a program that is called systemd, as Debian's /sbin/init does. */
static bool is_systemd(const char *path)
{
	static const char name[] = "/systemd";
	char link[64], number[TEXT_NUMBER], target[256];
	int fd = open(path, O_PATH | O_CLOEXEC);
	ssize_t length;

	text_join(link, sizeof(link), "/proc/self/fd/", text_decimal(number, (uint64_t)fd), NULL);
	length = readlink(link, target, sizeof(target) - 1);
	close(fd);
	if (length < (ssize_t)sizeof(name) - 1)
		return false;
	target[length] = '\0';
	return !strcmp(target + length - sizeof(name) + 1, name);
}

/* Microseconds of a clock, when this program began. */
static char *began(clockid_t clock, char number[TEXT_NUMBER])
{
	struct timespec now;

	syscall(SYS_clock_gettime, clock, &now); /* as in deadline.c */
	return text_decimal(number, (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000 -
	                                    report_elapsed() * 1000);
}

/*
 * What systemd itself leaves for its successor when it is in the initrd, a line of it
 * (manager_serialize and dual_timestamp_serialize of systemd's src/core and src/shared): realtime
 * and monotonic. Returns an open file, or -1.
 */
static int leave_state(void)
{
	char state[128], realtime[TEXT_NUMBER], monotonic[TEXT_NUMBER];
	int fd = memfd_create("systemd-state", 0);
	size_t length;

	text_join(state, sizeof(state), "initrd-timestamp=", began(CLOCK_REALTIME, realtime), " ",
	          began(CLOCK_MONOTONIC, monotonic), "\n", NULL);
	length = strlen(state);
	if (fd >= 0 && (write(fd, state, length) != (ssize_t)length || lseek(fd, 0, SEEK_SET))) {
		close(fd);
		return -1;
	}
	return fd;
}

char **systemd_arguments(char **argv)
{
	/* The kernel gives no more than 32 (MAX_INIT_ARGS in its init/main.c). */
	enum { ARGUMENTS = 32 };
	static char *arguments[ARGUMENTS + 5];
	static char number[TEXT_NUMBER], option[] = "--deserialize", switched[] = "--switched-root";
	unsigned count = 0;
	int fd;

	if (!is_systemd(argv[0]) || (fd = leave_state()) < 0)
		return argv;
	while (argv[count] && count < ARGUMENTS) {
		arguments[count] = argv[count];
		count++;
	}
	arguments[count++] = switched;
	arguments[count++] = option;
	arguments[count] = text_decimal(number, (uint64_t)fd);
	return arguments;
}
