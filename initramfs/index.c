/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "initramfs/index.h"

#include <errno.h>
#include <string.h>

int index_dependencies(const struct modset *modules, struct buffer *text)
{
	int rc = 0;

	for (size_t i = 0; !rc && i < modules->count; i++) {
		const struct module *module = modules->item[i];

		rc = buffer_printf(text, "%s:", module->image_path);
		for (size_t n = module->needs.count; !rc && n; n--)
			rc = buffer_printf(text, " %s", module->needs.item[n - 1]->image_path);
		if (!rc)
			rc = buffer_append(text, "\n", 1);
	}
	return rc;
}

/* An alias with a blank or a line's end in it would be read as something else. */
static bool is_one_word(const char *alias)
{
	return *alias && !alias[strcspn(alias, " \t\r\n")];
}

int index_aliases(const struct modset *modules, struct buffer *text)
{
	int rc = 0;

	for (size_t i = 0; !rc && i < modules->count; i++) {
		const struct module *module = modules->item[i];
		const char *alias = NULL;

		while (!rc && (alias = module_info(module, "alias", alias)))
			if (is_one_word(alias))
				rc = buffer_printf(text, "alias %s %s\n", alias, module->name);
	}
	return rc;
}

static int print_list(struct buffer *text, const char *label, const struct module_list *list)
{
	int rc = list->count ? buffer_printf(text, " %s", label) : 0;

	for (size_t i = 0; !rc && i < list->count; i++)
		rc = buffer_printf(text, " %s", list->item[i]->name);
	return rc;
}

int index_soft_dependencies(const struct modset *modules, struct buffer *text)
{
	int rc = 0;

	for (size_t i = 0; !rc && i < modules->count; i++) {
		const struct module *module = modules->item[i];

		if (!module->pre.count && !module->post.count)
			continue;
		rc = buffer_printf(text, "softdep %s", module->name);
		if (!rc)
			rc = print_list(text, "pre:", &module->pre);
		if (!rc)
			rc = print_list(text, "post:", &module->post);
		if (!rc)
			rc = buffer_append(text, "\n", 1);
	}
	return rc;
}
