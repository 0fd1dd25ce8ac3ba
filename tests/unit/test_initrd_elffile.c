/* SPDX-License-Identifier: GPL-2.0-or-later */
/* ELF files as modules come: read, stripped, signed, and damaged in every way. */
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cmocka.h>

#include "initramfs/elffile.h"
#include "initramfs/modset.h"

/* A relocatable file with debug information, fresh from the compiler. */
static struct buffer module_file;

static int compile(void **state)
{
	char path[] = "/tmp/etherroot-elffile.XXXXXX";
	int fd = mkstemp(path);
	char command[256];
	FILE *compiler;

	(void)state;
	assert_true(fd >= 0);
	snprintf(command, sizeof(command), "cc -c -g -O1 -x c -o %s -", path);
	compiler = popen(command, "w");
	assert_non_null(compiler);
	fputs("__attribute__((section(\".modinfo\"), used)) static const char info[] =\n"
	      "\"alias=one\\0firmware=x.fw\\0alias=two\\0aliases=no\\0alias=\";\n"
	      "int data = 1; int start(int *p) { static int n; return *p + n++ + data; }\n",
	      compiler);
	assert_int_equal(pclose(compiler), 0);
	/* The compiler made the file anew. */
	close(fd);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	assert_true(fd >= 0);
	assert_int_equal(buffer_read(&module_file, fd, 1 << 20), 0);
	close(fd);
	unlink(path);
	return 0;
}

static int forget(void **state)
{
	(void)state;
	buffer_free(&module_file);
	return 0;
}

static struct buffer copy_of(const struct buffer *file)
{
	struct buffer copy = {0};

	assert_int_equal(buffer_append(&copy, file->data, file->size), 0);
	return copy;
}

static void modinfo_is_read_key_by_key(void **state)
{
	struct module module = {.data = module_file};
	const char *alias;

	(void)state;
	alias = module_info(&module, "alias", NULL);
	assert_string_equal(alias, "one");
	alias = module_info(&module, "alias", alias);
	assert_string_equal(alias, "two");
	alias = module_info(&module, "alias", alias);
	assert_string_equal(alias, "");
	assert_null(module_info(&module, "alias", alias));
	assert_string_equal(module_info(&module, "firmware", NULL), "x.fw");
	assert_null(module_info(&module, "ali", NULL));
}

static void stripping_leaves_what_the_kernel_reads(void **state)
{
	struct buffer file = copy_of(&module_file);
	struct module module;
	size_t once;

	(void)state;
	assert_non_null(memmem(file.data, file.size, ".debug_info", 11));
	assert_int_equal(elffile_strip(&file), 0);
	assert_true(file.size < module_file.size);
	assert_true(elffile_is_module(&file));
	module = (struct module){.data = file};
	assert_string_equal(module_info(&module, "firmware", NULL), "x.fw");
	/* Twice is once. */
	once = file.size;
	assert_int_equal(elffile_strip(&file), 0);
	assert_int_equal(file.size, once);
	buffer_free(&file);
}

static void a_signature_is_the_end_of_the_file(void **state)
{
	static const char trailer[] = "~Module signature appended~\n";
	struct buffer file = copy_of(&module_file);

	(void)state;
	assert_false(elffile_is_signed(&file));
	assert_int_equal(buffer_append(&file, trailer, sizeof(trailer) - 1), 0);
	assert_true(elffile_is_signed(&file));
	assert_true(elffile_is_module(&file));
	assert_int_equal(buffer_append(&file, "", 1), 0);
	assert_false(elffile_is_signed(&file));
	buffer_free(&file);
}

static void other_files_are_no_modules(void **state)
{
	struct buffer empty = {0};
	struct buffer text = {0};

	(void)state;
	assert_false(elffile_is_module(&empty));
	assert_null(elffile_interpreter(&empty));
	assert_int_equal(buffer_printf(&text, "#!/bin/sh\n"), 0);
	assert_false(elffile_is_module(&text));
	assert_int_equal(elffile_strip(&text), -ENOEXEC);
	assert_memory_equal(text.data, "#!/bin/sh\n", 10);
	buffer_free(&text);
}

static void programs_name_their_loader(void **state)
{
	struct buffer program = {0};
	int fd = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);

	(void)state;
	assert_int_equal(buffer_read(&program, fd, 1 << 28), 0);
	close(fd);
	assert_non_null(elffile_interpreter(&program));
	assert_true(elffile_interpreter(&program)[0] == '/');
	assert_false(elffile_is_module(&program));
	assert_null(elffile_interpreter(&module_file));
	buffer_free(&program);
}

/* A place that is nowhere: what lies between it and the file's end must not be filled up. */
static const uint64_t far_away = UINT64_C(1) << 40;

static Elf64_Shdr *section_headers(struct buffer *file, size_t *count)
{
	Elf64_Ehdr *header = (Elf64_Ehdr *)(void *)file->data;

	*count = header->e_shnum;
	return (Elf64_Shdr *)(void *)(file->data + header->e_shoff);
}

/* Refused, or stripped to something smaller; a file that grows ends this process. */
static void check_stays_small(struct buffer *file)
{
	size_t size = file->size;
	int rc = elffile_strip(file);

	assert_true(rc == 0 || rc == -ENOEXEC);
	assert_true(file->size <= size);
	buffer_free(file);
}

