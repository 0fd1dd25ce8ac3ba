/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What an image or an installation is made from: each setting is a text that is checked here and
 * reaches the scripts in their environment. Options of `etherroot image` and lines of an answers
 * file are such.
 */
#ifndef IMAGES_SETTINGS_H
#define IMAGES_SETTINGS_H

#include "tools/cli/cli.h"

/* What stands for two that are not given. */
#define SETTINGS_SUITE    "trixie" /* Debian 13 */
#define SETTINGS_PASSWORD "etherroot"

enum setting {
	SETTING_OUTPUT,
	SETTING_SIZE,
	SETTING_KERNEL,
	SETTING_INCLUDE,
	SETTING_HOOK,
	SETTING_SUITE,
	SETTING_MIRROR,
	SETTING_HOSTNAME,
	SETTING_PASSWORD,
	SETTING_LABEL,
	SETTING_UUID,
	SETTING_PARTITION,
	SETTING_BOOTLOADER,
	SETTING_INITRD,
	SETTING_ANSWERS,
	SETTING_WITH,
	SETTING_PRESEED,
	/* Of an import alone. */
	SETTING_ROOT,
	SETTING_HELPER,
	/* Of an installation alone. */
	SETTING_LOCALE,
	SETTING_KEYBOARD,
	SETTING_TIMEZONE,
	SETTING_USER,
	SETTING_OVERWRITE,
	SETTINGS,
};

/* Each value is owned, or NULL: not given. {0} has none. */
struct settings {
	char *value[SETTINGS];
};

/* What is wrong with such a value, as the end of a sentence, or NULL if it may be. Pure. */
const char *settings_complaint(enum setting setting, const char *value);

/*
 * Gives the setting this value, which may be; a setting that is a list gets one more. Returns 0 or
 * -ENOMEM.
 */
int settings_add(struct settings *settings, enum setting setting, const char *value);

/*
 * Becomes a script of lib/etherroot, with the settings and what stands for those that were not
 * given (IMAGE_*), and this command (IMAGE_COMMAND), in its environment. Returns only when that
 * failed, with the message printed: an enum cli_exit.
 */
int settings_run(const struct settings *settings, const struct cli_command *command,
                 const char *script);

void settings_free(struct settings *settings);

#endif
