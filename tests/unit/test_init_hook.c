/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What becomes of the root's device when the program of rd.hook= has ended. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "init/hook.h"

static struct cmdline cmdline = {.hook = "/bin/activate", .root.text = "UUID=1"};

/* As after a program that ended with 0, and found nothing that is known on what root= names. */
static int look_when_ended(enum root_kind kind, struct device *device)
{
	static struct wait wait;
	struct hook hook = {.due = false};
	struct failure failure;

	cmdline.root.kind = kind;
	assert_int_equal(hook_open(&hook, &cmdline, &wait, device), 0);
	hook.due = false;
	hook.was_run = true;
	return hook_look(&hook, &failure);
}

/* It was run again for another disk, that of the changes: the root's is known already. */
static void a_root_that_was_found_stays_as_it_is(void **state)
{
	struct device device = {.superblock.type = "ext4"};

	(void)state;
	assert_int_equal(look_when_ended(ROOT_UUID, &device), 0);
	assert_string_equal(device.superblock.type, "ext4");
}

static void a_device_that_was_made_is_as_it_was_read(void **state)
{
	struct device device = {.superblock.type = "ext4"};

	(void)state;
	assert_int_equal(look_when_ended(ROOT_DEVICE, &device), 0);
	assert_null(device.superblock.type);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(a_root_that_was_found_stays_as_it_is),
	        cmocka_unit_test(a_device_that_was_made_is_as_it_was_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
