/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "init/report.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "init/deadline.h"
#include "tools/base/text.h"

/* What a code is called and what to do about it. The manual page has the same table. */
static const struct {
	const char *name;
	const char *remedy;
} codes[] = {
        [FAIL_CMDLINE] = {"E-CMDLINE", "correct it on the kernel command line"},
        [FAIL_UNSUPPORTED] = {"E-UNSUPPORTED", "leave it out, or use the other"},
        [FAIL_NOROOT] = {"E-NOROOT", "add root=aoe:e<shelf>.<slot> to the kernel command line"},
        [FAIL_ABFT] = {"E-ABFT", "name the root with root=aoe:e<shelf>.<slot>"},
        [FAIL_SYSTEM] = {"E-SYSTEM", "see the kernel's own messages above"},
        [FAIL_NONIC] = {"E-NONIC", "check that the machine has a NIC and the firmware shows it"},
        [FAIL_NODRIVER] = {"E-NODRIVER",
                           "rebuild the initrd with --drivers all or the NIC's driver"},
        [FAIL_NOPROBE] = {"E-NOPROBE", "see what the kernel says of it above: firmware, hardware"},
        [FAIL_NOOPEN] = {"E-NOOPEN", "see what the kernel says of it above; for a firmware that "
                                     "is missing, install it and rebuild the initrd"},
        [FAIL_WRONGNIC] = {"E-WRONGNIC", "name one of these, or correct BOOTIF="},
        [FAIL_NOMODULE] = {"E-NOMODULE", "rebuild the initrd for this kernel"},
        [FAIL_NOCARRIER] = {"E-NOCARRIER", "check the cable and the switch port"},
        [FAIL_NOTARGET] = {"E-NOTARGET", "check that the target runs on this LAN and is not "
                                         "restricted to other machines"},
        [FAIL_NOEXPORT] = {"E-NOEXPORT", "correct the address, or export it there"},
        [FAIL_NOTREADY] = {"E-NOTREADY", "see the target's log if it stays like this"},
        [FAIL_LOADING] = {"E-LOADING", "see the kernel's own messages above"},
        [FAIL_SILENT] = {"E-SILENT", "see the target's log: its disk may hang, or it was stopped"},
        [FAIL_IO] = {"E-IO", "see the kernel's own messages above, and the target's log"},
        [FAIL_HOOK] = {"E-HOOK", "see what it says above"},
        [FAIL_AMBIGUOUS] = {"E-AMBIGUOUS", "name one of them by its address, aoe:eX.Y"},
        [FAIL_NOPART] = {"E-NOPART", "correct the number of the partition"},
        [FAIL_NOFSLABEL] = {"E-NOFSLABEL", "correct it, or export the disk that has it"},
        [FAIL_NOFS] = {"E-NOFS", "check that it is the right partition; make a file system"},
        [FAIL_CONTAINER] = {"E-CONTAINER", "name a disk or partition with a file system on it"},
        [FAIL_FSMODULE] = {"E-FSMODULE", "rebuild the initrd with --fs and this type"},
        [FAIL_NOMEMORY] = {"E-NOMEMORY", "leave out rd.toram, or give the machine more"},
        [FAIL_FSCK] = {"E-FSCK", "run e2fsck on it by hand, on the server or in a shell"},
        [FAIL_MOUNT] = {"E-MOUNT", "check rootflags=, rootfstype= and the file system"},
        [FAIL_READONLY] = {"E-READONLY", "export it for writing, or boot with ro or rd.overlay"},
        [FAIL_OVERLAY] = {"E-OVERLAY",
                          "correct rd.overlay=, or what it names, which must be writable"},
        [FAIL_VERITY] = {"E-VERITY", "correct rd.verity.hash= or rd.verity.offset=, or make the "
                                     "tree anew"},
        [FAIL_ROOTHASH] = {"E-ROOTHASH", "correct roothash=; else the root was changed, or is "
                                         "damaged"},
        [FAIL_NOINIT] = {"E-NOINIT", "install one there, or name it with init="},
};

/* Levels of the kernel log (syslog(2)). */
static const char ERROR[] = "<3>", WARNING[] = "<4>", INFO[] = "<6>";

static uint64_t started; /* milliseconds of the clock since boot */
static bool keep_quiet, say_details;
static int kept = -1; /* the kernel's log, once it cannot be opened by its name any more */
static int log_file = -1;

/* "1.234" */
static void add_seconds(struct text *text, uint64_t milliseconds)
{
	char number[TEXT_NUMBER];

	text_add(text, text_decimal(number, milliseconds / 1000));
	text_add(text, ".");
	text_decimal(number, 1000 + milliseconds % 1000);
	text_add(text, number + 1);
}

/* What a machine says that waits for days is not to fill its memory. */
static void log_line(const char *level, const char *line)
{
	enum { WARNINGS_MOST = 1 << 18 /* bytes */ };
	char whole[600];
	struct text text;

	if (log_file < 0 || (level == WARNING && lseek(log_file, 0, SEEK_END) > WARNINGS_MOST))
		return;
	text_begin(&text, whole, sizeof(whole) - 1);
	text_add(&text, "[");
	add_seconds(&text, deadline_now());
	text_add(&text, "] ");
	text_add(&text, line);
	text_printable(whole);
	strcat(whole, "\n");
	(void)!write(log_file, whole, strlen(whole));
}

