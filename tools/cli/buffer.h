/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Bytes that grow: file contents, archives, generated text. */
#ifndef TOOLS_CLI_BUFFER_H
#define TOOLS_CLI_BUFFER_H

#include <stddef.h>

/* Starts as {0}; owns data. */
struct buffer {
	unsigned char *data;
	size_t size;
	size_t capacity;
};

/* Makes room for MORE bytes after size. Returns 0 or -ENOMEM. */
int buffer_reserve(struct buffer *buffer, size_t more);

/* Appends. Returns 0 or -ENOMEM with the buffer as it was. */
int buffer_append(struct buffer *buffer, const void *data, size_t size);
int buffer_printf(struct buffer *buffer, const char *format, ...)
        __attribute__((format(printf, 2, 3)));

/* Reads FD to its end, but no more than LIMIT bytes. Returns 0, a negative errno, or -EFBIG. */
int buffer_read(struct buffer *buffer, int fd, size_t limit);

/* Releases the bytes; the buffer is empty and usable again. */
void buffer_free(struct buffer *buffer);

#endif
