/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "initramfs/elffile.h"

#include <errno.h>
#include <fcntl.h>
#include <gelf.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* A descriptor for reading FILE in place; NULL if it is not ELF. */
static Elf *open_elf(const struct buffer *file)
{
	Elf *elf;

	if (file->size < EI_NIDENT || memcmp(file->data, ELFMAG, SELFMAG))
		return NULL;
	elf_version(EV_CURRENT);
	elf = elf_memory((char *)file->data, file->size);
	if (elf && elf_kind(elf) != ELF_K_ELF) {
		elf_end(elf);
		elf = NULL;
	}
	return elf;
}

bool elffile_is_module(const struct buffer *file)
{
	Elf *elf = open_elf(file);
	GElf_Ehdr header;
	bool is = elf && gelf_getehdr(elf, &header) && header.e_type == ET_REL;

	elf_end(elf);
	return is;
}

bool elffile_is_signed(const struct buffer *file)
{
	static const char trailer[] = "~Module signature appended~\n";
	size_t length = sizeof(trailer) - 1;

	return file->size >= length && !memcmp(file->data + file->size - length, trailer, length);
}

const char *elffile_modinfo(const struct buffer *file, size_t *size)
{
	Elf *elf = open_elf(file);
	Elf_Scn *section = NULL;
	const char *text = NULL;
	size_t names;

	if (elf && !elf_getshdrstrndx(elf, &names))
		while (!text && (section = elf_nextscn(elf, section))) {
			GElf_Shdr header;
			const char *name;

			if (!gelf_getshdr(section, &header) || header.sh_type != SHT_PROGBITS)
				continue;
			name = elf_strptr(elf, names, header.sh_name);
			if (!name || strcmp(name, ".modinfo") || header.sh_offset > file->size ||
			    header.sh_size > file->size - header.sh_offset || !header.sh_size)
				continue;
			text = (const char *)file->data + header.sh_offset;
			*size = header.sh_size;
		}
	elf_end(elf);
	return text && !text[*size - 1] ? text : NULL;
}

/* Is SYMBOL one of the undefined ones in SECTION, a table of symbols? */
static bool is_undefined(Elf *elf, Elf_Scn *section, const GElf_Shdr *header, const char *symbol)
{
	Elf_Data *data = elf_getdata(section, NULL);
	GElf_Sym entry;

	for (int i = 1; data && gelf_getsym(data, i, &entry); i++) {
		const char *name = entry.st_shndx == SHN_UNDEF
		                           ? elf_strptr(elf, header->sh_link, entry.st_name)
		                           : NULL;

		if (name && !strcmp(name, symbol))
			return true;
	}
	return false;
}

bool elffile_needs(const struct buffer *file, const char *symbol)
{
	Elf *elf = open_elf(file);
	Elf_Scn *section = NULL;
	bool needs = false;

	while (elf && !needs && (section = elf_nextscn(elf, section))) {
		GElf_Shdr header;

		needs = gelf_getshdr(section, &header) && header.sh_type == SHT_SYMTAB &&
		        is_undefined(elf, section, &header, symbol);
	}
	elf_end(elf);
	return needs;
}

const char *elffile_interpreter(const struct buffer *file)
{
	Elf *elf = open_elf(file);
	const char *path = NULL;
	size_t count;

	if (elf && !elf_getphdrnum(elf, &count))
		for (size_t i = 0; !path && i < count; i++) {
			GElf_Phdr header;

			if (!gelf_getphdr(elf, (int)i, &header) || header.p_type != PT_INTERP ||
			    header.p_offset > file->size || !header.p_filesz ||
			    header.p_filesz > file->size - header.p_offset)
				continue;
			path = (const char *)file->data + header.p_offset;
			if (path[header.p_filesz - 1])
				path = NULL;
		}
	elf_end(elf);
	return path;
}

