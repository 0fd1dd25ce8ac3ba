/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/disk/kernel.h"

#include <elf.h>
#include <errno.h>
#include <stdint.h>
#include <string.h>

#include "tools/base/bytes.h"
#include "tools/host/args.h"

/* Offsets of the setup header, boot.rst "The Real-Mode Kernel Header". */
enum { MAGIC = 0x202, VERSION_POINTER = 0x20E, SETUP = 0x200 };

int kernel_version(const void *head, size_t n, char **version)
{
	const uint8_t *h = head;
	const char *text;
	size_t at, length;

	if (n < VERSION_POINTER + 2 || memcmp(h + MAGIC, "HdrS", 4))
		return -ENOEXEC;
	/* The pointer is less 0x200; the text goes on with who built it and when. */
	at = le16(h + VERSION_POINTER);
	if (!at || at >= n - SETUP)
		return -ENODATA;
	text = (const char *)h + SETUP + at;
	length = strnlen(text, n - SETUP - at);
	for (size_t i = 0; i < length; i++)
		if (text[i] == ' ')
			length = i;
	if (!length || length == n - SETUP - at)
		return -ENODATA;
	*version = args_text("%.*s", (int)length, text);
	return 0;
}

int kernel_payload(const void *image, size_t n, size_t *offset, size_t *length)
{
	enum {
		SETUP_SECTORS = 0x1F1,
		PROTOCOL = 0x206,
		OFFSET = 0x248,
		LENGTH = 0x24C,
		END = 0x250
	};
	static const uint8_t gzip[] = {0x1F, 0x8B};
	const uint8_t *h = image;
	size_t start;

	if (n < END || memcmp(h + MAGIC, "HdrS", 4) || h[PROTOCOL + 1] < 2 ||
	    (h[PROTOCOL + 1] == 2 && h[PROTOCOL] < 8))
		return -ENOEXEC;
	start = (size_t)(h[SETUP_SECTORS] ? h[SETUP_SECTORS] + 1 : 5) * 512;
	if (start > n || le32(h + OFFSET) > n - start)
		return -ENOEXEC;
	*offset = start + le32(h + OFFSET);
	*length = le32(h + LENGTH);
	if (*length < 8 || *length > n - *offset)
		return -ENOEXEC;
	/* The kernel's build adds the size to every format but gzip's (scripts/Makefile.lib). */
	if (memcmp(h + *offset, gzip, sizeof(gzip)))
		*length -= 4;
	return 0;
}

/* Looks through the notes in one PT_NOTE segment. */
static bool has_pvh_note(const uint8_t *notes, size_t n)
{
	enum { XEN_ELFNOTE_PHYS32_ENTRY = 18 };

	while (n >= sizeof(Elf64_Nhdr)) {
		Elf64_Nhdr note;
		size_t name, length;

		memcpy(&note, notes, sizeof(note));
		name = ((size_t)note.n_namesz + 3) & ~(size_t)3;
		length = ((size_t)note.n_descsz + 3) & ~(size_t)3;
		n -= sizeof(note);
		notes += sizeof(note);
		if (name > n || length > n - name)
			return false;
		if (note.n_type == XEN_ELFNOTE_PHYS32_ENTRY && note.n_namesz == 4 &&
		    !memcmp(notes, "Xen", 4))
			return true;
		notes += name + length;
		n -= name + length;
	}
	return false;
}

bool kernel_has_pvh_entry(const void *vmlinux, size_t n)
{
	const uint8_t *b = vmlinux;
	Elf64_Ehdr head;
	Elf64_Phdr segment;

	if (n < sizeof(head))
		return false;
	memcpy(&head, b, sizeof(head));
	if (memcmp(head.e_ident, ELFMAG, SELFMAG) || head.e_ident[EI_CLASS] != ELFCLASS64 ||
	    head.e_phentsize != sizeof(segment) || head.e_phoff > n)
		return false;
	for (size_t i = 0; i < head.e_phnum; i++) {
		if ((n - head.e_phoff) / sizeof(segment) <= i)
			return false;
		memcpy(&segment, b + head.e_phoff + i * sizeof(segment), sizeof(segment));
		if (segment.p_type == PT_NOTE && segment.p_offset <= n &&
		    segment.p_filesz <= n - segment.p_offset &&
		    has_pvh_note(b + segment.p_offset, segment.p_filesz))
			return true;
	}
	return false;
}
