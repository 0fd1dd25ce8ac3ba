/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/boot/machine/accel.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tools/boot/machine/guest.h"
#include "tools/boot/machine/qemu.h"
#include "tools/cli/outfile.h"
#include "tools/host/args.h"
#include "tools/host/files.h"

/* The kernel has come to look for its root, which it has not: processors, interrupts, timers work.
 */
static const char probe_expects[] = "VFS: (Cannot open|Unable to mount) root";

/* ---- what the answer depends on ------------------------------------------------------------- */

/* QEMU's executable: a new version is a new file. */
static char *qemu_identity(void)
{
	const char *path = getenv("PATH");
	struct stat st = {0};

	while (path && *path) {
		size_t n = strcspn(path, ":");
		char *file = args_text("%.*s/" MACHINE_QEMU, (int)n, path);
		bool found = !stat(file, &st) && S_ISREG(st.st_mode);

		free(file);
		if (found)
			break;
		path += n + (path[n] == ':');
	}
	return args_text("%jd %jd", (intmax_t)st.st_size, (intmax_t)st.st_mtim.tv_sec);
}

/*
 * This start of the host, with its kernel, its processor, and whether its administrator has
 * switched nested virtualisation on; and QEMU.
 */
static char *identify(void)
{
	size_t n;
	char *start = files_read("/proc/sys/kernel/random/boot_id", 64, &n);
	char *qemu = qemu_identity();
	char *all = args_text("%sqemu %s\n", start ? start : "", qemu);

	free(qemu);
	free(start);
	return all;
}

/* ---- the probe
 * --------------------------------------------------------------------------------------- */

static enum guest_end probe_guest(struct guest *guest, const char *kernel, int signals)
{
	struct machine machine = {.kvm = true,
	                          .memory = 256,
	                          .cpus = 2,
	                          .nic = "virtio-net-pci",
	                          .kernel = kernel,
	                          .command_line = "console=ttyS0 panic=-1"};
	int64_t deadline = clock_now() + ACCEL_DEADLINE;
	struct args args = {0};
	int ends[2], rc;

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) < 0)
		return GUEST_NO_QEMU;
	machine.qmp = ends[0];
	machine_args(&machine, &args);
	guest->signals = signals;
	rc = guest_start(guest, &args, ends[0], ends[1], -1, true, deadline);
	args_free(&args);
	if (rc < 0)
		return rc == -EINTR ? GUEST_INTERRUPTED : GUEST_NO_QEMU;
	return guest_run(guest, deadline);
}

/* Boots a kernel with KVM and sees how far it gets. */
static enum accel_answer probe(const char *kernel, int signals)
{
	struct expect expect = {0};
	struct guest guest;
	enum guest_end end;
	char why[128];

	if (expect_add(&expect, probe_expects, strlen(probe_expects), NULL, why, sizeof(why)) < 0)
		abort(); /* it is a constant */
	guest_init(&guest);
	guest.expect = &expect;
	end = probe_guest(&guest, kernel, signals);
	guest_destroy(&guest);
	expect_free(&expect);
	return end == GUEST_SEEN          ? ACCEL_WORKS
	       : end == GUEST_INTERRUPTED ? ACCEL_INTERRUPTED
	                                  : ACCEL_FAILED_NOW;
}

/* ---- the answer ------------------------------------------------------------------------------ */

static const char works[] = "kvm\n", fails[] = "tcg\n";

/* The file that remembers: what the answer depends on, then the answer. NULL without a home. */
static char *memory(void)
{
	char *directory, *path;
	int rc = files_cache_directory("accel", &directory);

	path = rc ? NULL : args_text("%s/answer", directory);
	free(directory);
	return path;
}

/* An earlier answer to the same question, ACCEL_WORKS or ACCEL_FAILS; or -ENOENT. */
static int recall(const char *path, const char *identity)
{
	size_t n, length = strlen(identity);
	char *text = path ? files_read(path, length + sizeof(works), &n) : NULL;
	bool same = text && !strncmp(text, identity, length);
	int answer = same && !strcmp(text + length, works)   ? ACCEL_WORKS
	             : same && !strcmp(text + length, fails) ? ACCEL_FAILS
	                                                     : -ENOENT;

	free(text);
	return answer;
}

/* A file that cannot be written to costs the next run a probe, no more. */
static void remember(const char *path, const char *identity, enum accel_answer answer)
{
	char *text = args_text("%s%s", identity, answer == ACCEL_WORKS ? works : fails);

	if (path)
		outfile_save(path, text, strlen(text));
	free(text);
}

enum accel_answer accel_ask(const char *kernel, int signals)
{
	char *identity, *path;
	int answer;

	if (access(ACCEL_DEVICE, R_OK | W_OK) < 0)
		return ACCEL_FAILS;
	identity = identify();
	path = memory();
	answer = recall(path, identity);
	if (answer < 0 && !kernel)
		answer = ACCEL_FAILS;
	if (answer < 0) {
		answer = probe(kernel, signals);
		if (answer != ACCEL_INTERRUPTED)
			remember(path, identity, (enum accel_answer)answer);
	}
	free(path);
	free(identity);
	return (enum accel_answer)answer;
}