/* The string that the INDEX-th DT_NEEDED in SECTION points to, which lies in FILE; or NULL. */
static const char *find_needed(const struct buffer *file, Elf *elf, Elf_Scn *section,
                               const GElf_Shdr *header, size_t index)
{
	Elf_Data *data = elf_getdata(section, NULL);
	const char *name = NULL;
	GElf_Dyn entry;

	for (int i = 0; data && gelf_getdyn(data, i, &entry); i++)
		if (entry.d_tag == DT_NEEDED && !index--) {
			name = elf_strptr(elf, header->sh_link, entry.d_un.d_val);
			break;
		}
	/* libelf may have made a string table of its own of a compressed one. */
	if (!name || name < (const char *)file->data ||
	    name >= (const char *)file->data + file->size)
		return NULL;
	return name;
}

const char *elffile_library(const struct buffer *file, size_t index)
{
	Elf *elf = open_elf(file);
	Elf_Scn *section = NULL;
	const char *name = NULL;

	while (elf && !name && (section = elf_nextscn(elf, section))) {
		GElf_Shdr header;

		if (gelf_getshdr(section, &header) && header.sh_type == SHT_DYNAMIC)
			name = find_needed(file, elf, section, &header, index);
	}
	elf_end(elf);
	return name;
}

/* ".debug_info", ".rela.debug_info", ".BTF"... what `strip --strip-debug` would take. */
static bool is_debug_name(const char *name)
{
	if (!strncmp(name, ".rela.", 6))
		name += 5;
	else if (!strncmp(name, ".rel.", 5))
		name += 4;
	return !strncmp(name, ".debug", 6) || !strncmp(name, ".zdebug", 7) ||
	       !strncmp(name, ".gnu.debuglink", 14) || !strcmp(name, ".comment");
}

struct place {
	size_t index;
	GElf_Off offset;
};

static int compare_places(const void *a, const void *b)
{
	const struct place *p = a, *q = b;

	if (p->offset != q->offset)
		return p->offset < q->offset ? -1 : 1;
	return p->index < q->index ? -1 : p->index > q->index;
}

/*
 * Makes a section one that is not there. libelf takes the place of an empty section for the end of
 * the one before it, and fills the file up to there: the beginning is behind nothing.
 */
static int empty(Elf *elf, Elf_Scn *section)
{
	GElf_Shdr header = {.sh_offset = gelf_fsize(elf, ELF_T_EHDR, 1, EV_CURRENT)};

	return gelf_update_shdr(section, &header) ? 0 : -ENOEXEC;
}

/* Empties the debug sections. Returns how many, or -ENOEXEC. */
static int drop_debug(Elf *elf)
{
	Elf_Scn *section = NULL;
	size_t names;
	int dropped = 0;

	if (elf_getshdrstrndx(elf, &names))
		return -ENOEXEC;
	while ((section = elf_nextscn(elf, section))) {
		GElf_Shdr header;
		const char *name;

		if (!gelf_getshdr(section, &header))
			return -ENOEXEC;
		name = elf_strptr(elf, names, header.sh_name);
		if (!name || !is_debug_name(name) || header.sh_flags & SHF_ALLOC)
			continue;
		if (empty(elf, section))
			return -ENOEXEC;
		dropped++;
	}
	return dropped;
}

/* Moves a section to the first place from *end on that its alignment allows, and *end behind it. */
static int move_section(Elf_Scn *section, GElf_Off *end)
{
	GElf_Shdr header;
	GElf_Xword align;

	if (!gelf_getshdr(section, &header))
		return -ENOEXEC;
	align = header.sh_addralign ? header.sh_addralign : 1;
	/* An alignment beyond a page is nobody's module. */
	if (align & (align - 1) || align > 65536)
		return -ENOEXEC;
	*end = (*end + align - 1) & ~(align - 1);
	header.sh_offset = *end;
	if (header.sh_type != SHT_NOBITS)
		*end += header.sh_size;
	/* The data has to be in memory before its place in the file changes. */
	if ((header.sh_type != SHT_NOBITS && header.sh_size && !elf_getdata(section, NULL)) ||
	    !gelf_update_shdr(section, &header))
		return -ENOEXEC;
	elf_flagdata(elf_getdata(section, NULL), ELF_C_SET, ELF_F_DIRTY);
	return 0;
}

