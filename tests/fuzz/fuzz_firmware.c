/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The firmware that a module asks for, out of a tree that has some, and a file beside it that is
 * nobody's firmware. The input is the module's .modinfo: whatever names stand there, what gets into
 * the image lies in its folder, and comes out of the tree's.
 */
#include <elf.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "initramfs/firmware.h"
#include "tests/fuzz/fuzz.h"

static const char names[] = "\0.modinfo\0.shstrtab";
static const char firmware[] = "firmware", secret[] = "secret";

static char folder[] = "/tmp/etherroot-fuzz.XXXXXX";
static const char *const folders[] = {"lib", "lib/firmware", "lib/firmware/a"};
static const struct {
	const char *path, *text;
} files[] = {{"lib/firmware/b.bin", firmware},
             {"lib/firmware/a/c.bin", firmware},
             {"secret", secret},
             {"lib/secret", secret}};

enum {
	FOLDERS = sizeof(folders) / sizeof(folders[0]),
	FILES = sizeof(files) / sizeof(files[0]),
	PATH_ROOM = sizeof(folder) + 64,
	MODINFO = 4096,
};

static const char *in_folder(const char *path, char room[PATH_ROOM])
{
	snprintf(room, PATH_ROOM, "%s/%s", folder, path);
	return room;
}

static void remove_tree(void)
{
	char path[PATH_ROOM];

	for (size_t i = 0; i < FILES; i++)
		unlink(in_folder(files[i].path, path));
	for (size_t i = FOLDERS; i--;)
		rmdir(in_folder(folders[i], path));
	rmdir(folder);
}

static void make_tree(struct tree *tree)
{
	static char version[] = "6.1";
	char path[PATH_ROOM];

	ALWAYS(mkdtemp(folder));
	atexit(remove_tree);
	for (size_t i = 0; i < FOLDERS; i++)
		ALWAYS(!mkdir(in_folder(folders[i], path), 0700));
	for (size_t i = 0; i < FILES; i++) {
		FILE *file = fopen(in_folder(files[i].path, path), "we");

		ALWAYS(file && fputs(files[i].text, file) >= 0 && !fclose(file));
	}
	*tree = (struct tree){.root = folder,
	                      .version = version,
	                      .root_fd = open(folder, O_PATH | O_CLOEXEC),
	                      .modules_fd = -1};
	ALWAYS(tree->root_fd >= 0);
}

/* A relocatable file with that .modinfo: header, names, sections, modinfo. */
static void make_module(struct buffer *file, const uint8_t *modinfo, size_t length)
{
	const Elf64_Ehdr header = {
	        .e_ident = {ELFMAG0, ELFMAG1, ELFMAG2, ELFMAG3, ELFCLASS64, ELFDATA2LSB,
	                    EV_CURRENT},
	        .e_type = ET_REL,
	        .e_machine = EM_X86_64,
	        .e_version = EV_CURRENT,
	        .e_shoff = 128,
	        .e_ehsize = sizeof(header),
	        .e_shentsize = sizeof(Elf64_Shdr),
	        .e_shnum = 3,
	        .e_shstrndx = 2,
	};
	const Elf64_Shdr sections[3] = {
	        {0},
	        {.sh_name = 1,
	         .sh_type = SHT_PROGBITS,
	         .sh_offset = 128 + sizeof(sections),
	         .sh_size = length + 1},
	        {.sh_name = 10,
	         .sh_type = SHT_STRTAB,
	         .sh_offset = sizeof(header),
	         .sh_size = sizeof(names)},
	};
	static const uint8_t zeros[128];

	ALWAYS(!buffer_append(file, &header, sizeof(header)));
	ALWAYS(!buffer_append(file, names, sizeof(names)));
	ALWAYS(!buffer_append(file, zeros, 128 - file->size));
	ALWAYS(!buffer_append(file, sections, sizeof(sections)));
	ALWAYS(!buffer_append(file, modinfo, length));
	ALWAYS(!buffer_append(file, "", 1));
}

static void check_content(const struct content *content)
{
	static const char place[] = "lib/firmware/";

	for (size_t i = 0; i < content->count; i++) {
		const struct content_file *file = &content->file[i];

		ALWAYS(!strncmp(file->path, place, strlen(place)));
		ALWAYS(!strstr(file->path, "/.") && !strstr(file->path, "//"));
		ALWAYS(file->size == strlen(firmware) && !memcmp(file->data, firmware, file->size));
	}
	ALWAYS(content->count <= 2);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct tree tree;
	char name[] = "aoe", reason[] = "network driver (named)";
	struct module module = {.name = name, .reason = reason}, *list = &module;
	const struct modset modules = {.tree = &tree, .item = &list, .count = 1};
	struct content content = {0};
	struct buffer warnings = {0};
	struct why why = {""};

	if (!tree.root)
		make_tree(&tree);
	make_module(&module.data, data, size < MODINFO ? size : MODINFO);
	ALWAYS(!firmware_add(&modules, &content, &warnings, &why));
	check_content(&content);
	/* A word only where there is not one of them. */
	ALWAYS(!content.count || !warnings.size);
	content_free(&content);
	buffer_free(&warnings);
	buffer_free(&module.data);
	return 0;
}
