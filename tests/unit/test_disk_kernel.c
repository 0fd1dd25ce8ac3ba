/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Kernel images: version, payload, entry. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <elf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "tools/disk/kernel.h"

/* A bzImage's head, protocol 2.15, with its version at 0x3000 and 2 sectors of setup. */
static uint8_t image[32768];

static void make_image(const char *version)
{
	memset(image, 0, sizeof(image));
	image[0x1F1] = 2;
	memcpy(image + 0x202, "HdrS", 4);
	image[0x206] = 15;
	image[0x207] = 2;
	image[0x20F] = 0x2E;
	strcpy((char *)image + 0x3000, version);
}

static void put32(size_t at, uint32_t value)
{
	for (int i = 0; i < 4; i++)
		image[at + (size_t)i] = (uint8_t)(value >> (8 * i));
}

static void the_version_is_the_first_word(void **state)
{
	char *version;

	(void)state;
	make_image("6.1.0-56-amd64 (debian-kernel@lists.debian.org) #1 SMP");
	assert_int_equal(kernel_version(image, sizeof(image), &version), 0);
	assert_string_equal(version, "6.1.0-56-amd64");
	free(version);
	make_image("6.12.0");
	assert_int_equal(kernel_version(image, sizeof(image), &version), 0);
	assert_string_equal(version, "6.12.0");
	free(version);
}

static void what_is_no_kernel_has_no_version(void **state)
{
	char *version = NULL;

	(void)state;
	make_image("6.1");
	assert_int_equal(kernel_version(image, 0x20F, &version), -ENOEXEC);
	assert_int_equal(kernel_version(image, 0x3000, &version), -ENODATA);
	assert_int_equal(kernel_version(image, 0x3002, &version), -ENODATA);
	image[0x20E] = image[0x20F] = 0xFF;
	assert_int_equal(kernel_version(image, sizeof(image), &version), -ENODATA);
	image[0x20E] = image[0x20F] = 0;
	assert_int_equal(kernel_version(image, sizeof(image), &version), -ENODATA);
	make_image("");
	assert_int_equal(kernel_version(image, sizeof(image), &version), -ENODATA);
	image[0x202] = 'h';
	assert_int_equal(kernel_version(image, sizeof(image), &version), -ENOEXEC);
	assert_null(version);
}

static void the_payload_is_without_the_size_behind_it(void **state)
{
	size_t offset, length;

	(void)state;
	make_image("x");
	put32(0x248, 0x100);
	put32(0x24C, 1000);
	assert_int_equal(kernel_payload(image, sizeof(image), &offset, &length), 0);
	assert_int_equal(offset, 3 * 512 + 0x100);
	assert_int_equal(length, 996);
	memcpy(image + offset, "\x1F\x8B", 2);
	assert_int_equal(kernel_payload(image, sizeof(image), &offset, &length), 0);
	assert_int_equal(length, 1000);
	image[0x1F1] = 0; /* means 4 */
	assert_int_equal(kernel_payload(image, sizeof(image), &offset, &length), 0);
	assert_int_equal(offset, 5 * 512 + 0x100);
}

static void a_payload_outside_of_the_image_is_none(void **state)
{
	static const struct {
		uint32_t offset, length;
	} cases[] = {{0xFFFFFFFF, 8}, {0x100, 0xFFFFFFFF}, {32768 - 1536, 8}, {0x100, 7}, {0, 0}};
	size_t offset, length;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		make_image("x");
		put32(0x248, cases[i].offset);
		put32(0x24C, cases[i].length);
		assert_int_equal(kernel_payload(image, sizeof(image), &offset, &length), -ENOEXEC);
	}
	make_image("x");
	put32(0x24C, 1000);
	image[0x206] = 7; /* too old to have a payload */
	assert_int_equal(kernel_payload(image, sizeof(image), &offset, &length), -ENOEXEC);
	assert_int_equal(kernel_payload(image, 0x24F, &offset, &length), -ENOEXEC);
}

/* An ELF with one PT_NOTE, and in it a note before the one of a type. */
static size_t make_elf(uint8_t *elf, uint32_t type)
{
	Elf64_Ehdr head = {
	        .e_phoff = sizeof(head), .e_phnum = 1, .e_phentsize = sizeof(Elf64_Phdr)};
	Elf64_Phdr segment = {.p_type = PT_NOTE, .p_offset = sizeof(head) + sizeof(segment)};
	Elf64_Nhdr first = {.n_namesz = 6, .n_descsz = 1, .n_type = 6};
	Elf64_Nhdr note = {.n_namesz = 4, .n_descsz = 4, .n_type = type};
	size_t n = segment.p_offset;

	memcpy(head.e_ident, ELFMAG, SELFMAG);
	head.e_ident[EI_CLASS] = ELFCLASS64;
	memset(elf, 0, 512);
	memcpy(elf + n, &first, sizeof(first));
	n += sizeof(first);
	memcpy(elf + n, "Other", 6);
	n += 8 + 4;
	memcpy(elf + n, &note, sizeof(note));
	n += sizeof(note);
	memcpy(elf + n, "Xen", 4);
	n += 4 + 4;
	segment.p_filesz = n - segment.p_offset;
	memcpy(elf, &head, sizeof(head));
	memcpy(elf + sizeof(head), &segment, sizeof(segment));
	return n;
}

static void the_entry_for_virtual_machines_is_found(void **state)
{
	uint8_t elf[512];
	size_t n = make_elf(elf, 18);

	(void)state;
	assert_true(kernel_has_pvh_entry(elf, n));
	for (size_t cut = 0; cut < n; cut++)
		assert_false(kernel_has_pvh_entry(elf, cut));
	n = make_elf(elf, 17);
	assert_false(kernel_has_pvh_entry(elf, n));
	/* A note in front of it that says it is longer than all. */
	n = make_elf(elf, 18);
	for (size_t at = 0; at < 8; at += 4) {
		uint32_t *size =
		        (uint32_t *)(void *)(elf + sizeof(Elf64_Ehdr) + sizeof(Elf64_Phdr) + at);
		uint32_t before = *size;

		*size = 0x7fffffff;
		assert_false(kernel_has_pvh_entry(elf, n));
		*size = before;
	}
	n = make_elf(elf, 18);
	elf[EI_CLASS] = ELFCLASS32;
	assert_false(kernel_has_pvh_entry(elf, n));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(the_version_is_the_first_word),
	        cmocka_unit_test(what_is_no_kernel_has_no_version),
	        cmocka_unit_test(the_payload_is_without_the_size_behind_it),
	        cmocka_unit_test(a_payload_outside_of_the_image_is_none),
	        cmocka_unit_test(the_entry_for_virtual_machines_is_found),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
