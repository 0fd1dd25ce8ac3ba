/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "init/switch.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "init/deadline.h"
#include "init/giveup.h"
#include "init/mount.h"
#include "init/newroot.h"
#include "init/status.h"
#include "init/sysfs.h"
#include "init/systemd.h"
#include "init/wait.h"
#include "tools/base/text.h"

/* statfs(2)'s types of the file systems that an initramfs can be (linux/magic.h). */
static const unsigned RAMFS = 0x858458f6, TMPFS = 0x01021994;

/*
 * Whether `path` leads to an executable file when NEW_ROOT is the root of all links on the way.
 * What cannot be read is not what is missing: *rc is then the error.
 */
static bool is_executable(const char *path, int *rc)
{
	struct status status;
	int fd = newroot_open(path, O_PATH, 0);
	bool is_so = fd >= 0 && !status_of(fd, "", 0, &status) && S_ISREG(status.mode) &&
	             (status.mode & 0111);

	if (fd >= 0)
		close(fd);
	else if (fd != -ENOENT && fd != -ENOTDIR && fd != -ELOOP && fd != -EACCES)
		*rc = fd;
	return is_so;
}

int switch_find_init(const struct cmdline *cmdline, const char **init, struct failure *failure)
{
	/* The kernel's own list (init/main.c), without its last resort, a shell. */
	static const char *const usual[] = {"/sbin/init", "/etc/init", "/bin/init"};
	int rc = 0;

	*init = cmdline->init;
	if (*init && !is_executable(*init, &rc))
		*init = NULL;
	for (size_t i = 0; !cmdline->init && !*init && i < sizeof(usual) / sizeof(usual[0]); i++)
		if (is_executable(usual[i], &rc))
			*init = usual[i];
	if (*init)
		return 0;
	if (rc) {
		failure_set(failure, rc == -EIO ? FAIL_IO : FAIL_MOUNT,
		            cmdline->init ? cmdline->init : "/sbin/init",
		            "looking for it on the root: ", report_errno(rc), NULL);
		return rc;
	}
	if (cmdline->init)
		failure_set(failure, FAIL_NOINIT, cmdline->init,
		            "init= names no executable file on the root", NULL);
	else
		failure_set(failure, FAIL_NOINIT, "/sbin/init",
		            "the root has neither this nor /etc/init nor /bin/init", NULL);
	return -ENOENT;
}

/* A directory of the initramfs that is being emptied. */
struct emptying {
	int fd;
	uint64_t on; /* the file system: what is on another one is not ours to remove */
};

static bool remove_entry(void *context, const char *name)
{
	const struct emptying *parent = context;
	struct emptying below = {.on = parent->on};
	struct status status;

	if (status_of(parent->fd, name, AT_SYMLINK_NOFOLLOW, &status) || status.on != parent->on)
		return true;
	if (!S_ISDIR(status.mode)) {
		unlinkat(parent->fd, name, 0);
		return true;
	}
	below.fd = openat(parent->fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (below.fd >= 0) {
		sysfs_each_in(below.fd, remove_entry, &below);
		close(below.fd);
	}
	unlinkat(parent->fd, name, AT_REMOVEDIR);
	return true;
}

/* Frees the initramfs's memory, if it certainly is one: everything on the file system of fd. */
static void remove_initramfs(int fd)
{
	struct emptying root = {.fd = fd};
	struct statfs filesystem;
	struct status status;

	if (fd < 0 || status_of(fd, "", 0, &status) || fstatfs(fd, &filesystem) ||
	    ((unsigned)filesystem.f_type != RAMFS && (unsigned)filesystem.f_type != TMPFS))
		return;
	root.on = status.on;
	sysfs_each_in(fd, remove_entry, &root);
}

/* Moves one of the kernel's file systems along; the root may lack the directory for it. */
static void carry_over(const char *path)
{
	char target[64];

	text_join(target, sizeof(target), NEW_ROOT, path, NULL);
	mkdir(target, 0755); /* EEXIST is the usual case, EROFS leaves it to the warning */
	if (mount(path, target, NULL, MS_MOVE, NULL)) {
		report_warning(path, "not handed over: the root has no such directory");
		umount2(path, MNT_DETACH);
	}
}

/*
 * What process 1 does from here on may wait for the disk, and nobody can do it in its place: a
 * process beside it says so, and keeps rd.timeout=. The exec that ends all this closes `alive`.
 */
static _Noreturn void watch_over(const struct cmdline *cmdline, const char *init, uint64_t give_up,
                                 int alive, int crash)
{
	struct pollfd end = {.fd = alive, .events = POLLIN};
	uint64_t next = deadline_now() + TELL_EVERY;
	struct failure failure;

	failure_set(&failure, FAIL_SILENT, init, "the disk does not answer as it is started", NULL);
	while (!poll(&end, 1, deadline_poll(next < give_up ? next : give_up))) {
		if (deadline_now() >= give_up) {
			report_failure(&failure);
			give_up_beside(cmdline, crash);
			give_up = DEADLINE_NEVER;
		} else {
			report_waiting(&failure);
		}
		next = deadline_now() + TELL_EVERY;
	}
	_exit(0);
}

static void start_watch(const struct cmdline *cmdline, const char *init, uint64_t give_up)
{
	int crash = open("/proc/sysrq-trigger", O_WRONLY | O_CLOEXEC);
	int pipe[2];

	report_keep();
	if (pipe2(pipe, O_CLOEXEC)) {
		report_warning(init, "nobody will tell if the disk does not let it start: ",
		               report_errno(-errno));
		return;
	}
	if (!_Fork()) {
		close(pipe[1]);
		watch_over(cmdline, init, give_up, pipe[0], crash);
	}
	close(pipe[0]);
}

int switch_root(const struct cmdline *cmdline, const char *init, char **argv, uint64_t give_up,
                struct failure *failure)
{
	static const char *const mounts[] = {"/proc", "/sys", "/dev", "/run"};
	int old = open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int rc;

	report_stage("switch", init, NULL);
	start_watch(cmdline, init, give_up);
	for (size_t i = 0; i < sizeof(mounts) / sizeof(mounts[0]); i++)
		carry_over(mounts[i]);
	if (chdir(NEW_ROOT)) {
		rc = -errno;
		goto failed;
	}
	remove_initramfs(old);
	if (mount(".", "/", NULL, MS_MOVE, NULL) || chroot(".") || chdir("/")) {
		rc = -errno;
		goto failed;
	}
	argv[0] = (char *)(uintptr_t)init;
	execv(init, systemd_arguments(argv));
	rc = -errno;
failed:
	failure_set(failure, FAIL_SYSTEM, init, "handing over to it: ", report_errno(rc), NULL);
	return rc;
}
