/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/host/container.h"

#include <stddef.h>
#include <string.h>

#define CONVERT "convert it: " CONTAINER_CONVERT

/* Magic numbers: QEMU's docs/interop/qcow2.txt and block/; RFC 1952; the xz and zstd formats. */
static const struct format {
	struct container container;
	size_t at, length;
	const char *magic;
} formats[] = {
        {{"a qcow2 image", CONVERT}, 0, 4, "QFI\xfb"},
        {{"a VMDK image", CONVERT}, 0, 4, "KDMV"},
        {{"a VMDK image", CONVERT}, 0, 21, "# Disk DescriptorFile"},
        {{"a VHDX image", CONVERT}, 0, 8, "vhdxfile"},
        {{"a VHD image", CONVERT}, 0, 8, "conectix"},
        {{"a VDI image", CONVERT}, 64, 4, "\x7f\x10\xda\xbe"},
        {{"a gzip file", "unpack it: gzip -dk FILE"}, 0, 3, "\x1f\x8b\x08"},
        {{"an xz file", "unpack it: xz -dk FILE"},
         0,
         6,
         "\xfd"
         "7zXZ"},
        {{"a zstd file", "unpack it: zstd -dk FILE"}, 0, 4, "\x28\xb5\x2f\xfd"},
};

const struct container *container_recognise(const char head[CONTAINER_HEAD])
{
	for (size_t i = 0; i < sizeof(formats) / sizeof(formats[0]); i++)
		if (!memcmp(head + formats[i].at, formats[i].magic, formats[i].length))
			return &formats[i].container;
	return NULL;
}
