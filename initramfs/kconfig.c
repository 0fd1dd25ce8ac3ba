/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "initramfs/kconfig.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

bool kconfig_has(const struct buffer *text, const char *name)
{
	size_t length = strlen(name);
	const char *at = (const char *)text->data;
	const char *end = at ? at + text->size : NULL;

	while (at && (size_t)(end - at) >= length + 2) {
		const char *line = memchr(at, '\n', (size_t)(end - at));

		if (!memcmp(at, name, length) && !memcmp(at + length, "=y", 2) &&
		    (at + length + 2 == end || at[length + 2] == '\n'))
			return true;
		at = line ? line + 1 : NULL;
	}
	return false;
}

/* Reads the configuration; its path goes into NAME. False if the tree has none. */
static bool read_config(const struct tree *tree, struct buffer *text, char *name, size_t size)
{
	/* Debian's is 0.3 MB. */
	enum { LIMIT = 16 << 20 };

	snprintf(name, size, "boot/config-%s", tree->version);
	if (!tree_read(tree, name, LIMIT, text))
		return true;
	buffer_free(text);
	snprintf(name, size, "%s/config", tree->modules);
	return !tree_read(tree, name, LIMIT, text);
}

static bool can_unpack(const struct buffer *config, const struct compression *compression)
{
	return !compression->config || kconfig_has(config, compression->config);
}

int kconfig_check(const struct tree *tree, struct compression *compression, bool change,
                  struct why *why)
{
	static const enum compress_format choices[] = {COMPRESS_ZSTD, COMPRESS_XZ, COMPRESS_GZIP,
	                                               COMPRESS_NONE};
	struct buffer config = {0};
	char name[512];
	int rc = 0;

	if (!read_config(tree, &config, name, sizeof(name))) {
		buffer_free(&config);
		return 0;
	}
	for (size_t i = 0; change && !can_unpack(&config, compression); i++)
		*compression = compression_of(choices[i]);
	if (!can_unpack(&config, compression))
		rc = why_set(why, -EOPNOTSUPP,
		             "--compress %s: kernel %s cannot unpack it: %s/%s lacks %s",
		             compression->name, tree->version, tree->root, name,
		             compression->config);
	buffer_free(&config);
	return rc;
}
