/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which root is checked before it is mounted; the host of the tests has e2fsck. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "init/fsck.h"

static bool is_due(struct cmdline cmdline, const char *type)
{
	const struct device device = {.path = "/dev/etherd/e0.0", .superblock.type = type};

	cmdline.rootflags = "";
	return fsck_is_due(&cmdline, &device);
}

static void what_will_be_written_is_checked(void **state)
{
	(void)state;
	assert_true(is_due((struct cmdline){.read_write = true}, "ext4"));
	assert_false(is_due((struct cmdline){.read_write = true}, "xfs"));
	assert_false(is_due((struct cmdline){.read_write = false}, "ext4"));
	assert_false(is_due((struct cmdline){.read_write = true, .overlay.wanted = true}, "ext4"));
}

/* rootfstype=ext4,xfs may stand for either. */
static void what_is_on_the_disk_counts(void **state)
{
	const struct cmdline cmdline = {
	        .read_write = true, .fstypes = {"ext4", "xfs"}, .fstype_count = 2};

	(void)state;
	assert_true(is_due(cmdline, "ext4"));
	assert_false(is_due(cmdline, "xfs"));
	assert_false(is_due(cmdline, NULL));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(what_will_be_written_is_checked),
	        cmocka_unit_test(what_is_on_the_disk_counts),
	};

	return cmocka_run_group_tests_name("init: fsck", tests, NULL, NULL);
}