/*
 * One open of /dev/kmsg a line: the kernel limits the rate per open file (ten lines in five
 * seconds), and what this init says on its way must not be what gets lost.
 */
static void write_line(const char *level, const char *line)
{
	char whole[600];
	int fd;

	log_line(level, line);
	if (level == INFO && keep_quiet)
		return;
	fd = open("/dev/kmsg", O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		fd = kept;
	text_join(whole, sizeof(whole) - 1, level, "etherroot: ", line, NULL);
	text_printable(whole);
	strcat(whole, "\n");
	if (fd >= 0) {
		(void)!write(fd, whole, strlen(whole));
		if (fd != kept)
			close(fd);
	} else {
		(void)!write(STDERR_FILENO, whole + strlen(level), strlen(whole + strlen(level)));
	}
}

/* " [+0.123 s]" */
static void add_clock(struct text *text)
{
	text_add(text, " [+");
	add_seconds(text, report_elapsed());
	text_add(text, " s]");
}

void report_start(void)
{
	started = deadline_now();
}

uint64_t report_elapsed(void)
{
	return deadline_now() - started;
}

void report_open_log(void)
{
	mkdir("/run/etherroot", 0755);
	log_file = open(REPORT_LOG, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
}

void report_keep(void)
{
	kept = open("/dev/kmsg", O_WRONLY | O_CLOEXEC);
}

void report_verbosity(bool quiet, bool debug)
{
	keep_quiet = quiet;
	say_details = debug;
}

/* "HEAD: strings [+0.123 s]" */
static void write_timed(const char *head, va_list strings)
{
	char line[512];
	struct text text;

	text_begin(&text, line, sizeof(line) - TEXT_NUMBER - 8); /* the clock always fits */
	text_add(&text, head);
	text_add(&text, ": ");
	text_add_list(&text, strings);
	text.size = sizeof(line);
	add_clock(&text);
	write_line(INFO, line);
}

void report_stage(const char *stage, ...)
{
	va_list strings;

	va_start(strings, stage);
	write_timed(stage, strings);
	va_end(strings);
}

void report_detail(const char *what, ...)
{
	va_list strings;

	if (!say_details)
		return;
	va_start(strings, what);
	write_timed(what, strings);
	va_end(strings);
}

void report_warning_list(const char *thing, ...)
{
	char line[512];
	struct text text;
	va_list strings;

	text_begin(&text, line, sizeof(line));
	text_add(&text, "warning: ");
	text_add(&text, thing);
	text_add(&text, ": ");
	va_start(strings, thing);
	text_add_list(&text, strings);
	va_end(strings);
	write_line(WARNING, line);
}

static void write_failure(const char *level, const char *prefix, const struct failure *failure)
{
	char line[560];

	text_join(line, sizeof(line), prefix, codes[failure->code].name, ": ", failure->thing, ": ",
	          failure->saw, ": ", codes[failure->code].remedy, NULL);
	write_line(level, line);
}

void report_waiting(const struct failure *failure)
{
	write_failure(WARNING, "waiting: ", failure);
}

void report_failure(const struct failure *failure)
{
	write_failure(ERROR, "", failure);
}

void failure_set(struct failure *failure, enum fail_code code, const char *thing, ...)
{
	struct text text;
	va_list strings;

	failure->code = code;
	text_join(failure->thing, sizeof(failure->thing), thing, NULL);
	text_begin(&text, failure->saw, sizeof(failure->saw));
	va_start(strings, thing);
	text_add_list(&text, strings);
	va_end(strings);
}

const char *report_errno(int rc)
{
	static const struct {
		int error;
		const char *word;
	} words[] = {
	        {EPERM, "operation not permitted"},
	        {ENOENT, "no such file"},
	        {EINTR, "interrupted"},
	        {EIO, "input/output error"},
	        {ENXIO, "no such device"},
	        {ENOEXEC, "not a module for this kernel"},
	        {EAGAIN, "no room for another process"},
	        {ENOMEM, "out of memory"},
	        {EACCES, "permission denied"},
	        {EBUSY, "busy"},
	        {EEXIST, "already there"},
	        {ENODEV, "no such device or file system type"},
	        {ENOTDIR, "not a directory"},
	        {EINVAL, "invalid argument"},
	        {ENFILE, "too many open files"},
	        {EMFILE, "too many open files"},
	        {EFBIG, "too large"},
	        {ENOSPC, "no space left"},
	        {EROFS, "read-only"},
	        {ERANGE, "out of range"},
	        {ELOOP, "too many links on the way"},
	        {EOVERFLOW, "too large"},
	        {EOPNOTSUPP, "not supported"},
	        {ETIMEDOUT, "timed out"},
	        {EUCLEAN, "the file system is damaged"},
	        {ENOKEY, "its signature is not accepted"},
	        {EKEYREJECTED, "its signature is not accepted"},
	};
	static char number[TEXT_NUMBER + 6];
	char digits[TEXT_NUMBER];

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (words[i].error == -rc)
			return words[i].word;
	return text_join(number, sizeof(number), "error ", text_decimal(digits, (uint64_t)-rc),
	                 NULL);
}
