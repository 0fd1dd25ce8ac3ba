/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/cli/buffer.h"

#include <errno.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

int buffer_reserve(struct buffer *buffer, size_t more)
{
	size_t capacity = buffer->capacity ? buffer->capacity : 256;
	unsigned char *data;

	if (more <= buffer->capacity - buffer->size)
		return 0;
	if (more > SIZE_MAX / 2 - buffer->size)
		return -ENOMEM;
	while (capacity - buffer->size < more)
		capacity *= 2;
	data = realloc(buffer->data, capacity);
	if (!data)
		return -ENOMEM;
	buffer->data = data;
	buffer->capacity = capacity;
	return 0;
}

int buffer_append(struct buffer *buffer, const void *data, size_t size)
{
	if (buffer_reserve(buffer, size))
		return -ENOMEM;
	if (size)
		memcpy(buffer->data + buffer->size, data, size);
	buffer->size += size;
	return 0;
}

int buffer_printf(struct buffer *buffer, const char *format, ...)
{
	va_list arguments;
	char *text;
	int length;
	int rc;

	va_start(arguments, format);
	length = vasprintf(&text, format, arguments);
	va_end(arguments);
	if (length < 0)
		return -ENOMEM;
	rc = buffer_append(buffer, text, (size_t)length);
	free(text);
	return rc;
}

int buffer_read(struct buffer *buffer, int fd, size_t limit)
{
	struct stat st;
	size_t chunk = 65536;
	size_t start = buffer->size;

	/* One byte more than the file has: the read that fills it also sees the end. */
	if (!fstat(fd, &st) && S_ISREG(st.st_mode) && st.st_size >= 0 && (size_t)st.st_size < limit)
		chunk = (size_t)st.st_size + 1;
	for (;;) {
		ssize_t n;

		if (buffer_reserve(buffer, chunk))
			return -ENOMEM;
		n = read(fd, buffer->data + buffer->size, buffer->capacity - buffer->size);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		if (n == 0)
			return 0;
		buffer->size += (size_t)n;
		if (buffer->size - start > limit)
			return -EFBIG;
		chunk = buffer->capacity - buffer->size ? 1 : 65536;
	}
}

void buffer_free(struct buffer *buffer)
{
	free(buffer->data);
	*buffer = (struct buffer){0};
}
