/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the options of `etherroot image` may hold. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "images/values.h"
#include "tools/base/hostname.h"

static void test_size(void **state)
{
	static const struct {
		const char *text;
		int rc;
		unsigned long long bytes;
	} cases[] = {
	        {"2G", 0, 2ull << 30},
	        {"900M", 0, 900ull << 20},
	        {"65536K", 0, 64ull << 20},
	        {"16T", 0, 16ull << 40},
	        {"67108864", 0, 67108864},
	        {"67112959", 0, 67108864}, /* down to whole blocks of 4096 */
	        {"67112960", 0, 67112960},
	        {"67108863", -ERANGE, 0},
	        {"63M", -ERANGE, 0},
	        {"0", -ERANGE, 0},
	        {"17T", -ERANGE, 0},
	        {"17592186044417", -ERANGE, 0},
	        {"18446744073709551616", -ERANGE, 0},
	        {"18446744073709551617G", -ERANGE, 0},
	        {"99999999999999999999999999x", -EINVAL, 0},
	        {"", -EINVAL, 0},
	        {"G", -EINVAL, 0},
	        {"-2G", -EINVAL, 0},
	        {"+2G", -EINVAL, 0},
	        {" 2G", -EINVAL, 0},
	        {"2 G", -EINVAL, 0},
	        {"2g", -EINVAL, 0},
	        {"2GB", -EINVAL, 0},
	        {"2.5G", -EINVAL, 0},
	        {"0x40000000", -EINVAL, 0},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		unsigned long long bytes = 1;

		int rc = image_parse_size(cases[i].text, &bytes);

		if (rc != cases[i].rc || bytes != (rc ? 1 : cases[i].bytes))
			fail_msg("'%s' gives %d, %llu bytes", cases[i].text, rc, bytes);
	}
}

/* Each of the texts, up to NULL, is taken or refused. */
static void all(bool (*valid)(const char *), bool expected, const char *const *texts)
{
	for (; *texts; texts++)
		if (valid(*texts) != expected)
			fail_msg("'%s' is %s", *texts, expected ? "refused" : "taken");
}
#define TAKES(valid, ...)   all(valid, true, (const char *const[]){__VA_ARGS__, NULL})
#define REFUSES(valid, ...) all(valid, false, (const char *const[]){__VA_ARGS__, NULL})

static void test_suite_names(void **state)
{
	(void)state;
	TAKES(image_valid_suite, "bookworm", "stable-backports", "12");
	REFUSES(image_valid_suite, "", "-x", "Bookworm", "book worm", "a/b", "a\nb");
}

static void test_packages(void **state)
{
	(void)state;
	TAKES(image_valid_packages, "vim", "g++", "libc6:i386", "a,b", "linux-image-6.12-amd64",
	      "vim=2:9.0.1378-2", "vim/bookworm", "x~y");
	REFUSES(image_valid_packages, "", ",", "a,", ",a", "a,,b", "-a", "a,-b", "a b", "a;b", "$a",
	        "Vim", "a\nb");
}

static void test_hostname(void **state)
{
	(void)state;
	TAKES(hostname_is_valid, "debian", "ws-1", "ws1.example.org", "1", "A",
	      "a23456789012345678901234567890123456789012345678901234567890123");
	REFUSES(hostname_is_valid, "", "-a", "a-", "a.", ".a", "a..b", "a_b", "a b", "a\n",
	        "a234567890123456789012345678901234567890123456789012345678901234",
	        "a.345678901234567890123456789012345678901234567890123456789012345");
}

static void test_uuid(void **state)
{
	(void)state;
	TAKES(image_valid_uuid, "01234567-89ab-cdef-0123-456789ABCDEF");
	REFUSES(image_valid_uuid, "", "0", "01234567-89ab-cdef-0123-456789abcde",
	        "01234567-89ab-cdef-0123-456789abcdef0", "01234567089ab-cdef-0123-456789abcdef",
	        "0123456g-89ab-cdef-0123-456789abcdef", "01234567-89ab-cdef-0123-");
}

static void test_label(void **state)
{
	(void)state;
	TAKES(image_valid_label, "d", "debian-root_1.2", "sixteen-letters!");
	REFUSES(image_valid_label, "", "seventeen-letters", "a b", "a\tb", "a\"b", "a'b", "a\\b",
	        "a/b", "\x7f", "\xc3\xa4");
}

static void test_password(void **state)
{
	(void)state;
	TAKES(image_valid_password, "", "a b", "$6$", "'\"\\", "\xc3\xa4");
	REFUSES(image_valid_password, "a\n", "a\rb");
}

static void test_bootloader(void **state)
{
	(void)state;
	TAKES(image_valid_bootloader, "bios", "uefi", "both");
	REFUSES(image_valid_bootloader, "", "BIOS", "none");
}

static void test_installer(void **state)
{
	(void)state;
	TAKES(image_valid_installer, "etherroot", "debian-installer");
	REFUSES(image_valid_installer, "", "debian", "Etherroot");
}

static void test_mirror(void **state)
{
	(void)state;
	TAKES(image_valid_mirror, "http://mirror.example/debian", "file:///srv/debian",
	      "https://x");
	REFUSES(image_valid_mirror, "", "://", "http://", "mirror.example", "http:/x", "HTTP://x",
	        "http://a b", "http://a\nb", "deb http://x y z");
}

static void test_device(void **state)
{
	(void)state;
	TAKES(image_valid_device, "vda2", "debian/root", "vg--a/root_1.2", "mapper/luks-1");
	REFUSES(image_valid_device, "", "/dev/vda2", "-a", "../sda", "a/../b", "a b", "a;b",
	        "a\nb");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_size),       cmocka_unit_test(test_suite_names),
	        cmocka_unit_test(test_packages),   cmocka_unit_test(test_hostname),
	        cmocka_unit_test(test_uuid),       cmocka_unit_test(test_label),
	        cmocka_unit_test(test_password),   cmocka_unit_test(test_mirror),
	        cmocka_unit_test(test_bootloader), cmocka_unit_test(test_device),
	        cmocka_unit_test(test_installer),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
