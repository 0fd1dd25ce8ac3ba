/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/bench/replay.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tools/aoe/aoe.h"
#include "tools/cli/buffer.h"

#define SECOND UINT64_C(1000000000)

/* The layout of a pcap file: pcap-savefile(5). */
enum {
	FILE_HEADER = 24,
	LINK_TYPE = 20, /* in it; the upper bits say how long the frames' checksums are */
	LINK_TYPE_MASK = 0xffff,
	LINK_ETHERNET = 1,
	RECORD_HEADER = 16,
};
static const uint32_t magic_microseconds = 0xa1b2c3d4, magic_nanoseconds = 0xa1b23c4d,
                      magic_pcapng = 0x0a0d0d0a;

enum { FILE_SIZE_MAX = 1 << 30, UNDER_WAY_MAX = 1024 };

/* One request without an answer, the oldest first. */
struct waiting {
	uint32_t tag, step;
};

struct reader {
	const uint8_t *at;
	size_t left;
	bool swapped;      /* written by a machine of the other byte order */
	uint64_t fraction; /* nanoseconds to a unit of the stamps' second half */

	struct replay *replay;
	size_t room; /* steps that there is memory for */
	struct mac machine;
	struct aoe_address address;
	struct waiting waiting[UNDER_WAY_MAX];
	size_t waiting_count;
	uint64_t start;       /* when the first request was sent */
	uint32_t last;        /* the step that was answered last */
	uint64_t last_answer; /* and when; start before the first one */
};

/* One frame, of which the first `length` bytes were kept. */
struct captured {
	const uint8_t *frame;
	size_t length;
	uint64_t time; /* nanoseconds since 1970 */
};

/* ---- the file ---- */

static uint32_t word(const struct reader *reader, size_t offset)
{
	uint32_t value;

	memcpy(&value, reader->at + offset, sizeof(value));
	return reader->swapped ? __builtin_bswap32(value) : value;
}

static int read_file_header(struct reader *reader, struct why *why)
{
	uint32_t magic = 0;

	if (reader->left >= FILE_HEADER)
		magic = word(reader, 0);
	reader->swapped = magic == __builtin_bswap32(magic_microseconds) ||
	                  magic == __builtin_bswap32(magic_nanoseconds);
	if (reader->swapped)
		magic = __builtin_bswap32(magic);
	if (magic == magic_pcapng)
		return why_set(
		        why, -EINVAL,
		        "this is a pcapng file: make a pcap file of it with editcap -F pcap");
	if (magic != magic_microseconds && magic != magic_nanoseconds)
		return why_set(why, -EINVAL, "this is no pcap file");
	if ((word(reader, LINK_TYPE) & LINK_TYPE_MASK) != LINK_ETHERNET)
		return why_set(why, -EINVAL, "its frames are not Ethernet's");
	reader->fraction = magic == magic_nanoseconds ? 1 : 1000;
	reader->at += FILE_HEADER;
	reader->left -= FILE_HEADER;
	return 0;
}

static bool next_record(struct reader *reader, struct captured *captured)
{
	uint32_t length;

	if (reader->left < RECORD_HEADER)
		return false;
	length = word(reader, 8);
	if (length > reader->left - RECORD_HEADER)
		return false;
	*captured = (struct captured){
	        .frame = reader->at + RECORD_HEADER,
	        .length = length,
	        .time = word(reader, 0) * SECOND + word(reader, 4) * reader->fraction,
	};
	reader->at += RECORD_HEADER + length;
	reader->left -= RECORD_HEADER + length;
	return true;
}

/* ---- what was asked ---- */

static bool is_transfer(const struct aoe_ata *ata)
{
	return (ata->command == ATA_READ || ata->command == ATA_READ_EXT ||
	        ata->command == ATA_WRITE || ata->command == ATA_WRITE_EXT) &&
	       ata->count;
}

/* Whoever asks first is the one. */
static bool is_ours(struct reader *reader, struct mac machine, struct aoe_address address)
{
	if (!reader->replay->count) {
		reader->machine = machine;
		reader->address = address;
	}
	return mac_equal(machine, reader->machine) &&
	       !aoe_address_compare(address, reader->address);
}

/* A machine that waits too long asks again, with another tag. */
static bool is_repetition(struct reader *reader, const struct replay_step *step, uint32_t tag)
{
	for (size_t i = 0; i < reader->waiting_count; i++) {
		const struct replay_step *other = &reader->replay->steps[reader->waiting[i].step];

		if (other->lba != step->lba || other->sectors != step->sectors ||
		    other->write != step->write)
			continue;
		reader->waiting[i].tag = tag;
		return true;
	}
	return false;
}

