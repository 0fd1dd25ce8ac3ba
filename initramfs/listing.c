/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "initramfs/listing.h"

#include <string.h>
#include <sys/stat.h>

static char type_of(mode_t mode)
{
	if (S_ISDIR(mode))
		return 'd';
	if (S_ISLNK(mode))
		return 'l';
	return S_ISCHR(mode) ? 'c' : '-';
}

void listing_print(const struct listing *listing, FILE *stream)
{
	for (size_t i = 0; i < listing->content->count; i++) {
		const struct content_file *file = &listing->content->file[i];

		fprintf(stream, "%c%03o %9zu /%s  (%s)\n", type_of(file->mode), file->mode & 0777,
		        file->size, file->path, file->reason);
	}
	for (size_t i = 0; i < listing->modules->builtin_count; i++)
		fprintf(stream, "in the kernel itself: %s\n", listing->modules->builtin[i]);
	fprintf(stream, "kernel %s, %zu modules, %zu files, %zu bytes, %zu with %s\n",
	        listing->modules->tree->version, listing->modules->count, listing->content->count,
	        listing->unpacked, listing->packed, listing->compression->name);
}

/* Bytes that are no ASCII go as they are: names in the image are UTF-8 by custom. */
static void print_string(FILE *stream, const char *text, size_t length)
{
	fputc('"', stream);
	for (size_t i = 0; i < length; i++) {
		unsigned char c = (unsigned char)text[i];

		if (c == '"' || c == '\\')
			fprintf(stream, "\\%c", c);
		else if (c < ' ')
			fprintf(stream, "\\u%04x", c);
		else
			fputc(c, stream);
	}
	fputc('"', stream);
}

static void print_member(FILE *stream, const char *key, const char *value)
{
	fprintf(stream, "\"%s\": ", key);
	print_string(stream, value, strlen(value));
}

static void print_lines(FILE *stream, const struct buffer *lines)
{
	const char *at = (const char *)lines->data;
	const char *end = at + lines->size;

	while (at < end) {
		size_t length = (size_t)((const char *)memchr(at, '\n', (size_t)(end - at)) - at);

		print_string(stream, at, length);
		at += length + 1;
		if (at < end)
			fputs(", ", stream);
	}
}

void listing_print_json(const struct listing *listing, FILE *stream)
{
	const struct modset *modules = listing->modules;

	fputs("{", stream);
	print_member(stream, "kernel", modules->tree->version);
	fprintf(stream, ",\n \"bytes\": %zu, \"compressed_bytes\": %zu, ", listing->unpacked,
	        listing->packed);
	print_member(stream, "compression", listing->compression->name);
	fputs(",\n \"filesystems\": [", stream);
	print_lines(stream, listing->filesystems);
	fputs("],\n \"builtin\": [", stream);
	for (size_t i = 0; i < modules->builtin_count; i++) {
		fputs(i ? ", " : "", stream);
		print_string(stream, modules->builtin[i], strlen(modules->builtin[i]));
	}
	fputs("],\n \"modules\": [", stream);
	for (size_t i = 0; i < modules->count; i++) {
		fputs(i ? ",\n  {" : "\n  {", stream);
		print_member(stream, "name", modules->item[i]->name);
		fputs(", ", stream);
		print_member(stream, "path", modules->item[i]->image_path);
		fprintf(stream, ", \"bytes\": %zu, ", modules->item[i]->data.size);
		print_member(stream, "reason", modules->item[i]->reason);
		fputs("}", stream);
	}
	fputs("],\n \"files\": [", stream);
	for (size_t i = 0; i < listing->content->count; i++) {
		const struct content_file *file = &listing->content->file[i];

		fputs(i ? ",\n  {" : "\n  {", stream);
		print_member(stream, "path", file->path);
		fprintf(stream, ", \"mode\": \"%06o\", \"bytes\": %zu, ", file->mode, file->size);
		print_member(stream, "reason", file->reason);
		fputs("}", stream);
	}
	fputs("]}\n", stream);
}
