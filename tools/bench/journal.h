/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Ledgers as a text file, for a later run that checks or goes on. One line for the file, then for
 * each target one, followed by one for each block that was written:
 *
 *	etherroot-bench-journal 1 RUN BLOCK      run number in hexadecimal; bytes of a block
 *	target eSHELF.SLOT BLOCKS                blocks of the target that are used
 *	NUMBER ACKNOWLEDGED SENT                 generations of a block
 */
#ifndef TOOLS_BENCH_JOURNAL_H
#define TOOLS_BENCH_JOURNAL_H

#include "tools/bench/target.h"
#include "tools/cli/buffer.h"
#include "tools/cli/why.h"

/* Writes the text. Returns 0 or -ENOMEM. */
int journal_print(const struct bench_targets *targets, uint64_t run, unsigned int block,
                  struct buffer *out);

/*
 * Reads the text into the targets' ledgers, which are made already. *run becomes the journal's.
 * Fills *why and returns -EINVAL for text that is no journal, and for one of another block size or
 * of other targets.
 */
int journal_parse(const char *text, size_t length, struct bench_targets *targets,
                  unsigned int block, uint64_t *run, struct why *why);

/* The same from and to a file. A file that is not there is -ENOENT, with *why filled. */
int journal_load(const char *path, struct bench_targets *targets, unsigned int block, uint64_t *run,
                 struct why *why);
int journal_save(const char *path, const struct bench_targets *targets, uint64_t run,
                 unsigned int block, struct why *why);

#endif
