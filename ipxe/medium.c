/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ipxe/medium.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tools/cli/outfile.h"
#include "tools/host/args.h"
#include "tools/host/child.h"
#include "tools/host/clock.h"
#include "tools/host/files.h"
#include "tools/host/ipxe.h"

#define TOOL_DEADLINE (60 * CLOCK_SECOND) /* each takes much less than a second */

/* Where Debian has the parts, and in which package. */
enum part { LKRN, EFI, ISOLINUX, ISOLINUX_LIBRARY, ISOLINUX_MBR, PARTS };

static const struct {
	const char *path, *package;
} parts[PARTS] = {
        [LKRN] = {"/usr/lib/ipxe/ipxe.lkrn", "ipxe"},
        [EFI] = {IPXE_EFI, "ipxe"},
        [ISOLINUX] = {"/usr/lib/ISOLINUX/isolinux.bin", "isolinux"},
        [ISOLINUX_LIBRARY] = {"/usr/lib/syslinux/modules/bios/ldlinux.c32", "syslinux-common"},
        [ISOLINUX_MBR] = {"/usr/lib/ISOLINUX/isohdpfx.bin", "isolinux"},
};

enum {
	SECTOR = 512,
	/* Of the EFI system partition, beside the files: FATs, directories, rounding. */
	FAT_OVERHEAD = 256 << 10,
};

/* What is made on the way. */
struct work {
	char *directory; /* of this run */
	int lock;
	int messages; /* what the tools say */
	char *script, *isolinux, *system_partition;
	struct why *why;
};

static int check_parts(struct why *why)
{
	for (enum part i = 0; i < PARTS; i++)
		if (access(parts[i].path, R_OK))
			return why_set(why, -errno, "%s: %s: install the package %s", parts[i].path,
			               strerror(errno), parts[i].package);
	return 0;
}

static int fail(const struct work *work, const char *what, int rc)
{
	return why_set(work->why, rc, "%s: %s", what, strerror(-rc));
}

/* A file of this run's directory. */
static int write_file(const struct work *work, const char *path, const void *data, size_t size)
{
	int rc = outfile_save(path, data, size);

	return rc ? fail(work, path, rc) : 0;
}

/* The first line of what a tool said, for a message. */
static void first_line(int messages, char *line, size_t room)
{
	ssize_t n = pread(messages, line, room - 1, 0);

	line[n < 0 ? 0 : n] = '\0';
	line[strcspn(line, "\n")] = '\0';
}

/* Runs a tool of a package to its end, quietly; what it said is told when it fails. */
static int run(const struct work *work, const char *package, const char *const *arguments)
{
	const struct child_io io = {
	        .in = -1, .out = work->messages, .err = work->messages, .keep = {-1, -1, -1}};
	struct args args = {0};
	char said[400];
	int status;

	for (size_t i = 0; arguments[i]; i++)
		args_add(&args, "%s", arguments[i]);
	status = ftruncate(work->messages, 0)
	                 ? -errno
	                 : child_run(args.v, &io, clock_now() + TOOL_DEADLINE, -1);
	args_free(&args);
	if (status == -ENOENT)
		return why_set(work->why, -ENOENT, "%s: not there: install the package %s",
		               arguments[0], package);
	if (status < 0)
		return fail(work, arguments[0], status);
	first_line(work->messages, said, sizeof(said));
	return status ? why_set(work->why, -EIO, "%s: %s", arguments[0],
	                        *said ? said : "it failed, and does not say why")
	              : 0;
}

/* The EFI system partition: iPXE where firmware looks for it, and the script where iPXE does. */
static int make_system_partition(const struct work *work, size_t ipxe_size, size_t script_size)
{
	const char *image = work->system_partition;
	char sectors[32];
	const char *const format[] = {
	        "mformat", "-C", "-i", image, "-T", sectors,
	        "-h",      "1",  "-s", "1",   "-N", "0", /* not a random serial number */
	        "::",      NULL};
	const char *const folders[] = {"mmd", "-i", image, "::EFI", "::EFI/BOOT", NULL};
	const char *const ipxe[] = {"mcopy", "-i", image, parts[EFI].path, "::EFI/BOOT/BOOTX64.EFI",
	                            NULL};
	const char *const script[] = {"mcopy", "-i", image, work->script, "::" IPXE_AUTOEXEC, NULL};
	const char *const *const steps[] = {format, folders, ipxe, script};
	int rc = 0;

	snprintf(sectors, sizeof(sectors), "%zu",
	         (ipxe_size + script_size + FAT_OVERHEAD) / SECTOR);
	for (size_t i = 0; !rc && i < sizeof(steps) / sizeof(steps[0]); i++)
		rc = run(work, "mtools", steps[i]);
	return rc;
}

