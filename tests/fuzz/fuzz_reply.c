/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What QEMU's control socket answers to boot. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "tests/fuzz/fuzz.h"
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

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input input = {data, size};
	char *text = take_string(&input);

	check_qmp(text);
	free(text);
	return 0;
}
