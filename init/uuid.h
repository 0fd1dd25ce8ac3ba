/* SPDX-License-Identifier: GPL-2.0-or-later */
/* UUIDs as they stand on disks. Pure. */
#ifndef INIT_UUID_H
#define INIT_UUID_H

#include <stdint.h>

/* Bytes of a UUID, and room for its text with its '\0'. */
enum { UUID_BYTES = 16, UUID_TEXT = 37 };

/* Writes a UUID in lower case; "" for one of zeros, which is none. */
void uuid_write(const uint8_t bytes[UUID_BYTES], char text[UUID_TEXT]);

/* The same of a GUID, whose first three numbers are little-endian (UEFI specification, appendix A).
 */
void uuid_write_guid(const uint8_t bytes[UUID_BYTES], char text[UUID_TEXT]);

#endif
