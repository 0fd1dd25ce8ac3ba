/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Disk images that are not raw. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "tools/host/container.h"

static const struct container *recognise(size_t at, const char *magic)
{
	char head[CONTAINER_HEAD] = {0};

	memcpy(head + at, magic, strlen(magic));
	return container_recognise(head);
}

static void containers_are_named_with_what_converts_them(void **state)
{
	(void)state;
	assert_string_equal(recognise(0, "QFI\xfb")->what, "a qcow2 image");
	assert_non_null(strstr(recognise(0, "QFI\xfb")->remedy, "qemu-img convert -O raw"));
	assert_string_equal(recognise(0, "KDMV")->what, "a VMDK image");
	assert_string_equal(recognise(0, "# Disk DescriptorFile")->what, "a VMDK image");
	assert_string_equal(recognise(0, "vhdxfile")->what, "a VHDX image");
	assert_string_equal(recognise(64, "\x7f\x10\xda\xbe")->what, "a VDI image");
	assert_string_equal(recognise(0, "\xfd"
	                                 "7zXZ")
	                            ->what,
	                    "an xz file");
}

static void a_raw_disk_is_none(void **state)
{
	(void)state;
	assert_null(recognise(0, ""));
	assert_null(recognise(510, "\x55\xAA"));
	assert_null(recognise(1, "QFI\xfb"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(containers_are_named_with_what_converts_them),
	        cmocka_unit_test(a_raw_disk_is_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
