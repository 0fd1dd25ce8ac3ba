/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * depmod's binary index. What is called sound is given to libkmod, which trusts it: the memory
 * behind the file's last page is not there.
 */
#include <libkmod.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "initramfs/kmodindex.h"
#include "tests/fuzz/fuzz.h"

static const char *const names[] = {"modules.dep.bin", "modules.alias.bin", "modules.symbols.bin",
                                    "modules.builtin.bin", "modules.builtin.alias.bin"};
enum { NAMES = sizeof(names) / sizeof(names[0]) };

static char folder[] = "/tmp/etherroot-fuzz.XXXXXX";

static void remove_folder(void)
{
	char path[sizeof(folder) + 40];

	for (size_t i = 0; i < NAMES; i++) {
		snprintf(path, sizeof(path), "%s/%s", folder, names[i]);
		unlink(path);
	}
	rmdir(folder);
}

static void make_folder(void)
{
	static bool made;

	if (made)
		return;
	ALWAYS(mkdtemp(folder));
	made = true;
	atexit(remove_folder);
}

static void swallow(void *data, int priority, const char *file, int line, const char *function,
                    const char *format, va_list arguments)
{
	(void)data, (void)priority, (void)file, (void)line, (void)function, (void)format;
	(void)arguments;
}

static void write_files(const uint8_t *data, size_t size)
{
	for (size_t i = 0; i < NAMES; i++) {
		char path[sizeof(folder) + 40];
		FILE *file;

		snprintf(path, sizeof(path), "%s/%s", folder, names[i]);
		file = fopen(path, "we");
		ALWAYS(file && fwrite(data, 1, size, file) == size && !fclose(file));
	}
}

static void look_up(const uint8_t *data, size_t size)
{
	static const char *const wanted[] = {"aoe", "ax", "symbol:a", "pci:v00008086d0000100E"};
	struct kmod_ctx *kmod;

	make_folder();
	write_files(data, size);
	kmod = kmod_new(folder, NULL);
	ALWAYS(kmod);
	kmod_set_log_fn(kmod, swallow, NULL);
	kmod_load_resources(kmod);
	for (size_t i = 0; i < sizeof(wanted) / sizeof(wanted[0]); i++) {
		struct kmod_list *list = NULL;

		if (!kmod_module_new_from_lookup(kmod, wanted[i], &list))
			kmod_module_unref_list(list);
	}
	kmod_unref(kmod);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct buffer file = {.data = need(size), .size = size, .capacity = size};

	if (size)
		memcpy(file.data, data, size);
	if (kmodindex_is_sound(&file))
		look_up(data, size);
	buffer_free(&file);
	return 0;
}
