/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "init/firmware.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "init/sysfs.h"
#include "tools/base/text.h"

static const char TABLES[] = "/sys/firmware/acpi/tables";

/* "aBFT", or "aBFT1" where there are two (drivers/acpi/sysfs.c). */
static bool note_table(void *context, const char *name)
{
	char path[ABFT_PLACE], bytes[ABFT_MOST + 1];
	int length;

	if (!text_begins(name, "aBFT"))
		return true;
	text_join(path, sizeof(path), TABLES, "/", name, NULL);
	length = sysfs_read_all(path, bytes, sizeof(bytes));
	if (length > 0)
		abft_note(context, path, (const uint8_t *)bytes, (size_t)length);
	return true;
}

/*
 * A BIOS has no place for tables of others: iPXE keeps it in its own base memory, which it takes
 * away from below the 640 KiB and out of the memory map, so that Linux lets it be read
 * (CONFIG_STRICT_DEVMEM shows what is used as memory as zeros).
 */
static void scan_base_memory(struct firmware *firmware)
{
	/* From where drivers/firmware/iscsi_ibft_find.c looks for its own table, to the video's. */
	enum { START = 0x80000, END = 0xa0000 };
	static uint8_t memory[END - START];
	int fd = open("/dev/mem", O_RDONLY | O_CLOEXEC);
	ssize_t length = fd < 0 ? -1 : pread(fd, memory, sizeof(memory), START);

	if (length < 0)
		firmware->memory_rc = -errno;
	else
		abft_scan(&firmware->findings, memory, (size_t)length, START);
	if (fd >= 0)
		close(fd);
}

static int judge(const struct firmware *firmware, struct failure *failure)
{
	const struct abft_findings *findings = &firmware->findings;

	if (*findings->other)
		failure_set(failure, FAIL_ABFT, findings->place, findings->other,
		            " says something else", NULL);
	else if (!*findings->place && *findings->damaged)
		failure_set(failure, FAIL_ABFT, findings->damaged, findings->problem, NULL);
	else if (!*findings->place && firmware->memory_rc)
		failure_set(failure, FAIL_NOROOT, "/dev/mem",
		            "the aBFT cannot be read: ", report_errno(firmware->memory_rc), NULL);
	else if (!*findings->place)
		failure_set(failure, FAIL_NOROOT, "aBFT",
		            "the firmware has left none, and no root= names an export", NULL);
	else
		return 0;
	return -EINVAL;
}

/* Puts what the table says in the place of what the command line does not. */
static void take(struct firmware *firmware, struct cmdline *cmdline)
{
	const struct abft *abft = &firmware->findings.abft;
	char name[AOE_ADDRESS_TEXT], mac[MAC_TEXT];

	cmdline->root.kind = ROOT_AOE;
	cmdline->root.address = abft->address;
	cmdline->root.any_partition = true;
	mac_format(abft->mac, mac);
	if (!cmdline->nic_count && !cmdline->upper_count) {
		text_join(firmware->card, sizeof(firmware->card), "the aBFT's card ", mac, NULL);
		cmdline->nics[cmdline->nic_count++] =
		        (struct nic_choice){.mac = abft->mac, .text = firmware->card};
	}
	report_stage("abft", aoe_address_format(abft->address, name), " on ", mac, ", from ",
	             firmware->findings.place, NULL);
}

int firmware_ask(struct firmware *firmware, struct cmdline *cmdline, struct failure *failure)
{
	struct abft_findings *findings = &firmware->findings;
	int rc;

	if (cmdline->root.kind != ROOT_ABFT)
		return 0;
	sysfs_each(TABLES, note_table, findings);
	if (!*findings->place && access("/sys/firmware/efi", F_OK))
		scan_base_memory(firmware);
	rc = judge(firmware, failure);
	if (rc)
		return rc;
	if (*findings->damaged)
		report_warning(findings->damaged, "an aBFT that is ignored: ", findings->problem);
	take(firmware, cmdline);
	return 0;
}
