/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/unit/exact.h"

#include <stdlib.h>
#include <string.h>

void *exact_copy(const void *bytes, size_t length)
{
	void *copy = malloc(length ? length : 1);

	if (!copy)
		abort();
	memcpy(copy, bytes, length);
	return copy;
}
