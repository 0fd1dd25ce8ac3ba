/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Compressed modules: what comes out is within the limit, or nothing comes out, with a reason; what
 * is not compressed stays as it is. The first byte chooses the compression to be tried on the rest,
 * which is packed here, so that whole files are seen as well as damaged ones.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "initramfs/compression.h"
#include "tests/fuzz/fuzz.h"
#include "tools/unpack/decompress.h"

enum { LIMIT = 1 << 16, PACK = 0x80 };

static void check_damaged(const uint8_t *data, size_t size)
{
	struct buffer bytes = {0};
	struct why why = {""};
	int rc;

	ALWAYS(!buffer_append(&bytes, data, size));
	rc = decompress_data(&bytes, LIMIT, &why);
	ALWAYS(rc == 0 || rc == -EBADMSG || rc == -EFBIG);
	ALWAYS(!rc || (!bytes.size && *why.text));
	ALWAYS(rc || bytes.size <= (size > LIMIT ? size : LIMIT));
	buffer_free(&bytes);
}

static void check_whole(const uint8_t *data, size_t size, enum compress_format format)
{
	struct compression compression = compression_of(format);
	struct buffer bytes = {0}, packed = {0};
	struct why why = {""};

	compression.level = 1;
	ALWAYS(!buffer_append(&bytes, data, size));
	ALWAYS(!compression_run(&compression, &bytes, &packed, &why));
	ALWAYS(!decompress_data(&packed, LIMIT, &why));
	ALWAYS(packed.size == size && !memcmp(packed.data, data, size));
	buffer_free(&bytes);
	buffer_free(&packed);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const enum compress_format formats[] = {COMPRESS_ZSTD, COMPRESS_XZ, COMPRESS_GZIP};

	if (!size)
		return 0;
	if (!(data[0] & PACK))
		check_damaged(data + 1, size - 1);
	else if (size > 1 && size <= LIMIT)
		check_whole(data + 1, size - 1, formats[data[0] % 3]);
	return 0;
}
