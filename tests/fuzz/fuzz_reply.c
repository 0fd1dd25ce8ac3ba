/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What other programs answer to boot: QEMU's control socket and debugfs's lists. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "tests/fuzz/fuzz.h"
#include "tools/boot/image/debugfs.h"
#include "tools/boot/machine/qmp.h"

static void check_qmp(const char *line)
{
	struct qmp_message message;
	int rc = qmp_parse(line, &message);

	ALWAYS(rc == 0 || rc == -EBADMSG);
	ALWAYS(memchr(message.name, '\0', sizeof(message.name)));
	ALWAYS(memchr(message.reason, '\0', sizeof(message.reason)));
	ALWAYS(rc || message.kind != QMP_EVENT || strstr(line, "\"event\""));
}

static void check_debugfs(const char *text)
{
	const char *at = text, *before = text;
	struct debugfs_entry entry;

	while (debugfs_next(&at, &entry)) {
		ALWAYS(at > before && at <= text + strlen(text));
		before = at;
		ALWAYS(*entry.name && memchr(entry.name, '\0', sizeof(entry.name)));
		ALWAYS(!strpbrk(entry.name, "/\n"));
	}
	ALWAYS(!*at);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input input = {data, size};
	char *text = take_string(&input);

	check_qmp(text);
	check_debugfs(text);
	free(text);
	return 0;
}
