/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/boot/machine/qmp.h"

#include <errno.h>
#include <string.h>

#include "tools/host/args.h"

const char qmp_capabilities[] = "{\"execute\": \"qmp_capabilities\"}\n";
const char qmp_cont[] = "{\"execute\": \"cont\"}\n";
const char qmp_powerdown[] = "{\"execute\": \"system_powerdown\"}\n";
const char qmp_quit[] = "{\"execute\": \"quit\"}\n";
const char qmp_last_reboot[] =
        "{\"execute\": \"set-action\", \"arguments\": {\"reboot\": \"shutdown\"}}\n";

char *qmp_set_link(const char *device, bool up)
{
	return args_text(
	        "{\"execute\": \"set_link\", \"arguments\": {\"name\": \"%s\", \"up\": %s}}\n",
	        device, up ? "true" : "false");
}

/*
 * Copies the string value of a key, wherever in the line it is; QEMU's messages use a key once.
 * Returns false if there is none. Escapes are kept as they are: names have none.
 */
static bool copy_string(const char *line, const char *key, char *to, size_t size)
{
	const char *at = line;
	size_t length = strlen(key);

	while ((at = strstr(at, key))) {
		at += length;
		at += strspn(at, " \t");
		if (*at != ':')
			continue;
		at++;
		at += strspn(at, " \t");
		if (*at != '"')
			return false;
		at++;
		for (; *at && *at != '"' && size > 1; size--) {
			if (*at == '\\' && at[1] && size > 2) {
				*to++ = *at++;
				size--;
			}
			*to++ = *at++;
		}
		*to = '\0';
		return true;
	}
	return false;
}

int qmp_parse(const char *line, struct qmp_message *message)
{
	*message = (struct qmp_message){.name = "", .reason = ""};
	line += strspn(line, " \t");
	if (!strncmp(line, "{\"QMP\"", 6))
		message->kind = QMP_GREETING;
	else if (!strncmp(line, "{\"return\"", 9))
		message->kind = QMP_RETURN;
	else if (!strncmp(line, "{\"error\"", 8))
		message->kind = QMP_ERROR;
	else if (*line == '{' && strstr(line, "\"event\""))
		message->kind = QMP_EVENT;
	else
		return -EBADMSG;
	if (message->kind == QMP_ERROR)
		copy_string(line, "\"desc\"", message->name, sizeof(message->name));
	if (message->kind == QMP_EVENT) {
		if (!copy_string(line, "\"event\"", message->name, sizeof(message->name)))
			return -EBADMSG;
		copy_string(line, "\"reason\"", message->reason, sizeof(message->reason));
	}
	return 0;
}
