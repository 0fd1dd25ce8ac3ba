/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "init/mapper.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/dm-ioctl.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "tools/base/text.h"

static const char CONTROL[] = "/dev/mapper/control";

bool mapper_is_there(void)
{
	return !access(CONTROL, F_OK);
}

/* A request, and the answer to it (linux/dm-ioctl.h): the table's target, with its words behind. */
struct request {
	struct dm_ioctl head;
	struct dm_target_spec target;
	char words[2048];
};

static int ask(struct request *request, unsigned long command, const char *name)
{
	int control = open(CONTROL, O_RDWR | O_CLOEXEC);
	int rc;

	if (control < 0)
		return -errno;
	request->head.version[0] = DM_VERSION_MAJOR;
	request->head.data_size = sizeof(*request);
	request->head.data_start = sizeof(request->head);
	text_join(request->head.name, sizeof(request->head.name), name, NULL);
	rc = ioctl(control, command, request) ? -errno : 0;
	close(control);
	return rc;
}

static int load(const char *name, const char *target, const char *table, uint64_t sectors)
{
	struct request request = {
	        .head = {.flags = DM_READONLY_FLAG, .target_count = 1},
	        .target = {.length = sectors,
	                   .next = sizeof(request.target) + sizeof(request.words)},
	};

	text_join(request.target.target_type, sizeof(request.target.target_type), target, NULL);
	text_join(request.words, sizeof(request.words), table, NULL);
	return ask(&request, DM_TABLE_LOAD, name);
}

int mapper_create(const char *name, const char *target, const char *table, uint64_t sectors,
                  char path[DISK_PATH])
{
	struct request create = {.head = {.flags = 0}}, resume = {.head = {.flags = 0}};
	char number[TEXT_NUMBER];
	int rc = ask(&create, DM_DEV_CREATE, name);

	if (rc)
		return rc;
	rc = load(name, target, table, sectors);
	if (!rc)
		rc = ask(&resume, DM_DEV_SUSPEND, name); /* without its flag: the contrary */
	if (rc) {
		mapper_remove(name);
		return rc;
	}
	/* huge_encode_dev of linux/kdev_t.h: of the few devices here, the minor's low byte is all.
	 */
	text_join(path, DISK_PATH, "/dev/dm-", text_decimal(number, resume.head.dev & 0xff), NULL);
	return 0;
}

char mapper_status(const char *name)
{
	struct request request = {.head = {.flags = 0}};

	return ask(&request, DM_TABLE_STATUS, name) || !request.head.target_count ? '\0'
	                                                                          : *request.words;
}

void mapper_remove(const char *name)
{
	struct request request = {.head = {.flags = 0}};

	ask(&request, DM_DEV_REMOVE, name);
}
