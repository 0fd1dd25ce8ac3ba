/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Layers that are kept in a folder which does not tell all that is in it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tools/serve/export/layers.h"

/* The folder's disk fails after this many entries. */
static unsigned int readable;

struct dirent *readdir(DIR *folder)
{
	static struct dirent entry = {.d_name = "."};

	(void)folder;
	if (readable) {
		readable--;
		return &entry;
	}
	errno = EIO;
	return NULL;
}

static void a_folder_that_cannot_be_read_is_refused(void **state)
{
	static char folder[] = "/tmp/etherroot-test.XXXXXX", image[sizeof(folder) + 8];
	struct export_options options = export_options_default();
	struct export *export;
	struct why why;

	(void)state;
	assert_non_null(mkdtemp(folder));
	snprintf(image, sizeof(image), "%s/image", folder);
	assert_int_equal(mknod(image, S_IFREG | 0600, 0), 0);
	assert_int_equal(truncate(image, 4096), 0);
	options.file.path = image;
	options.snapshot.on = true;
	options.snapshot.folder = folder;
	export = export_create(&options);
	assert_non_null(export);
	assert_int_equal(export_open(export), 0);
	readable = 2;
	assert_int_equal(layers_open(export, &why), -EIO);
	assert_string_equal(why.text + strlen(folder), ": Input/output error");
	assert_int_equal(readable, 0);
	export_free(export);
	assert_int_equal(unlink(image), 0);
	assert_int_equal(rmdir(folder), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(a_folder_that_cannot_be_read_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
