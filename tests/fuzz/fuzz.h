/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What every fuzz target stands on. A target is one file fuzz_NAME.c with LLVMFuzzerTestOneInput
 * (libFuzzer's name): it is called with bytes of every kind, and ends the process when something
 * does not hold that must hold whatever the bytes are. The sanitizers watch beside it.
 */
#ifndef TESTS_FUZZ_FUZZ_H
#define TESTS_FUZZ_FUZZ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tools/cli/words.h"

/* Returns 0. data has exactly size bytes: one beyond is an error that is seen. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Ends the process, and says where, when the condition does not hold. */
#define ALWAYS(condition)                                                                          \
	do {                                                                                       \
		if (!(condition))                                                                  \
			broken(__FILE__, __LINE__, #condition);                                    \
	} while (0)

_Noreturn void broken(const char *file, int line, const char *condition);

/* The input, from which a target takes what it needs piece by piece. */
struct input {
	const uint8_t *at;
	size_t left;
};

/* A number; 0 when nothing is left. */
uint8_t take_byte(struct input *input);
uint64_t take_number(struct input *input);

/* A number below limit, which is not 0. */
size_t take_below(struct input *input, size_t limit);

/*
 * At most `most` bytes, in memory of exactly their size, which the caller frees; *length says how
 * many.
 */
uint8_t *take_bytes(struct input *input, size_t most, size_t *length);

/* A string up to the next zero byte or the end, in memory of exactly its size; to be freed. */
char *take_string(struct input *input);

/* malloc that does not fail. */
void *need(size_t size);

/* True if line and column are those of a byte of the text, or of its end. */
bool is_place(const char *text, size_t length, const struct place *place);

/* True for what may be in a message: no control characters but a tab. */
bool is_printable(const char *text);

/* True for one JSON value and white space around it, and nothing else. */
bool is_json(const char *text, size_t length);

#endif
