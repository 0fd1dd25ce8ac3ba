/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/boot/verdict/stages.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tools/host/ipxe.h"

/* The order of a boot; a stage that a way of booting does not have is simply never reached. */
static const struct {
	const char *name;
	const char *pattern;
} table[] = {
        {"firmware", "SeaBIOS \\(version|^UEFI firmware"},
        /* As a driver of UEFI it begins with its banner. */
        {"ipxe", "iPXE initialising devices|^iPXE [0-9].* -- Open Source Network Boot Firmware"},
        {"dhcp", "^(Next server|Filename): "},
        {"script", "boot\\.ipxe *: .*\\[script\\]"},
        {"san", "Booting from SAN device"},
        {"loader", "GRUB loading|Welcome to GRUB"},
        {"files", "initrd.*\\.\\.\\. *ok"},
        {"kernel", "Linux version [0-9]"},
        {"init", "Run /init as init process"},
        {"nic", "etherroot: nic: "},
        {"carrier", "etherroot: carrier: "},
        {"discover", "etherroot: discover: "},
        {"root", "etherroot: root: "},
        {"mount", "etherroot: mount: |EXT4-fs \\(.*\\): mounted filesystem"},
        {"switch", "etherroot: switch: "},
        {"systemd", "systemd\\[1\\]: "},
        {"multi-user", "Reached target .*[Mm]ulti-[Uu]ser"},
        {"login", "login: "},
};

#define TABLE (sizeof(table) / sizeof(table[0]))
_Static_assert(TABLE <= STAGES_MAX, "STAGES_MAX must hold the table");

static const struct {
	const char *text;
	const char *meaning;
	bool hopeless;
} troubles[] = {
        {"Kernel panic - not syncing", "the kernel panicked", true},
        {"No bootable device", "the firmware found nothing to boot", true},
        {"BdsDxe: No bootable option or device", "the firmware found nothing to boot", true},
        {"No more network devices", "iPXE could not boot from the network", true},
        {"UEFI Interactive Shell", "the firmware found nothing to boot", false},
        {IPXE_FAILED, "iPXE could not load what it was to start", true},
        {STAGES_GRUB_FAILED, "GRUB could not load what it was to start", true},
        {" is not known to this server", "the boot server does not know this machine", false},
        {"You are in emergency mode", "the guest fell into emergency mode", false},
        {"You are in rescue mode", "the guest fell into rescue mode", false},
        {"(initramfs) ", "the initrd gave up and opened its shell", false},
};

void stages_init(struct stages *stages)
{
	memset(stages, 0, sizeof(*stages));
	for (size_t i = 0; i < TABLE; i++)
		if (regcomp(&stages->patterns[i], table[i].pattern, REG_EXTENDED | REG_NOSUB))
			abort(); /* the table above is wrong: found by the first run of any test */
}

double stages_guest_time(const char *line)
{
	for (const char *at = strchr(line, '['); at; at = strchr(at + 1, '[')) {
		const char *number = at + 1 + strspn(at + 1, " ");
		size_t seconds = strspn(number, "0123456789");

		if (seconds && number[seconds] == '.' &&
		    strspn(number + seconds + 1, "0123456789") == 6 && number[seconds + 7] == ']')
			return strtod(number, NULL);
	}
	return -1;
}

/* "etherroot: E-NOFS: ..."; it may be "waiting: E-NOTARGET: ..." first. */
static void note_failure(struct stages *stages, const char *line)
{
	static const char init[] = "etherroot: ", waiting[] = "waiting: ";
	const char *said = strstr(line, init);

	if (!said)
		return;
	said += sizeof(init) - 1;
	if (!strncmp(said, waiting, sizeof(waiting) - 1))
		said += sizeof(waiting) - 1;
	if (!strncmp(said, "E-", 2))
		snprintf(stages->failure, sizeof(stages->failure), "%s", said);
}

size_t stages_look(struct stages *stages, const char *line, int64_t host)
{
	size_t before = stages->count;

	note_failure(stages, line);
	for (size_t i = 0; i < TABLE; i++) {
		if (stages->reached[i] || regexec(&stages->patterns[i], line, 0, NULL, 0))
			continue;
		stages->reached[i] = true;
		stages->times[stages->count++] =
		        (struct stage_time){table[i].name, host, stages_guest_time(line)};
	}
	return stages->count - before;
}

const struct stage_time *stages_find(const struct stages *stages, const char *name)
{
	for (size_t i = 0; i < stages->count; i++)
		if (!strcmp(stages->times[i].name, name))
			return &stages->times[i];
	return NULL;
}

const char *stages_trouble(const char *line, bool *hopeless)
{
	for (size_t i = 0; i < sizeof(troubles) / sizeof(troubles[0]); i++) {
		if (!strstr(line, troubles[i].text))
			continue;
		*hopeless = troubles[i].hopeless;
		return troubles[i].meaning;
	}
	return NULL;
}

void stages_free(struct stages *stages)
{
	for (size_t i = 0; i < TABLE; i++)
		regfree(&stages->patterns[i]);
}