/* Lists the sections that are left, in the order in which they lie. Returns how many, or -errno. */
static int list_sections(Elf *elf, struct place **places)
{
	Elf_Scn *section = NULL;
	size_t count;
	int n = 0;

	if (elf_getshdrnum(elf, &count))
		return -ENOEXEC;
	*places = calloc(count, sizeof(**places));
	if (!*places)
		return -ENOMEM;
	while ((section = elf_nextscn(elf, section))) {
		GElf_Shdr header;

		if (!gelf_getshdr(section, &header))
			return -ENOEXEC;
		if (header.sh_type != SHT_NULL)
			(*places)[n++] = (struct place){elf_ndxscn(section), header.sh_offset};
		else if (empty(elf, section))
			return -ENOEXEC;
	}
	qsort(*places, (size_t)n, sizeof(**places), compare_places);
	return n;
}

/*
 * Moves the sections that are left together, in the order in which they lay, with the section
 * headers behind them. Returns the new size, at most `limit`, or a negative errno.
 */
static off_t pack(Elf *elf, size_t limit)
{
	struct place *places = NULL;
	GElf_Off end = gelf_fsize(elf, ELF_T_EHDR, 1, EV_CURRENT), size;
	GElf_Ehdr file;
	size_t headers;
	int count = list_sections(elf, &places), rc = count < 0 ? count : 0;

	/* Sections that share their bytes would need more room than the file has. */
	for (int i = 0; !rc && i < count; i++) {
		rc = move_section(elf_getscn(elf, places[i].index), &end);
		if (end > limit)
			rc = -ENOEXEC;
	}
	free(places);
	/* Segments are for programs, and where they stand is left as it is. */
	if (!rc && (elf_getshdrnum(elf, &headers) || !gelf_getehdr(elf, &file) || file.e_phnum))
		rc = -ENOEXEC;
	if (rc)
		return rc;
	file.e_shoff = (end + 7) & ~(GElf_Off)7;
	size = file.e_shoff + gelf_fsize(elf, ELF_T_SHDR, headers, EV_CURRENT);
	return size <= limit && gelf_update_ehdr(elf, &file) ? (off_t)size : -ENOEXEC;
}

/* *size is the file's, before and after. Returns 1 if something was removed, 0, or -errno. */
static int strip_memfd(int fd, off_t *size)
{
	Elf *elf;
	int rc;

	elf_version(EV_CURRENT);
	elf = elf_begin(fd, ELF_C_RDWR, NULL);
	if (!elf)
		return -ENOEXEC;
	elf_flagelf(elf, ELF_C_SET, ELF_F_LAYOUT);
	rc = drop_debug(elf);
	if (rc > 0) {
		*size = pack(elf, (size_t)*size);
		rc = *size < 0 ? (int)*size : 1;
	}
	if (rc > 0 && elf_update(elf, ELF_C_WRITE) < 0)
		rc = -ENOEXEC;
	elf_end(elf);
	return rc;
}

int elffile_strip(struct buffer *file)
{
	int fd = memfd_create("module", MFD_CLOEXEC);
	struct buffer stripped = {0};
	off_t size = (off_t)file->size;
	int rc = 0;

	if (fd < 0)
		return -errno;
	for (size_t done = 0; !rc && done < file->size;) {
		ssize_t n = write(fd, file->data + done, file->size - done);

		if (n < 0)
			rc = -errno;
		else
			done += (size_t)n;
	}
	if (!rc)
		rc = strip_memfd(fd, &size);
	if (rc > 0) {
		rc = ftruncate(fd, size) || lseek(fd, 0, SEEK_SET) ? -errno : 0;
		if (!rc)
			rc = buffer_read(&stripped, fd, file->size);
		if (!rc && !elffile_is_module(&stripped))
			rc = -ENOEXEC;
		if (!rc) {
			buffer_free(file);
			*file = stripped;
			stripped = (struct buffer){0};
		}
	}
	buffer_free(&stripped);
	close(fd);
	return rc;
}