static size_t count_debug_sections(struct buffer *file)
{
	const Elf64_Ehdr *header = (const Elf64_Ehdr *)(const void *)file->data;
	size_t count, found = 0;
	const Elf64_Shdr *sections = section_headers(file, &count);
	const char *names = (const char *)file->data + sections[header->e_shstrndx].sh_offset;

	for (size_t i = 0; i < count; i++)
		found += !strncmp(names + sections[i].sh_name, ".debug", 6);
	return found;
}

static void debug_sections_are_gone(void **state)
{
	struct buffer file = copy_of(&module_file);

	(void)state;
	assert_true(count_debug_sections(&file) > 0);
	assert_int_equal(elffile_strip(&file), 0);
	assert_int_equal(count_debug_sections(&file), 0);
	buffer_free(&file);
}

static void sections_stay_aligned(void **state)
{
	struct buffer file = copy_of(&module_file);
	size_t count;
	const Elf64_Shdr *sections;

	(void)state;
	assert_int_equal(elffile_strip(&file), 0);
	sections = section_headers(&file, &count);
	for (size_t i = 0; i < count; i++)
		if (sections[i].sh_addralign > 1)
			assert_int_equal(sections[i].sh_offset % sections[i].sh_addralign, 0);
	buffer_free(&file);
}

/* Its last byte is not the end of a text: whoever read one would read on. */
static void modinfo_without_an_end_is_none(void **state)
{
	struct buffer file = copy_of(&module_file);
	size_t size = 0;
	const char *text = elffile_modinfo(&file, &size);

	(void)state;
	assert_non_null(text);
	file.data[(const unsigned char *)text - file.data + (ptrdiff_t)size - 1] = 'x';
	assert_null(elffile_modinfo(&file, &size));
	buffer_free(&file);
}

/* This program asks for its libraries too. */
static void libraries_are_named(void **state)
{
	struct buffer program = {0};
	int fd = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
	bool found = false;
	size_t count = 0;

	(void)state;
	assert_int_equal(buffer_read(&program, fd, 1 << 28), 0);
	close(fd);
	for (const char *name; (name = elffile_library(&program, count)); count++)
		found |= !strncmp(name, "libcmocka.so", 12);
	assert_true(found && count > 1);
	assert_null(elffile_library(&module_file, 0));
	buffer_free(&program);
}

static void places_that_are_nowhere_are_not_filled_up_to(void **state)
{
	const struct rlimit limit = {64 << 20, 64 << 20};
	struct buffer file = copy_of(&module_file);
	size_t count, i;

	(void)state;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
	section_headers(&file, &count);
	buffer_free(&file);
	for (i = 0; i < count; i++) {
		file = copy_of(&module_file);
		section_headers(&file, &count)[i].sh_type = SHT_NULL;
		section_headers(&file, &count)[i].sh_offset = far_away;
		check_stays_small(&file);
	}
	file = copy_of(&module_file);
	((Elf64_Ehdr *)(void *)file.data)->e_phoff = far_away;
	((Elf64_Ehdr *)(void *)file.data)->e_phnum = 1;
	((Elf64_Ehdr *)(void *)file.data)->e_phentsize = sizeof(Elf64_Phdr);
	check_stays_small(&file);
	/* Sections that share all of the file would be written out one after the other. */
	file = copy_of(&module_file);
	for (i = 1; i < count; i++) {
		Elf64_Shdr *section = &section_headers(&file, &count)[i];

		if (section->sh_type != SHT_PROGBITS)
			continue;
		section->sh_offset = 0;
		section->sh_size = file.size;
	}
	check_stays_small(&file);
}

static void look_at_all_of(struct buffer *file)
{
	struct module module = {.data = *file};
	const char *word = NULL;

	elffile_is_module(file);
	elffile_interpreter(file);
	while ((word = module_info(&module, "alias", word)))
		assert_true((const unsigned char *)word < file->data + file->size);
	elffile_strip(file);
}

/* Whatever comes out: nothing may be read or written outside of the file. */
static void damage_is_survived(void **state)
{
	(void)state;
	for (size_t size = 0; size < module_file.size; size += 1 + size / 16) {
		struct buffer part = {0};

		assert_int_equal(buffer_append(&part, module_file.data, size), 0);
		look_at_all_of(&part);
		buffer_free(&part);
	}
	srand(1);
	for (int round = 0; round < 3000; round++) {
		struct buffer bad = copy_of(&module_file);
		int changes = 1 + rand() % 4;

		/* Half of them in the headers: of the file, or of its sections at the end. */
		while (changes--) {
			size_t within = rand() % 2 ? bad.size : rand() % 2 ? 64 : 24 * 64;
			size_t at = (size_t)rand() % within;

			bad.data[within == 24 * 64 ? bad.size - 1 - at : at] =
			        (unsigned char)(rand() % 3 ? rand() : 0xff);
		}
		look_at_all_of(&bad);
		buffer_free(&bad);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
	        cmocka_unit_test(modinfo_is_read_key_by_key),
	        cmocka_unit_test(stripping_leaves_what_the_kernel_reads),
	        cmocka_unit_test(a_signature_is_the_end_of_the_file),
	        cmocka_unit_test(other_files_are_no_modules),
	        cmocka_unit_test(programs_name_their_loader),
	        cmocka_unit_test(debug_sections_are_gone),
	        cmocka_unit_test(sections_stay_aligned),
	        cmocka_unit_test(modinfo_without_an_end_is_none),
	        cmocka_unit_test(libraries_are_named),
	        cmocka_unit_test(places_that_are_nowhere_are_not_filled_up_to),
	        cmocka_unit_test(damage_is_survived),
	};

	return cmocka_run_group_tests(tests, compile, forget);
}