/* The file system, which names what it holds where it lies, and how it starts. */
static int make_hybrid(const struct work *work, const char *output)
{
	char *isolinux = args_text("isolinux/isolinux.bin=%s", parts[ISOLINUX].path);
	char *library = args_text("isolinux/ldlinux.c32=%s", parts[ISOLINUX_LIBRARY].path);
	char *lkrn = args_text("isolinux/ipxe.krn=%s", parts[LKRN].path);
	char *config = args_text("isolinux/isolinux.cfg=%s", work->isolinux);
	char *script = args_text("isolinux/script.ipx=%s", work->script);
	char *efi = args_text("efi.img=%s", work->system_partition);
	const char *const arguments[] = {
	        "xorriso", "-as", "mkisofs", "-quiet", "-r", "-f", "--set_all_file_dates",
	        "1980010100000000", "-V", "ETHERROOT", "-o", output,
	        /* BIOS: a CD by El Torito, a stick by its first sector. */
	        "-b", "isolinux/isolinux.bin", "-c", "isolinux/boot.cat", "-no-emul-boot",
	        "-boot-load-size", "4", "-boot-info-table", "-isohybrid-mbr",
	        parts[ISOLINUX_MBR].path,
	        /* UEFI: a CD by El Torito, a stick by its partition. */
	        "-eltorito-alt-boot", "-e", "efi.img", "-no-emul-boot", "-isohybrid-gpt-basdat",
	        "-graft-points", isolinux, library, lkrn, config, script, efi, NULL};
	int rc = run(work, "xorriso", arguments);

	free(efi);
	free(script);
	free(config);
	free(lkrn);
	free(library);
	free(isolinux);
	return rc;
}

static int begin(struct work *work, struct why *why)
{
	char *messages;
	int rc = files_run_directory(&work->directory, &work->lock);

	work->why = why;
	if (rc) {
		rc = fail(work, work->directory ? work->directory : "a directory", rc);
		free(work->directory);
		work->directory = NULL;
		return rc;
	}
	work->script = args_text("%s/script", work->directory);
	work->isolinux = args_text("%s/isolinux.cfg", work->directory);
	work->system_partition = args_text("%s/efi", work->directory);
	messages = args_text("%s/messages", work->directory);
	work->messages = open(messages, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
	rc = work->messages < 0 ? fail(work, messages, -errno) : 0;
	free(messages);
	return rc;
}

static void end(struct work *work)
{
	if (work->messages >= 0)
		close(work->messages);
	if (work->directory)
		files_remove_tree(work->directory);
	if (work->lock >= 0)
		close(work->lock);
	free(work->directory);
	free(work->script);
	free(work->isolinux);
	free(work->system_partition);
}

/* Makes everything in the run's directory, and of it the output. */
static int make(const struct work *work, const char *output, const struct buffer *script,
                size_t ipxe_size)
{
	static const char isolinux[] = "default ipxe\n"
	                               "label ipxe\n"
	                               "  kernel ipxe.krn\n"
	                               "  initrd script.ipx\n";
	int rc = write_file(work, work->script, script->data, script->size);

	if (!rc)
		rc = write_file(work, work->isolinux, isolinux, strlen(isolinux));
	if (!rc)
		rc = make_system_partition(work, ipxe_size, script->size);
	return rc ? rc : make_hybrid(work, output);
}

/* Into a temporary file beside path, which then takes its name. */
static int write_output(const struct work *work, const char *path, const struct buffer *script,
                        size_t ipxe_size)
{
	struct outfile out;
	int rc = outfile_open(&out, path, OUTFILE_NAMED);

	if (!rc && out.in_place)
		rc = why_set(work->why, -EINVAL,
		             "%s: not a file: write one, and copy it there (dd bs=4M)", path);
	else if (rc)
		return fail(work, path, rc);
	if (!rc)
		rc = make(work, out.temporary, script, ipxe_size);
	if (rc) {
		outfile_abort(&out);
		return rc;
	}
	rc = outfile_commit(&out);
	return rc ? fail(work, path, rc) : 0;
}

int medium_write(const char *path, const struct buffer *script, bool *uefi_reads, struct why *why)
{
	struct work work = {.lock = -1, .messages = -1};
	size_t ipxe_size;
	int rc = check_parts(why);

	if (rc)
		return rc;
	rc = ipxe_look(&ipxe_size, uefi_reads);
	if (rc)
		return why_set(why, rc, "%s: %s", IPXE_EFI, strerror(-rc));
	/* The tools' time (https://reproducible-builds.org/specs/source-date-epoch). */
	setenv("SOURCE_DATE_EPOCH", "0", 1);
	setenv("TZ", "UTC0", 1);
	rc = begin(&work, why);
	if (!rc)
		rc = write_output(&work, path, script, ipxe_size);
	end(&work);
	return rc;
}
