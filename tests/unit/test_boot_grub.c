/* SPDX-License-Identifier: GPL-2.0-or-later */
/* GRUB's configuration for the signed way: each word of the kernel's command line stays what it is.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tools/boot/grub.h"

static void writes(const char *command_line, const char *expected)
{
	struct buffer text = {0};

	assert_int_equal(grub_config(command_line, &text), 0);
	assert_int_equal(buffer_append(&text, "", 1), 0);
	assert_string_equal((const char *)text.data, expected);
	buffer_free(&text);
}

#define HEAD "serial --unit=0 --speed=115200\nterminal_output serial\nlinux /vmlinuz"
#define TAIL                                                                                       \
	"\ninitrd /initrd\nboot\n"                                                                 \
	"echo 'etherroot: GRUB could not start this machine'\n"

static void words_are_in_quotes(void **state)
{
	(void)state;
	writes("root=aoe:e0.0  rw console=ttyS0 ",
	       HEAD " 'root=aoe:e0.0' 'rw' 'console=ttyS0'" TAIL);
	writes("", HEAD TAIL);
}

static void no_word_is_a_command(void **state)
{
	(void)state;
	writes("a=$b;reboot\nhalt 'x", HEAD " 'a=$b;reboot' 'halt' ''\\''x'" TAIL);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
	        cmocka_unit_test(words_are_in_quotes),
	        cmocka_unit_test(no_word_is_a_command),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