static void stop_waiting(struct reader *reader, size_t index)
{
	reader->waiting_count--;
	memmove(&reader->waiting[index], &reader->waiting[index + 1],
	        (reader->waiting_count - index) * sizeof(reader->waiting[0]));
}

static void wait_for_answer(struct reader *reader, uint32_t tag, uint32_t step)
{
	if (reader->waiting_count == UNDER_WAY_MAX)
		stop_waiting(reader, 0);
	reader->waiting[reader->waiting_count++] = (struct waiting){tag, step};
	if (reader->waiting_count > reader->replay->most)
		reader->replay->most = (unsigned int)reader->waiting_count;
}

static int add_step(struct reader *reader, const struct replay_step *step)
{
	struct replay *replay = reader->replay;
	size_t room = reader->room ? 2 * reader->room : 1024;
	struct replay_step *larger;

	if (replay->count == reader->room) {
		larger = reallocarray(replay->steps, room, sizeof(*larger));
		if (!larger)
			return -ENOMEM;
		replay->steps = larger;
		reader->room = room;
	}
	replay->steps[replay->count++] = *step;
	replay->writes += step->write;
	if (step->lba + step->sectors > replay->sectors)
		replay->sectors = step->lba + step->sectors;
	return 0;
}

/* The time that the machine took; none where the recorder's clock was set back. */
static uint64_t pause_until(const struct reader *reader, uint64_t now)
{
	const uint64_t longest = REPLAY_PAUSE_MAX * SECOND;
	uint64_t pause = now > reader->last_answer ? now - reader->last_answer : 0;

	return pause < longest ? pause : longest;
}

static int take_request(struct reader *reader, const struct aoe_header *header,
                        const struct aoe_ata *ata, uint64_t now)
{
	const uint32_t number = (uint32_t)reader->replay->count;
	struct replay_step step = {
	        .lba = aoe_ata_start(ata),
	        .sectors = ata->count,
	        .write = ata->command == ATA_WRITE || ata->command == ATA_WRITE_EXT,
	};
	int rc;

	if (!is_transfer(ata) || !is_ours(reader, header->source, header->address) ||
	    is_repetition(reader, &step, header->tag))
		return 0;
	if (!number)
		reader->start = reader->last_answer = now;
	step.after = reader->last;
	step.pause = pause_until(reader, now);
	rc = add_step(reader, &step);
	if (!rc)
		wait_for_answer(reader, header->tag, number);
	return rc;
}

static void take_answer(struct reader *reader, const struct aoe_header *header, uint64_t now)
{
	if (!reader->waiting_count || !is_ours(reader, header->destination, header->address))
		return;
	for (size_t i = 0; i < reader->waiting_count; i++) {
		if (reader->waiting[i].tag != header->tag)
			continue;
		reader->last = reader->waiting[i].step;
		reader->last_answer = now;
		stop_waiting(reader, i);
		return;
	}
}

static int take(struct reader *reader, const struct captured *captured)
{
	struct aoe_header header;
	struct aoe_ata ata;

	if (aoe_header_parse(captured->frame, captured->length, &header) ||
	    header.command != AOE_ATA)
		return 0;
	if (header.flags & AOE_RESPONSE) {
		take_answer(reader, &header, captured->time);
		return 0;
	}
	if (aoe_ata_parse(captured->frame, captured->length, &ata))
		return 0;
	return take_request(reader, &header, &ata, captured->time);
}

int replay_parse(const void *pcap, size_t length, struct replay *replay, struct why *why)
{
	struct reader reader = {.at = pcap, .left = length, .replay = replay, .last = REPLAY_START};
	struct captured captured;
	int rc;

	*replay = (struct replay){.most = 1};
	rc = read_file_header(&reader, why);
	while (!rc && next_record(&reader, &captured) && replay->count < REPLAY_START)
		rc = take(&reader, &captured) ? why_memory(why) : 0;
	if (!rc && !replay->count)
		rc = why_set(why, -EINVAL, "it has no reads or writes of an AoE disk");
	if (rc)
		replay_release(replay);
	return rc;
}

/* ---- files ---- */

int replay_load(const char *path, struct replay *replay, struct why *why)
{
	struct buffer pcap = {0};
	struct why reason = {""};
	/* Without waiting: a FIFO that nobody writes is empty. */
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	int rc = fd < 0 ? -errno : buffer_read(&pcap, fd, FILE_SIZE_MAX);

	if (fd >= 0)
		close(fd);
	if (rc) {
		why_set(why, rc, "%.500s: %s", path, strerror(-rc));
	} else {
		rc = replay_parse(pcap.data, pcap.size, replay, &reason);
		if (rc)
			why_set(why, rc, "%.500s: %.400s", path, reason.text);
	}
	buffer_free(&pcap);
	return rc;
}

void replay_release(struct replay *replay)
{
	free(replay->steps);
	*replay = (struct replay){0};
}
