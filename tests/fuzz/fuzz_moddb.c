/* SPDX-License-Identifier: GPL-2.0-or-later */
/* depmod's text files, damaged in any way: every answer lies within them, every walk ends. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "init/moddb.h"
#include "tests/fuzz/fuzz.h"

static void check_inside(struct span span, struct span file)
{
	ALWAYS(!span.length || (span.at >= file.at && span.length <= file.length &&
	                        (size_t)(span.at - file.at) <= file.length - span.length));
}

static void check_words(struct span list)
{
	size_t words = 0, length = list.length;
	struct span word;

	while ((word = moddb_next_word(&list)).length)
		words++;
	ALWAYS(words <= length && !list.length);
}

static void check_module(const struct moddb *db, const char *name)
{
	static const char *const whiches[] = {"pre:", "post:"};
	struct moddb_module module;

	if (!moddb_find(db, name, &module)) {
		char found[MODULE_NAME];

		check_inside(module.path, db->dep);
		check_inside(module.dependencies, db->dep);
		check_words(module.dependencies);
		ALWAYS(!moddb_name(module.path, found) && strlen(found) == strlen(name));
	}
	for (int i = 0; i < 2; i++) {
		struct span list = moddb_softdep(db, name, whiches[i]);

		check_inside(list, db->softdep);
		check_words(list);
	}
}

static void check_alias(const struct moddb *db, const char *alias)
{
	size_t cursor = 0, before = 0;
	char name[MODULE_NAME];

	while (moddb_match(db, alias, &cursor, name)) {
		ALWAYS(*name && memchr(name, '\0', sizeof(name)));
		ALWAYS(cursor > before && cursor <= db->alias.length);
		before = cursor;
		moddb_suits_cpu(db, name, alias);
	}
	ALWAYS(!moddb_match(db, alias, &cursor, name));
}

/* A file is the bytes up to the next zero byte, without it: nothing ends it but its length. */
static struct span take_file(struct input *input, char **memory)
{
	char *text = take_string(input);
	size_t length = strlen(text);

	*memory = need(length);
	memcpy(*memory, text, length);
	free(text);
	return (struct span){*memory, length};
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input input = {data, size};
	char *name = take_string(&input), *alias = take_string(&input), *files[3];
	struct moddb db = {0};

	db.dep = take_file(&input, &files[0]);
	db.alias = take_file(&input, &files[1]);
	db.softdep = take_file(&input, &files[2]);
	check_module(&db, name);
	check_alias(&db, alias);
	for (int i = 0; i < 3; i++)
		free(files[i]);
	free(name);
	free(alias);
	return 0;
}
