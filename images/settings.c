/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "images/settings.h"

#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "images/values.h"
#include "tools/base/hostname.h"
#include "tools/host/self.h"

/* How each setting reaches the script. */
static const struct {
	const char *variable;
	const char *initial;
	const char
	        *separator; /* between the values of a repeated option; NULL: the last one counts */
	bool (*valid)(const char *text);
	const char *wanted; /* what the message says when it is not */
} table[SETTINGS] = {
        [SETTING_OUTPUT] = {"IMAGE_OUTPUT", "", NULL, NULL, NULL},
        [SETTING_SIZE] = {"IMAGE_SIZE", "", NULL, NULL, NULL},
        [SETTING_KERNEL] = {"IMAGE_KERNELS", "", ",", image_valid_packages, "not a package name"},
        [SETTING_INCLUDE] = {"IMAGE_INCLUDE", "", ",", image_valid_packages,
                             "not package names with commas between them"},
        [SETTING_HOOK] = {"IMAGE_HOOKS", "", "\n", NULL, NULL},
        [SETTING_SUITE] = {"IMAGE_SUITE", SETTINGS_SUITE, NULL, image_valid_suite,
                           "not a code name such as trixie"},
        [SETTING_MIRROR] = {"IMAGE_MIRROR", "", NULL, image_valid_mirror,
                            "not a URI such as http://mirror.example/debian"},
        [SETTING_HOSTNAME] = {"IMAGE_HOSTNAME", "debian", NULL, hostname_is_valid,
                              "not a host name: letters, digits and hyphens, at most 64"},
        [SETTING_PASSWORD] = {"IMAGE_PASSWORD", SETTINGS_PASSWORD, NULL, image_valid_password,
                              "a password is one line"},
        [SETTING_LABEL] = {"IMAGE_LABEL", "debian", NULL, image_valid_label,
                           "not a label: 1 to 16 characters, without spaces, quotes and slashes"},
        [SETTING_UUID] = {"IMAGE_UUID", "", NULL, image_valid_uuid,
                          "not a UUID: 8-4-4-4-12 hexadecimal digits"},
        [SETTING_PARTITION] = {"IMAGE_PARTITION", "", NULL, NULL, NULL},
        [SETTING_BOOTLOADER] = {"IMAGE_BOOTLOADER", "", NULL, image_valid_bootloader,
                                "neither bios nor uefi nor both"},
        [SETTING_INITRD] = {"IMAGE_INITRD", "", NULL, NULL, NULL},
        [SETTING_ANSWERS] = {"IMAGE_ANSWERS", "", NULL, NULL, NULL},
        [SETTING_ROOT] = {"IMPORT_ROOT", "", NULL, image_valid_device,
                          "not the name of a disk's partition or volume, such as vda2"},
        [SETTING_HELPER] = {"IMPORT_HELPER", "", NULL, NULL, NULL},
        [SETTING_WITH] = {"IMAGE_WITH", "etherroot", NULL, image_valid_installer,
                          "there are etherroot and debian-installer"},
        [SETTING_PRESEED] = {"IMAGE_PRESEED", "", NULL, NULL, NULL},
        [SETTING_LOCALE] = {"INSTALL_LOCALE", "", NULL, image_valid_locale,
                            "not a locale such as de_DE.UTF-8"},
        [SETTING_KEYBOARD] = {"INSTALL_KEYBOARD", "", NULL, image_valid_keyboard,
                              "not a keyboard's layout such as de"},
        [SETTING_TIMEZONE] = {"INSTALL_TIMEZONE", "", NULL, image_valid_timezone,
                              "not a time zone such as Europe/Berlin"},
        [SETTING_USER] = {"INSTALL_USERS", "", "\n", NULL, NULL},
        [SETTING_OVERWRITE] = {"INSTALL_OVERWRITE", "", NULL, image_valid_answer,
                               "neither yes nor no"},
};

const char *settings_complaint(enum setting setting, const char *value)
{
	bool fine = !table[setting].valid || table[setting].valid(value);

	return fine ? NULL : table[setting].wanted;
}

int settings_add(struct settings *settings, enum setting setting, const char *value)
{
	const char *separator = table[setting].separator;
	char *old = settings->value[setting];
	char *text;

	if (!old || !separator)
		text = strdup(value);
	else if (asprintf(&text, "%s%s%s", old, separator, value) < 0)
		text = NULL;
	if (!text)
		return -ENOMEM;
	free(old);
	settings->value[setting] = text;
	return 0;
}

/* Tells the script all that it needs. Returns 0 or a negative errno. */
static int set_environment(const struct settings *settings)
{
	char self[PATH_MAX];
	int rc = self_path(self);

	if (rc)
		return rc;
	for (size_t i = 0; i < SETTINGS; i++) {
		const char *value = settings->value[i];

		if (setenv(table[i].variable, value ? value : table[i].initial, 1))
			return -errno;
	}
	/* It makes initrds with this command, and a disk with a boot loader gets a copy of it. */
	return setenv("IMAGE_COMMAND", self, 1) ? -errno : 0;
}

int settings_run(const struct settings *settings, const struct cli_command *command,
                 const char *script)
{
	char *arguments[] = {NULL, NULL}, *path;
	int rc = self_script(script, &path);

	if (rc) {
		cli_error(command, "%s: not in lib/etherroot beside this command: %s", script,
		          strerror(-rc));
		return CLI_FAILED;
	}
	arguments[0] = path;
	rc = set_environment(settings);
	if (!rc) {
		/* mmdebstrap's shells know descriptors 0 to 9 only: it needs those that it opens
		 * there. */
		close_range(3, ~0u, CLOSE_RANGE_CLOEXEC);
		execv(path, arguments);
		rc = -errno;
	}
	cli_error(command, "%s: %s", path, strerror(-rc));
	free(path);
	return CLI_FAILED;
}

void settings_free(struct settings *settings)
{
	for (size_t i = 0; i < SETTINGS; i++)
		free(settings->value[i]);
	*settings = (struct settings){0};
}
