/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Files as they lie on the disk: plain, or compressed with gzip, xz or zstd. Pure. */
#ifndef TOOLS_UNPACK_DECOMPRESS_H
#define TOOLS_UNPACK_DECOMPRESS_H

#include "tools/cli/buffer.h"
#include "tools/cli/why.h"

/*
 * Replaces compressed DATA by what is in it, at most LIMIT bytes; leaves anything else alone. The
 * format is told by the content, not by a name. Returns 0, or a negative errno with WHY holding
 * only the reason ("Truncated input") and DATA empty: -EBADMSG for data that is damaged, -EFBIG.
 */
int decompress_data(struct buffer *data, size_t limit, struct why *why);

#endif
