/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/boot/machine/accel.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "tools/boot/image/cache.h"
#include "tools/boot/machine/guest.h"
#include "tools/host/args.h"
#include "tools/host/clock.h"
#include "tools/host/files.h"

static const char device[] = "/dev/kvm";
static const char kind[] = "accel";

/* Where KVM works, a kernel without an initrd is at its end after half a second. */
#define PROBE_DEADLINE (10 * CLOCK_SECOND)

/* The kernel has come to look for its root, which it has not: processors, interrupts, timers work.
 */
static const char probe_expects[] = "VFS: (Cannot open|Unable to mount) root";

/* ---- what the answer depends on
 * ------------------------------------------------------------------- */

/* The rest of the first line that begins with key, up to its end; empty if there is none. */
static char *line_of(const char *path, const char *key)
{
	size_t n;
	char *all = files_read(path, 65536, &n);
	const char *at = all ? strstr(all, key) : NULL;
	char *line = args_text("%.*s", at ? (int)strcspn(at, "\n") : 0, at ? at : "");

	free(all);
	return line;
}

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
 * The host's kernel, processor and QEMU, and this start of the host: its administrator may have
 * switched nested virtualisation on before it.
 */
static char *identify(void)
{
	struct utsname host;
	char *model = line_of("/proc/cpuinfo", "model name");
	char *microcode = line_of("/proc/cpuinfo", "microcode");
	char *start = line_of("/proc/sys/kernel/random/boot_id", "");
	char *qemu = qemu_identity();
	char *all;

	if (uname(&host) < 0)
		host = (struct utsname){.release = ""};
	all = args_text("%s %s\n%s\n%s\n%s\nqemu %s\n", host.release, host.version, model,
	                microcode, start, qemu);
	free(qemu);
	free(start);
	free(microcode);
	free(model);
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
	int64_t deadline = clock_now() + PROBE_DEADLINE;
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

/* Boots a kernel with KVM and sees how far it gets. Returns 0 with *works, or -EINTR. */
static int probe(const char *kernel, int signals, bool *works)
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
	*works = end == GUEST_SEEN;
	return end == GUEST_INTERRUPTED ? -EINTR : 0;
}

/* ---- the answer
 * --------------------------------------------------------------------------------------- */

/* An earlier answer: 1 or 0, or a negative errno when there is none. */
static int recall(const char *identity)
{
	struct cache_entry entry;
	int rc = cache_find(&entry, kind, identity);
	char *path, *answer;
	size_t n;

	if (rc < 0)
		return rc;
	path = args_text("%s/answer", entry.path);
	answer = files_read(path, 16, &n);
	rc = answer && !strcmp(answer, "kvm\n") ? 1 : answer && !strcmp(answer, "tcg\n") ? 0 : -EIO;
	free(answer);
	free(path);
	cache_release(&entry);
	return rc;
}

/* A cache that cannot be written to costs the next run a probe, no more. */
static void remember(const char *identity, bool works)
{
	struct cache_entry entry;
	int rc = cache_begin(&entry, kind, identity);
	char *path = entry.path ? args_text("%s/answer", entry.path) : NULL;
	FILE *file = !rc && path ? fopen(path, "we") : NULL;
	bool written = file && fputs(works ? "kvm\n" : "tcg\n", file) >= 0;

	if (file && fclose(file))
		written = false;
	if (!written || cache_commit(&entry) < 0)
		cache_abort(&entry);
	free(path);
	cache_release(&entry);
}

int accel_choose(enum boot_accel wish, const struct setup *setup, bool *kvm)
{
	char *identity;
	int rc;

	*kvm = wish == ACCEL_KVM;
	if (wish != ACCEL_AUTO || access(device, R_OK | W_OK) < 0)
		return CLI_OK;
	identity = identify();
	rc = recall(identity);
	if (rc >= 0) {
		*kvm = rc;
	} else if (setup->kernel) {
		rc = probe(setup->kernel, setup->signals, kvm);
		if (!rc)
			remember(identity, *kvm);
		if (!rc && !*kvm)
			cli_error(&boot_command,
			          "%s: a kernel started with it does not run (tried for %lld s): "
			          "using "
			          "TCG, and not asking again until this host is restarted",
			          device, PROBE_DEADLINE / CLOCK_SECOND);
	}
	free(identity);
	return rc == -EINTR ? rc : CLI_OK;
}
